//! The words that commands print for the values of the model: one table for plain output and JSON alike.

use crate::model::{Direction, MessageState, Protection, Subscription, Trust, UnreadableReason};

pub fn trust(trust: Trust) -> &'static str {
    match trust {
        Trust::Undecided => "undecided",
        Trust::Blind => "blind",
        Trust::Verified => "verified",
        Trust::Distrusted => "distrusted",
    }
}

pub fn protection(protection: Protection) -> &'static str {
    match protection {
        Protection::Clear => "none",
        Protection::OmemoLegacy => "omemo-legacy",
        Protection::Omemo2 => "omemo-2",
    }
}

pub fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "in",
        Direction::Out => "out",
    }
}

pub fn state(state: MessageState) -> &'static str {
    match state {
        MessageState::Received => "received",
        MessageState::Queued => "queued",
        MessageState::Sent => "sent",
        MessageState::Delivered => "delivered",
        MessageState::Failed => "failed",
    }
}

pub fn subscription(subscription: Subscription) -> &'static str {
    match subscription {
        Subscription::None => "none",
        Subscription::To => "to",
        Subscription::From => "from",
        Subscription::Both => "both",
    }
}

/// Why a message cannot be read, and what to do about it.
pub fn unreadable(reason: UnreadableReason) -> &'static str {
    match reason {
        UnreadableReason::NotForThisDevice => {
            "it was not encrypted to this device; ask for it again, the sender's program learns of this device by then"
        }
        UnreadableReason::NoSession => {
            "there is no session with the sender's device; write to them, then ask for it again"
        }
        UnreadableReason::UnknownPreKey => {
            "it was encrypted to a key of this device that is used up; ask for it again"
        }
        UnreadableReason::IdentityChanged => {
            "the sender's device came with another key than before; compare fingerprints with them before you trust it"
        }
        UnreadableReason::Distrusted => "its key is one that you distrust",
        UnreadableReason::Damaged => "it was damaged or altered on the way; ask for it again",
        UnreadableReason::Malformed => "it is no well-formed OMEMO message; ask for it again",
        UnreadableReason::OtherEncryption => {
            "it is encrypted in a way that this program does not speak; ask the sender to use OMEMO"
        }
        UnreadableReason::Oversized => "it was larger than this program accepts; ask for it in parts",
    }
}

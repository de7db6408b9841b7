//! The words that commands print for the values of the model: one table for plain output and JSON alike.

use model::{Direction, MessageState, Protection, Subscription, Trust};
use omemo::Dialect;

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

/// As in [`protection`]: what is sent in this dialect bears this name.
pub fn dialect(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Omemo2 => protection(Protection::Omemo2),
        Dialect::Legacy => protection(Protection::OmemoLegacy),
    }
}

/// What a device publishes, behind other words of its line.
pub fn spoken(dialects: &[Dialect], lowered: bool) -> String {
    let names: Vec<&str> = dialects.iter().copied().map(dialect).collect();
    let names = names.join(", ");
    match (names.is_empty(), lowered) {
        (true, _) => String::new(),
        (false, false) => format!(" ({names})"),
        (false, true) => format!(" ({names} only, omemo-2 before)"),
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
        MessageState::Kept => "kept",
    }
}

/// Who sees whose presence, in words for people.
pub fn sees(subscription: Subscription) -> &'static str {
    match subscription {
        Subscription::None => "neither sees the other",
        Subscription::To => "you see them, they do not see you",
        Subscription::From => "they see you, you do not see them",
        Subscription::Both => "you see each other",
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

/// Which of two forms of a fingerprint is compared with whom.
pub const WHICH_FORM: &str = "Kaidan and Converse show, and want typed in, the OMEMO 2 form. Given the other one Kaidan says \
    \"verified\", distrusts the real key and goes on in clear.";

/// Before the form of a fingerprint that clients of OMEMO 2 show; `first`: it is the one to compare.
pub fn omemo2_form(first: bool) -> &'static str {
    if first {
        "OMEMO 2 form, compare this one (Kaidan, Converse):"
    } else {
        "OMEMO 2 form (Kaidan, Converse):"
    }
}

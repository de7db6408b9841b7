//! Words for what the pages tell: times, trust, how a message was protected, what became of it.

use jiff::tz::TimeZone;

use super::super::theme::{Glyph, Part};
use crate::model::{MessageState, Protection, Timestamp, Trust, UnreadableReason};

/// "19 Nov 2026 11:03", in this zone.
pub fn minute(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone())
        .strftime("%-d %b %Y %H:%M")
        .to_string()
}

/// "Thursday 19 November 2026 11:03:07 CET".
pub fn second(time: Timestamp, zone: &TimeZone) -> String {
    time.to_zoned(zone.clone())
        .strftime("%A %-d %B %Y %H:%M:%S %Z")
        .to_string()
}

/// What was decided about a key, with its glyph and style. None: no key was seen yet.
pub fn trust(trust: Option<Trust>) -> (Glyph, &'static str, Part) {
    match trust {
        Some(Trust::Verified) => (Glyph::Verified, "verified", Part::Good),
        Some(Trust::Blind) => (Glyph::Unverified, "trusted, not verified", Part::Plain),
        Some(Trust::Undecided) => (Glyph::Attention, "new, left out", Part::Waiting),
        Some(Trust::Distrusted) => (Glyph::Failed, "distrusted, left out", Part::Bad),
        None => (Glyph::Unverified, "no key seen yet", Part::Dim),
    }
}

/// The trust that a key had when a message was opened with it.
pub fn trust_then(trust: Trust) -> &'static str {
    match trust {
        Trust::Verified => "verified when it came",
        Trust::Blind => "trusted when it came, not verified",
        Trust::Undecided => "not decided about when it came",
        Trust::Distrusted => "distrusted when it came",
    }
}

pub fn protection(protection: Protection) -> (&'static str, Part) {
    match protection {
        Protection::Clear => ("IN CLEAR, the servers could read it", Part::Bad),
        Protection::OmemoLegacy => ("OMEMO, end to end", Part::Good),
        Protection::Omemo2 => ("OMEMO 2, end to end", Part::Good),
    }
}

pub fn state(state: MessageState) -> (&'static str, Part) {
    match state {
        MessageState::Received => ("received", Part::Plain),
        MessageState::Queued => ("waits here until it can be sent", Part::Waiting),
        MessageState::Sent => ("at your server", Part::Plain),
        MessageState::Delivered => ("delivered to a device of theirs", Part::Good),
        MessageState::Failed => ("not sent", Part::Bad),
    }
}

/// Why a message cannot be read, and what to do.
pub fn unreadable(reason: UnreadableReason) -> (&'static str, &'static str) {
    let again = "Ask them to send it again.";
    match reason {
        UnreadableReason::NotForThisDevice => (
            "It was not encrypted to this device.",
            "Write to them, then ask for it again: by then their program knows this device.",
        ),
        UnreadableReason::NoSession => (
            "There was no session with the device that sent it.",
            "Write to them, then ask for it again.",
        ),
        UnreadableReason::UnknownPreKey => {
            ("It was encrypted to a key of this device that is used up.", again)
        }
        UnreadableReason::IdentityChanged => (
            "The device that sent it came with another key than before.",
            "Compare fingerprints with them before you trust the new key.",
        ),
        UnreadableReason::Distrusted => (
            "You distrust the key that it came with.",
            "If that was a mistake, change it among the fingerprints and ask for the message again.",
        ),
        UnreadableReason::Damaged => ("It was damaged or altered on the way.", again),
        UnreadableReason::Malformed => ("It is no well-formed OMEMO message.", again),
        UnreadableReason::OtherEncryption => (
            "It is encrypted in a way that this program does not speak.",
            "Ask them to use OMEMO.",
        ),
        UnreadableReason::Oversized => (
            "It was larger than this program accepts.",
            "Ask them to send it in parts.",
        ),
    }
}

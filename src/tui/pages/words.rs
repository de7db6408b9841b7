//! Words for what the pages tell: times, trust, how a message was protected, what became of it.

use jiff::tz::TimeZone;

use crate::theme::{Glyph, Part};
use model::{
    Clean, DeviceKey, Dialect, Fate, Form, Message, MessageState, Protection, Timestamp, Trust, shown,
};

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

/// What a device publishes keys for, the better one first.
pub fn dialects(dialects: &[Dialect]) -> String {
    let names = dialects.iter().map(|dialect| match dialect {
        Dialect::Omemo2 => "OMEMO 2",
        Dialect::Legacy => "OMEMO (older)",
    });
    names.collect::<Vec<_>>().join(", ")
}

/// Whether a device is in use.
pub fn used(key: &DeviceKey) -> &'static str {
    match (key.active, key.device, key.fate) {
        (true, ..) => "in use",
        (false, Some(_), Some(Fate::Written)) => "on no list, written to because it wrote first",
        (false, Some(_), Some(_)) => "on no list",
        (false, Some(_), None) => "not in use",
        (false, None, _) => "shown by a device that had another key before",
    }
}

/// A form of a fingerprint, by the programs in which people see it.
pub fn form(form: Form) -> &'static str {
    match form {
        Form::Legacy => "older form (Conversations, Dino, Gajim, Profanity)",
        Form::Omemo2 => "OMEMO 2 form (Kaidan, Converse)",
    }
}

/// What its owner calls a device, in quotes that it cannot close: a name of theirs, not a word of ours.
pub fn label(label: &Clean) -> String {
    format!("\"{}\"", shown::identifier(&label.as_str().replace('"', "'")))
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

pub fn state(message: &Message) -> (&'static str, Part) {
    match message.state {
        _ if message.displayed => ("read, as they say", Part::Good),
        MessageState::Received => ("received", Part::Plain),
        MessageState::Queued => ("waits here until it can be sent", Part::Waiting),
        MessageState::Sent => ("at your server", Part::Plain),
        MessageState::Delivered => ("delivered to a device of theirs", Part::Good),
        MessageState::Failed => ("not sent", Part::Bad),
        MessageState::Kept => ("a note, kept here alone", Part::Plain),
    }
}

//! What values are called within a sentence or beside one: why something cannot be read, how somebody can be
//! reached.

use crate::Face;
use crate::deed::Deed;
use model::{Availability, ChatEvent, ChatEventKind, Clean, Invited, Retracted, UnreadableReason};

/// The end of a sentence that begins with "cannot be read:".
pub(super) fn unreadable(face: Face, reason: UnreadableReason) -> String {
    let text = match reason {
        UnreadableReason::NotForThisDevice => {
            "it was not encrypted to this device; ask for it again, the sender's program learns of this device by then"
        }
        UnreadableReason::NoSession => {
            return asked_for(face, "there is no session with the sender's device");
        }
        UnreadableReason::UnknownPreKey => {
            return asked_for(face, "it was encrypted to a key of this device that is used up");
        }
        UnreadableReason::IdentityChanged => {
            "the sender's device came with another key than before; compare fingerprints with them before you trust it"
        }
        UnreadableReason::Distrusted => "its key is one that you distrust",
        UnreadableReason::Damaged => {
            return asked_for(face, "it was damaged or altered on the way");
        }
        UnreadableReason::Malformed => "it is no well-formed OMEMO message; ask for it again",
        UnreadableReason::OtherEncryption => {
            "it is encrypted in a way that this program does not speak; ask the sender to use OMEMO"
        }
        UnreadableReason::OtherEnvelope => {
            "inside it names another sender or recipient than outside, so somebody on the way may have redirected it; ask them whether they wrote it"
        }
        UnreadableReason::TooManySkipped => {
            return asked_for(face, "too many messages before it are missing");
        }
        UnreadableReason::Repeated => {
            "it came under the key of a message that was read before and held something else (or nothing), so somebody on the way may have altered one of them; ask for it again"
        }
        UnreadableReason::UnknownSender => {
            "the room does not show who wrote it, so it is not known whose key is right; ask in the room who it was"
        }
        UnreadableReason::NotXml => {
            "it was not valid XML; ask for it again, and what program it was sent from"
        }
        UnreadableReason::Oversized => "it was larger than this program accepts; ask for it in parts",
    };
    text.to_owned()
}

/// What helps where a session failed: whoever asks begins a new one.
fn asked_for(face: Face, why: &str) -> String {
    format!("{why}; ask for it again{}", face.beside(Deed::AskAgain))
}

/// Words for somebody who may never have heard of sessions and keys.
pub(super) fn please_send_again(reason: UnreadableReason, when: &str) -> String {
    match reason {
        UnreadableReason::Oversized => {
            format!("Your message of {when} was too large for my program. Please send it again, in parts.")
        }
        UnreadableReason::OtherEncryption => {
            format!(
                "I cannot read your message of {when}: my program does not know that encryption. Please send it again with OMEMO."
            )
        }
        _ => format!("I could not read your message of {when}. Please send it again."),
    }
}

/// As short as it can be: on the screen it stands between two rules. Where nothing lies between the moments,
/// there is one.
pub(super) fn chat_event(event: &ChatEvent, name: &str, (from, until): (&str, &str)) -> String {
    let asks = |who_and_what: String| match event.reason.is_empty() {
        true => who_and_what,
        false => format!("{who_and_what}: \"{}\"", event.reason.as_str()),
    };
    match event.kind {
        ChatEventKind::Gap if from == until => {
            format!("Messages of {from} may be missing: the server no longer has them")
        }
        ChatEventKind::Gap => {
            format!("Messages from {from} to {until} may be missing: the server no longer has them")
        }
        ChatEventKind::BeforeDevice => {
            format!("What was encrypted until {until} cannot be read here: this device was added later")
        }
        ChatEventKind::OptOut => asks(format!("{name} asks to go on without encryption")),
        ChatEventKind::UntrustedOptOut => asks(format!(
            "A device of {name} that you do not trust asks to go on without encryption"
        )),
        ChatEventKind::Invited => match Invited::of_words(&event.reason) {
            Some(invited) => format!(
                "{} asks you to come into the room {}{}",
                invited.who().as_str(),
                invited.room,
                match invited.reason.is_empty() {
                    true => String::new(),
                    false => format!(": \"{}\"", invited.reason.as_str()),
                }
            ),
            None => format!("{name} asks you to come into a room"),
        },
        ChatEventKind::OwnOptOut => asks(format!(
            "Another device of yours asked {name} to go on without encryption"
        )),
    }
}

/// As in the list of chats, behind a name.
pub(super) fn last_event(event: ChatEventKind, reason: &Clean) -> String {
    let what = match event {
        ChatEventKind::Gap => "messages may be missing",
        ChatEventKind::BeforeDevice => "cannot be read here",
        ChatEventKind::OptOut | ChatEventKind::UntrustedOptOut => "asks to go on without encryption",
        ChatEventKind::OwnOptOut => "asked to go on without encryption",
        ChatEventKind::Invited => return "asks you to come into a room".to_owned(),
    };
    match reason.is_empty() {
        true => what.to_owned(),
        false => format!("{what}: {}", reason.as_str()),
    }
}

/// In the place of the words.
pub(super) fn retracted(by: Retracted) -> &'static str {
    match by {
        Retracted::Author => "taken back by its author",
        Retracted::Moderator => "removed by a moderator",
    }
}

/// In the words that people set it with.
pub(super) fn availability(availability: Availability) -> &'static str {
    match availability {
        Availability::Chat => "free to chat",
        Availability::Here => "here",
        Availability::Away => "away",
        Availability::LongAway => "away for long",
        Availability::DoNotDisturb => "do not disturb",
    }
}

//! The words that commands print for the values of the model: one table for plain output and JSON alike.

use ::words::Face;
use model::{
    Clean, Direction, FileState, FilesFailure, Left, Message, MessageState, Protection, Retracted,
    Subscription, Trust, UnreadableReason,
};
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

pub fn file_state(state: FileState) -> &'static str {
    match state {
        FileState::Remote => "remote",
        FileState::Moving => "downloading",
        FileState::Here => "here",
        FileState::Failed => "failed",
        FileState::Deleted => "deleted",
    }
}

/// Why a file did not come, or did not go: a code that stays.
pub fn file_failure(failure: &FilesFailure) -> &'static str {
    match failure {
        FilesFailure::NoService => "no-service",
        FilesFailure::TooLarge { .. } => "too-large",
        FilesFailure::Quota => "quota",
        FilesFailure::Refused(_) => "refused",
        FilesFailure::Status(_) => "http-status",
        FilesFailure::Gone => "gone",
        FilesFailure::Net(_) => "no-connection",
        FilesFailure::TimedOut => "timed-out",
        FilesFailure::Broken => "broken-off",
        FilesFailure::Redirected => "redirected",
        FilesFailure::TooMuch => "too-much",
        FilesFailure::NotAuthentic => "not-authentic",
        FilesFailure::NotByItself => "not-by-itself",
        FilesFailure::InPrivate => "in-private",
        FilesFailure::NoFile => "no-file",
        FilesFailure::NotHere => "not-here",
        FilesFailure::Deleted => "deleted",
        FilesFailure::Cancelled => "stopped",
        FilesFailure::Disk(_) => "disk",
        FilesFailure::Damaged => "damaged",
        FilesFailure::BadAddress => "bad-address",
    }
}

/// Why a message cannot be read, failed or may not have arrived: a code that stays,
/// whatever words people are told.
pub fn reason(message: &Message) -> Option<&'static str> {
    let failed = message.failure.is_some() || message.state == MessageState::Failed;
    match message.unreadable {
        Some(reason) => Some(unreadable(reason)),
        None if failed => Some(undelivered(message)),
        None if message.retracted == Some(Retracted::Moderator) => Some("moderated"),
        None => None,
    }
}

/// The same in words for people.
pub fn reason_text(message: &Message) -> Option<String> {
    match message.unreadable {
        Some(reason) => Some(::words::unreadable(Face::Commands, reason)),
        None => failed(message)
            .or_else(|| message.moderated.clone())
            .map(|why| why.as_str().to_owned()),
    }
}

/// Why a message failed, or what there is to know of its way.
pub fn failed(message: &Message) -> Option<Clean> {
    let failure = message.failure.as_ref()?;
    Some(::words::of_message(
        Face::Commands,
        &message.peer.address,
        failure,
    ))
}

fn unreadable(reason: UnreadableReason) -> &'static str {
    match reason {
        UnreadableReason::NotForThisDevice => "not-for-this-device",
        UnreadableReason::NoSession => "no-session",
        UnreadableReason::UnknownPreKey => "unknown-prekey",
        UnreadableReason::IdentityChanged => "identity-changed",
        UnreadableReason::Distrusted => "distrusted",
        UnreadableReason::Damaged => "damaged",
        UnreadableReason::Malformed => "malformed",
        UnreadableReason::OtherEncryption => "other-encryption",
        UnreadableReason::OtherEnvelope => "other-envelope",
        UnreadableReason::TooManySkipped => "too-many-skipped",
        UnreadableReason::Repeated => "repeated",
        UnreadableReason::UnknownSender => "unknown-sender",
        UnreadableReason::Oversized => "oversized",
        UnreadableReason::NotXml => "not-xml",
    }
}

/// Of what failed the code says how far it came; the words say why.
fn undelivered(message: &Message) -> &'static str {
    // Our server had it, and a copy of it came back.
    if message.state != MessageState::Failed {
        return "may-have-arrived";
    }
    match message.left {
        Left::Not => "not-sent",
        Left::TakenBack => "taken-back",
        Left::Perhaps => "may-have-arrived",
        Left::Refused => "refused",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::tests::{incoming, outgoing, unreadable};

    #[test]
    fn a_reason_is_a_code_of_what_became_of_the_message_and_of_nothing_else() {
        assert_eq!(reason(&incoming("hello")), None);
        assert_eq!(reason(&unreadable()), Some("no-session"));
        let failed = |left, code| assert_eq!(reason(&Message { left, ..outgoing() }), Some(code));
        failed(Left::Not, "not-sent");
        failed(Left::TakenBack, "taken-back");
        failed(Left::Perhaps, "may-have-arrived");
        failed(Left::Refused, "refused");
        let came_back = Message {
            state: MessageState::Sent,
            left: Left::Perhaps,
            ..outgoing()
        };
        assert_eq!(reason(&came_back), Some("may-have-arrived"));
        let sent = Message {
            failure: None,
            ..came_back
        };
        assert_eq!(reason(&sent), None);
    }
}

//! What is said of messages: of a command about one, and of one that did not go.

use super::{keys, refusal, rooms};
use crate::Face;
use crate::deed::Deed;
use model::{BareJid, MessageFailure, MessagesFailure};

pub(super) fn failure(face: Face, failure: &MessagesFailure) -> String {
    match failure {
        MessagesFailure::NotOursToRetry => "Only a message that you wrote can be sent again.".to_owned(),
        MessagesFailure::NotOursToWithdraw => "Only a message that you wrote can be taken back.".to_owned(),
        MessagesFailure::Gone => "This message is not in the history any more.".to_owned(),
        MessagesFailure::NoChat(peer) => format!("There is no chat with {peer}."),
        MessagesFailure::Delivered(peer) => format!("It is not sent again: {peer} has it."),
        MessagesFailure::MayArriveTwice(peer) => format!(
            "It may have arrived, so it is not sent again by itself: {peer} might get it twice. Ask them; to send it all the \
             same, say so{}.",
            face.beside(Deed::SendTwice)
        ),
        MessagesFailure::ChatInClear(peer) => format!(
            "It was written to be encrypted, and the chat with {peer} is in clear now. Turn encryption on{}, or write it anew.",
            face.beside(Deed::Encrypt(peer))
        ),
        MessagesFailure::MayHaveLeft => {
            "It cannot be taken back: it was given to the server, so it may have left.".to_owned()
        }
        MessagesFailure::WouldReveal(peer) => would_reveal(face, peer),
        MessagesFailure::NotOursToChange => {
            "Only the device that wrote a message can change it or take it back: the others believe nobody else.".to_owned()
        }
        MessagesFailure::OtherProtection(peer) => format!(
            "The encryption of the chat with {peer} was turned on or off since this message was written, so for them it would be a \
             new message. Write one."
        ),
        MessagesFailure::NoWords => "There are no words in this message.".to_owned(),
        MessagesFailure::Nameless => "The room gave this message no id, so nobody in it could tell which one you mean.".to_owned(),
        MessagesFailure::NeverLeft => {
            "This message never left, so nobody has it. Withdraw it, or delete it here.".to_owned()
        }
        MessagesFailure::NoArchive => {
            "Your server keeps no archive of your messages (XEP-0313), so there is nothing older to read.".to_owned()
        }
        MessagesFailure::NoOlder(why) => format!(
            "The server gave no older messages: {}. What came is kept; go up once more to ask again.",
            refusal(why)
        ),
        MessagesFailure::CanBeRead => "This message can be read, so there is nothing to ask for.".to_owned(),
        MessagesFailure::AskedAlready => {
            "It was asked for already. If nothing comes of it, write to them in your own words.".to_owned()
        }
        MessagesFailure::OtherDeviceWrote => {
            "Another device of yours wrote this: it can be read there, and nobody else need be asked.".to_owned()
        }
        MessagesFailure::OfAStranger(peer) => {
            format!("{peer} is a stranger, and nothing goes out to them until you accept what they wrote.")
        }
        MessagesFailure::KeyNotTrusted(peer) => format!(
            "Not asked for: the device that wrote it has a key that is not trusted. Compare fingerprints with {peer} first."
        ),
    }
}

pub(super) fn of_message(face: Face, peer: &BareJid, failure: &MessageFailure) -> String {
    match failure {
        MessageFailure::Words(words) => words.as_str().to_owned(),
        MessageFailure::Blocked => {
            let how = face.writes(Deed::Unblock(peer));
            let how = how.map_or_else(String::new, |how| format!(" To write to them again: {how}."));
            format!("You have blocked {peer}, so nothing is sent.{how}")
        }
        MessageFailure::NotAPerson
        | MessageFailure::NotInPrivate(_)
        | MessageFailure::OccupantGone
        | MessageFailure::PrivateForbidden
        | MessageFailure::NotInRoom => in_private(face, peer, failure),
        MessageFailure::Unreachable(why) => keys::unreachable(face, peer, why),
        MessageFailure::OptedOut(reason) => opted_out(face, peer, reason.as_str()),
        MessageFailure::TooLong { size, bound, body } => too_long(*size, *bound, *body),
        MessageFailure::TooLarge { size } => format!(
            "Not sent: on its way it takes {size} bytes, more than your server takes at once (it ended the connection because of \
             that). Send it in parts."
        ),
        MessageFailure::StreamsEnded { streams, size } => format!(
            "Perhaps not sent: {streams} times in a row the connection ended right after it ({size} bytes on its way), so it is \
             not repeated. If it is long, send it in parts; else ask your server's operator."
        ),
        MessageFailure::StoppedInClear => {
            "Not sent: encryption was turned on before it could go out in clear. Send it again.".to_owned()
        }
        MessageFailure::PerhapsInClear => {
            "Perhaps not sent: encryption was turned on before the server confirmed it, and it is not repeated in clear. \
             Send it again if it is missing."
                .to_owned()
        }
        MessageFailure::TrustWithdrawn => {
            "Not sent again: a key that it was encrypted to is no longer trusted. Send it anew if it is still to go.".to_owned()
        }
        MessageFailure::TakenBack => "Taken back before it was sent.".to_owned(),
        MessageFailure::NotInTime => "It could not be sent in time and was withdrawn.".to_owned(),
        MessageFailure::Refused(said) => format!(
            "{peer} could not be reached: their server answered \"{}\". Check the address, or send again later.",
            said.as_str()
        ),
        MessageFailure::WouldReveal => would_reveal(face, peer),
        MessageFailure::PeopleLeftOut(_)
        | MessageFailure::MembersChanged(_)
        | MessageFailure::NotForOmemo(_)
        | MessageFailure::RoomSuspect
        | MessageFailure::MembersUnknown
        | MessageFailure::TooManyDevices { .. } => rooms::of_message(face, peer, failure),
        MessageFailure::FileNotSent => {
            "Its file could not be uploaded: try again, or send a smaller one.".to_owned()
        }
        MessageFailure::Returned(said) => format!(
            "The server returned a copy of it (\"{}\"); {peer} may have it all the same. Ask before you send it again.",
            said.as_str()
        ),
    }
}

/// What we said about a message did not go.
pub(super) fn undone(face: Face, peer: &BareJid, failure: &MessageFailure) -> String {
    let why = of_message(face, peer, failure);
    format!("What you changed in the chat with {peer} is undone. {why}")
}

/// A message is gone here, and nobody was told to take it away.
pub(super) fn not_taken_back(face: Face, peer: &BareJid, failure: &MessageFailure) -> String {
    let why = of_message(face, peer, failure);
    format!(
        "What you took back in the chat with {peer} is gone here alone: the other side was not told. {why}"
    )
}

/// What goes in clear, and how to say that it may.
fn would_reveal(face: Face, peer: &BareJid) -> String {
    format!(
        "Nothing was sent: a device that reads this chat with {peer} knows only the old OMEMO, which encrypts nothing but \
         words, so the server would see which message is meant, or which emoji it gets. To send it all the same, say so{}; \
         that holds for this chat from then on.",
        face.beside(Deed::Reveal)
    )
}

/// What to decide, and how.
fn opted_out(face: Face, peer: &BareJid, reason: &str) -> String {
    let said = match reason {
        "" => String::new(),
        reason => format!(" (\"{reason}\")"),
    };
    let ways = face
        .writes(Deed::Encrypt(peer))
        .zip(face.writes(Deed::Plaintext(peer)));
    let ways = ways.map_or_else(String::new, |(on, off)| {
        format!(": {on} goes on encrypted, {off} in clear")
    });
    format!(
        "{peer} asked to go on without encryption{said}. Nothing was sent, and nothing will be until you decide{ways}."
    )
}

/// What did not go to somebody in private in a room.
fn in_private(face: Face, peer: &BareJid, failure: &MessageFailure) -> String {
    match failure {
        MessageFailure::NotAPerson => {
            format!(
                "What is said in private in the room {peer} cannot be answered, changed or taken back there: write a new message."
            )
        }
        MessageFailure::NotInPrivate(real) => not_in_private(face, peer, real.as_ref()),
        MessageFailure::OccupantGone => format!(
            "Not sent: whoever this is for is not in the room {peer} now (or somebody else has their name there)."
        ),
        MessageFailure::PrivateForbidden => {
            format!("Not sent: the room {peer} does not let people write to each other in private.")
        }
        _ => format!("Not sent: you could not go into the room {peer}."),
    }
}

/// Where it can be encrypted, and how it goes in clear.
fn not_in_private(face: Face, room: &BareJid, real: Option<&BareJid>) -> String {
    let own = real.map_or_else(String::new, |real| {
        format!(" {real} is who that is: what you write to that address is encrypted.")
    });
    let clear = face.writes(Deed::PlaintextOnce);
    let clear = clear.map_or_else(String::new, |how| format!(" To let it go in clear: {how}."));
    format!("Not sent: nothing can be encrypted to somebody in private in the room {room}.{own}{clear}")
}

/// With the length, and parts that fit.
fn too_long(size: usize, bound: usize, body: usize) -> String {
    // As much of the text as would have fitted, with some room to spare.
    let fits = (body as u128 * bound as u128 / (size as u128).max(1)) * 9 / 10;
    let part = (fits / 1000).max(1);
    format!(
        "Not sent: this text of {body} bytes takes {size} bytes on its way, and your server takes {bound} at once. Send it in \
         parts of at most {part} KB."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_told_with_its_length_and_parts_that_fit() {
        assert_eq!(
            too_long(300_000, 262_144, 100_000),
            "Not sent: this text of 100000 bytes takes 300000 bytes on its way, and your server takes 262144 at once. Send it in \
             parts of at most 78 KB."
        );
        assert!(too_long(20_000, 10_000, 50).contains("at most 1 KB"));
    }
}

//! Messages that are about other ones: a correction, a retraction, a reaction, an answer. Whoever may say
//! such a thing of a message is decided here (threats 10 to 14, 45); what is said of one that is not here
//! waits for it.

mod again;
pub(crate) mod corrections;
pub(crate) mod early;
pub(crate) mod moderation;
pub(crate) mod ours;
pub(crate) mod reactions;
pub(crate) mod replies;
pub(crate) mod retractions;
pub(crate) mod target;
mod waiting;

use crate::messages::arrivals::sane_time;
use crate::messages::road::Road;
use crate::turn::Turn;
use model::{Author, ChatId, Message, MessageId, Protection, Timestamp};
use stanza::received::Received;
use store::{Result, Way, about};

/// The message of this chat that `id` means; `author`: one of theirs alone. In a room a message has the name
/// that the room gave it: its author's own others could have chosen too (threat 15).
fn named(
    turn: &Turn<'_>,
    received: &Received,
    chat: ChatId,
    id: &str,
    author: Option<&str>,
) -> Result<Option<MessageId>> {
    match received.occupant.as_ref().filter(|_| received.is_groupchat) {
        None => about::target(turn.tx, chat, id, author),
        Some(_) => about::by_server_id(turn.tx, chat, id, author),
    }
}

/// Whether the room shows whose word it is. Of others nothing is believed that is about messages but a
/// correction or a retraction of the same occupant (threats 11, 14).
fn is_known(received: &Received) -> bool {
    received
        .occupant
        .as_ref()
        .is_none_or(|occupant| occupant.real.is_some())
}

/// Whether the author of `message` says it, as far as the room tells.
fn is_its_author(message: &Message, received: &Received) -> bool {
    match (&message.author, &received.occupant) {
        (
            Author::Occupant {
                real: None,
                occupant_id,
                ..
            },
            Some(occupant),
        ) => occupant_id.is_some() && *occupant_id == occupant.id,
        _ => true,
    }
}

/// When it was said, and by which key.
fn way(turn: &Turn<'_>, received: &Received, road: &Road<'_>) -> Way {
    let (fingerprint, trust) = road.key().unzip();
    Way {
        time: sane_time(received.delay, turn.now),
        protection: road.protection(),
        device: road.device(),
        fingerprint,
        trust,
    }
}

/// What nobody delayed is no older than what it takes the place of (`before`), also where our clock was set
/// back meanwhile.
fn in_order(way: Way, received: &Received, before: Option<Timestamp>) -> Way {
    match before.filter(|_| received.delay.is_none()) {
        Some(before) => Way {
            time: way.time.max(before),
            ..way
        },
        None => way,
    }
}

/// Whether what came this way from the author of a message may take its place, or take it away: by the same
/// key, and as protected. Of what was written here no key is known, and none can claim it.
fn is_same_hand(message: &Message, way: &Way) -> bool {
    let is_clear = |protection| protection == Protection::Clear;
    is_clear(message.protection) == is_clear(way.protection)
        && message.fingerprint == way.fingerprint
        && is_believed(message, way)
}

/// What was sealed with all that belongs to it takes nobody's word from beside or without a seal.
fn is_believed(message: &Message, way: &Way) -> bool {
    message.protection != Protection::Omemo2 || way.protection == Protection::Omemo2
}

//! Corrections (XEP-0308). One that may not take the place of what it names is a message like any other: its
//! words are not lost, and nothing is hidden (threat 10).

use super::{in_order, is_its_author, is_known, is_same_hand, waiting};
use crate::messages::arrivals::{sane_time, store_readable};
use crate::messages::known::{Arrival, chat_of};
use crate::messages::readable::{Readable, is_read_now};
use crate::turn::Turn;
use model::{Message, MessageId};
use stanza::received::{Origin, Received};
use store::about;
use store::about::corrections::{self, Corrected, Correction};
use store::about::early::EarlyContent;
use store::messages::{self, Opened};
use store::{Result, Way, deleted};

/// Brings a correction of the message `of` into the history; the row that has its words, if they were not
/// there before.
pub(crate) fn take(
    turn: &mut Turn<'_>,
    arrival: &Arrival<'_>,
    of: &str,
    readable: Readable,
) -> Result<Option<MessageId>> {
    let received = arrival.received;
    let from = received.writer();
    // What was deleted stays so, whatever was made of it later.
    if deleted::was_sealed(turn.tx, &turn.peer_of(received), &from, of)? {
        return Ok(None);
    }
    let way = readable.way(sane_time(received.delay, turn.now));
    let target = match chat_of(turn, received)? {
        Some(chat) => about::target(turn.tx, chat.id, of, Some(from.as_str()))?,
        None => None,
    };
    let Some(target) = target else {
        if let Some(row) = standing(turn, received, of, &way)? {
            return take_place(turn, received, &row, readable, way);
        }
        let stored = store_readable(turn, arrival, readable)?;
        if let Some(id) = stored.filter(|_| is_known(received)) {
            waiting::wait_with_row(turn, of, id, EarlyContent::Correction, way)?;
        }
        return Ok(stored);
    };
    let Some(message) = messages::get(turn.tx, target)? else {
        return Ok(None);
    };
    if message.retracted.is_some() && message.fingerprint == way.fingerprint {
        return Ok(None);
    }
    if message.unreadable.is_some() && is_read_now(&message, &way) {
        let words = Opened {
            body: &readable.body,
            unstyled: readable.unstyled,
            markable: readable.markable && received.names_itself(),
            protection: readable.protection,
            device: readable.device,
            fingerprint: way.fingerprint,
            trust: way.trust,
        };
        messages::set_readable(turn.tx, target, &words)?;
        turn.message_changed(target);
        return Ok(Some(target));
    }
    let is_theirs = is_same_hand(&message, &way) && is_its_author(&message, received);
    if message.body.is_none() || !is_theirs {
        return store_readable(turn, arrival, readable);
    }
    // It was sent again for somebody who could not read it.
    if message.body.as_ref() == Some(&readable.body) && message.unstyled == readable.unstyled {
        return Ok(None);
    }
    take_place(turn, received, &message, readable, way)
}

/// One of the same hand that came before stands as a message, since the one that both are about is not
/// here. An archive is read backwards: there each has a row until that comes.
fn standing(turn: &Turn<'_>, received: &Received, of: &str, way: &Way) -> Result<Option<Message>> {
    let Some(chat) = chat_of(turn, received)?.filter(|_| !received.origin.is_archived()) else {
        return Ok(None);
    };
    let row = waiting::standing(turn, chat.id, &received.writer(), of)?;
    Ok(row.filter(|row| row.body.is_some() && is_same_hand(row, way)))
}

/// Its words take the place of those of this message.
fn take_place(
    turn: &mut Turn<'_>,
    received: &Received,
    message: &Message,
    readable: Readable,
    way: Way,
) -> Result<Option<MessageId>> {
    let target = message.id;
    let before = corrections::newest(turn.tx, target)?.map(|(_, time)| time);
    let way = in_order(way, received, before);
    let id = received.id.clone().unwrap_or_else(|| turn.random_id());
    let correction = Correction {
        id: &id,
        server_id: received.server_id.as_deref(),
        body: &readable.body,
        unstyled: readable.unstyled,
        way,
    };
    put(turn, target, &correction, received.origin != Origin::Past)
}

/// The row, if its words are other ones now.
pub(super) fn put(
    turn: &mut Turn<'_>,
    message: MessageId,
    correction: &Correction<'_>,
    is_news: bool,
) -> Result<Option<MessageId>> {
    turn.counters_matter = true;
    match corrections::apply(turn.tx, message, correction, is_news)? {
        Corrected::Known => Ok(None),
        Corrected::Newest | Corrected::Earlier => {
            turn.message_changed(message);
            Ok(Some(message))
        }
    }
}

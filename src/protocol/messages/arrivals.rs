//! Messages that arrived become rows of the history: each once, whichever roads brought it (law 9),
//! readable or with the reason why not (law 4), below what was there.
//!
//! What is a copy: of what is encrypted the ratchet decides, and a letter that was opened is known
//! by its payload; of what stays closed the same bytes under the same id; in clear the same words
//! under the same id. Ids alone say nothing: others choose them.

use std::time::Duration;

use crate::messages::known::{Arrival, closed, was_closed};
use crate::messages::readable::{Readable, is_read_now};
use crate::messages::requests;
use crate::turn::Turn;
use api::Change;
use model::{
    Author, ChatId, Direction, MessageId, MessageState, Peer, Protection, Timestamp, UnreadableReason,
};
use omemo::{DeviceId, IdentityKey};
use stanza::received::{Origin, Received};
use store::chats::Chat;
use store::copies::{self, Mark};
use store::deleted::Said;
use store::messages::{self, Archived, Inserted, NewMessage};
use store::{Result, chats, deleted, events, left, omemo as keys, outbox};

/// By so much a server's stamp may be earlier than what it stamps.
const STAMPS: Duration = Duration::from_secs(2);

/// The row whose place a message takes that was opened: another copy of it that stayed closed, or one that
/// was asked for and comes once more under its id, from the same key if that is known. Without having asked,
/// two messages with one id are two: ids are chosen by others, and one must not stand in the place of
/// another.
fn in_whose_place(
    turn: &Turn<'_>,
    arrival: &Arrival<'_>,
    chat: Option<&Chat>,
    readable: &Readable,
) -> Result<Option<MessageId>> {
    let found = closed(turn, arrival, chat)?;
    if found.same.is_some() {
        return Ok(found.same);
    }
    let asked = match found.asked {
        Some(asked) => messages::get(turn.tx, asked)?,
        None => None,
    };
    let way = readable.way(sane_time(arrival.received.delay, turn.now));
    Ok(asked
        .filter(|asked| is_read_now(asked, &way))
        .map(|asked| asked.id))
}

/// The chat that it belongs to, if there is one.
pub(crate) fn chat_of(turn: &Turn<'_>, received: &Received) -> Result<Option<Chat>> {
    chats::with_person(turn.tx, &turn.peer(&received.peer))
}

/// Stores a message that can be read, in clear unless it is there already; the row that has its words, if
/// they were not there before. Only one that was encrypted takes the place of one that stayed closed.
pub(crate) fn store_readable(
    turn: &mut Turn<'_>,
    arrival: &Arrival<'_>,
    readable: Readable,
) -> Result<Option<MessageId>> {
    let chat = chat_of(turn, arrival.received)?;
    let there = match readable.key {
        Some(_) => in_whose_place(turn, arrival, chat.as_ref(), &readable)?,
        None => None,
    };
    // Of a message in our own name too: another device of ours wrote it, or somebody who passes for
    // one.
    let (fingerprint, trust) = readable.key.unzip();
    if let Some(id) = there {
        // Its mark stays: what was told of it need not be told again.
        let opened = messages::Opened {
            body: &readable.body,
            unstyled: readable.unstyled,
            markable: readable.markable && arrival.received.names_itself(),
            protection: readable.protection,
            device: readable.device,
            fingerprint,
            trust,
        };
        messages::set_readable(turn.tx, id, &opened)?;
        turn.message_changed(id);
        return Ok(Some(id));
    }
    if readable.key.is_some() && was_closed(turn, arrival, chat.as_ref())? {
        return Ok(None);
    }
    let Some(mut row) = new_row(
        turn,
        arrival.received,
        chat,
        readable.protection,
        Said::Words(readable.body.as_str()),
    )?
    else {
        return Ok(None);
    };
    row.body = Some(readable.body);
    row.unstyled = readable.unstyled;
    row.markable = readable.markable && arrival.received.names_itself();
    row.device = readable.device;
    row.fingerprint = fingerprint;
    row.trust = trust;
    insert(turn, &row, arrival, arrival.opened.as_ref())
}

/// `by`: the device that it names as its writer, and that one's key where it is known. Whether it is a new
/// row.
pub(crate) fn store_unreadable(
    turn: &mut Turn<'_>,
    arrival: &Arrival<'_>,
    reason: UnreadableReason,
    by: Option<(DeviceId, Option<IdentityKey>)>,
    protection: Protection,
) -> Result<bool> {
    let received = arrival.received;
    let chat = chat_of(turn, received)?;
    if closed(turn, arrival, chat.as_ref())?.same.is_some() || was_closed(turn, arrival, chat.as_ref())? {
        return Ok(false);
    }
    let was_sealed = !matches!(reason, UnreadableReason::NotXml | UnreadableReason::Oversized);
    if was_sealed && is_before_us(turn, received)? {
        return note_past(turn, received, chat).map(|()| false);
    }
    let Some(mut row) = new_row(
        turn,
        received,
        chat,
        protection,
        Said::Closed(arrival.closed.first()),
    )?
    else {
        return Ok(false);
    };
    row.unreadable = Some(reason);
    let (device, identity) = by.unzip();
    row.device = device.map(DeviceId::get);
    if let Some(identity) = identity.flatten() {
        row.fingerprint = Some(identity.fingerprint());
        row.trust = keys::trust(turn.tx, turn.own.account, &received.from.to_bare(), &identity)?;
    }
    Ok(insert(turn, &row, arrival, arrival.closed.first())?.is_some())
}

/// Whether an archived message was written before this device was there.
fn is_before_us(turn: &Turn<'_>, received: &Received) -> Result<bool> {
    match received.origin {
        Origin::Past => Ok(true),
        Origin::Archive => {
            let made = keys::own_created(turn.tx, turn.own.account)?;
            // Servers stamp in whole seconds.
            let before = |made: Timestamp| received.delay.is_some_and(|time| time < made - STAMPS);
            Ok(made.is_some_and(before))
        }
        Origin::Live | Origin::Offline | Origin::Carbon => Ok(false),
    }
}

/// What was written before this device was there to read it is one line of its chat, not a row each.
fn note_past(turn: &mut Turn<'_>, received: &Received, chat: Option<Chat>) -> Result<()> {
    let time = sane_time(received.delay, turn.now);
    let peer = turn.peer(&received.peer);
    if is_deleted_whole(turn, received, &peer, time)? {
        return Ok(());
    }
    let Some(chat) = requests::chat_for(turn, &peer, received.direction, chat)? else {
        return Ok(());
    };
    if events::before_device(turn.tx, chat.id, time)? {
        turn.changed(Change::Chats);
    }
    Ok(())
}

/// What this very device wrote, as the server gives it back: its row learns the server's id.
pub(crate) fn on_own(turn: &mut Turn<'_>, received: &Received) -> Result<()> {
    let (Some(chat), Some(id), Some(server_id)) =
        (chat_of(turn, received)?, &received.id, &received.server_id)
    else {
        return Ok(());
    };
    if let Some(row) = copies::own(turn.tx, chat.id, &turn.own.jid, id)? {
        messages::set_server_id(turn.tx, row, server_id)?;
        quietly_left(turn, row)?;
    }
    Ok(())
}

/// A row that this vault has not sealed yet, and the archive has: a later state of this vault sent it.
fn quietly_left(turn: &mut Turn<'_>, row: MessageId) -> Result<()> {
    let waiting = outbox::by_message(turn.tx, row)?.filter(|waiting| waiting.stanza.is_none());
    if let Some(waiting) = waiting {
        left::set_written(turn.tx, waiting.id)?;
        outbox::remove(turn.tx, waiting.id)?;
        messages::set_state(turn.tx, row, MessageState::Sent, None)?;
        turn.message_changed(row);
    }
    Ok(())
}

/// Another copy of what was opened: if it is the first that brings the server's id, its row learns it, so
/// that our other devices can be told of it.
pub(crate) fn on_copy(turn: &mut Turn<'_>, received: &Received, payload: &Mark) -> Result<()> {
    let (Some(chat), Some(id), Some(server_id)) =
        (chat_of(turn, received)?, &received.id, &received.server_id)
    else {
        return Ok(());
    };
    let sender = received.from.to_bare();
    if let Some(row) = copies::nameless(turn.tx, chat.id, (&sender, id), payload)? {
        messages::set_server_id(turn.tx, row, server_id)?;
        turn.counters_matter = true;
        turn.message_changed(row);
    }
    Ok(())
}

/// Whether an archived message is of a time up to which its chat was deleted here.
pub(crate) fn is_deleted_whole(
    turn: &Turn<'_>,
    received: &Received,
    peer: &Peer,
    time: Timestamp,
) -> Result<bool> {
    let until = match received.origin.is_archived() {
        true => deleted::not_before(turn.tx, peer)?,
        false => None,
    };
    Ok(until.is_some_and(|until| time <= until))
}

/// The row that a message becomes in `chat`, if there is one, or in a new one; None if it is to be
/// left out: it was deleted here, or too much of strangers waits.
fn new_row(
    turn: &mut Turn<'_>,
    received: &Received,
    chat: Option<Chat>,
    protection: Protection,
    said: Said<'_>,
) -> Result<Option<NewMessage>> {
    let sender = received.from.to_bare();
    let peer = turn.peer(&received.peer);
    let copy = deleted::Copy {
        chat: &peer,
        sender: &sender,
        stanza_id: received.id.as_deref(),
        server_id: received.server_id.as_deref(),
        said,
    };
    let time = sane_time(received.delay, turn.now);
    if deleted::is_deleted(turn.tx, &copy)? || is_deleted_whole(turn, received, &peer, time)? {
        return Ok(None);
    }
    let Some(chat) = requests::chat_for(turn, &peer, received.direction, chat)? else {
        return Ok(None);
    };
    let state = match received.direction {
        Direction::In => MessageState::Received,
        Direction::Out => MessageState::Sent,
    };
    Ok(Some(NewMessage {
        chat: chat.id,
        author: Author::of(sender, &turn.own.jid),
        stanza_id: received.id.clone().unwrap_or_else(|| turn.random_id()),
        server_id: received.server_id.clone(),
        time,
        body: None,
        unreadable: None,
        unstyled: false,
        markable: false,
        protection,
        device: None,
        fingerprint: None,
        trust: None,
        state,
    }))
}

/// The server's stamp, unless it lies in the future (threat 21). It may be the sender's, which some
/// servers pass on: so it is shown, but decides nothing.
pub(crate) fn sane_time(delay: Option<Timestamp>, now: Timestamp) -> Timestamp {
    delay.filter(|delay| *delay <= now).unwrap_or(now)
}

/// The row, if it is a new one. Only the stamps of an archive say where a row stands.
fn insert(
    turn: &mut Turn<'_>,
    row: &NewMessage,
    arrival: &Arrival<'_>,
    known_by: Option<&Mark>,
) -> Result<Option<MessageId>> {
    turn.counters_matter = true;
    let origin = arrival.received.origin;
    let inserted = match origin {
        Origin::Archive => messages::insert_archived(turn.tx, row, Archived::News)?,
        Origin::Past => {
            let behind = turn.behind;
            messages::insert_archived(turn.tx, row, Archived::Past { behind })?
        }
        Origin::Live | Origin::Offline | Origin::Carbon => messages::append(turn.tx, row)?,
    };
    match inserted {
        Inserted::New(id) => {
            mark(turn, id, known_by)?;
            if origin == Origin::Carbon && row.author.direction() == Direction::Out {
                read_elsewhere(turn, row.chat)?;
            }
            turn.message_changed(id);
            Ok(Some(id))
        }
        Inserted::Duplicate(_) => Ok(None),
    }
}

/// Whoever writes in a chat has read what stands in it.
fn read_elsewhere(turn: &mut Turn<'_>, chat: ChatId) -> Result<()> {
    let newest = messages::history(turn.tx, chat, None, 1)?;
    if let Some(newest) = newest.first()
        && messages::set_read(turn.tx, chat, newest.position)?
    {
        turn.changed(Change::Chat(chat));
    }
    Ok(())
}

fn mark(turn: &Turn<'_>, id: MessageId, mark: Option<&Mark>) -> Result<()> {
    match mark {
        Some(mark) => copies::set_mark(turn.tx, id, mark),
        None => Ok(()),
    }
}

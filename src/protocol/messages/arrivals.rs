//! Messages that arrived become rows of the history: each once, whichever roads brought it (law 9),
//! readable or with the reason why not (law 4), below what was there.
//!
//! What is a copy: of what is encrypted the ratchet decides, and a letter that was opened is known
//! by its payload; of what stays closed the same bytes under the same id; in clear the same words
//! under the same id. Ids alone say nothing: others choose them.

use std::time::Duration;

use crate::in_room::InRoom;
use crate::messages::known::{Arrival, chat_of, closed};
use crate::messages::readable::{Readable, is_read_now};
use crate::messages::requests;
use crate::turn::Turn;
use api::Change;
use model::{
    ChatId, Clean, Direction, MessageId, MessageState, Peer, Protection, Timestamp, UnreadableReason, mention,
};
use omemo::{DeviceId, IdentityKey};
use stanza::received::{Origin, Received};
use store::chats::Chat;
use store::copies::{self, Closed, Mark};
use store::deleted::Said;
use store::messages::{self, Archived, Inserted, NewMessage};
use store::{Result, deleted, events, omemo as keys};

/// By so much a server's stamp may be earlier than what it stamps.
const STAMPS: Duration = Duration::from_secs(2);

/// The row whose place a message takes that was opened: another copy of it that stayed closed, or one that
/// was asked for and comes once more under its id, from the same key if that is known. Without having asked,
/// two messages with one id are two: ids are chosen by others, and one must not stand in the place of
/// another.
fn in_whose_place(
    turn: &Turn<'_>,
    arrival: &Arrival<'_>,
    found: &Closed,
    readable: &Readable,
) -> Result<Option<MessageId>> {
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

/// Stores a message that can be read, in clear unless it is there already; the row that has its words, if
/// they were not there before. Only one that was encrypted takes the place of one that stayed closed.
pub(crate) fn store_readable(
    turn: &mut Turn<'_>,
    arrival: &Arrival<'_>,
    readable: Readable,
) -> Result<Option<MessageId>> {
    let chat = chat_of(turn, arrival.received)?;
    let found = match readable.key {
        Some(_) => closed(turn, arrival, chat.as_ref())?,
        None => Closed::default(),
    };
    let there = in_whose_place(turn, arrival, &found, &readable)?;
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
    if found.is_read {
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
    let calls = calls_us(turn, arrival.received, row.body.as_ref());
    let stored = insert(turn, &row, arrival, arrival.opened.as_ref())?;
    if let Some(id) = stored.filter(|_| calls) {
        messages::set_mention(turn.tx, id)?;
    }
    Ok(stored)
}

/// Whether somebody in a room calls us by the name that we have in it.
fn calls_us(turn: &Turn<'_>, received: &Received, body: Option<&Clean>) -> bool {
    let is_theirs =
        received.is_groupchat && received.occupant.is_some() && received.direction == Direction::In;
    let own = turn.rooms.get(&received.peer).and_then(InRoom::own_nick);
    let names = |own: &str| body.is_some_and(|body| mention::calls(body.as_str(), own));
    is_theirs && own.is_some_and(names)
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
    let found = closed(turn, arrival, chat.as_ref())?;
    if found.same.is_some() || found.is_read {
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
        row.trust = keys::trust(turn.tx, turn.own.account, &received.writer(), &identity)?;
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
    let peer = turn.peer_of(received);
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
    let sender = received.writer();
    let peer = turn.peer_of(received);
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
        author: received.author(),
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

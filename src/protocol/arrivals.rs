//! Messages that arrived become rows of the history: each once, whichever roads brought it (law 9), readable or with the
//! reason why not (law 4).

use super::requests;
use super::turn::Turn;
use crate::model::{
    Clean, Direction, Fingerprint, Message, MessageId, MessageState, Protection, Timestamp, Trust,
    UnreadableReason,
};
use crate::omemo::IdentityKey;
use crate::stanza::received::Received;
use crate::store::messages::{self, Inserted, NewMessage};
use crate::store::{Result, chats, deleted, omemo as keys};

/// What is stored of a message that can be read.
pub(super) struct Readable {
    pub(super) body: Clean,
    pub(super) protection: Protection,
    pub(super) key: Option<(Fingerprint, Trust)>,
}

/// Whether the very message, which is sealed, is in the history and readable: then nothing more happens with it. A row in
/// clear with its id says nothing about it, for anybody on the way can write one; the ratchet knows what was read before.
pub(super) fn known_and_readable(turn: &Turn<'_>, received: &Received) -> Result<bool> {
    Ok(known(turn, received)?.is_some_and(|row| row.body.is_some() && !is_in_clear(&row)))
}

fn known(turn: &Turn<'_>, received: &Received) -> Result<Option<Message>> {
    let Some(chat) = chats::by_peer(turn.tx, turn.own.account, &received.peer)? else {
        return Ok(None);
    };
    let Some(id) = &received.id else { return Ok(None) };
    let server_id = received.server_id.as_deref();
    match messages::find(turn.tx, chat.id, &received.from.to_bare(), id, server_id)? {
        Some(id) => messages::get(turn.tx, id),
        None => Ok(None),
    }
}

/// The row of a message that is sealed, if there is one. Words in clear that stand under its ids are another message: they
/// stay, and the ids become those of the sealed one, so that no further copy of either appears.
fn known_sealed(turn: &mut Turn<'_>, received: &Received) -> Result<Option<Message>> {
    while let Some(row) = known(turn, received)? {
        if !is_in_clear(&row) {
            return Ok(Some(row));
        }
        let shared = (received.id.as_deref(), received.server_id.as_deref());
        let other = turn.random_id();
        messages::give_up_ids(turn.tx, row.id, shared, &other)?;
    }
    Ok(None)
}

fn is_in_clear(row: &Message) -> bool {
    row.protection == Protection::Clear && row.body.is_some()
}

/// Stores a message, unless it is there already; true if it is a new row.
pub(super) fn store_readable(turn: &mut Turn<'_>, received: &Received, readable: Readable) -> Result<bool> {
    let known = match readable.key {
        Some(_) => known_sealed(turn, received)?,
        None => known(turn, received)?,
    };
    if let Some(row) = known {
        // Only a copy that was encrypted takes the place of one that could not be read.
        if let Some((fingerprint, trust)) = readable.key.filter(|_| row.body.is_none()) {
            messages::set_readable(turn.tx, row.id, &readable.body, Some(fingerprint), Some(trust))?;
            messages::set_protection(turn.tx, row.id, readable.protection)?;
            turn.message_changed(row.id);
        }
        return Ok(false);
    }
    let Some(mut row) = new_row(turn, received, readable.protection, Some(&readable.body))? else {
        return Ok(false);
    };
    row.body = Some(readable.body);
    // Of a message in our own name too: another device of ours wrote it, or somebody who passes for one.
    row.fingerprint = readable.key.map(|(fingerprint, _)| fingerprint);
    row.trust = readable.key.map(|(_, trust)| trust);
    Ok(insert(turn, &row)?.is_some())
}

pub(super) fn store_unreadable(
    turn: &mut Turn<'_>,
    received: &Received,
    reason: UnreadableReason,
    identity: Option<IdentityKey>,
    protection: Protection,
) -> Result<()> {
    let known = match protection {
        Protection::Clear => known(turn, received)?,
        Protection::OmemoLegacy | Protection::Omemo2 => known_sealed(turn, received)?,
    };
    if known.is_some() {
        return Ok(());
    }
    let Some(mut row) = new_row(turn, received, protection, None)? else {
        return Ok(());
    };
    row.unreadable = Some(reason);
    if let Some(identity) = identity {
        row.fingerprint = Some(identity.fingerprint());
        row.trust = keys::trust(turn.tx, turn.own.account, &received.from.to_bare(), &identity)?;
    }
    insert(turn, &row)?;
    Ok(())
}

/// The row that a message becomes, `body` being its words; None if it is to be left out: it was deleted here, or too much of
/// strangers waits.
fn new_row(
    turn: &mut Turn<'_>,
    received: &Received,
    protection: Protection,
    body: Option<&Clean>,
) -> Result<Option<NewMessage>> {
    let sender = received.from.to_bare();
    let copy = deleted::Copy {
        peer: &received.peer,
        sender: &sender,
        stanza_id: received.id.as_deref(),
        server_id: received.server_id.as_deref(),
        body: body.map(Clean::as_str),
    };
    if deleted::is_deleted(turn.tx, turn.own.account, &copy)? {
        return Ok(None);
    }
    let Some(chat) = requests::chat_for(turn, &received.peer, received.direction)? else {
        return Ok(None);
    };
    let state = match received.direction {
        Direction::In => MessageState::Received,
        Direction::Out => MessageState::Sent,
    };
    Ok(Some(NewMessage {
        chat: chat.id,
        from: sender,
        direction: received.direction,
        stanza_id: received.id.clone().unwrap_or_else(|| turn.random_id()),
        server_id: received.server_id.clone(),
        time: sane_time(received.delay, turn.now),
        body: None,
        unreadable: None,
        protection,
        fingerprint: None,
        trust: None,
        state,
    }))
}

/// The server's stamp, unless it lies in the future (threat 21).
pub(super) fn sane_time(delay: Option<Timestamp>, now: Timestamp) -> Timestamp {
    delay.filter(|delay| *delay <= now).unwrap_or(now)
}

fn insert(turn: &mut Turn<'_>, row: &NewMessage) -> Result<Option<MessageId>> {
    turn.counters_matter = true;
    match messages::insert(turn.tx, row)? {
        Inserted::New(id) => {
            turn.message_changed(id);
            Ok(Some(id))
        }
        Inserted::Duplicate(_) => Ok(None),
    }
}

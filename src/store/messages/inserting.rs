//! A message becomes a row, unless it is a copy of one.

use rusqlite::params;

use super::{read_state, unread};
use crate::codes::Code;
use crate::copies::{self, Ids, given};
use crate::{Reads, Result, StoreError, Transaction, positions, rows};
use model::{
    Author, ChatId, Clean, Direction, Fingerprint, MessageId, MessageState, Position, Protection, Timestamp,
    Trust, UnreadableReason,
};

/// A row to store. Exactly one of `body` and `unreadable` is set.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub chat: ChatId,
    pub author: Author,
    pub stanza_id: String,
    pub server_id: Option<String>,
    pub time: Timestamp,
    pub body: Option<Clean>,
    pub unreadable: Option<UnreadableReason>,
    /// Show the text as it is (XEP-0393 §7).
    pub unstyled: bool,
    /// Its author asks to be told when it was read (XEP-0333).
    pub markable: bool,
    pub protection: Protection,
    /// The device that wrote it, its key, and what is thought of that.
    pub device: Option<u32>,
    pub fingerprint: Option<Fingerprint>,
    pub trust: Option<Trust>,
    pub state: MessageState,
}

/// What became of an insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    New(MessageId),
    /// In clear, and there already: with the same id of our server, or the same id of
    /// its sender and the same words.
    Duplicate(MessageId),
}

/// Stores a message, in clear unless it is there already (law 9): of what is encrypted the ratchet knows what
/// is a copy, and of what cannot be read [`copies::closed`]. An empty stanza id or server id is none: it
/// equals no other. A server id that another row of the chat has is left out.
///
/// A duplicate changes nothing, but for one thing: if it is the first copy that brings the server's id, the
/// row learns it, so that a later copy is known by either id.
///
/// It stands at its time, as what an archive brings does: [`append`] is for what arrives or is written.
pub fn insert(tx: &Transaction<'_>, message: &NewMessage) -> Result<Inserted> {
    settled(tx, message, put(tx, message, positions::at_its_time)?)
}

/// As [`insert`], and it stands below everything that is in its chat, whatever its time says.
pub fn append(tx: &Transaction<'_>, message: &NewMessage) -> Result<Inserted> {
    settled(tx, message, put(tx, message, positions::last)?)
}

/// What an archive brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archived {
    /// It came since we were last here, so that nobody was shown it, and it stands below what came before.
    News,
    /// It is of a time before, and counts as read and printed. `behind`: where the row stands that the same
    /// page brought right before it in this chat.
    Past { behind: Option<Position> },
}

/// As [`insert`], of what an archive brings. What we wrote on another device was written by somebody who had
/// read what was there.
pub fn insert_archived(tx: &Transaction<'_>, message: &NewMessage, archived: Archived) -> Result<Inserted> {
    let inserted = match archived {
        Archived::News => put(tx, message, positions::behind_what_came)?,
        Archived::Past { behind } => put(tx, message, |tx, chat, time| {
            positions::in_page(tx, chat, time, behind)
        })?,
    };
    let news = archived == Archived::News;
    if let Inserted::New(id) = inserted {
        let sql = "UPDATE messages SET archived = 1, listened = ?2 WHERE id = ?1 RETURNING position";
        let position = rows::first(tx, sql, params![id.0, !news], |row| rows::get(row, 0))?;
        let position = Position(position.ok_or(StoreError::Missing("message"))?);
        match (message.author.direction(), news) {
            (Direction::In, true) => unread::set_news(tx, id)?,
            (Direction::In, false) => unread::set_past(tx, message.chat, position)?,
            (Direction::Out, true) => {
                unread::set_read(tx, message.chat, position)?;
            }
            (Direction::Out, false) => {}
        }
    }
    settled(tx, message, inserted)
}

/// Another device may have read up to what came.
fn settled(tx: &Transaction<'_>, message: &NewMessage, inserted: Inserted) -> Result<Inserted> {
    if let Some(server_id) = given(message.server_id.as_deref()) {
        read_state::came(tx, message.chat, server_id)?;
    }
    Ok(inserted)
}

fn put(
    tx: &Transaction<'_>,
    message: &NewMessage,
    stand: impl FnOnce(&Transaction<'_>, ChatId, Timestamp) -> Result<Position>,
) -> Result<Inserted> {
    let server_id = given(message.server_id.as_deref());
    // Asked for apart: SQLite takes `INSERT ... SELECT` for a change of many rows, and copies every page that
    // it touches first, so as to take back half of it.
    let of_chat =
        "SELECT c.account, a.jid, c.peer FROM chats c JOIN accounts a ON a.id = c.account WHERE c.id = ?1";
    let (account, own, peer): (i64, String, String) = rows::first(tx, of_chat, [message.chat.0], |row| {
        Ok((rows::get(row, 0)?, rows::get(row, 1)?, rows::get(row, 2)?))
    })?
    .ok_or(StoreError::Missing("chat"))?;
    let (sender, nick, occupant) = columns(&message.author, &own, &peer);
    let ids = Ids {
        chat: message.chat,
        from: sender,
        stanza_id: Some(&message.stanza_id),
        server_id,
        occupant: nick.filter(|_| sender == peer).map(|nick| (nick, occupant)),
    };
    if let Some(there) = copy_in_clear(tx, message, &ids)? {
        return Ok(Inserted::Duplicate(there));
    }
    let position = stand(tx, message.chat, message.time)?;
    rows::change(
        tx,
        INSERT,
        params![
            message.chat.0,
            sender,
            message.author.direction().code(),
            message.stanza_id,
            server_id,
            message.time.as_millisecond(),
            message.body.as_ref().map(Clean::as_str),
            message.unreadable.map(Code::code),
            message.protection.code(),
            message.fingerprint.map(|fingerprint| fingerprint.0),
            message.trust.map(Code::code),
            message.state.code(),
            position.0,
            account,
            message.unstyled,
            message.device,
            nick,
            occupant,
            message.markable,
        ],
    )?;
    Ok(Inserted::New(MessageId(tx.conn().last_insert_rowid())))
}

/// The row that a message in clear is a copy of. It learns the server's id if it had none.
fn copy_in_clear(tx: &Transaction<'_>, message: &NewMessage, ids: &Ids<'_>) -> Result<Option<MessageId>> {
    let body = message.body.as_ref();
    let Some(body) = body.filter(|_| message.protection == Protection::Clear) else {
        return Ok(None);
    };
    let there = copies::in_clear(tx, ids, body)?;
    if let Some((there, server_id)) = there.zip(ids.server_id) {
        let sql = "UPDATE OR IGNORE messages SET server_id = ?2 WHERE id = ?1 AND server_id IS NULL";
        rows::change(tx, sql, params![there.0, server_id])?;
    }
    Ok(there)
}

/// A server id that another row of the chat has is left out.
const INSERT: &str =
    "INSERT INTO messages (account, chat, sender, direction, stanza_id, server_id, time, body, unreadable,
        protection, fingerprint, trust, state, position, unstyled, device, nick, occupant, markable)
    VALUES (?14, ?1, ?2, ?3, ?4,
        CASE WHEN EXISTS (SELECT 1 FROM messages WHERE chat = ?1 AND server_id = ?5) THEN NULL ELSE ?5 END,
        ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?15, ?16, ?17, ?18, ?19)";

/// An author as the columns sender, nick and occupant, where these are our address and the chat's.
fn columns<'a>(
    author: &'a Author,
    own: &'a str,
    chat: &'a str,
) -> (&'a str, Option<&'a str>, Option<&'a str>) {
    match author {
        Author::Us => (own, None, None),
        Author::Contact(jid) => (jid.as_str(), None, None),
        Author::Occupant {
            nick,
            occupant_id,
            real,
        } => {
            let sender = real.as_ref().map_or(chat, |real| real.as_str());
            (sender, Some(nick.as_str()), occupant_id.as_deref())
        }
    }
}

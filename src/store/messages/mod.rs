//! The history.

use rusqlite::params;

use super::codes::Code;
use super::copies::{self, Ids, given};
use super::{Reads, Result, StoreError, Transaction, failures, positions, reactions, rows};
use model::{
    AccountId, Author, BareJid, ChatId, Clean, Direction, Fingerprint, Message, MessageFailure, MessageId,
    MessageState, Position, Protection, ReplyTo, Timestamp, Trust, UnreadableReason,
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

/// What a message says that could not be read before.
#[derive(Debug, Clone, Copy)]
pub struct Opened<'a> {
    pub body: &'a Clean,
    pub unstyled: bool,
    pub markable: bool,
    pub protection: Protection,
    pub device: Option<u32>,
    pub fingerprint: Option<Fingerprint>,
    pub trust: Option<Trust>,
}

/// What became of an insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    New(MessageId),
    /// In clear, and there already: with the same id of our server, or the same id of
    /// its sender and the same words.
    Duplicate(MessageId),
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT m.id, m.account, m.chat, c.peer, m.sender, m.direction, m.stanza_id, m.server_id, m.time, m.body, \
             m.unreadable, m.protection, m.fingerprint, m.trust, m.state, m.failure_detail, m.position, m.gone, \
             m.unstyled, m.device, m.failure, \
             m.direction = 1 AND m.state IN (2, 3) AND m.position <= c.displayed_position, m.archived, m.nick, m.occupant, \
             m.retracted, m.edited, m.reply_to, m.reply_author, m.asked, \
             m.mention, c.kind \
             FROM messages m CROSS JOIN chats c ON c.id = m.chat ",
            $tail
        )
    };
}

pub mod asked;
mod named;
mod paging;
pub mod read_state;
mod reading;
mod unread;

#[cfg(test)]
pub(super) use named::{NAMED, NAMED_IN_CHAT};
pub use named::{anywhere, in_chat, where_is};
#[cfg(test)]
pub(super) use paging::{AFTER, BEFORE, HISTORY_END, HISTORY_START, NEAREST};
pub use paging::{after, history, nearest, oldest};
use reading::reading;
#[cfg(test)]
pub(super) use unread::{FIRST_UNREAD, UNLISTENED, UNLISTENED_FROM};
pub use unread::{first_unread, is_unread, set_listened, set_read, unlistened, unread};

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
    };
    let in_clear = message
        .body
        .as_ref()
        .filter(|_| message.protection == Protection::Clear);
    let there = match in_clear {
        Some(body) => copies::in_clear(tx, &ids, body)?,
        None => None,
    };
    if let Some(there) = there {
        if let Some(server_id) = server_id {
            let sql = "UPDATE OR IGNORE messages SET server_id = ?2 WHERE id = ?1 AND server_id IS NULL";
            rows::change(tx, sql, params![there.0, server_id])?;
        }
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

/// When the newest message of the account came or was written, as far as its time says.
pub fn newest_time(r: &impl Reads, account: AccountId) -> Result<Option<Timestamp>> {
    let sql = "SELECT max(time) FROM messages WHERE account = ?1";
    Ok(rows::first(r, sql, [account.0], |row| rows::optional_time(row, 0))?.flatten())
}

/// The newest message of that sender with that stanza id (or else the one with that server id) in the chat.
pub fn find(
    r: &impl Reads,
    chat: ChatId,
    from: &BareJid,
    stanza_id: &str,
    server_id: Option<&str>,
) -> Result<Option<MessageId>> {
    // The conditions are those of the two indexes.
    let sql = "SELECT id FROM messages WHERE chat = ?1 AND stanza_id = ?2 AND sender = ?3 AND stanza_id <> ''
               ORDER BY id DESC LIMIT 1";
    let by_stanza_id = rows::first(r, sql, params![chat.0, stanza_id, from.as_str()], rows::message)?;
    match (by_stanza_id, given(server_id)) {
        (None, Some(server_id)) => {
            let sql = "SELECT id FROM messages WHERE chat = ?1 AND server_id = ?2";
            rows::first(r, sql, params![chat.0, server_id], rows::message)
        }
        (found, _) => Ok(found),
    }
}

pub fn get(r: &impl Reads, id: MessageId) -> Result<Option<Message>> {
    let mut found = rows::first(r, select!("WHERE m.id = ?1"), [id.0], reading())?;
    if let Some(found) = &mut found {
        reactions::fill(r, std::slice::from_mut(found))?;
    }
    Ok(found)
}

/// Notes that a row calls the person by name.
pub fn set_mention(tx: &Transaction<'_>, id: MessageId) -> Result<()> {
    rows::must_change(
        tx,
        "message",
        "UPDATE messages SET mention = 1 WHERE id = ?1",
        [id.0],
    )
}

/// Notes which message a row answers.
pub fn set_reply(tx: &Transaction<'_>, id: MessageId, to: &ReplyTo) -> Result<()> {
    let sql = "UPDATE messages SET reply_to = ?2, reply_author = ?3 WHERE id = ?1";
    let author = to.author.as_ref().map(|author| author.as_str());
    rows::must_change(tx, "message", sql, params![id.0, to.id, author])
}

/// What we wrote in this chat, newest first.
pub fn own_bodies(r: &impl Reads, chat: ChatId, limit: usize) -> Result<Vec<Clean>> {
    let bodies = rows::all(r, OWN_BODIES, params![chat.0, rows::limit(limit)], |row| {
        rows::clean(row, 0)
    })?;
    Ok(bodies.into_iter().flatten().collect())
}

/// The condition is that of the index messages_own (direction 1 = out).
pub(super) const OWN_BODIES: &str = "SELECT body FROM messages
    WHERE chat = ?1 AND direction = 1 AND body IS NOT NULL ORDER BY id DESC LIMIT ?2";

/// An unreadable row that was read after all (another copy could be opened): the body takes the reason's
/// place, and an inbound one is unread and has to be printed by `listen` once more, since nobody was shown
/// the words. An error if the row is readable already.
pub fn set_readable(tx: &Transaction<'_>, id: MessageId, text: &Opened<'_>) -> Result<()> {
    rows::must_change(
        tx,
        "unreadable message",
        "UPDATE messages SET body = ?2, unreadable = NULL, fingerprint = ?3, trust = ?4, device = ?5, unstyled = ?6,
             protection = ?7, markable = ?8, listened = 0, fresh = (direction = 0)
         WHERE id = ?1 AND unreadable IS NOT NULL",
        params![
            id.0,
            text.body.as_str(),
            text.fingerprint.map(|fingerprint| fingerprint.0),
            text.trust.map(Code::code),
            text.device,
            text.unstyled,
            text.protection.code(),
            text.markable,
        ],
    )
}

/// Sets the state; `failure` is the reason, and goes with a state that has none.
pub fn set_state(
    tx: &Transaction<'_>,
    id: MessageId,
    state: MessageState,
    failure: Option<&MessageFailure>,
) -> Result<()> {
    let sql = "UPDATE messages SET state = ?2, failure = ?3, failure_detail = ?4 WHERE id = ?1";
    let (failure, detail) = match failure.map(failures::stored) {
        Some((code, detail)) => (Some(code), detail),
        None => (None, None),
    };
    rows::must_change(tx, "message", sql, params![id.0, state.code(), failure, detail])
}

/// Notes how a message of ours left, which is known only when it is sealed, or how the
/// copy came that could be read.
pub fn set_protection(tx: &Transaction<'_>, id: MessageId, protection: Protection) -> Result<()> {
    let sql = "UPDATE messages SET protection = ?2 WHERE id = ?1";
    rows::must_change(tx, "message", sql, params![id.0, protection.code()])
}

/// Sets the id that our server vouches for. If another row of the chat has it already, that one keeps it.
pub fn set_server_id(tx: &Transaction<'_>, id: MessageId, server_id: &str) -> Result<()> {
    let sql = "UPDATE OR IGNORE messages SET server_id = ?2 WHERE id = ?1 RETURNING chat";
    let given = given(Some(server_id));
    let chat = rows::first(tx, sql, params![id.0, given], |row| rows::get::<i64>(row, 0))?;
    match chat.zip(given) {
        Some((chat, server_id)) => read_state::came(tx, ChatId(chat), server_id),
        None => Ok(()),
    }
}

//! The history.

use rusqlite::params;

use super::codes::Code;
use super::copies::given;
use super::{Reads, Result, Transaction, failures, reactions, rows};
use model::{
    AccountId, BareJid, ChatId, Clean, Fingerprint, Message, MessageFailure, MessageId, MessageState,
    Protection, ReplyTo, Timestamp, Trust,
};

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

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT m.id, m.account, m.chat, c.peer, m.sender, m.direction, m.stanza_id, m.server_id, m.time, m.body, \
             m.unreadable, m.protection, m.fingerprint, m.trust, m.state, m.failure_detail, m.position, m.gone, \
             m.unstyled, m.device, m.failure, \
             m.direction = 1 AND m.state IN (2, 3) AND m.position <= c.displayed_position, m.archived, m.nick, m.occupant, \
             m.retracted, m.edited, m.reply_to, m.reply_author, m.asked, \
             m.mention, c.kind, m.files, c.nick \
             FROM messages m CROSS JOIN chats c ON c.id = m.chat ",
            $tail
        )
    };
}

pub mod asked;
mod inserting;
mod named;
mod paging;
pub mod read_state;
mod reading;
mod unread;

pub use inserting::{Archived, Inserted, NewMessage, append, insert, insert_archived};
#[cfg(test)]
pub(super) use named::{NAMED, NAMED_IN_CHAT};
pub use named::{anywhere, in_chat, where_is};
#[cfg(test)]
pub(super) use paging::{AFTER, BEFORE, HISTORY_END, HISTORY_START, NEAREST};
pub use paging::{after, history, nearest, oldest};
#[cfg(test)]
pub(super) use unread::{FIRST_UNREAD, UNLISTENED, UNLISTENED_FROM};
pub use unread::{first_unread, is_unread, set_listened, set_read, unlistened, unread};

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
    let mut found = reading::first(r, select!("WHERE m.id = ?1"), [id.0])?;
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
    WHERE chat = ?1 AND direction = 1 AND body IS NOT NULL AND files = 0 ORDER BY id DESC LIMIT ?2";

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

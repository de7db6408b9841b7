//! The history.

use rusqlite::{Row, params};

use super::codes::{Code, RECEIVED_UNSTYLED};
use super::copies::{self, Ids, given};
use super::{Reads, Result, StoreError, Transaction, failures, rows};
use model::{
    AccountId, BareJid, ChatId, Clean, Direction, Fingerprint, Message, MessageFailure, MessageId,
    MessageState, Protection, Timestamp, Trust, UnreadableReason,
};

/// A row to store. Exactly one of `body` and `unreadable` is set.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub chat: ChatId,
    pub from: BareJid,
    pub direction: Direction,
    pub stanza_id: String,
    pub server_id: Option<String>,
    pub time: Timestamp,
    pub body: Option<Clean>,
    pub unreadable: Option<UnreadableReason>,
    pub protection: Protection,
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

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT m.id, m.account, m.chat, c.peer, m.sender, m.direction, m.stanza_id, m.server_id, m.time, m.body, \
             m.unreadable, m.protection, m.fingerprint, m.trust, m.state, m.failure, m.standing, m.gone \
             FROM messages m CROSS JOIN chats c ON c.id = m.chat ",
            $tail
        )
    };
}

mod named;
mod paging;

#[cfg(test)]
pub(super) use named::{NAMED, NAMED_IN_CHAT};
pub use named::{anywhere, in_chat};
#[cfg(test)]
pub(super) use paging::{
    AFTER_IN_SECOND, AFTER_SECOND, BEFORE_IN_SECOND, BEFORE_SECOND, HISTORY_END, HISTORY_START,
};
pub use paging::{after, history, oldest};

/// Stores a message, in clear unless it is there already (law 9): of what is encrypted the ratchet knows what
/// is a copy, and of what cannot be read [`copies::closed`]. An empty stanza id or server id is none: it
/// equals no other. A server id that another row of the chat has is left out.
///
/// A duplicate changes nothing, but for one thing: if it is the first copy that brings the server's id, the
/// row learns it, so that a later copy is known by either id.
pub fn insert(tx: &Transaction<'_>, message: &NewMessage) -> Result<Inserted> {
    let server_id = given(message.server_id.as_deref());
    // Asked for apart: SQLite takes `INSERT ... SELECT` for a change of many rows, and copies every page that
    // it touches first, so as to take back half of it.
    let account = "SELECT account FROM chats WHERE id = ?1";
    let account: i64 = rows::first(tx, account, [message.chat.0], |row| rows::get(row, 0))?
        .ok_or(StoreError::Missing("chat"))?;
    let ids = Ids {
        chat: message.chat,
        from: &message.from,
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
    rows::change(
        tx,
        "INSERT INTO messages (account, chat, sender, direction, stanza_id, server_id, time, body, unreadable,
                               protection, fingerprint, trust, state, unread)
         VALUES (?14, ?1, ?2, ?3, ?4,
                 CASE WHEN EXISTS (SELECT 1 FROM messages WHERE chat = ?1 AND server_id = ?5) THEN NULL ELSE ?5 END,
                 ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        params![
            message.chat.0,
            message.from.as_str(),
            message.direction.code(),
            message.stanza_id,
            server_id,
            message.time.as_millisecond(),
            message.body.as_ref().map(Clean::as_str),
            message.unreadable.map(Code::code),
            message.protection.code(),
            message.fingerprint.map(|fingerprint| fingerprint.0),
            message.trust.map(Code::code),
            message.state.code(),
            message.direction == Direction::In,
            account,
        ],
    )?;
    Ok(Inserted::New(MessageId(tx.conn().last_insert_rowid())))
}

/// This row arrived just now: it stands below everything that is in its chat, whatever its time
/// says. A time is what others say, and our own clock may have run ahead; what was there must not
/// hide what comes (threat 21).
pub fn set_arrived(tx: &Transaction<'_>, id: MessageId) -> Result<()> {
    rows::change(tx, SET_ARRIVED, [id.0])?;
    Ok(())
}

pub(super) const SET_ARRIVED: &str = "UPDATE messages AS m SET moved = n.standing
    FROM (SELECT standing FROM messages WHERE chat = (SELECT chat FROM messages WHERE id = ?1)
          ORDER BY standing DESC LIMIT 1) AS n
    WHERE m.id = ?1 AND m.standing < n.standing";

/// Whoever wrote this row asks to show it as it is. Of what is ours nothing is noted: its state changes.
pub fn set_unstyled(tx: &Transaction<'_>, id: MessageId) -> Result<()> {
    let sql = "UPDATE messages SET state = ?2 WHERE id = ?1 AND direction = ?3";
    rows::change(tx, sql, params![id.0, RECEIVED_UNSTYLED, Direction::In.code()])?;
    Ok(())
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
    rows::first(r, select!("WHERE m.id = ?1"), [id.0], reading())
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

/// Marks the inbound rows of a chat as read, up to this row in the order of rows; how many were unread.
pub fn set_read(tx: &Transaction<'_>, chat: ChatId, up_to: MessageId) -> Result<usize> {
    rows::change(tx, SET_READ, params![chat.0, up_to.0])
}

/// `OR FAIL`: nothing in it can fail half-way but the disk, and then the whole transaction is dropped;
/// without it, a copy of every page that it touches would be kept in memory.
pub(super) const SET_READ: &str =
    "UPDATE OR FAIL messages SET unread = 0 WHERE chat = ?1 AND unread = 1 AND id <= ?2";

/// An unreadable row that was read after all (another copy could be opened): the body takes the reason's
/// place, and an inbound one is unread and has to be printed by `listen` once more, since nobody was shown
/// the words. An error if the row is readable already.
pub fn set_readable(
    tx: &Transaction<'_>,
    id: MessageId,
    body: &Clean,
    fingerprint: Option<Fingerprint>,
    trust: Option<Trust>,
) -> Result<()> {
    rows::must_change(
        tx,
        "unreadable message",
        "UPDATE messages SET body = ?2, unreadable = NULL, fingerprint = ?3, trust = ?4, listened = 0,
             unread = (direction = 0)
         WHERE id = ?1 AND unreadable IS NOT NULL",
        params![
            id.0,
            body.as_str(),
            fingerprint.map(|fingerprint| fingerprint.0),
            trust.map(Code::code),
        ],
    )
}

/// Sets the state; `failure` is the reason for people, and goes with a state that has none.
pub fn set_state(
    tx: &Transaction<'_>,
    id: MessageId,
    state: MessageState,
    failure: Option<&MessageFailure>,
) -> Result<()> {
    let sql = "UPDATE messages SET state = ?2, failure = ?3 WHERE id = ?1";
    let failure = failure.map(failures::as_text);
    rows::must_change(tx, "message", sql, params![id.0, state.code(), failure])
}

/// Notes how a message of ours left, which is known only when it is sealed, or how the
/// copy came that could be read.
pub fn set_protection(tx: &Transaction<'_>, id: MessageId, protection: Protection) -> Result<()> {
    let sql = "UPDATE messages SET protection = ?2 WHERE id = ?1";
    rows::must_change(tx, "message", sql, params![id.0, protection.code()])
}

/// Sets the id that our server vouches for. If another row of the chat has it already, that one keeps it.
pub fn set_server_id(tx: &Transaction<'_>, id: MessageId, server_id: &str) -> Result<()> {
    let sql = "UPDATE OR IGNORE messages SET server_id = ?2 WHERE id = ?1";
    rows::change(tx, sql, params![id.0, given(Some(server_id))])?;
    Ok(())
}

/// Inbound rows of the account after the listen cursor, in row order, at most `limit`.
pub fn unlistened(
    r: &impl Reads,
    account: AccountId,
    from: Option<&BareJid>,
    limit: usize,
) -> Result<Vec<Message>> {
    let limit = rows::limit(limit);
    match from {
        None => rows::all(r, UNLISTENED, params![account.0, limit], reading()),
        Some(from) => rows::all(
            r,
            UNLISTENED_FROM,
            params![account.0, limit, from.as_str()],
            reading(),
        ),
    }
}

/// The conditions are those of the index messages_unlistened (direction 0 = in).
pub(super) const UNLISTENED: &str =
    select!("WHERE m.direction = 0 AND m.listened = 0 AND m.account = ?1 ORDER BY m.id LIMIT ?2");
pub(super) const UNLISTENED_FROM: &str = select!(
    "WHERE m.direction = 0 AND m.listened = 0 AND m.account = ?1 AND m.sender = ?3 ORDER BY m.id LIMIT ?2"
);

/// Marks one row as printed by `listen`, which is read too, if it still is what was printed: one that was
/// printed as unreadable and can be read by now has words that nobody saw. Whether it was marked. (With
/// `--from` rows of others stay unprinted, so it is a mark per row, not one number.)
pub fn set_listened(tx: &Transaction<'_>, id: MessageId, readable: bool) -> Result<bool> {
    let sql = "UPDATE messages SET listened = 1, unread = 0 WHERE id = ?1 AND (unreadable IS NULL) = ?2";
    Ok(rows::change(tx, sql, params![id.0, readable])? > 0)
}

/// Reads rows of one question. The same few JIDs stand in all of them, and checking one costs more than the
/// rest of the row, so those that were read are kept.
fn reading() -> impl FnMut(&Row<'_>) -> Result<Message> {
    let mut seen: Vec<BareJid> = Vec::new();
    move |row| {
        let mut jid = |column| -> Result<BareJid> {
            let text = rows::text(row, column)?;
            if let Some(known) = seen.iter().find(|known| known.as_str() == text) {
                return Ok(known.clone());
            }
            let jid = rows::jid(row, column)?;
            if seen.len() < SEEN {
                seen.push(jid.clone());
            }
            Ok(jid)
        };
        let (peer, from) = (jid(3)?, jid(4)?);
        read(row, peer, from)
    }
}

/// JIDs that [`reading`] keeps at most: looking through more would cost more than it saves.
const SEEN: usize = 8;

fn read(row: &Row<'_>, peer: BareJid, from: BareJid) -> Result<Message> {
    let state: i64 = rows::get(row, 14)?;
    let unstyled = state == RECEIVED_UNSTYLED;
    Ok(Message {
        id: MessageId(rows::get(row, 0)?),
        account: AccountId(rows::get(row, 1)?),
        chat: ChatId(rows::get(row, 2)?),
        peer,
        from,
        direction: rows::code(row, 5)?,
        stanza_id: rows::get(row, 6)?,
        server_id: rows::get(row, 7)?,
        time: rows::time(row, 8)?,
        body: rows::clean(row, 9)?,
        unreadable: rows::optional_code(row, 10)?,
        protection: rows::code(row, 11)?,
        fingerprint: rows::optional_bytes(row, 12, "fingerprint")?.map(|bytes| Fingerprint(*bytes)),
        trust: rows::optional_code(row, 13)?,
        state: if unstyled {
            MessageState::Received
        } else {
            MessageState::from_code(state)?
        },
        unstyled,
        failure: failure(row)?,
        standing: rows::get(row, 16)?,
        left: rows::code(row, 17)?,
    })
}

fn failure(row: &Row<'_>) -> Result<Option<MessageFailure>> {
    let text = row.get_ref(15)?.as_str_or_null();
    let text = text.map_err(|_| StoreError::Corrupt("failure"))?;
    text.map(failures::from_text).transpose()
}

/// Whether an inbound row was neither shown nor printed.
pub fn is_unread(r: &impl Reads, id: MessageId) -> Result<bool> {
    rows::exists(
        r,
        "SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?1 AND unread = 1)",
        [id.0],
    )
}

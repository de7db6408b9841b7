//! Up to where was read, and who knows: this device, our others (XEP-0490), the authors (XEP-0333). All of
//! it only moves forward.
//!
//! The read position of a chat is the furthest of all devices; `read_here` is what this one has to tell. A
//! position that another device names by the id of a message that is not here is kept until that comes.

use rusqlite::params;

use super::{history, set_read, where_is};
use crate::codes::Code;
use crate::{Reads, Result, Transaction, rows};
use model::{AccountId, BareJid, ChatId, MessageId, Position, Protection};

/// Rows that are looked at for one that another device can be told of, or that asked for a marker: the newest
/// of those that were read since.
const LOOKED_AT: i64 = 100;
/// Chats that are told of at a time.
const AT_ONCE: i64 = 20;

/// What came into a chat was read on this device, up to there; whether anything was unread.
pub fn read_here(tx: &Transaction<'_>, chat: ChatId, up_to: Position) -> Result<bool> {
    let sql = "UPDATE chats SET read_here = ?2 WHERE id = ?1 AND read_here < ?2";
    rows::change(tx, sql, [chat.0, up_to.0])?;
    set_read(tx, chat, up_to)
}

/// The same of all that is in it.
pub fn read_all_here(tx: &Transaction<'_>, chat: ChatId) -> Result<bool> {
    let newest = history(tx, chat, None, 1)?;
    match newest.first() {
        Some(newest) => read_here(tx, chat, newest.position),
        None => Ok(false),
    }
}

/// A row that came in was printed on this device.
pub fn printed_here(tx: &Transaction<'_>, id: MessageId) -> Result<()> {
    let sql = "UPDATE chats SET read_here = m.position FROM messages m
               WHERE m.id = ?1 AND m.direction = 0 AND chats.id = m.chat AND chats.read_here < m.position";
    rows::change(tx, sql, [id.0])?;
    Ok(())
}

/// Another device has read up to the message with this id of our server; whether anything was unread. If it
/// is not here, the chat waits for it.
pub fn read_elsewhere(tx: &Transaction<'_>, chat: ChatId, server_id: &str) -> Result<bool> {
    let there = match where_is(tx, chat, server_id)? {
        None => rows::first(tx, CORRECTED, params![chat.0, server_id, LOOKED_AT], |row| {
            Ok(Position(rows::get(row, 0)?))
        })?,
        there => there,
    };
    let ahead = there.is_none().then_some(server_id);
    let sql = "UPDATE chats SET read_ahead = ?2 WHERE id = ?1 AND read_ahead IS NOT ?2";
    rows::change(tx, sql, params![chat.0, ahead])?;
    match there {
        Some(there) => known_elsewhere(tx, chat, there),
        None => Ok(false),
    }
}

/// Some programs keep a corrected message as its correction; it is looked for among the newest.
const CORRECTED: &str =
    "SELECT m.position FROM (SELECT id, position, edited FROM messages WHERE chat = ?1 AND direction = 0
        ORDER BY position DESC LIMIT ?3) m JOIN message_versions v ON v.message = m.id
    WHERE m.edited > 0 AND v.server_id = ?2 LIMIT 1";

/// Another device has read up to the message that its author names so; whether anything was unread. An id
/// of none or of several says nothing.
pub fn marked_elsewhere(tx: &Transaction<'_>, chat: ChatId, author: &BareJid, id: &str) -> Result<bool> {
    let sql =
        "SELECT position FROM messages WHERE chat = ?1 AND stanza_id = ?2 AND sender = ?3 AND stanza_id <> ''
               AND direction = 0 LIMIT 2";
    let named = rows::all(tx, sql, params![chat.0, id, author.as_str()], |row| {
        rows::get::<i64>(row, 0)
    })?;
    let [up_to] = named.as_slice() else {
        return Ok(false);
    };
    let sql = "UPDATE chats SET marked_position = ?2 WHERE id = ?1 AND marked_position < ?2";
    rows::change(tx, sql, [chat.0, *up_to])?;
    set_read(tx, chat, Position(*up_to))
}

/// Our other devices know it, and whoever read it has told its author.
fn known_elsewhere(tx: &Transaction<'_>, chat: ChatId, up_to: Position) -> Result<bool> {
    set_synced(tx, chat, up_to)?;
    set_marked(tx, chat, up_to)?;
    set_read(tx, chat, up_to)
}

/// The message came, or is known by now, under this id of our server: another device may have read it.
pub(crate) fn came(tx: &Transaction<'_>, chat: ChatId, server_id: &str) -> Result<()> {
    let sql = "UPDATE chats SET read_ahead = NULL WHERE id = ?1 AND read_ahead = ?2";
    if rows::change(tx, sql, params![chat.0, server_id])? > 0 {
        read_elsewhere(tx, chat, server_id)?;
    }
    Ok(())
}

/// Our other devices were told up to there; what they said before of a message that is not here is past.
pub fn set_synced(tx: &Transaction<'_>, chat: ChatId, up_to: Position) -> Result<()> {
    let sql = "UPDATE chats SET synced_position = max(synced_position, ?2), read_ahead = NULL WHERE id = ?1";
    rows::change(tx, sql, [chat.0, up_to.0])?;
    Ok(())
}

/// The server took what we told after something further that another device had told: that is to be told
/// again, by us. Whether it was so.
pub fn overtaken(tx: &Transaction<'_>, chat: ChatId, by: Position) -> Result<bool> {
    let sql = "UPDATE chats SET read_here = max(read_here, synced_position), synced_position = ?2
               WHERE id = ?1 AND synced_position > ?2";
    Ok(rows::change(tx, sql, [chat.0, by.0])? > 0)
}

/// The authors were told up to there, or are not to be.
pub fn set_marked(tx: &Transaction<'_>, chat: ChatId, up_to: Position) -> Result<()> {
    let sql = "UPDATE chats SET marked_position = ?2 WHERE id = ?1 AND marked_position < ?2";
    rows::change(tx, sql, [chat.0, up_to.0])?;
    Ok(())
}

/// Something of which our other devices are to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsynced {
    pub chat: ChatId,
    pub peer: BareJid,
    /// Where it stands, and by which id our server knows it.
    pub position: Position,
    pub server_id: String,
}

/// In which persons' chats more was read here than our other devices know, with the newest message of that
/// which has an id of our server; some of them.
pub fn unsynced(r: &impl Reads, account: AccountId, but: &[ChatId]) -> Result<Vec<Unsynced>> {
    let but: Vec<i64> = but.iter().map(|id| id.0).collect();
    let but = format!("{but:?}");
    rows::all(r, UNSYNCED, params![account.0, LOOKED_AT, AT_ONCE, but], |row| {
        Ok(Unsynced {
            chat: ChatId(rows::get(row, 0)?),
            peer: rows::jid(row, 1)?,
            position: Position(rows::get(row, 2)?),
            server_id: rows::get(row, 3)?,
        })
    })
}

/// The conditions are those of the index messages_inbound (direction 0 = in).
const UNSYNCED: &str = "SELECT c.id, c.peer, m.position, m.server_id FROM chats c JOIN messages m ON m.id = (
        SELECT id FROM (SELECT id, server_id, position FROM messages WHERE chat = c.id AND direction = 0
                AND position > c.synced_position AND position <= c.read_here ORDER BY position DESC LIMIT ?2)
            WHERE server_id IS NOT NULL ORDER BY position DESC LIMIT 1)
    WHERE c.account = ?1 AND c.kind = 0 AND c.read_here > c.synced_position
        AND c.id NOT IN (SELECT value FROM json_each(?4)) LIMIT ?3";

/// A chat whose authors were not told yet that this device has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmarked {
    pub chat: ChatId,
    pub peer: BareJid,
    /// Up to where was read.
    pub read: Position,
    /// The newest message of that which asked to be told of: its id, and how it came.
    pub asked: Option<(String, Protection)>,
    /// It waits among the requests.
    pub request: bool,
}

/// Those of this account; some of them.
pub fn unmarked(r: &impl Reads, account: AccountId) -> Result<Vec<Unmarked>> {
    rows::all(r, UNMARKED, params![account.0, LOOKED_AT, AT_ONCE], |row| {
        let id = rows::get::<Option<String>>(row, 3)?;
        let protection = rows::get::<Option<i64>>(row, 4)?.map(Protection::from_code);
        Ok(Unmarked {
            chat: ChatId(rows::get(row, 0)?),
            peer: rows::jid(row, 1)?,
            read: Position(rows::get(row, 2)?),
            asked: id.zip(protection.transpose()?),
            request: rows::get(row, 5)?,
        })
    })
}

const UNMARKED: &str = "SELECT c.id, c.peer, c.read_here, m.stanza_id, m.protection, c.request
    FROM chats c LEFT JOIN messages m ON m.id = (
        SELECT id FROM (SELECT id, markable, position FROM messages WHERE chat = c.id AND direction = 0
                AND position > c.marked_position AND position <= c.read_here ORDER BY position DESC LIMIT ?2)
            WHERE markable = 1 ORDER BY position DESC LIMIT 1)
    WHERE c.account = ?1 AND c.kind = 0 AND c.read_here > c.marked_position LIMIT ?3";

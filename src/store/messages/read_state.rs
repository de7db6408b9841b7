//! Up to where was read, and who knows: this device, our others (XEP-0490), the authors (XEP-0333). All of
//! it only moves forward.
//!
//! The read position of a chat is the furthest of all devices; `read_here` is what this one has to tell. A
//! position that another device names by the id of a message that is not here is kept until that comes.

use rusqlite::params;

use super::{history, set_listened, set_read, where_is};
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
    rows::change(tx, AGAIN, [chat.0, up_to.0])?;
    set_read(tx, chat, up_to)
}

/// What our other devices were told of got other words since, and these are read now: they are told once
/// more.
const AGAIN: &str = "UPDATE chats SET synced_position = synced_position - 1
    WHERE id = ?1 AND synced_position <= read_here
        AND EXISTS (SELECT 1 FROM messages WHERE chat = ?1 AND fresh = 1 AND position <= min(?2, synced_position))
        AND EXISTS (SELECT 1 FROM messages WHERE chat = ?1 AND position = synced_position AND direction = 0
            AND server_id IS NOT NULL)";

/// The same of all that is in it.
pub fn read_all_here(tx: &Transaction<'_>, chat: ChatId) -> Result<bool> {
    let newest = history(tx, chat, None, 1)?;
    match newest.first() {
        Some(newest) => read_here(tx, chat, newest.position),
        None => Ok(false),
    }
}

/// A row that came in was printed on this device, as it was when it was read from the store
/// ([`set_listened`]).
pub fn printed_here(tx: &Transaction<'_>, id: MessageId, readable: bool, edited: u32) -> Result<()> {
    let sql = "SELECT chat, position FROM messages WHERE id = ?1 AND fresh = 1 AND direction = 0";
    let fresh = rows::first(tx, sql, [id.0], |row| {
        Ok::<[i64; 2], _>([rows::get(row, 0)?, rows::get(row, 1)?])
    })?;
    let again = match fresh {
        Some(row) => rows::change(tx, AGAIN, row)? > 0,
        None => false,
    };
    if set_listened(tx, id, readable, edited)? {
        let sql = "UPDATE chats SET read_here = m.position FROM messages m
                   WHERE m.id = ?1 AND m.direction = 0 AND chats.id = m.chat AND chats.read_here < m.position";
        rows::change(tx, sql, [id.0])?;
    } else if again {
        let sql = "UPDATE chats SET synced_position = synced_position + 1 WHERE id = (SELECT chat FROM messages WHERE id = ?1)";
        rows::change(tx, sql, [id.0])?;
    }
    Ok(())
}

/// When another device told how far was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced {
    Now,
    /// It stood there; much may have come since.
    Before,
}

/// What became of a chat of which another device told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    /// Something was unread until now.
    pub read: bool,
    /// It told of less than our devices knew already: up to there.
    pub behind: Option<Position>,
}

/// Another device has read up to the message with this id of our server. If it is not here, the chat waits
/// for it. What it told before says nothing of other words that came since; less than is known says
/// nothing.
pub fn read_elsewhere(tx: &Transaction<'_>, chat: ChatId, server_id: &str, told: Announced) -> Result<Heard> {
    let there = match where_is(tx, chat, server_id)? {
        None => by_correction(tx, chat, server_id)?,
        there => there,
    };
    let ahead = there.is_none().then_some(server_id);
    let sql = "UPDATE chats SET read_ahead = ?2 WHERE id = ?1 AND read_ahead IS NOT ?2";
    rows::change(tx, sql, params![chat.0, ahead])?;
    let Some(there) = there else {
        return Ok(Heard::default());
    };
    let sql = "SELECT synced_position FROM chats WHERE id = ?1";
    let known = rows::first(tx, sql, [chat.0], |row| rows::get::<i64>(row, 0))?.unwrap_or(0);
    let is_news = there.0 > known || (there.0 == known && told == Announced::Now);
    Ok(Heard {
        read: is_news && known_elsewhere(tx, chat, there)?,
        behind: (told == Announced::Now && there.0 < known).then_some(there),
    })
}

/// Some programs keep a corrected message as its correction; it is looked for among the newest. Whoever names
/// its newest one has read these words.
fn by_correction(tx: &Transaction<'_>, chat: ChatId, server_id: &str) -> Result<Option<Position>> {
    let found = rows::first(tx, CORRECTED, params![chat.0, server_id, LOOKED_AT], |row| {
        Ok::<(i64, i64, bool), _>((rows::get(row, 0)?, rows::get(row, 1)?, rows::get(row, 2)?))
    })?;
    let Some((position, message, is_newest)) = found else {
        return Ok(None);
    };
    if is_newest {
        rows::change(
            tx,
            "UPDATE messages SET fresh = 0 WHERE id = ?1 AND fresh = 1",
            [message],
        )?;
    }
    Ok(Some(Position(position)))
}

const CORRECTED: &str =
    "SELECT m.position, m.id, NOT EXISTS (SELECT 1 FROM message_versions WHERE message = m.id AND id > v.id)
    FROM (SELECT id, position, edited FROM messages WHERE chat = ?1 AND direction = 0
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
        read_elsewhere(tx, chat, server_id, Announced::Before)?;
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

/// The same where another device told of less than was known. Nothing is told again where other words came
/// since that nobody has seen: it would say that they were read.
pub fn contradict(tx: &Transaction<'_>, chat: ChatId, by: Position) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM messages WHERE chat = ?1 AND fresh = 1
        AND position <= (SELECT synced_position FROM chats WHERE id = ?1))";
    Ok(!rows::exists(tx, sql, [chat.0])? && overtaken(tx, chat, by)?)
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

/// The conditions are those of the index messages_inbound (direction 0 = in). While there are words among
/// them that nobody has seen nothing is told: it would say that these were read too.
const UNSYNCED: &str = "SELECT c.id, c.peer, m.position, m.server_id FROM chats c JOIN messages m ON m.id = (
        SELECT id FROM (SELECT id, server_id, position FROM messages WHERE chat = c.id AND direction = 0
                AND position > c.synced_position AND position <= c.read_here ORDER BY position DESC LIMIT ?2)
            WHERE server_id IS NOT NULL ORDER BY position DESC LIMIT 1)
    WHERE c.account = ?1 AND c.kind = 0 AND c.read_here > c.synced_position
        AND NOT EXISTS (SELECT 1 FROM messages WHERE chat = c.id AND fresh = 1 AND position <= c.read_here)
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

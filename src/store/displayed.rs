//! Up to where the other side has read what we wrote (XEP-0333).

use rusqlite::params;

use super::codes::Code;
use super::{Result, Transaction, rows};
use model::{ChatId, MessageId, Protection};

/// Messages that one marker tells of at most, the newest ones: what stands above is read all the same.
const TOLD: i64 = 100;

/// The other side has read up to our message with this id; those that they had not before. An id of none or
/// several of ours that left says nothing. Unless it was `sealed` it says nothing either where anything of
/// what it would tell of left in OMEMO 2. It never moves back.
pub fn set(tx: &Transaction<'_>, chat: ChatId, stanza_id: &str, sealed: bool) -> Result<Vec<MessageId>> {
    let named = rows::all(tx, NAMED, params![chat.0, stanza_id], |row| {
        rows::get::<i64>(row, 0)
    })?;
    let named = match named.is_empty() {
        true => rows::all(tx, CORRECTED, params![chat.0, stanza_id], |row| {
            rows::get::<i64>(row, 0)
        })?,
        false => named,
    };
    let [up_to] = named.as_slice() else {
        return Ok(Vec::new());
    };
    if !sealed && rows::exists(tx, SEALED, params![chat.0, up_to, Protection::Omemo2.code()])? {
        return Ok(Vec::new());
    }
    let read = rows::all(tx, READ_NOW, params![chat.0, up_to, TOLD], rows::message)?;
    let sql = "UPDATE chats SET displayed_position = ?2 WHERE id = ?1 AND displayed_position < ?2";
    rows::change(tx, sql, [chat.0, *up_to])?;
    Ok(read)
}

/// Ours (direction 1), at the server (states 2 and 3).
const NAMED: &str = "SELECT position FROM messages
    WHERE chat = ?1 AND stanza_id = ?2 AND stanza_id <> '' AND direction = 1 AND state IN (2, 3) LIMIT 2";
/// The same by a correction, as whose some programs keep a corrected message. Of those that share an id
/// some are looked through.
pub(super) const CORRECTED: &str =
    "SELECT m.position FROM (SELECT message FROM message_versions WHERE replaced_by = ?2 AND replaced_by <> ''
        ORDER BY id DESC LIMIT 1000) v JOIN messages m ON m.id = v.message
    WHERE m.chat = ?1 AND m.direction = 1 AND m.state IN (2, 3) LIMIT 2";
const SEALED: &str = "SELECT EXISTS (SELECT 1 FROM messages WHERE chat = ?1 AND direction = 1 AND position <= ?2
    AND position > (SELECT displayed_position FROM chats WHERE id = ?1) AND protection = ?3 AND state IN (2, 3))";
const READ_NOW: &str = "SELECT id FROM messages WHERE chat = ?1 AND direction = 1 AND position <= ?2
    AND position > (SELECT displayed_position FROM chats WHERE id = ?1) ORDER BY position DESC LIMIT ?3";

//! What was taken back (XEP-0424): the row stays and says so; its words, its earlier versions and what people
//! thought of it go, and no further copy of it brings them back.

use rusqlite::params;

use crate::codes::Code;
use crate::{Result, Transaction, deleted, rows};
use model::{MessageId, Retracted};

/// Takes the words of a message away; whether there were any.
pub fn apply(tx: &Transaction<'_>, message: MessageId, by: Retracted) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?1 AND retracted IS NULL)";
    if !rows::exists(tx, sql, [message.0])? {
        return Ok(false);
    }
    deleted::keep_hashes(tx, message)?;
    let sql = "UPDATE messages SET body = NULL, unreadable = NULL, retracted = ?2, edited = 0, files = 0, reply_to = NULL, reply_author = NULL,
                   mention = 0, mark = NULL, listened = 1, fresh = 0 WHERE id = ?1";
    rows::must_change(tx, "message", sql, params![message.0, by.code()])?;
    for sql in [
        "DELETE FROM message_versions WHERE message = ?1",
        "DELETE FROM reactions WHERE message = ?1",
        "DELETE FROM files WHERE message = ?1",
    ] {
        rows::change(tx, sql, [message.0])?;
    }
    Ok(true)
}

//! What was taken back (XEP-0424): the row stays and says so; its words, its earlier versions and what people
//! thought of it go, and no further copy of it brings them back.

use rusqlite::params;

use crate::codes::Code;
use crate::copies::given;
use crate::{Reads, Result, Transaction, deleted, failures, rows};
use model::{ChatId, Clean, MessageId, Retracted};

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

/// The same by a moderator of the room (XEP-0425), who may say why.
pub fn moderate(tx: &Transaction<'_>, message: MessageId, why: Option<&Clean>) -> Result<bool> {
    let is_new = apply(tx, message, Retracted::Moderator)?;
    if let (true, Some(why)) = (is_new, why) {
        let sql = "UPDATE messages SET failure = ?2, failure_detail = ?3 WHERE id = ?1";
        let values = params![message.0, failures::MODERATED, why.as_str()];
        rows::must_change(tx, "message", sql, values)?;
    }
    Ok(is_new)
}

/// The message of this chat of which the room called a correction so.
pub fn by_correction(r: &impl Reads, chat: ChatId, server_id: &str) -> Result<Option<MessageId>> {
    let sql = "SELECT m.id FROM message_versions v JOIN messages m ON m.id = v.message
               WHERE m.chat = ?1 AND v.server_id = ?2 LIMIT 1";
    rows::first(r, sql, params![chat.0, given(Some(server_id))], rows::message)
}

/// What the room called the corrections of a message.
pub fn corrections_of(r: &impl Reads, message: MessageId) -> Result<Vec<String>> {
    let sql =
        "SELECT server_id FROM message_versions WHERE message = ?1 AND server_id IS NOT NULL ORDER BY id";
    rows::all(r, sql, [message.0], |row| rows::get(row, 0))
}

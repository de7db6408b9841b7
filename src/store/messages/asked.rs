//! Which messages that cannot be read were asked for once more.

use rusqlite::params;

use crate::codes::Code;
use crate::{Reads, Result, Transaction, rows};
use model::{Direction, Message, MessageId, MessageState};

/// It was asked for.
pub fn set(tx: &Transaction<'_>, id: MessageId) -> Result<()> {
    let sql = "UPDATE messages SET asked = 1 WHERE id = ?1";
    rows::must_change(tx, "message", sql, [id.0])
}

/// Whether what asks for it left or is on its way.
pub fn left(r: &impl Reads, message: &Message) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM messages WHERE chat = ?1 AND direction = ?2 AND reply_to = ?3 AND state <> ?4)";
    let (out, failed) = (Direction::Out.code(), MessageState::Failed.code());
    rows::exists(r, sql, params![message.chat.0, out, message.stanza_id, failed])
}

//! What a draft becomes when it is sent: an answer, or other words for a message. A correction that was begun
//! stays one, whatever becomes of its message: it must not leave as a message of its own.

use rusqlite::{Row, params};

use super::{Result, Transaction, rows};
use model::{ChatId, DraftAbout, MessageId};

/// What the draft becomes. Of a message that is not in the chat it is known at most that it is corrected.
pub fn set_about(tx: &Transaction<'_>, id: ChatId, about: Option<DraftAbout>) -> Result<()> {
    let (message, corrects) = match about {
        None => (None, false),
        Some(DraftAbout::Answer(message)) => (Some(message.0), false),
        Some(DraftAbout::Correction(message)) => (message.map(|message| message.0), true),
    };
    let sql = "UPDATE chats SET draft_about = (SELECT id FROM messages WHERE id = ?2 AND chat = ?1), draft_corrects = ?3
               WHERE id = ?1";
    rows::must_change(tx, "chat", sql, params![id.0, message, corrects])
}

/// From two columns, the first of which is this one: the message, and whether it is corrected.
pub(super) fn about(row: &Row<'_>, first: usize) -> Result<Option<DraftAbout>> {
    let message: Option<i64> = rows::get(row, first)?;
    let message = message.map(MessageId);
    Ok(match rows::get(row, first + 1)? {
        true => Some(DraftAbout::Correction(message)),
        false => message.map(DraftAbout::Answer),
    })
}

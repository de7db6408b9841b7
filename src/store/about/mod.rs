//! What is said about messages of the history: that another text takes the place of one, that one is taken
//! back, what people think of one. Each is kept with the message; what comes before it waits ([`early`]).

pub mod corrections;
pub mod early;
pub mod retractions;

use rusqlite::params;

use super::copies::given;
use super::outbox::{About, AboutKind};
use super::{Reads, Result, Transaction, reactions, rows};
use model::{BareJid, ChatId, MessageId};

/// What we said about a message did not leave: it is as it was before. Words that were taken back are gone.
pub fn undo(tx: &Transaction<'_>, message: MessageId, about: &About, own: &BareJid) -> Result<()> {
    match &about.kind {
        AboutKind::Correction => {
            corrections::undo(tx, message, &about.id)?;
        }
        AboutKind::Retraction => {}
        AboutKind::Reactions { before } => reactions::put_back(tx, message, own, before)?,
    }
    Ok(())
}

/// The newest message of this chat that `id` means: its own, that of a correction of it, or the server's.
/// `author`: one of theirs alone, as the column `sender` has it. Ids are what senders make of them, so
/// nothing more than "this is what was meant" follows.
pub fn target(r: &impl Reads, chat: ChatId, id: &str, author: Option<&str>) -> Result<Option<MessageId>> {
    let Some(id) = given(Some(id)) else {
        return Ok(None);
    };
    let by_stanza_id = match author {
        Some(author) => rows::first(
            r,
            OF_AUTHOR_BY_STANZA_ID,
            params![chat.0, id, author],
            rows::message,
        )?,
        None => newest(r, BY_STANZA_ID, params![chat.0, id, LOOKED_THROUGH])?,
    };
    if by_stanza_id.is_some() {
        return Ok(by_stanza_id);
    }
    let by_correction = newest(r, BY_CORRECTION, params![chat.0, id, author, LOOKED_THROUGH])?;
    match by_correction {
        Some(found) => Ok(Some(found)),
        None => rows::first(r, BY_SERVER_ID, params![chat.0, id, author], rows::message),
    }
}

/// The message of this chat that the archive or the room calls so.
pub fn by_server_id(
    r: &impl Reads,
    chat: ChatId,
    id: &str,
    author: Option<&str>,
) -> Result<Option<MessageId>> {
    match given(Some(id)) {
        Some(id) => rows::first(r, BY_SERVER_ID, params![chat.0, id, author], rows::message),
        None => Ok(None),
    }
}

fn newest(r: &impl Reads, sql: &'static str, params: impl rusqlite::Params) -> Result<Option<MessageId>> {
    let newest = rows::first(r, sql, params, |row| rows::get::<Option<i64>>(row, 0))?;
    Ok(newest.flatten().map(MessageId))
}

/// Rows with one id that are looked through: whoever gives the same id to many hides but their own.
const LOOKED_THROUGH: i64 = 1000;

pub(super) const OF_AUTHOR_BY_STANZA_ID: &str = "SELECT id FROM messages WHERE chat = ?1 AND stanza_id = ?2
    AND stanza_id <> '' AND sender = ?3 ORDER BY id DESC LIMIT 1";
pub(super) const BY_STANZA_ID: &str =
    "SELECT max(id) FROM (SELECT id FROM messages WHERE chat = ?1 AND stanza_id = ?2
    AND stanza_id <> '' ORDER BY sender DESC, id DESC LIMIT ?3)";
pub(super) const BY_CORRECTION: &str =
    "SELECT max(m.id) FROM (SELECT message FROM message_versions WHERE replaced_by = ?2 AND replaced_by <> ''
        ORDER BY id DESC LIMIT ?4) v JOIN messages m ON m.id = v.message
    WHERE m.chat = ?1 AND m.sender = coalesce(?3, m.sender)";
pub(super) const BY_SERVER_ID: &str = "SELECT id FROM messages WHERE chat = ?1 AND server_id = ?2
    AND server_id IS NOT NULL AND sender = coalesce(?3, sender) LIMIT 1";

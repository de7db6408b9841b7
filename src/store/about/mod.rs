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
    for sql in [BY_STANZA_ID, BY_CORRECTION, BY_SERVER_ID] {
        let found = rows::first(r, sql, params![chat.0, id, author], rows::message)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

pub(super) const BY_STANZA_ID: &str = "SELECT id FROM messages WHERE chat = ?1 AND stanza_id = ?2
    AND stanza_id <> '' AND sender = coalesce(?3, sender) ORDER BY id DESC LIMIT 1";
pub(super) const BY_CORRECTION: &str =
    "SELECT m.id FROM message_versions v JOIN messages m ON m.id = v.message
    WHERE v.replaced_by = ?2 AND v.replaced_by <> '' AND m.chat = ?1 AND m.sender = coalesce(?3, m.sender)
    ORDER BY m.id DESC LIMIT 1";
pub(super) const BY_SERVER_ID: &str = "SELECT id FROM messages WHERE chat = ?1 AND server_id = ?2
    AND server_id IS NOT NULL AND sender = coalesce(?3, sender) LIMIT 1";

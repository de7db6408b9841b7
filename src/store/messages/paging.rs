//! The messages of a chat, page by page, in the order of their positions. Each walks the index
//! messages_by_position and stops at the limit, however long the chat is.

use rusqlite::params;

use super::reading;
use crate::{Reads, Result, reactions, rows};
use model::{ChatId, Message, Position};

/// The newest `limit` messages of the chat before `before` (exclusive; None: from the end), oldest first.
pub fn history(r: &impl Reads, chat: ChatId, before: Option<Position>, limit: usize) -> Result<Vec<Message>> {
    let limit = rows::limit(limit);
    let mut page = match before {
        None => reading::all(r, HISTORY_END, params![chat.0, limit])?,
        Some(before) => reading::all(r, BEFORE, params![chat.0, limit, before.0])?,
    };
    page.reverse();
    reactions::fill(r, &mut page)?;
    Ok(page)
}

/// The oldest `limit` messages of the chat after `after` (exclusive), oldest first.
pub fn after(r: &impl Reads, chat: ChatId, after: Position, limit: usize) -> Result<Vec<Message>> {
    let mut page = reading::all(r, AFTER, params![chat.0, rows::limit(limit), after.0])?;
    reactions::fill(r, &mut page)?;
    Ok(page)
}

/// The oldest `limit` messages of the chat, oldest first.
pub fn oldest(r: &impl Reads, chat: ChatId, limit: usize) -> Result<Vec<Message>> {
    let mut page = reading::all(r, HISTORY_START, params![chat.0, rows::limit(limit)])?;
    reactions::fill(r, &mut page)?;
    Ok(page)
}

/// The message at this position, or the one above it.
pub fn nearest(r: &impl Reads, chat: ChatId, position: Position) -> Result<Option<Message>> {
    let mut found = reading::first(r, NEAREST, params![chat.0, position.0])?;
    if let Some(found) = &mut found {
        reactions::fill(r, std::slice::from_mut(found))?;
    }
    Ok(found)
}

pub(crate) const HISTORY_END: &str = select!("WHERE m.chat = ?1 ORDER BY m.position DESC LIMIT ?2");
pub(crate) const HISTORY_START: &str = select!("WHERE m.chat = ?1 ORDER BY m.position LIMIT ?2");
pub(crate) const BEFORE: &str =
    select!("WHERE m.chat = ?1 AND m.position < ?3 ORDER BY m.position DESC LIMIT ?2");
pub(crate) const AFTER: &str = select!("WHERE m.chat = ?1 AND m.position > ?3 ORDER BY m.position LIMIT ?2");
pub(crate) const NEAREST: &str =
    select!("WHERE m.chat = ?1 AND m.position <= ?2 ORDER BY m.position DESC LIMIT 1");

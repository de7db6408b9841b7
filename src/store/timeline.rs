//! What stands in the history of a chat: entries, in the order of their positions.
//!
//! An entry is more than a row of one table: a message with what others made of it, or a line that nobody
//! wrote. Whoever shows a history reads it here, and knows nothing of where the parts are kept.

use super::{Reads, Result, messages};
use model::{ChatId, Message, Position, Timestamp};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    Message(Message),
}

impl Entry {
    pub fn position(&self) -> Position {
        match self {
            Self::Message(message) => message.position,
        }
    }

    /// When it was written, or happened.
    pub fn time(&self) -> Timestamp {
        match self {
            Self::Message(message) => message.time,
        }
    }

    /// The message, if it is one.
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::Message(message) => Some(message),
        }
    }
}

fn entries(messages: Vec<Message>) -> Vec<Entry> {
    messages.into_iter().map(Entry::Message).collect()
}

/// The newest `limit` entries before `before` (exclusive; None: from the end), oldest first.
pub fn before(r: &impl Reads, chat: ChatId, before: Option<Position>, limit: usize) -> Result<Vec<Entry>> {
    messages::history(r, chat, before, limit).map(entries)
}

/// The oldest `limit` entries after `after` (exclusive), oldest first.
pub fn after(r: &impl Reads, chat: ChatId, after: Position, limit: usize) -> Result<Vec<Entry>> {
    messages::after(r, chat, after, limit).map(entries)
}

/// The oldest `limit` entries, oldest first.
pub fn oldest(r: &impl Reads, chat: ChatId, limit: usize) -> Result<Vec<Entry>> {
    messages::oldest(r, chat, limit).map(entries)
}

/// The entry at this position, or the one that stands above it.
pub fn nearest(r: &impl Reads, chat: ChatId, position: Position) -> Result<Option<Entry>> {
    Ok(messages::nearest(r, chat, position)?.map(Entry::Message))
}

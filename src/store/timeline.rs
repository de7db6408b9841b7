//! What stands in the history of a chat: entries, in the order of their positions.
//!
//! An entry is more than a row of one table: a message with what others made of it, or a line that nobody
//! wrote. Whoever shows a history reads it here, and knows nothing of where the parts are kept.

use super::{Reads, Result, events, messages};
use model::{ChatEvent, ChatId, Direction, Message, Position, Timestamp};

/// One entry.
// Nearly all of them are messages, so nothing is wasted on the others.
#[expect(clippy::large_enum_variant)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    Message(Message),
    Event(ChatEvent),
}

impl Entry {
    pub fn position(&self) -> Position {
        match self {
            Self::Message(message) => message.position,
            Self::Event(event) => event.position,
        }
    }

    /// When it was written, or happened.
    pub fn time(&self) -> Timestamp {
        match self {
            Self::Message(message) => message.time,
            Self::Event(event) => event.stands_at(),
        }
    }

    /// Whether the other side said it, or asks for it.
    pub fn is_theirs(&self) -> bool {
        match self {
            Self::Message(message) => message.direction() == Direction::In,
            Self::Event(event) => event.kind.is_theirs(),
        }
    }

    /// The message, if it is one.
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::Message(message) => Some(message),
            Self::Event(_) => None,
        }
    }
}

/// The newest `limit` entries before `before` (exclusive; None: from the end), oldest first.
pub fn before(r: &impl Reads, chat: ChatId, before: Option<Position>, limit: usize) -> Result<Vec<Entry>> {
    let mut page = with_events(r, chat, before, (limit, limit))?;
    page.drain(..page.len().saturating_sub(limit));
    Ok(page)
}

/// The same, but only messages count: with them come the lines that stand behind the oldest of them, and
/// where there is no older message, those above it.
pub fn messages_before(
    r: &impl Reads,
    chat: ChatId,
    before: Option<Position>,
    limit: usize,
) -> Result<Vec<Entry>> {
    match limit {
        0 => Ok(Vec::new()),
        _ => with_events(r, chat, before, (limit, usize::MAX)),
    }
}

/// So many messages at most, and of the lines among and behind them so many.
fn with_events(
    r: &impl Reads,
    chat: ChatId,
    before: Option<Position>,
    (limit, events): (usize, usize),
) -> Result<Vec<Entry>> {
    let messages = messages::history(r, chat, before, limit)?;
    // Lines above a full page are those of the page before it.
    let full = messages.len() >= limit;
    let above = messages.first().filter(|_| full).map(|oldest| oldest.position);
    let events = events::before(r, chat, (above, before), events)?;
    Ok(in_order(messages, events))
}

/// The oldest `limit` entries after `after` (exclusive), oldest first.
pub fn after(r: &impl Reads, chat: ChatId, after: Position, limit: usize) -> Result<Vec<Entry>> {
    let messages = messages::after(r, chat, after, limit)?;
    beneath(r, chat, messages, Some(after), limit)
}

/// The oldest `limit` entries, oldest first.
pub fn oldest(r: &impl Reads, chat: ChatId, limit: usize) -> Result<Vec<Entry>> {
    let messages = messages::oldest(r, chat, limit)?;
    beneath(r, chat, messages, None, limit)
}

/// The entry at this position, or the one that stands above it.
pub fn nearest(r: &impl Reads, chat: ChatId, position: Position) -> Result<Option<Entry>> {
    let message = messages::nearest(r, chat, position)?.map(Entry::Message);
    let event = events::nearest(r, chat, position)?.map(Entry::Event);
    Ok(message.into_iter().chain(event).max_by_key(Entry::position))
}

/// `messages`, the oldest ones behind `above`, with the lines among and behind them.
fn beneath(
    r: &impl Reads,
    chat: ChatId,
    messages: Vec<Message>,
    above: Option<Position>,
    limit: usize,
) -> Result<Vec<Entry>> {
    let full = messages.len() >= limit;
    let beneath = messages.last().filter(|_| full).map(|newest| newest.position);
    let events = events::after(r, chat, (above, beneath), limit)?;
    let mut page = in_order(messages, events);
    page.truncate(limit);
    Ok(page)
}

/// Both in one order, as each is already.
fn in_order(messages: Vec<Message>, events: Vec<ChatEvent>) -> Vec<Entry> {
    let is_mixed = !events.is_empty();
    let mut page: Vec<Entry> = messages.into_iter().map(Entry::Message).collect();
    page.extend(events.into_iter().map(Entry::Event));
    if is_mixed {
        page.sort_by_key(Entry::position);
    }
    page
}

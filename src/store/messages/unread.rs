//! What came in and was not shown or printed yet.
//!
//! Each chat has a read position: what came in up to there was read, here or on another device. Above it
//! stands only what could be read later than it arrived (`fresh`). What `listen` has printed is noted apart,
//! row by row: with `--from` rows of others stay unprinted.

use rusqlite::params;

use super::reading;
use crate::{Reads, Result, Transaction, reactions, rows};
use model::{AccountId, BareJid, ChatId, Message, MessageId, Position};

/// Marks what came into a chat as read, up to this position; whether anything was unread.
pub fn set_read(tx: &Transaction<'_>, chat: ChatId, up_to: Position) -> Result<bool> {
    let up_to = params![chat.0, up_to.0];
    let unread = rows::exists(tx, UNREAD_UP_TO, up_to)?;
    // Also where nothing is unread: what an archive brings above it is none either.
    let sql = "UPDATE chats SET read_position = ?2 WHERE id = ?1 AND read_position < ?2";
    rows::change(tx, sql, up_to)?;
    if unread {
        let sql = "UPDATE messages SET fresh = 0 WHERE chat = ?1 AND fresh = 1 AND position <= ?2";
        rows::change(tx, sql, up_to)?;
    }
    Ok(unread)
}

/// The conditions are those of the indexes messages_inbound (direction 0 = in) and messages_fresh.
const UNREAD_UP_TO: &str = "SELECT EXISTS (
        SELECT 1 FROM messages WHERE chat = ?1 AND direction = 0 AND position <= ?2
            AND position > (SELECT read_position FROM chats WHERE id = ?1))
    OR EXISTS (SELECT 1 FROM messages WHERE chat = ?1 AND fresh = 1 AND position <= ?2)
    OR EXISTS (SELECT 1 FROM chat_events WHERE chat = ?1 AND seen IS NOT NULL AND position <= ?2
        AND position > (SELECT read_position FROM chats WHERE id = ?1))";

/// A row that an archive brought, of a time before anybody waits for it: it is read, and what is unread
/// around it stays so.
pub(super) fn set_past(tx: &Transaction<'_>, chat: ChatId, position: Position) -> Result<()> {
    let here = params![chat.0, position.0];
    // An opt-out has no mark of its own: where one is unread above the row, the row counts as unread with it.
    let above = "SELECT EXISTS (SELECT 1 FROM chats c WHERE id = ?1 AND read_position < ?2 AND NOT EXISTS
        (SELECT 1 FROM chat_events WHERE chat = ?1 AND seen IS NOT NULL AND position < ?2
            AND position > c.read_position))";
    if rows::exists(tx, above, here)? {
        let sql = "UPDATE messages SET fresh = 1 WHERE chat = ?1 AND direction = 0 AND position < ?2
                       AND position > (SELECT read_position FROM chats WHERE id = ?1)";
        rows::change(tx, sql, here)?;
        let sql = "UPDATE chats SET read_position = ?2 WHERE id = ?1";
        rows::change(tx, sql, here)?;
    }
    Ok(())
}

/// A row that an archive brought and that nobody was shown: it is unread, wherever it stands.
pub(super) fn set_news(tx: &Transaction<'_>, id: MessageId) -> Result<()> {
    let sql = "UPDATE messages SET fresh = 1 WHERE id = ?1 AND direction = 0
                   AND position <= (SELECT read_position FROM chats WHERE chats.id = messages.chat)";
    rows::change(tx, sql, [id.0])?;
    Ok(())
}

/// Where the first unread row of a chat stands.
pub fn first_unread(r: &impl Reads, chat: ChatId) -> Result<Option<Position>> {
    let first = rows::first(r, FIRST_UNREAD, [chat.0], |row| rows::get::<Option<i64>>(row, 0))?;
    Ok(first.flatten().map(Position))
}

pub(crate) const FIRST_UNREAD: &str = "SELECT min(first) FROM (
        SELECT min(position) AS first FROM messages WHERE chat = ?1 AND direction = 0
            AND position > (SELECT read_position FROM chats WHERE id = ?1)
        UNION ALL SELECT min(position) FROM messages WHERE chat = ?1 AND fresh = 1
        UNION ALL SELECT min(position) FROM chat_events WHERE chat = ?1 AND seen IS NOT NULL
            AND position > (SELECT read_position FROM chats WHERE id = ?1))";

/// What came into a chat and was neither shown nor printed: at most `limit`, the newest, in their order.
pub fn unread(r: &impl Reads, chat: ChatId, limit: usize) -> Result<Vec<Message>> {
    let mut newest = reading::all(r, UNREAD, params![chat.0, rows::limit(limit)])?;
    newest.reverse();
    reactions::fill(r, &mut newest)?;
    Ok(newest)
}

/// The conditions are those of the indexes messages_inbound (direction 0 = in) and messages_fresh.
const UNREAD: &str = select!(
    "WHERE m.id IN (SELECT id FROM messages WHERE chat = ?1 AND direction = 0
            AND position > (SELECT read_position FROM chats WHERE id = ?1)
        UNION SELECT id FROM messages WHERE chat = ?1 AND fresh = 1) ORDER BY m.position DESC LIMIT ?2"
);

/// Whether a row came in and was neither shown nor printed.
pub fn is_unread(r: &impl Reads, id: MessageId) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM messages m JOIN chats c ON c.id = m.chat
               WHERE m.id = ?1 AND m.direction = 0 AND (m.fresh = 1 OR m.position > c.read_position))";
    rows::exists(r, sql, [id.0])
}

/// Inbound rows of the account that `listen` has not printed, in row order, at most `limit`.
pub fn unlistened(
    r: &impl Reads,
    account: AccountId,
    from: Option<&BareJid>,
    limit: usize,
) -> Result<Vec<Message>> {
    let limit = rows::limit(limit);
    match from {
        None => reading::all(r, UNLISTENED, params![account.0, limit]),
        Some(from) => reading::all(r, UNLISTENED_FROM, params![account.0, limit, from.as_str()]),
    }
}

/// The conditions are those of the index messages_unlistened (direction 0 = in).
pub(crate) const UNLISTENED: &str =
    select!("WHERE m.direction = 0 AND m.listened = 0 AND m.account = ?1 ORDER BY m.id LIMIT ?2");
pub(crate) const UNLISTENED_FROM: &str = select!(
    "WHERE m.direction = 0 AND m.listened = 0 AND m.account = ?1 AND m.sender = ?3 ORDER BY m.id LIMIT ?2"
);

/// Marks one row as printed by `listen`, if it still is what was printed: one that was printed as
/// unreadable and can be read by now has words that nobody saw, and so has one that was corrected since.
/// Whether it was marked. What came into its chat up to it is read then.
pub fn set_listened(tx: &Transaction<'_>, id: MessageId, readable: bool, edited: u32) -> Result<bool> {
    let sql = "UPDATE messages SET listened = 1, fresh = 0 WHERE id = ?1 AND (unreadable IS NULL) = ?2 AND edited = ?3";
    let marked = rows::change(tx, sql, params![id.0, readable, edited])? > 0;
    if marked {
        let sql = "UPDATE chats SET read_position = m.position FROM messages m
                   WHERE m.id = ?1 AND m.direction = 0 AND chats.id = m.chat AND chats.read_position < m.position";
        rows::change(tx, sql, [id.0])?;
    }
    Ok(marked)
}

//! Reactions (XEP-0444): one row for each emoji that somebody gave to a message. Their newest set takes the
//! place of the one before; an empty one leaves a row that says so, so that no older one comes back.

use std::collections::BTreeMap;

use rusqlite::{Row, params};

use super::way::Way;
use super::{Reads, Result, Transaction, rows};
use model::{BareJid, ChatId, Clean, Message, MessageId, Position, Reaction, Timestamp};

/// So many people's are kept at one message; in a chat of two there are two.
const MOST_AUTHORS: i64 = 1000;

/// Somebody's whole set; whether that changes anything. One that was given before the one that is here does
/// not count.
pub fn set(
    tx: &Transaction<'_>,
    message: MessageId,
    author: &BareJid,
    emojis: &[Clean],
    way: &Way,
) -> Result<bool> {
    let of = params![message.0, author.as_str()];
    let before = rows::all(tx, OF_AUTHOR, of, |row| {
        Ok((rows::clean(row, 0)?.unwrap_or_default(), rows::time(row, 1)?))
    })?;
    if before.iter().any(|(_, time)| way.is_before(*time)) {
        return Ok(false);
    }
    let mut had: Vec<&Clean> = before
        .iter()
        .map(|(emoji, _)| emoji)
        .filter(|emoji| !emoji.is_empty())
        .collect();
    let mut has: Vec<&Clean> = emojis.iter().collect();
    had.sort();
    has.sort();
    let is_new = had != has;
    if before.is_empty() && has_most(tx, message)? {
        return Ok(false);
    }
    rows::change(tx, "DELETE FROM reactions WHERE message = ?1 AND author = ?2", of)?;
    let nothing = Clean::default();
    let stored = if emojis.is_empty() {
        std::slice::from_ref(&nothing)
    } else {
        emojis
    };
    let newest = before.iter().map(|(_, time)| *time).max();
    let way = Way {
        time: newest.map_or(way.time, |newest| newest.max(way.time)),
        ..*way
    };
    let (time, protection, device, fingerprint, trust) = way.columns();
    let sql = "INSERT OR IGNORE INTO reactions (message, author, emoji, time, protection, device, fingerprint, trust)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    for emoji in stored {
        let values = params![
            message.0,
            author.as_str(),
            emoji.as_str(),
            time,
            protection,
            device,
            fingerprint,
            trust
        ];
        rows::change(tx, sql, values)?;
    }
    Ok(is_new)
}

/// Whether as many as are kept have given something.
fn has_most(r: &impl Reads, message: MessageId) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM (SELECT count(DISTINCT author) AS authors FROM reactions WHERE message = ?1)
               WHERE authors >= ?2)";
    rows::exists(r, sql, [message.0, MOST_AUTHORS])
}

/// What somebody gave to a message.
pub fn of_author(r: &impl Reads, message: MessageId, author: &BareJid) -> Result<Vec<Clean>> {
    let mut emojis = rows::all(r, OF_AUTHOR, params![message.0, author.as_str()], |row| {
        Ok(rows::clean(row, 0)?.unwrap_or_default())
    })?;
    emojis.retain(|emoji| !emoji.is_empty());
    Ok(emojis)
}

/// When somebody gave what they think of a message.
pub fn given_at(r: &impl Reads, message: MessageId, author: &BareJid) -> Result<Option<Timestamp>> {
    let of = params![message.0, author.as_str()];
    rows::first(r, OF_AUTHOR, of, |row| rows::time(row, 1))
}

/// Of the set that we gave last, leaves the emojis that were there before it.
pub(super) fn put_back(
    tx: &Transaction<'_>,
    message: MessageId,
    own: &BareJid,
    before: &[Clean],
) -> Result<()> {
    let sql = "SELECT time, protection, device, fingerprint, trust FROM reactions WHERE message = ?1 AND author = ?2 LIMIT 1";
    let way = rows::first(tx, sql, params![message.0, own.as_str()], |row| Way::read(row, 0))?;
    if let Some(way) = way {
        set(tx, message, own, before, &way)?;
    }
    Ok(())
}

/// Gives each message of a page of one chat, in order, what people think of it.
pub(crate) fn fill(r: &impl Reads, page: &mut [Message]) -> Result<()> {
    let (Some(first), Some(last)) = (page.first(), page.last()) else {
        return Ok(());
    };
    let (chat, from, to) = (first.chat, first.position, last.position);
    let mut found = between(r, chat, from, to)?;
    for message in page {
        if let Some(reactions) = found.remove(&message.id.0) {
            message.reactions = reactions;
        }
    }
    Ok(())
}

fn between(
    r: &impl Reads,
    chat: ChatId,
    from: Position,
    to: Position,
) -> Result<BTreeMap<i64, Vec<Reaction>>> {
    let mut found: BTreeMap<i64, Vec<Reaction>> = BTreeMap::new();
    for (message, reaction) in rows::all(r, BETWEEN, [chat.0, from.0, to.0], read)? {
        found.entry(message).or_default().push(reaction);
    }
    Ok(found)
}

const OF_AUTHOR: &str = "SELECT emoji, time FROM reactions WHERE message = ?1 AND author = ?2 ORDER BY emoji";
/// The first given first.
pub(crate) const BETWEEN: &str = "SELECT r.message, r.emoji, r.author, r.protection
    FROM messages m CROSS JOIN reactions r ON r.message = m.id
    WHERE m.chat = ?1 AND m.position BETWEEN ?2 AND ?3 AND r.emoji <> '' ORDER BY r.message, r.time, r.author, r.emoji";

fn read(row: &Row<'_>) -> Result<(i64, Reaction)> {
    let reaction = Reaction {
        emoji: rows::clean(row, 1)?.unwrap_or_default(),
        author: rows::jid(row, 2)?,
        protection: rows::code(row, 3)?,
    };
    Ok((rows::get(row, 0)?, reaction))
}

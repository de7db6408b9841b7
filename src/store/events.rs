//! Lines of the history that nobody wrote: a hole that the archive cannot fill, and what was encrypted before
//! this device existed. Each tells of a time, and stands among the messages by a position of its own
//! (`positions`): a hole at its beginning, behind what came before it, what cannot be read at its end.
//!
//! Two holes that meet are one. A line that is widened or shrinks is a new row; where it stands changes only
//! if the end does by which it stands.

use rusqlite::{Row, params};

use super::codes::Code;
use super::{Reads, Result, Transaction, deleted, positions, rows};
use model::{AccountId, BareJid, ChatEvent, ChatEventId, ChatEventKind, ChatId, Peer, Position, Timestamp};

/// What is shorter is no hole: servers stamp what they keep in whole seconds.
const SHORTEST_MS: i64 = 1000;

/// The archive of the account has nothing any more of what was written between these times: a hole in every
/// chat with a person that has messages and is no request. What was deleted with its chat is not missed. The
/// chats in which that is new.
pub fn gap(tx: &Transaction<'_>, account: AccountId, from: Timestamp, to: Timestamp) -> Result<Vec<ChatId>> {
    let mut changed = Vec::new();
    for (chat, peer) in rows::all(tx, WITH_MESSAGES, [account.0], read_chat)? {
        let from = match deleted::not_before(tx, &Peer::new(account, peer))? {
            Some(deleted) => from.max(deleted),
            None => from,
        };
        if is_gap(from, to) && widen(tx, chat, ChatEventKind::Gap, from, to)? {
            changed.push(chat);
        }
    }
    Ok(changed)
}

/// What the archive has of this chat between these times was read after all: holes shrink, or go. Whether
/// that changes anything.
pub fn filled_in(tx: &Transaction<'_>, chat: ChatId, from: Timestamp, to: Timestamp) -> Result<bool> {
    let mut changed = false;
    for hole in of_kind(tx, chat, ChatEventKind::Gap)? {
        let (start, end) = (from.max(hole.time), to.min(hole.until));
        if end <= start {
            continue;
        }
        changed = true;
        remove(tx, &hole)?;
        if is_gap(hole.time, start) {
            put(
                tx,
                chat,
                ChatEventKind::Gap,
                (hole.time, start),
                Some(hole.position),
            )?;
        }
        if is_gap(end, hole.until) {
            put(tx, chat, ChatEventKind::Gap, (end, hole.until), None)?;
        }
    }
    Ok(changed)
}

/// Something of this time was encrypted before this device existed: all of it is one line of the chat.
/// Whether the line says anything new.
pub fn before_device(tx: &Transaction<'_>, chat: ChatId, time: Timestamp) -> Result<bool> {
    widen(tx, chat, ChatEventKind::BeforeDevice, time, time)
}

/// The line with this number.
pub fn get(r: &impl Reads, id: ChatEventId) -> Result<Option<ChatEvent>> {
    let sql = "SELECT id, chat, position, kind, time, until, detail FROM chat_events WHERE id = ?1";
    rows::first(r, sql, [id.0], read)
}

/// How many holes the histories of the account have.
pub fn gaps(r: &impl Reads, account: AccountId) -> Result<u64> {
    let sql = "SELECT count(*) FROM chat_events WHERE account = ?1 AND kind = ?2";
    let count = rows::first(r, sql, params![account.0, GAP], |row| rows::get::<i64>(row, 0))?;
    Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
}

/// The newest `limit` lines of a chat between two positions (exclusive; None: to the end), oldest first.
pub fn before(
    r: &impl Reads,
    chat: ChatId,
    (above, beneath): (Option<Position>, Option<Position>),
    limit: usize,
) -> Result<Vec<ChatEvent>> {
    let mut lines = rows::all(r, BEFORE, between(chat, (above, beneath), limit), read)?;
    lines.reverse();
    Ok(lines)
}

/// The oldest of them, oldest first.
pub fn after(
    r: &impl Reads,
    chat: ChatId,
    (above, beneath): (Option<Position>, Option<Position>),
    limit: usize,
) -> Result<Vec<ChatEvent>> {
    rows::all(r, AFTER, between(chat, (above, beneath), limit), read)
}

/// The line at this position, or the one above it.
pub fn nearest(r: &impl Reads, chat: ChatId, position: Position) -> Result<Option<ChatEvent>> {
    rows::first(r, NEAREST, params![chat.0, position.0], read)
}

/// `ChatEventKind::Gap`, as it stands in the database.
const GAP: i64 = 1;

/// Chats with persons (kind 0).
const WITH_MESSAGES: &str = "SELECT id, peer FROM chats c WHERE account = ?1 AND kind = 0 AND request = 0
    AND EXISTS (SELECT 1 FROM messages m WHERE m.chat = c.id) ORDER BY id";

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, chat, position, kind, time, until, detail FROM chat_events WHERE chat = ?1 ",
            $tail
        )
    };
}

/// Each walks the index chat_events_by_position.
pub(super) const BEFORE: &str =
    select!("AND position > ?3 AND position < ?4 ORDER BY position DESC LIMIT ?2");
pub(super) const AFTER: &str = select!("AND position > ?3 AND position < ?4 ORDER BY position LIMIT ?2");
pub(super) const NEAREST: &str = select!("AND position <= ?2 ORDER BY position DESC LIMIT 1");

fn between(chat: ChatId, (above, beneath): (Option<Position>, Option<Position>), limit: usize) -> [i64; 4] {
    let above = above.map_or(i64::MIN, |above| above.0);
    let beneath = beneath.map_or(i64::MAX, |beneath| beneath.0);
    [chat.0, rows::limit(limit), above, beneath]
}

fn is_gap(from: Timestamp, to: Timestamp) -> bool {
    to.as_millisecond() - from.as_millisecond() >= SHORTEST_MS
}

/// The lines of a kind that a chat has: a handful.
fn of_kind(r: &impl Reads, chat: ChatId, kind: ChatEventKind) -> Result<Vec<ChatEvent>> {
    let sql = select!("AND kind = ?2 ORDER BY position");
    rows::all(r, sql, params![chat.0, kind.code()], read)
}

/// A line that tells of this time and of all that those told of which it meets; of what cannot be read there
/// is one line. Whether that is new.
fn widen(
    tx: &Transaction<'_>,
    chat: ChatId,
    kind: ChatEventKind,
    from: Timestamp,
    to: Timestamp,
) -> Result<bool> {
    let is_one = kind == ChatEventKind::BeforeDevice;
    let mut met = of_kind(tx, chat, kind)?;
    met.retain(|line| is_one || (line.time <= to && from <= line.until));
    if met.iter().any(|line| line.time <= from && to <= line.until) {
        return Ok(false);
    }
    let from = met.iter().map(|line| line.time).fold(from, Timestamp::min);
    let to = met.iter().map(|line| line.until).fold(to, Timestamp::max);
    let stands_at = if is_one { to } else { from };
    let stays = met.iter().find(|line| line.stands_at() == stands_at);
    let position = stays.map(|line| line.position);
    for line in &met {
        remove(tx, line)?;
    }
    put(tx, chat, kind, (from, to), position)?;
    Ok(true)
}

/// Stores a line, at this position or where its time says.
fn put(
    tx: &Transaction<'_>,
    chat: ChatId,
    kind: ChatEventKind,
    (time, until): (Timestamp, Timestamp),
    position: Option<Position>,
) -> Result<()> {
    let position = match (position, kind) {
        (Some(position), _) => position,
        (None, ChatEventKind::BeforeDevice) => positions::at_its_time(tx, chat, until)?,
        (None, _) => positions::at_its_time(tx, chat, time)?,
    };
    let sql = "INSERT INTO chat_events (account, chat, position, kind, time, until)
               SELECT account, id, ?2, ?3, ?4, ?5 FROM chats WHERE id = ?1";
    let (time, until) = (time.as_millisecond(), until.as_millisecond());
    let values = params![chat.0, position.0, kind.code(), time, until];
    rows::must_change(tx, "chat", sql, values)
}

fn remove(tx: &Transaction<'_>, line: &ChatEvent) -> Result<()> {
    rows::change(tx, "DELETE FROM chat_events WHERE id = ?1", [line.id.0])?;
    Ok(())
}

pub(super) fn read(row: &Row<'_>) -> Result<ChatEvent> {
    let time = rows::time(row, 4)?;
    Ok(ChatEvent {
        id: ChatEventId(rows::get(row, 0)?),
        chat: ChatId(rows::get(row, 1)?),
        position: Position(rows::get(row, 2)?),
        kind: rows::code(row, 3)?,
        time,
        until: rows::optional_time(row, 5)?.unwrap_or(time),
        reason: rows::clean(row, 6)?.unwrap_or_default(),
    })
}

fn read_chat(row: &Row<'_>) -> Result<(ChatId, BareJid)> {
    Ok((ChatId(rows::get(row, 0)?), rows::jid(row, 1)?))
}

//! Which position a new row gets in its chat ([`Position`]): a message, or a line that nobody wrote. No two
//! have the same, whichever table they are in.
//!
//! A position is the time of the row, about 2^20 of them a millisecond, or a little more than that of the
//! row above if that says a later time: so there is room between any two rows for what an archive brings
//! later, and nothing that is there moves for it.

use rusqlite::params;

use super::{Result, Transaction, rows};
use model::{ChatId, Position, Timestamp};

/// Between a row and the one that came right after it.
const STEP: i64 = 1 << 10;
/// Positions of a millisecond, as a power of two.
const MILLISECOND: u32 = 20;
/// Later times (and clocks) all count as this one, which is in the year 2109.
const LATEST: i64 = 1 << 42;
/// By how much the rest of a chat moves on where there is no room left.
const MOVED: i64 = 1 << 32;

/// Where a row of this time would stand if it were alone.
fn slot(ms: i64) -> i64 {
    ms.clamp(0, LATEST) << MILLISECOND
}

/// Below everything that is in the chat, whatever its time says: others say the times, and our own clock
/// may have run ahead; what was there must not hide what comes (threat 21). Nor may what was read and then
/// deleted: above the read position it would count as read, and what we write as read by the other side.
pub(super) fn last(tx: &Transaction<'_>, chat: ChatId, time: Timestamp) -> Result<Position> {
    let newest = rows::first(tx, LAST, [chat.0], |row| rows::get::<i64>(row, 0))?;
    Ok(Position(below(newest.filter(|newest| *newest > 0), time)))
}

pub(super) const LAST: &str = "SELECT max(read_position, displayed_position,
        coalesce((SELECT max(position) FROM messages WHERE chat = ?1), 0),
        coalesce((SELECT max(position) FROM chat_events WHERE chat = ?1), 0)) FROM chats WHERE id = ?1";

fn below(above: Option<i64>, time: Timestamp) -> i64 {
    let slot = slot(time.as_millisecond()).max(1);
    above.map_or(slot, |above| slot.max(above + STEP))
}

/// At its time: behind every row of the same second, since servers stamp what they kept in whole seconds, and
/// before every one of a later second.
pub(super) fn at_its_time(tx: &Transaction<'_>, chat: ChatId, time: Timestamp) -> Result<Position> {
    let next_second = slot((second_of(time) + 1) * 1000);
    let (above, beneath) = around(tx, chat, next_second)?;
    let position = below(above, time);
    match (above, beneath) {
        (_, Some(beneath)) if position >= beneath => between(tx, chat, above, beneath),
        _ => Ok(Position(position)),
    }
}

/// At its time, of what a page of an archive brings that was read after the newer ones: its rows stand in the
/// order of the page, before what was here of the same second. `behind`: where the row stands that the page
/// brought last in this chat.
pub(super) fn in_page(
    tx: &Transaction<'_>,
    chat: ChatId,
    time: Timestamp,
    behind: Option<Position>,
) -> Result<Position> {
    let second = second_of(time);
    let (begins, ends) = (slot(second * 1000), slot((second + 1) * 1000));
    let from = match behind {
        // The times of that archive go up and down.
        Some(behind) if behind.0 >= ends + PUSHED => begins - PUSHED,
        Some(behind) => (begins - PUSHED).max(behind.0 + 1),
        None => begins - PUSHED,
    };
    let newer = rows::first(tx, NEWER, [chat.0, from, second * 1000], |row| rows::get(row, 0))?;
    let (above, beneath) = around(tx, chat, newer.map_or(ends, |newer: i64| newer.min(ends)))?;
    let position = below(above, time);
    match (above, beneath) {
        (_, Some(beneath)) if position >= beneath => {
            // With room for others behind it.
            let close = (beneath - (1 << MILLISECOND)).max(1);
            match above {
                Some(above) if above + STEP < beneath => Ok(Position(close.max(above + STEP))),
                None => Ok(Position(close)),
                Some(_) => between(tx, chat, above, beneath),
            }
        }
        _ => Ok(Position(position)),
    }
}

/// So far above their second rows are pushed at most by others of the same second.
const PUSHED: i64 = 1000 << MILLISECOND;

/// Walks the index messages_by_position; nearly always the first row that it meets is no older.
pub(super) const NEWER: &str =
    "SELECT position FROM messages WHERE chat = ?1 AND position >= ?2 AND time >= ?3
        ORDER BY position LIMIT 1";

fn second_of(time: Timestamp) -> i64 {
    time.as_millisecond().clamp(0, LATEST) / 1000
}

/// What stands right above and at or right beneath this position.
fn around(tx: &Transaction<'_>, chat: ChatId, position: i64) -> Result<(Option<i64>, Option<i64>)> {
    let ask = |sql| -> Result<Option<i64>> {
        let found = rows::first(tx, sql, [chat.0, position], |row| rows::get(row, 0))?;
        Ok(found.flatten())
    };
    Ok((ask(ABOVE)?, ask(BENEATH)?))
}

pub(super) const ABOVE: &str = "SELECT max(position) FROM (
        SELECT max(position) AS position FROM messages WHERE chat = ?1 AND position < ?2
        UNION ALL SELECT max(position) FROM chat_events WHERE chat = ?1 AND position < ?2)";
pub(super) const BENEATH: &str = "SELECT min(position) FROM (
        SELECT min(position) AS position FROM messages WHERE chat = ?1 AND position >= ?2
        UNION ALL SELECT min(position) FROM chat_events WHERE chat = ?1 AND position >= ?2)";

/// At its time, but below everything that came in: our own clock may have run ahead, and then what came later
/// would stand above what came before. What we wrote stands by its time alone, sent or not.
pub(super) fn behind_what_came(tx: &Transaction<'_>, chat: ChatId, time: Timestamp) -> Result<Position> {
    let at = at_its_time(tx, chat, time)?;
    let came = rows::first(tx, CAME, [chat.0], |row| rows::get::<Option<i64>>(row, 0))?.flatten();
    match came {
        Some(came) if at.0 < came => {
            let beneath = rows::first(tx, BENEATH, [chat.0, came + 1], |row| {
                rows::get::<Option<i64>>(row, 0)
            })?;
            match beneath.flatten() {
                Some(beneath) if beneath <= came + STEP => between(tx, chat, Some(came), beneath),
                _ => Ok(Position(came + STEP)),
            }
        }
        _ => Ok(at),
    }
}

pub(super) const CAME: &str = "SELECT max(position) FROM messages WHERE chat = ?1 AND direction = 0";

/// Half-way between two neighbours; where there is no room, what stands beneath moves on.
fn between(tx: &Transaction<'_>, chat: ChatId, above: Option<i64>, beneath: i64) -> Result<Position> {
    let above = above.unwrap_or(0);
    if beneath - above < 2 {
        make_room(tx, chat, above)?;
        return Ok(Position(above + MOVED / 2));
    }
    Ok(Position(above + (beneath - above) / 2))
}

/// Moves everything behind `above` on, and with it what is remembered by position. In two steps: no two rows
/// may have the same position in between either.
fn make_room(tx: &Transaction<'_>, chat: ChatId, above: i64) -> Result<()> {
    let moved = params![chat.0, above, MOVED];
    for sql in [
        "UPDATE messages SET position = -position - ?3 WHERE chat = ?1 AND position > ?2",
        "UPDATE chat_events SET position = -position - ?3 WHERE chat = ?1 AND position > ?2",
    ] {
        rows::change(tx, sql, moved)?;
    }
    for sql in [
        "UPDATE messages SET position = -position WHERE chat = ?1 AND position < 0",
        "UPDATE chat_events SET position = -position WHERE chat = ?1 AND position < 0",
    ] {
        rows::change(tx, sql, [chat.0])?;
    }
    let sql = "UPDATE chats SET read_position = read_position + iif(read_position > ?2, ?3, 0),
                   displayed_position = displayed_position + iif(displayed_position > ?2, ?3, 0),
                   read_here = read_here + iif(read_here > ?2, ?3, 0),
                   synced_position = synced_position + iif(synced_position > ?2, ?3, 0),
                   marked_position = marked_position + iif(marked_position > ?2, ?3, 0),
                   place = place + iif(place > ?2, ?3, 0) WHERE id = ?1";
    rows::change(tx, sql, moved)?;
    Ok(())
}

//! How far the archives were read (XEP-0313): ranges, each an unbroken part of the whole archive, or of what
//! it has of one chat, where the person read further back than that. The newest of the whole ends at the
//! cursor, behind which the next catch-up begins. Never the newest message of the history: what came live
//! while a catch-up ran, or an id that somebody forged, would make a hole that nobody sees.
//!
//! Where the first range begins is when the account was first here: `accounts.first_online`, which the
//! migration made for this and filled for older vaults, says no more, and is neither read nor written.

use rusqlite::{Row, params};

use super::{Reads, Result, Transaction, rows};
use model::{AccountId, BareJid, ChatId, Timestamp};

/// An end of a range: the archive's id of a message, and when that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeEnd {
    /// Empty: the archive had nothing up to then.
    pub id: String,
    pub time: Timestamp,
}

/// An unbroken part of an archive that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    pub id: i64,
    pub first: RangeEnd,
    pub last: RangeEnd,
    /// The archive has nothing before it.
    pub is_start: bool,
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, first_id, first_time, last_id, last_time, is_start FROM archive_ranges
             WHERE account = ?1 AND archive = ?2 AND chat ",
            $tail
        )
    };
}

/// The range of the whole archive that ends last.
pub fn newest(r: &impl Reads, account: AccountId, archive: &BareJid) -> Result<Option<Range>> {
    let sql = select!("IS NULL ORDER BY last_time DESC, id DESC LIMIT 1");
    rows::first(r, sql, params![account.0, archive.as_str()], read)
}

/// The range of the whole archive that begins first.
pub fn oldest(r: &impl Reads, account: AccountId, archive: &BareJid) -> Result<Option<Range>> {
    let sql = select!("IS NULL ORDER BY first_time, id LIMIT 1");
    rows::first(r, sql, params![account.0, archive.as_str()], read)
}

/// What was read back of one chat alone: it ends where that began, and what is newer was read with all
/// others.
pub fn of_chat(r: &impl Reads, account: AccountId, archive: &BareJid, chat: ChatId) -> Result<Option<Range>> {
    let sql = select!("= ?3 ORDER BY first_time, id LIMIT 1");
    rows::first(r, sql, params![account.0, archive.as_str(), chat.0], read)
}

/// Begins a range: of the whole archive, or of one chat.
pub fn begin(
    tx: &Transaction<'_>,
    account: AccountId,
    archive: &BareJid,
    chat: Option<ChatId>,
    (first, last): (&RangeEnd, &RangeEnd),
    is_start: bool,
) -> Result<()> {
    let sql =
        "INSERT INTO archive_ranges (account, archive, first_id, first_time, last_id, last_time, is_start, chat)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let ends = params![
        account.0,
        archive.as_str(),
        first.id,
        first.time.as_millisecond(),
        last.id,
        last.time.as_millisecond(),
        is_start,
        chat.map(|chat| chat.0),
    ];
    rows::change(tx, sql, ends)?;
    Ok(())
}

/// The range goes on to there.
pub fn extend(tx: &Transaction<'_>, range: i64, last: &RangeEnd) -> Result<()> {
    let sql = "UPDATE archive_ranges SET last_id = ?2, last_time = ?3 WHERE id = ?1";
    let end = params![range, last.id, last.time.as_millisecond()];
    rows::must_change(tx, "archive range", sql, end)
}

/// The range begins there.
pub fn extend_back(tx: &Transaction<'_>, range: i64, first: &RangeEnd) -> Result<()> {
    let sql = "UPDATE archive_ranges SET first_id = ?2, first_time = ?3 WHERE id = ?1";
    let end = params![range, first.id, first.time.as_millisecond()];
    rows::must_change(tx, "archive range", sql, end)
}

/// There is nothing before the range.
pub fn set_start(tx: &Transaction<'_>, range: i64) -> Result<()> {
    let sql = "UPDATE archive_ranges SET is_start = 1 WHERE id = ?1";
    rows::must_change(tx, "archive range", sql, [range])
}

fn read(row: &Row<'_>) -> Result<Range> {
    Ok(Range {
        id: rows::get(row, 0)?,
        first: RangeEnd {
            id: rows::get(row, 1)?,
            time: rows::time(row, 2)?,
        },
        last: RangeEnd {
            id: rows::get(row, 3)?,
            time: rows::time(row, 4)?,
        },
        is_start: rows::get(row, 5)?,
    })
}

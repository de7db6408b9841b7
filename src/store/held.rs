//! Messages that came live while a catch-up with the archive runs: they wait until it is done, so that
//! everything is opened and stands in the order in which it was sent. They wait here, not in memory,
//! because the server is told that we have them (law 3).

use rusqlite::params;

use super::{Reads, Result, Transaction, rows};
use model::{AccountId, Timestamp};

/// Puts a stanza behind those that wait, with the time at which it came.
pub fn push(tx: &Transaction<'_>, account: AccountId, came: Timestamp, stanza: &str) -> Result<()> {
    let sql = "INSERT INTO held_stanzas (account, time, stanza) VALUES (?1, ?2, ?3)";
    rows::change(tx, sql, params![account.0, came.as_millisecond(), stanza])?;
    Ok(())
}

/// How many wait.
pub fn count(r: &impl Reads, account: AccountId) -> Result<usize> {
    let sql = "SELECT count(*) FROM held_stanzas WHERE account = ?1";
    let count = rows::first(r, sql, [account.0], |row| rows::get::<i64>(row, 0))?;
    Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
}

/// How many bytes wait.
pub fn size(r: &impl Reads, account: AccountId) -> Result<usize> {
    let sql = "SELECT coalesce(sum(octet_length(stanza)), 0) FROM held_stanzas WHERE account = ?1";
    let size = rows::first(r, sql, [account.0], |row| rows::get::<i64>(row, 0))?;
    Ok(size.and_then(|size| usize::try_from(size).ok()).unwrap_or(0))
}

/// Takes all of them, in the order in which they came.
pub fn take(tx: &Transaction<'_>, account: AccountId) -> Result<Vec<(Timestamp, String)>> {
    let sql = "SELECT time, stanza FROM held_stanzas WHERE account = ?1 ORDER BY id";
    let held = rows::all(tx, sql, [account.0], |row| {
        Ok((rows::time(row, 0)?, rows::get(row, 1)?))
    })?;
    rows::change(tx, "DELETE FROM held_stanzas WHERE account = ?1", [account.0])?;
    Ok(held)
}

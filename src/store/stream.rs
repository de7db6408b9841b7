//! The stream that could be resumed (XEP-0198), so that even a killed process continues where it was; and how
//! much the server takes at once, where it showed that by ending a stream.

use rusqlite::params;

use super::{Reads, Result, Transaction, rows};
use model::{AccountId, Timestamp};

/// What a resumption needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumable {
    pub sm_id: String,
    /// Full JID bound in that stream.
    pub bound: String,
    /// Where the server wants to be reached ("host:port").
    pub location: Option<String>,
    /// Stanzas of the server that we handled and stored.
    pub inbound: u32,
    /// Stanzas that we sent.
    pub outbound: u32,
    /// The server vouches for the ids by which it names messages, as far as it was asked.
    pub vouches: bool,
}

pub fn get(r: &impl Reads, account: AccountId) -> Result<Option<Resumable>> {
    let sql = "SELECT sm_id, bound, location, inbound, outbound, vouches FROM streams WHERE account = ?1";
    rows::first(r, sql, [account.0], |row| {
        Ok(Resumable {
            sm_id: rows::get(row, 0)?,
            bound: rows::get(row, 1)?,
            location: rows::get(row, 2)?,
            inbound: rows::get(row, 3)?,
            outbound: rows::get(row, 4)?,
            vouches: rows::get(row, 5)?,
        })
    })
}

/// Puts the stream in the place of the one before.
pub fn put(tx: &Transaction<'_>, account: AccountId, resumable: &Resumable) -> Result<()> {
    rows::change(
        tx,
        "INSERT INTO streams (account, sm_id, bound, location, inbound, outbound, vouches)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (account) DO UPDATE SET
             sm_id = excluded.sm_id, bound = excluded.bound, location = excluded.location,
             inbound = excluded.inbound, outbound = excluded.outbound, vouches = excluded.vouches",
        params![
            account.0,
            resumable.sm_id,
            resumable.bound,
            resumable.location,
            resumable.inbound,
            resumable.outbound,
            resumable.vouches,
        ],
    )?;
    Ok(())
}

/// Stores both counters. Nothing happens without a stored stream: there is nothing to resume then.
pub fn set_counters(tx: &Transaction<'_>, account: AccountId, inbound: u32, outbound: u32) -> Result<()> {
    let sql = "UPDATE streams SET inbound = ?2, outbound = ?3 WHERE account = ?1";
    rows::change(tx, sql, params![account.0, inbound, outbound])?;
    Ok(())
}

/// What the server says of the ids by which it names messages. Nothing happens without a stored stream.
pub fn set_vouches(tx: &Transaction<'_>, account: AccountId, vouches: bool) -> Result<()> {
    let sql = "UPDATE streams SET vouches = ?2 WHERE account = ?1";
    rows::change(tx, sql, params![account.0, vouches])?;
    Ok(())
}

/// Forgets the stream. Nothing happens if there is none.
pub fn clear(tx: &Transaction<'_>, account: AccountId) -> Result<()> {
    rows::change(tx, "DELETE FROM streams WHERE account = ?1", [account.0])?;
    Ok(())
}

/// The size at which the server of the account ended a stream because a stanza was
/// too large, and when that was.
pub fn too_large(r: &impl Reads, account: AccountId) -> Result<Option<(u32, Timestamp)>> {
    let sql = "SELECT bytes, time FROM too_large WHERE account = ?1";
    rows::first(r, sql, [account.0], |row| {
        Ok((rows::get(row, 0)?, rows::time(row, 1)?))
    })
}

/// Notes it, in the place of what was noted before.
pub fn set_too_large(tx: &Transaction<'_>, account: AccountId, bytes: u32, now: Timestamp) -> Result<()> {
    rows::change(
        tx,
        "INSERT INTO too_large (account, bytes, time) VALUES (?1, ?2, ?3)
         ON CONFLICT (account) DO UPDATE SET bytes = excluded.bytes, time = excluded.time",
        params![account.0, bytes, now.as_millisecond()],
    )?;
    Ok(())
}

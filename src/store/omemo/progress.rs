//! How far this device has come, and what is done when that turns out to be less than it was.

use rusqlite::params;

use crate::{Reads, Result, StoreError, Transaction, rows};
use model::{AccountId, BareJid, Timestamp};
use omemo::{DeviceId, Dialect, SessionRecord};

/// What was told to our server last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnProgress {
    pub number: i64,
    /// None: nothing was told.
    pub mark: Option<[u8; 16]>,
}

pub fn own_progress(r: &impl Reads, account: AccountId) -> Result<OwnProgress> {
    let sql = "SELECT progress, nullif(progress_mark, x'') FROM omemo_own_device WHERE account = ?1";
    let found = rows::first(r, sql, [account.0], |row| {
        Ok(OwnProgress {
            number: rows::get(row, 0)?,
            mark: rows::optional_bytes(row, 1, "progress")?.copied(),
        })
    })?;
    found.ok_or(StoreError::Missing("own device"))
}

pub fn set_own_progress(
    tx: &Transaction<'_>,
    account: AccountId,
    number: i64,
    mark: &[u8; 16],
) -> Result<()> {
    let sql = "UPDATE omemo_own_device SET progress = ?2, progress_mark = ?3 WHERE account = ?1";
    rows::must_change(tx, "own device", sql, params![account.0, number, mark])
}

/// Lets nothing be sealed any more with any session there is; with whom, those who were heard last before
/// the others.
pub fn retire_sessions(
    tx: &Transaction<'_>,
    account: AccountId,
) -> Result<Vec<(BareJid, Dialect, DeviceId)>> {
    let sql = "SELECT s.rowid, s.jid, s.dialect, s.device, s.record
               FROM omemo_sessions s LEFT JOIN omemo_devices d
                   ON d.account = s.account AND d.jid = s.jid AND d.dialect = s.dialect AND d.device = s.device
               WHERE s.account = ?1 ORDER BY d.last_seen DESC NULLS LAST, s.rowid DESC";
    let found = rows::all(tx, sql, [account.0], |row| {
        let row_id: i64 = rows::get(row, 0)?;
        let device = DeviceId::new(rows::get(row, 3)?).ok_or(StoreError::Corrupt("device id"))?;
        let mut record = SessionRecord::from_bytes(rows::blob(row, 4, "session")?)
            .map_err(|_| StoreError::Corrupt("session"))?;
        record.retire();
        Ok((
            row_id,
            record.to_bytes(),
            (rows::jid(row, 1)?, rows::code(row, 2)?, device),
        ))
    })?;
    let mut devices = Vec::with_capacity(found.len());
    for (row_id, record, device) in found {
        let sql = "UPDATE omemo_sessions SET record = ?2, retired = 1 WHERE rowid = ?1";
        rows::change(tx, sql, params![row_id, record.as_slice()])?;
        devices.push(device);
    }
    Ok(devices)
}

/// No prekey that there is is published any more; each is kept as one that was spent now. The next one gets
/// an id beyond this one.
pub fn pass_over_prekeys(
    tx: &Transaction<'_>,
    account: AccountId,
    beyond: u32,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE omemo_prekeys SET spent = 1, spent_at = ?2 WHERE account = ?1 AND spent = 0";
    rows::change(tx, sql, params![account.0, now.as_millisecond()])?;
    // Ids wrap there.
    let sql = "UPDATE accounts SET next_prekey_id = ?2 % 16777214 + 1 WHERE id = ?1 AND next_prekey_id <= ?2";
    rows::change(tx, sql, params![account.0, beyond])?;
    Ok(())
}

/// The id that the next prekey gets, if it is free.
pub fn next_prekey(r: &impl Reads, account: AccountId) -> Result<u32> {
    let sql = "SELECT next_prekey_id FROM accounts WHERE id = ?1";
    let next = rows::first(r, sql, [account.0], |row| rows::get(row, 0))?;
    next.ok_or(StoreError::Missing("account"))
}

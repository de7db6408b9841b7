//! Session records: one for each device in each dialect.

use rusqlite::params;

use super::super::codes::Code;
use super::super::{Reads, Result, StoreError, Transaction, rows};
use crate::model::{AccountId, BareJid};
use crate::omemo::{DeviceId, Dialect, SessionRecord};

pub fn session(
    r: &impl Reads,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    id: DeviceId,
) -> Result<Option<SessionRecord>> {
    let sql = "SELECT record FROM omemo_sessions
               WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device = ?4";
    let key = params![account.0, jid.as_str(), dialect.code(), id.get()];
    rows::first(r, sql, key, |row| {
        // Read where it lies: SQLite wipes its copy when it frees it (cipher_memory_security).
        SessionRecord::from_bytes(rows::blob(row, 0, "session")?).map_err(|_| StoreError::Corrupt("session"))
    })
}

/// Puts the record in the place of the one before, if any.
pub fn put_session(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    id: DeviceId,
    record: &SessionRecord,
) -> Result<()> {
    rows::change(
        tx,
        "INSERT INTO omemo_sessions (account, jid, dialect, device, record) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (account, jid, dialect, device) DO UPDATE SET record = excluded.record",
        params![
            account.0,
            jid.as_str(),
            dialect.code(),
            id.get(),
            record.to_bytes().as_slice(),
        ],
    )?;
    Ok(())
}

//! For whom messages of ours were sealed.

use rusqlite::params;

use super::codes::Code;
use super::{Reads, Result, StoreError, Transaction, rows};
use model::{BareJid, Dialect, MessageId, Trust};
use omemo::{DeviceId, Fingerprint};

/// A device that a message was sealed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedFor {
    pub jid: BareJid,
    pub device: DeviceId,
    /// Its key at that time.
    pub fingerprint: Fingerprint,
    /// What was decided about the key at that time.
    pub trust: Trust,
    pub dialect: Dialect,
}

/// Notes whom a message was sealed for, in the transaction that seals it.
pub fn put(tx: &Transaction<'_>, message: MessageId, sealed: &[SealedFor]) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO message_recipients (message, jid, device, identity, trust, dialect)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    for device in sealed {
        let row = params![
            message.0,
            device.jid.as_str(),
            device.device.get(),
            device.fingerprint.0,
            device.trust.code(),
            device.dialect.code(),
        ];
        rows::change(tx, sql, row)?;
    }
    Ok(())
}

/// Whom a message was sealed for; nobody where that is not known.
pub fn of(r: &impl Reads, message: MessageId) -> Result<Vec<SealedFor>> {
    let sql = "SELECT jid, device, identity, trust, dialect FROM message_recipients
               WHERE message = ?1 ORDER BY jid, device";
    rows::all(r, sql, [message.0], |row| {
        Ok(SealedFor {
            jid: rows::jid(row, 0)?,
            device: DeviceId::new(rows::get(row, 1)?).ok_or(StoreError::Corrupt("device"))?,
            fingerprint: Fingerprint(*rows::bytes(row, 2, "fingerprint")?),
            trust: rows::code(row, 3)?,
            dialect: rows::code(row, 4)?,
        })
    })
}

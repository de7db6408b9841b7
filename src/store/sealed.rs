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

/// Notes whom a message was sealed for, in the transaction that seals it; in one statement, for a room has hundreds.
pub fn put(tx: &Transaction<'_>, message: MessageId, sealed: &[SealedFor]) -> Result<()> {
    let row = |device: &SealedFor| {
        let (jid, id) = (rows::quoted(device.jid.as_str()), device.device.get());
        format!("[{jid},{id},{},{}]", device.trust.code(), device.dialect.code())
    };
    let list: Vec<String> = sealed.iter().map(row).collect();
    // No JSON holds bytes: all keys one after the other.
    let keys: Vec<u8> = sealed.iter().flat_map(|device| device.fingerprint.0).collect();
    let sql = "INSERT OR REPLACE INTO message_recipients (message, jid, device, identity, trust, dialect)
               SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), substr(?3, key * 32 + 1, 32),
                   json_extract(value, '$[2]'), json_extract(value, '$[3]') FROM json_each(?2)";
    rows::change(tx, sql, params![message.0, format!("[{}]", list.join(",")), keys])?;
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

//! What the program answers by itself, until the server has acknowledged it: receipts, empty
//! messages, answers to requests.
//!
//! A row is held (no sequence), then sent (its number in the current stream), then gone. What
//! is sealed is sealed when it is sent, so that it leaves in the order of its ratchet and only
//! to a key that is still trusted.

use rusqlite::{Row, params};

use super::codes::Code;
use super::{Reads, Result, StoreError, Transaction, rows};
use model::{AccountId, BareJid, Jid, address};
use omemo::{DeviceId, Dialect};

/// What is sealed for one device when it can leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsealed {
    pub peer: BareJid,
    pub device: DeviceId,
    pub dialect: Dialect,
    /// The receipt for a message of this id, to this address; None: an empty message.
    pub receipt: Option<(Jid, String)>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The stanza as it leaves.
    Rendered(String),
    Unsealed(Unsealed),
}

/// Stores what is being sent as number `sequence`; its id.
pub fn push_sent(tx: &Transaction<'_>, account: AccountId, stanza: &str, sequence: u32) -> Result<i64> {
    let sql = "INSERT INTO answers (account, lasting, stanza, sequence) VALUES (?1, 1, ?2, ?3)";
    rows::change(tx, sql, params![account.0, stanza, sequence])?;
    Ok(tx.conn().last_insert_rowid())
}

/// Holds a stanza back; `lasting`: another stream may carry it as well.
pub fn hold(tx: &Transaction<'_>, account: AccountId, stanza: &str, lasting: bool) -> Result<()> {
    let sql = "INSERT INTO answers (account, lasting, stanza) VALUES (?1, ?2, ?3)";
    rows::change(tx, sql, params![account.0, lasting, stanza])?;
    Ok(())
}

/// Holds back what is still to be sealed. A second empty message for a device is none.
pub fn hold_unsealed(tx: &Transaction<'_>, account: AccountId, unsealed: &Unsealed) -> Result<()> {
    let (address, receipt) = match &unsealed.receipt {
        Some((address, id)) => (Some(address.as_str()), Some(id)),
        None => (None, None),
    };
    rows::change(
        tx,
        "INSERT OR IGNORE INTO answers (account, lasting, peer, device, dialect, address, receipt)
         VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6)",
        params![
            account.0,
            unsealed.peer.as_str(),
            unsealed.device.get(),
            unsealed.dialect.code(),
            address,
            receipt,
        ],
    )?;
    Ok(())
}

/// The first ones that are held back, in order.
pub fn held(r: &impl Reads, account: AccountId, most: usize) -> Result<Vec<(i64, Answer)>> {
    rows::all(r, HELD, params![account.0, rows::limit(most)], |row| {
        Ok((rows::get(row, 0)?, read(row)?))
    })
}

pub(super) const HELD: &str = "SELECT id, stanza, peer, device, dialect, address, receipt FROM answers
    WHERE account = ?1 AND sequence IS NULL ORDER BY id LIMIT ?2";

/// How many are held back.
pub fn count_held(r: &impl Reads, account: AccountId) -> Result<usize> {
    let sql = "SELECT count(*) FROM answers WHERE account = ?1 AND sequence IS NULL";
    let count = rows::first(r, sql, [account.0], |row| rows::get::<i64>(row, 0))?;
    Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
}

/// What was sent on the current stream and is not acknowledged, in order: id, number, stanza.
pub fn sent(r: &impl Reads, account: AccountId) -> Result<Vec<(i64, u32, String)>> {
    let sql =
        "SELECT id, sequence, stanza FROM answers WHERE account = ?1 AND sequence IS NOT NULL ORDER BY id";
    rows::all(r, sql, [account.0], |row| {
        Ok((rows::get(row, 0)?, rows::get(row, 1)?, rows::get(row, 2)?))
    })
}

/// It leaves now, as this stanza.
pub fn set_sent(tx: &Transaction<'_>, id: i64, stanza: &str, sequence: u32) -> Result<()> {
    let sql = "UPDATE answers SET stanza = ?2, sequence = ?3 WHERE id = ?1";
    rows::must_change(tx, "answer", sql, params![id, stanza, sequence])
}

/// Removes an answer. Nothing happens if there is none.
pub fn remove(tx: &Transaction<'_>, id: i64) -> Result<()> {
    rows::change(tx, "DELETE FROM answers WHERE id = ?1", [id])?;
    Ok(())
}

/// The stream that they were counted in is gone: what only it could carry goes,
/// the rest is held for the next.
pub fn restart(tx: &Transaction<'_>, account: AccountId) -> Result<()> {
    let sql = "DELETE FROM answers WHERE account = ?1 AND lasting = 0";
    rows::change(tx, sql, [account.0])?;
    let sql = "UPDATE answers SET sequence = NULL WHERE account = ?1 AND sequence IS NOT NULL";
    rows::change(tx, sql, [account.0])?;
    Ok(())
}

/// The stream is closed in good order: what was sent on it has been read.
pub fn remove_sent(tx: &Transaction<'_>, account: AccountId) -> Result<()> {
    let sql = "DELETE FROM answers WHERE account = ?1 AND sequence IS NOT NULL";
    rows::change(tx, sql, [account.0])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Answer> {
    if let Some(stanza) = rows::get::<Option<String>>(row, 1)? {
        return Ok(Answer::Rendered(stanza));
    }
    let device = DeviceId::new(rows::get(row, 3)?).ok_or(StoreError::Corrupt("device"))?;
    let address: Option<String> = rows::get(row, 5)?;
    let receipt: Option<String> = rows::get(row, 6)?;
    let receipt = match (address, receipt) {
        (Some(address), Some(id)) => {
            let address = address::jid(&address).map_err(|_| StoreError::Corrupt("address"))?;
            Some((address, id))
        }
        _ => None,
    };
    Ok(Answer::Unsealed(Unsealed {
        peer: rows::jid(row, 2)?,
        device,
        dialect: rows::code(row, 4)?,
        receipt,
    }))
}

//! Our own device: its id and its identity key pair.

use rusqlite::params;

use crate::{Reads, Result, StoreError, Transaction, rows};
use model::{AccountId, BareJid, Clean, Timestamp};
use omemo::{DeviceId, IdentityKeyPair, OwnDevice};

pub fn own_device(r: &impl Reads, account: AccountId) -> Result<Option<OwnDevice>> {
    let sql = "SELECT device, identity FROM omemo_own_device WHERE account = ?1";
    rows::first(r, sql, [account.0], |row| {
        Ok(OwnDevice {
            id: DeviceId::new(rows::get(row, 0)?).ok_or(StoreError::Corrupt("device id"))?,
            identity: IdentityKeyPair::from_secret(rows::bytes(row, 1, "identity key")?),
        })
    })
}

/// When our device was made: what was on the account's list by then is known to its owner.
pub fn own_created(r: &impl Reads, account: AccountId) -> Result<Option<Timestamp>> {
    let sql = "SELECT created FROM omemo_own_device WHERE account = ?1";
    rows::first(r, sql, [account.0], |row| rows::time(row, 0))
}

/// Sets when the devices of `jid` that are known by now were seen first: those of our own
/// JID, when our device is made.
pub fn set_first_seen(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    first_seen: Timestamp,
) -> Result<()> {
    let sql = "UPDATE omemo_devices SET first_seen = ?3 WHERE account = ?1 AND jid = ?2";
    let row = params![account.0, jid.as_str(), first_seen.as_millisecond()];
    rows::change(tx, sql, row)?;
    Ok(())
}

/// A device of `jid` was taken away: if it comes back, it is one that was first seen `now`,
/// and nothing was heard of it.
pub fn forget_sight(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    id: DeviceId,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE omemo_devices SET first_seen = ?4, last_seen = NULL
               WHERE account = ?1 AND jid = ?2 AND device = ?3";
    let row = params![account.0, jid.as_str(), id.get(), now.as_millisecond()];
    rows::change(tx, sql, row)?;
    Ok(())
}

/// What we call this device, and the signature that is published with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnLabel {
    pub text: Clean,
    pub signature: [u8; 64],
}

/// None: it has no name.
pub fn own_label(r: &impl Reads, account: AccountId) -> Result<Option<OwnLabel>> {
    let sql = "SELECT label, label_signature FROM omemo_own_device
               WHERE account = ?1 AND label <> '' AND label_signature IS NOT NULL";
    rows::first(r, sql, [account.0], |row| {
        Ok(OwnLabel {
            text: rows::clean(row, 0)?.unwrap_or_default(),
            signature: *rows::bytes(row, 1, "label signature")?,
        })
    })
}

/// Names this device; None takes the name away.
pub fn set_own_label(tx: &Transaction<'_>, account: AccountId, label: Option<&OwnLabel>) -> Result<()> {
    let sql = "UPDATE omemo_own_device SET label = ?2, label_signature = ?3 WHERE account = ?1";
    let text = label.map_or("", |label| label.text.as_str());
    let signature = label.map(|label| label.signature.as_slice());
    rows::must_change(tx, "own device", sql, params![account.0, text, signature])
}

/// Puts our device in the place of the one before, if any.
pub fn put_own_device(
    tx: &Transaction<'_>,
    account: AccountId,
    own: &OwnDevice,
    now: Timestamp,
) -> Result<()> {
    rows::change(
        tx,
        "INSERT INTO omemo_own_device (account, device, identity, created) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (account) DO UPDATE SET device = excluded.device, identity = excluded.identity,
            created = excluded.created, label = '', label_signature = NULL",
        params![
            account.0,
            own.id.get(),
            own.identity.secret().as_slice(),
            now.as_millisecond()
        ],
    )?;
    Ok(())
}

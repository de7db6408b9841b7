//! Our own device: its id and its identity key pair.

use rusqlite::params;

use super::super::{Reads, Result, StoreError, Transaction, rows};
use crate::model::AccountId;
use crate::omemo::{DeviceId, IdentityKeyPair, OwnDevice};

pub fn own_device(r: &impl Reads, account: AccountId) -> Result<Option<OwnDevice>> {
    let sql = "SELECT device, identity FROM omemo_own_device WHERE account = ?1";
    rows::first(r, sql, [account.0], |row| {
        Ok(OwnDevice {
            id: DeviceId::new(rows::get(row, 0)?).ok_or(StoreError::Corrupt("device id"))?,
            identity: IdentityKeyPair::from_secret(rows::bytes(row, 1, "identity key")?),
        })
    })
}

/// Puts our device in the place of the one before, if any.
pub fn put_own_device(tx: &Transaction<'_>, account: AccountId, own: &OwnDevice) -> Result<()> {
    rows::change(
        tx,
        "INSERT INTO omemo_own_device (account, device, identity) VALUES (?1, ?2, ?3)
         ON CONFLICT (account) DO UPDATE SET device = excluded.device, identity = excluded.identity",
        params![account.0, own.id.get(), own.identity.secret().as_slice()],
    )?;
    Ok(())
}

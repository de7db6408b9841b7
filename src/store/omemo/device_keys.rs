//! Devices and their keys as people see them, put together from the device list, the own device and the trust.

use rusqlite::params;

use super::super::{Reads, Result, rows};
use super::{Device, KeyTrust, device_list_seen, devices, keys, own_created, own_device};
use crate::model::{AccountId, BareJid, DeviceKey};
use crate::omemo::{DeviceId, Dialect, IdentityKey};

/// Every device known of `jid`, active first (for our own JID this device before all others), then keys that no device has.
pub fn device_keys(r: &impl Reads, account: AccountId, jid: &BareJid) -> Result<Vec<DeviceKey>> {
    let trusts = keys(r, account, jid)?;
    let listed = devices(r, account, jid)?;
    let this = this_device(r, account, jid, &listed)?;
    let ours = this.as_ref().map(|(_, id, key)| (*id, *key));
    let mut all: Vec<DeviceKey> = this.into_iter().map(|(device, ..)| device).collect();
    for device in listed {
        put(&mut all, &device, ours, &trusts);
    }
    let loose: Vec<DeviceKey> = trusts
        .iter()
        .filter(|key| !all.iter().any(|known| shows(known, key.identity)))
        .map(without_device)
        .collect();
    all.extend(loose);
    Ok(all)
}

/// This device, if `jid` is the account's own.
fn this_device(
    r: &impl Reads,
    account: AccountId,
    jid: &BareJid,
    listed: &[Device],
) -> Result<Option<(DeviceKey, DeviceId, IdentityKey)>> {
    // Not `accounts::get`: that would make a copy of the password.
    let sql = "SELECT EXISTS (SELECT 1 FROM accounts WHERE id = ?1 AND jid = ?2)";
    if !rows::exists(r, sql, params![account.0, jid.as_str()])? {
        return Ok(None);
    }
    let (Some(own), Some(created)) = (own_device(r, account)?, own_created(r, account)?) else {
        return Ok(None);
    };
    let key = own.identity.public();
    let device = DeviceKey {
        device: Some(own.id.get()),
        fingerprint: Some(key.fingerprint()),
        trust: None,
        active: listed.iter().any(|device| device.id == own.id && device.active),
        this: true,
        first_seen: created,
        last_seen: None,
    };
    Ok(Some((device, own.id, key)))
}

/// Adds a device of the list, unless it is one that stands there already: a device that speaks both dialects is one, and
/// our own list names this device too. A foreign key under our id is shown, though.
fn put(
    all: &mut Vec<DeviceKey>,
    device: &Device,
    ours: Option<(DeviceId, IdentityKey)>,
    trusts: &[KeyTrust],
) {
    let number = Some(device.id.get());
    let fingerprint = device.identity.map(|key| key.fingerprint());
    let key = device
        .identity
        .and_then(|key| trusts.iter().find(|known| known.identity == key));
    let trust = key.map(|key| key.trust);
    if ours.is_some_and(|(id, key)| id == device.id && device.identity.is_none_or(|theirs| theirs == key)) {
        return;
    }
    let again = all.iter_mut().filter(|known| !known.this).find(|known| {
        let compatible = known.fingerprint.zip(fingerprint).is_none_or(|(a, b)| a == b);
        known.device == number && compatible
    });
    if let Some(known) = again {
        known.fingerprint = known.fingerprint.or(fingerprint);
        known.trust = known.trust.or(trust);
        known.active |= device.active;
        known.first_seen = known.first_seen.min(device.first_seen);
        known.last_seen = known.last_seen.max(device.last_seen);
        return;
    }
    all.push(DeviceKey {
        device: number,
        fingerprint,
        trust,
        active: device.active,
        this: false,
        first_seen: device.first_seen,
        last_seen: device.last_seen,
    });
}

fn shows(known: &DeviceKey, identity: IdentityKey) -> bool {
    known.fingerprint == Some(identity.fingerprint())
}

/// A key that was shown by a device which holds another one.
fn without_device(key: &KeyTrust) -> DeviceKey {
    DeviceKey {
        device: None,
        fingerprint: Some(key.identity.fingerprint()),
        trust: Some(key.trust),
        active: false,
        this: false,
        first_seen: key.first_seen,
        last_seen: None,
    }
}

/// Whether the device list of `jid` was ever seen, in any dialect.
pub fn list_known(r: &impl Reads, account: AccountId, jid: &BareJid) -> Result<bool> {
    for dialect in [Dialect::Legacy, Dialect::Omemo2] {
        if device_list_seen(r, account, jid, dialect)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

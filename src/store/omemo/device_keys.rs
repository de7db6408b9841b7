//! Devices and their keys as people see them, put together from the device list, the own device and the trust.

use super::super::{Reads, Result};
use super::{device_list_seen, devices, keys, own_created, own_device};
use crate::model::{AccountId, BareJid, DeviceKey};
use crate::omemo::Dialect;

/// Every device known of `jid`, active first (for our own JID this device before all others), then keys that no device has.
pub fn device_keys(r: &impl Reads, account: AccountId, jid: &BareJid) -> Result<Vec<DeviceKey>> {
    let trusts = keys(r, account, jid)?;
    let mut all = Vec::new();
    let own = match super::super::accounts::get(r, account)? {
        Some(account) if account.jid == *jid => own_device(r, account.id)?,
        _ => None,
    };
    let listed = devices(r, account, jid)?;
    if let (Some(own), Some(created)) = (&own, own_created(r, account)?) {
        all.push(DeviceKey {
            device: Some(own.id.get()),
            fingerprint: Some(own.identity.public().fingerprint()),
            trust: None,
            active: listed.iter().any(|device| device.id == own.id && device.active),
            this: true,
            first_seen: created,
            last_seen: None,
        });
    }
    for device in listed {
        // Our own list names this device too; a foreign key under our id is shown, though.
        let ours = own.as_ref().is_some_and(|own| {
            own.id == device.id && device.identity.is_none_or(|key| key == own.identity.public())
        });
        let fingerprint = device.identity.map(|identity| identity.fingerprint());
        // A device that speaks both dialects is one.
        let again = all.iter().position(|known: &DeviceKey| {
            !known.this && known.device == Some(device.id.get()) && known.fingerprint == fingerprint
        });
        if let Some(known) = again.and_then(|at| all.get_mut(at)) {
            known.active |= device.active;
            known.first_seen = known.first_seen.min(device.first_seen);
            known.last_seen = known.last_seen.max(device.last_seen);
        } else if !ours {
            all.push(DeviceKey {
                device: Some(device.id.get()),
                fingerprint,
                trust: device
                    .identity
                    .and_then(|identity| trusts.iter().find(|key| key.identity == identity))
                    .map(|key| key.trust),
                active: device.active,
                this: false,
                first_seen: device.first_seen,
                last_seen: device.last_seen,
            });
        }
    }
    let loose: Vec<DeviceKey> = trusts
        .iter()
        .filter(|key| {
            let fingerprint = Some(key.identity.fingerprint());
            !all.iter().any(|known| known.fingerprint == fingerprint)
        })
        .map(|key| DeviceKey {
            device: None,
            fingerprint: Some(key.identity.fingerprint()),
            trust: Some(key.trust),
            active: false,
            this: false,
            first_seen: key.first_seen,
            last_seen: None,
        })
        .collect();
    all.extend(loose);
    Ok(all)
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

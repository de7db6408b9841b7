//! Devices and their keys as people see them, put together from the device list,
//! the own device and the trust.

use super::audience::{choose, own_address};
use super::{Device, KeyTrust, device_list_seen, devices, keys, own_created, own_device, own_label};
use crate::{Reads, Result};
use model::{AccountId, AddressedDevice, BareJid, Clean, DeviceKey, Means};
use omemo::{DeviceId, Dialect, IdentityKey};

/// Code points of a label that are shown (XEP-0384 0.9 §devices recommends fewer than 53).
const LABEL_SHOWN: usize = 53;

/// Every device known of `jid`, active first (for our own JID this device before all others),
/// then keys that no device has.
pub fn device_keys(r: &impl Reads, account: AccountId, jid: &BareJid) -> Result<Vec<DeviceKey>> {
    let trusts = keys(r, account, jid)?;
    let listed = devices(r, account, jid)?;
    let is_own = own_address(r, account)?.is_some_and(|(own, _)| own == *jid);
    let this = match is_own {
        true => this_device(r, account, &listed)?,
        false => None,
    };
    let ours = this.as_ref().map(|(_, id, key)| (*id, *key));
    let mut all: Vec<DeviceKey> = this.into_iter().map(|(device, ..)| device).collect();
    for device in &listed {
        put(&mut all, device, ours, &trusts);
    }
    for addressed in choose(&listed, &trusts, is_own, &mut |_| Ok(Means::Unknown))? {
        let mut its = all.iter_mut().filter(|key| !key.this);
        if let Some(key) = its.find(|key| is_shown_as(&addressed, key)) {
            key.fate = Some(addressed.fate);
            key.downgraded = addressed.downgraded;
        }
    }
    let loose: Vec<DeviceKey> = trusts
        .iter()
        .filter(|key| !all.iter().any(|known| shows(known, key.identity)))
        .map(without_device)
        .collect();
    all.extend(loose);
    Ok(all)
}

/// A number may stand for two devices with different keys.
fn is_shown_as(device: &AddressedDevice, key: &DeviceKey) -> bool {
    let fingerprint = device.identity.map(|identity| identity.fingerprint());
    key.device == Some(device.id.get()) && key.fingerprint == fingerprint
}

/// This device.
fn this_device(
    r: &impl Reads,
    account: AccountId,
    listed: &[Device],
) -> Result<Option<(DeviceKey, DeviceId, IdentityKey)>> {
    let (Some(own), Some(created)) = (own_device(r, account)?, own_created(r, account)?) else {
        return Ok(None);
    };
    let key = own.identity.public();
    let device = DeviceKey {
        device: Some(own.id.get()),
        fingerprint: Some(key.fingerprint()),
        ed25519: Some(own.identity.ed25519()),
        trust: None,
        fate: None,
        active: listed.iter().any(|device| device.id == own.id && device.active),
        this: true,
        first_seen: created,
        last_seen: None,
        label: own_label(r, account)?.map(|label| label.text),
        dialects: Dialect::ALL
            .into_iter()
            .filter(|dialect| {
                listed
                    .iter()
                    .any(|device| device.id == own.id && device.active && device.dialect == *dialect)
            })
            .collect(),
        downgraded: false,
    };
    Ok(Some((device, own.id, key)))
}

/// Adds a device of the list, unless it is one that stands there already: a device that speaks both dialects
/// is one, and our own list names this device too. A foreign key under our id is shown, though.
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
        known.ed25519 = known.ed25519.or(key.and_then(|key| key.ed25519));
        known.trust = known.trust.or(trust);
        known.active |= device.active;
        known.first_seen = known.first_seen.min(device.first_seen);
        known.last_seen = known.last_seen.max(device.last_seen);
        known.label = known.label.take().or(label(device));
        known.dialects.extend(device.active.then_some(device.dialect));
        known.dialects.sort_by_key(|dialect| std::cmp::Reverse(*dialect));
        return;
    }
    all.push(DeviceKey {
        device: number,
        fingerprint,
        ed25519: key.and_then(|key| key.ed25519),
        trust,
        active: device.active,
        fate: None,
        this: false,
        first_seen: device.first_seen,
        last_seen: device.last_seen,
        label: label(device),
        dialects: device.active.then_some(device.dialect).into_iter().collect(),
        downgraded: false,
    });
}

/// The label, if the device's key signed it; so much of it as people are shown.
fn label(device: &Device) -> Option<Clean> {
    let label = device.label.as_ref()?;
    let signed = device.identity?.has_signed(label.text.as_str(), &label.signature);
    let shown: String = label.text.as_str().chars().take(LABEL_SHOWN).collect();
    signed.then(|| Clean::line(&shown))
}

fn shows(known: &DeviceKey, identity: IdentityKey) -> bool {
    known.fingerprint == Some(identity.fingerprint())
}

/// A key that was shown by a device which holds another one.
fn without_device(key: &KeyTrust) -> DeviceKey {
    DeviceKey {
        device: None,
        fingerprint: Some(key.identity.fingerprint()),
        ed25519: key.ed25519,
        trust: Some(key.trust),
        active: false,
        fate: None,
        this: false,
        first_seen: key.first_seen,
        last_seen: None,
        label: None,
        dialects: Vec::new(),
        downgraded: false,
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

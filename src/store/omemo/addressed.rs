//! Which devices of somebody are written to, and in which dialect: one row for each device, the best dialect that it
//! publishes (XEP-0384 0.9 §encrypt). Asked where messages are sealed, and where it is shown who will read them.

use super::super::{Reads, Result};
use super::{Device, devices};
use crate::model::{AccountId, BareJid};
use crate::omemo::{DeviceId, Dialect, IdentityKey};

/// A device on somebody's newest list, or on both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressed {
    pub id: DeviceId,
    /// The best dialect that it publishes: it is written to in this one.
    pub dialect: Dialect,
    /// The key that it showed, in this dialect or, if it showed none there, in the other.
    pub identity: Option<IdentityKey>,
    /// It publishes the legacy dialect too: what is left if its OMEMO 2 keys cannot be had.
    pub also_legacy: bool,
    /// It published OMEMO 2 before, under this number or another, and does not any more.
    pub lowered: bool,
}

/// The devices of `jid` that are on a list now, ours (this one too) included, by id.
pub fn addressed(r: &impl Reads, account: AccountId, jid: &BareJid) -> Result<Vec<Addressed>> {
    Ok(choose(&devices(r, account, jid)?))
}

/// Whether this device ever showed a key in OMEMO 2, under this number or, if its key is known, under another: who hides the
/// newer keys can change the number too.
pub fn spoke_omemo2(r: &impl Reads, account: AccountId, jid: &BareJid, id: DeviceId) -> Result<bool> {
    let known = devices(r, account, jid)?;
    let shown: Vec<&Device> = known
        .iter()
        .filter(|device| device.id == id && device.identity.is_some())
        .collect();
    Ok(shown
        .iter()
        .any(|device| device.dialect == Dialect::Omemo2 || showed_in_omemo2(&known, device.identity)))
}

fn showed_in_omemo2(known: &[Device], identity: Option<IdentityKey>) -> bool {
    let mut newer = known.iter().filter(|device| device.dialect == Dialect::Omemo2);
    identity.is_some() && newer.any(|device| device.identity == identity)
}

/// A device is on both lists by its id, or by its key. One id with two different keys is two devices: whoever put the second
/// one there must not hide the first.
pub(super) fn choose(known: &[Device]) -> Vec<Addressed> {
    let rows = |dialect| known.iter().filter(move |device| device.dialect == dialect);
    let conflict = |a: &Device, b: &Device| a.identity.zip(b.identity).is_some_and(|(a, b)| a != b);
    let mut chosen: Vec<Addressed> = Vec::new();
    for device in rows(Dialect::Omemo2).filter(|device| device.active) {
        let twin = rows(Dialect::Legacy).find(|other| other.id == device.id && !conflict(device, other));
        chosen.push(Addressed {
            id: device.id,
            dialect: Dialect::Omemo2,
            identity: device.identity.or(twin.and_then(|twin| twin.identity)),
            also_legacy: twin.is_some_and(|twin| twin.active),
            lowered: false,
        });
    }
    for device in rows(Dialect::Legacy).filter(|device| device.active) {
        let newer = rows(Dialect::Omemo2).find(|other| other.id == device.id && !conflict(device, other));
        let again = newer.is_some_and(|newer| newer.active)
            || chosen.iter().any(|other| {
                other.dialect == Dialect::Omemo2
                    && other.identity.is_some()
                    && other.identity == device.identity
            });
        if !again {
            chosen.push(Addressed {
                id: device.id,
                dialect: Dialect::Legacy,
                identity: device.identity.or(newer.and_then(|newer| newer.identity)),
                also_legacy: true,
                lowered: newer.is_some() || showed_in_omemo2(known, device.identity),
            });
        }
    }
    chosen.sort_by_key(|device| (device.id, device.dialect));
    chosen
}

//! With what a device can be sealed for on this stream: a session, its bundle, or neither. What becomes of it
//! then is not decided here (`store::omemo::audience_by`).

use super::{Devices, Fetch, LIST_AGE};
use crate::device_address::DeviceAddress;
use crate::turn::Turn;
use model::{Audience, BareJid, Means};
use omemo::{SessionRecord, Trust};
use store::Result;
use store::omemo::{self as keys, Device};

impl Devices {
    /// Who gets what is written to `peer`, as is known by now.
    pub(super) fn audience(&self, turn: &Turn<'_>, peer: &BareJid) -> Result<Audience> {
        let people = std::slice::from_ref(peer);
        keys::audience_by(turn.tx, turn.own.account, people, |row| self.means(turn, row))
    }

    fn means(&self, turn: &Turn<'_>, row: &Device) -> Result<Means> {
        let address = DeviceAddress {
            jid: row.jid.clone(),
            device: row.id,
            dialect: row.dialect,
        };
        let account = turn.own.account;
        if row.identity.is_some() && keys::has_session(turn.tx, account, &row.jid, row.dialect, row.id)? {
            return Ok(Means::Session);
        }
        Ok(match self.bundles.get(&address) {
            Some(Fetch::Got(bundle)) if row.identity == Some(bundle.identity()) => Means::Bundle,
            Some(Fetch::Failed(why, at)) if turn.now.duration_since(*at).unsigned_abs() < LIST_AGE => {
                Means::Lacking(why.clone())
            }
            _ => Means::Unknown,
        })
    }

    /// Asks for every bundle that is missing; whether any is. So it does for those of somebody who has a key
    /// that was verified and that no known device has.
    pub(super) fn ask_for_bundles(&mut self, turn: &mut Turn<'_>, audience: &Audience) -> Result<bool> {
        let mut waits = false;
        for person in &audience.people {
            let searches = misses_verified(turn, &person.jid)?;
            for device in person.devices.iter().filter(|device| device.listed) {
                let address = DeviceAddress::of(&person.jid, device);
                if device.wants_bundle() || (searches && !self.looked.contains(&address)) {
                    self.ask_for_bundle(turn, &address);
                    waits = true;
                }
                if searches {
                    self.looked.insert(address);
                }
            }
        }
        Ok(waits)
    }

    /// X3DH with those who are written to and have no session yet; the sessions are stored. False if a bundle
    /// is gone.
    pub(super) fn begin_sessions(&self, turn: &mut Turn<'_>, audience: &Audience) -> Result<bool> {
        let Some(own) = turn.own_device()? else {
            return Ok(false);
        };
        for (jid, device) in audience.written() {
            if device.means == Means::Session {
                continue;
            }
            let address = DeviceAddress::of(jid, device);
            let Some(Fetch::Got(bundle)) = self.bundles.get(&address) else {
                return Ok(false);
            };
            let DeviceAddress { jid, device, dialect } = &address;
            let account = turn.own.account;
            // One that seals nothing any more still opens what is late.
            let retired = keys::session(turn.tx, account, jid, *dialect, *device)?;
            let record = SessionRecord::initiate(&own, bundle, retired, turn.rng);
            keys::put_session(turn.tx, account, jid, *dialect, *device, &record)?;
        }
        Ok(true)
    }
}

/// Whether the person verified a key of `jid` that no device of theirs is known to have: then one of them has
/// changed its key, and its new bundle must be looked at before anything is sealed for it.
fn misses_verified(turn: &Turn<'_>, jid: &BareJid) -> Result<bool> {
    let account = turn.own.account;
    let known = keys::devices(turn.tx, account, jid)?;
    let verified = keys::keys(turn.tx, account, jid)?;
    Ok(verified
        .iter()
        .filter(|key| key.trust == Trust::Verified)
        .any(|key| known.iter().all(|device| device.identity != Some(key.identity))))
}

//! With what a device can be sealed for on this stream: a session, its bundle, or neither. What becomes of it
//! then is not decided here (`store::omemo::audience_by`).

use std::collections::BTreeSet;

use super::{Devices, Fetch, LIST_AGE};
use crate::device_address::DeviceAddress;
use crate::turn::Turn;
use model::{Audience, BareJid, DeviceProblem, Means, Refusal, Timestamp};
use omemo::{SessionRecord, Trust};
use store::Result;
use store::omemo::{self as keys, Device};

impl Devices {
    /// Who gets what is written to these people, as is known by now.
    pub(super) fn audience(&self, turn: &Turn<'_>, people: &[BareJid]) -> Result<Audience> {
        let sealing = sealing(turn, people)?;
        keys::audience_by(turn.tx, turn.own.account, people, |row| {
            Ok(self.means(turn.now, row, &sealing))
        })
    }

    /// The same where nothing is waited for any more.
    pub(super) fn audience_without(&self, turn: &Turn<'_>, people: &[BareJid]) -> Result<Audience> {
        let sealing = sealing(turn, people)?;
        keys::audience_by(turn.tx, turn.own.account, people, |row| {
            Ok(match self.means(turn.now, row, &sealing) {
                Means::Unknown => Means::Lacking(DeviceProblem::NotFetched(Refusal::TimedOut)),
                known => known,
            })
        })
    }

    fn means(&self, now: Timestamp, row: &Device, sealing: &BTreeSet<DeviceAddress>) -> Means {
        let address = DeviceAddress {
            jid: row.jid.clone(),
            device: row.id,
            dialect: row.dialect,
        };
        if row.identity.is_some() && sealing.contains(&address) {
            return Means::Session;
        }
        match self.bundles.get(&address) {
            Some(Fetch::Got(bundle, at))
                if row.identity == Some(bundle.identity()) && is_recent(now, *at) =>
            {
                Means::Bundle
            }
            Some(Fetch::Failed(why, at)) if is_recent(now, *at) => Means::Lacking(why.clone()),
            _ => Means::Unknown,
        }
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
            let Some(Fetch::Got(bundle, _)) = self.bundles.get(&address) else {
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

    /// A bundle begins one session. One that was not used grows old: its one-time key may be another's by
    /// then.
    pub(super) fn forget_bundles(&mut self, now: Timestamp, audience: &Audience) {
        let written: BTreeSet<&BareJid> = audience.people.iter().map(|person| &person.jid).collect();
        self.bundles.retain(|address, fetch| match fetch {
            Fetch::Got(_, at) => is_recent(now, *at) && !written.contains(&address.jid),
            Fetch::Asked | Fetch::Failed(..) => true,
        });
    }
}

/// The devices of these people and of ours that a session stands with.
fn sealing(turn: &Turn<'_>, people: &[BareJid]) -> Result<BTreeSet<DeviceAddress>> {
    let mut people = people.to_vec();
    people.push(turn.own.jid.clone());
    let found = keys::with_sessions(turn.tx, turn.own.account, &people)?;
    let address = |(jid, dialect, device)| DeviceAddress { jid, device, dialect };
    Ok(found.into_iter().map(address).collect())
}

/// Whether what was learnt then still counts: a list without notifications, a bundle, or that one cannot be
/// had.
pub(super) fn is_recent(now: Timestamp, then: Timestamp) -> bool {
    now.duration_since(then).unsigned_abs() < LIST_AGE
}

/// Whether the person verified a key of `jid` that no device of theirs is known to have: then one of them has
/// changed its key, and its new bundle must be looked at before anything is sealed for it.
pub(super) fn misses_verified(turn: &Turn<'_>, jid: &BareJid) -> Result<bool> {
    let account = turn.own.account;
    let mut verified = keys::keys(turn.tx, account, jid)?;
    verified.retain(|key| key.trust == Trust::Verified);
    if verified.is_empty() {
        return Ok(false);
    }
    let known = keys::devices(turn.tx, account, jid)?;
    Ok(verified
        .iter()
        .any(|key| known.iter().all(|device| device.identity != Some(key.identity))))
}

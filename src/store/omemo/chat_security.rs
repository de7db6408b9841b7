//! The keys of everybody at once, counted by what was decided about them: what the chat list marks.

use std::collections::BTreeMap;

use super::audience::{choose, own_address};
use super::{KeyTrust, every_device};
use crate::{Reads, Result, rows};
use model::{AccountId, AddressedPerson, BareJid, Fate, Means, Why};
use omemo::{Ed25519Fingerprint, IdentityKey, Trust};

/// The devices of one JID that are looked at when something is written to it, by what becomes of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyTally {
    pub verified: usize,
    pub blind: usize,
    pub undecided: usize,
    pub distrusted: usize,
    /// Devices of which no key was seen yet.
    pub keyless: usize,
    /// Devices that write to us, are on no list, and are left out for it.
    pub unlisted: usize,
}

impl KeyTally {
    /// Of the devices of these people.
    pub fn of<'a>(people: impl IntoIterator<Item = &'a AddressedPerson>) -> Self {
        let mut tally = Self::default();
        for device in people.into_iter().flat_map(|person| &person.devices) {
            tally.count(device.fate, device.trust);
        }
        tally
    }

    /// Counts one more device; `trust`: of its key, if there is one.
    pub fn count(&mut self, fate: Fate, trust: Option<Trust>) {
        let counted = match fate {
            Fate::Written if trust == Some(Trust::Verified) => &mut self.verified,
            Fate::Written => &mut self.blind,
            Fate::LookedUp | Fate::Unavailable => &mut self.keyless,
            Fate::LeftOut(Why::Undecided) => &mut self.undecided,
            Fate::LeftOut(Why::Distrusted) => &mut self.distrusted,
            Fate::LeftOut(Why::NotListed | Why::TakenOff) => &mut self.unlisted,
        };
        *counted += 1;
    }

    /// Whether a note to ourselves reaches none of these devices, and none of them will be asked for its key.
    pub fn is_kept_here(&self) -> bool {
        self.written() == 0 && self.keyless == 0
    }

    /// Devices that read what is written.
    pub fn written(&self) -> usize {
        self.verified + self.blind
    }
}

/// One walk over the devices of the account, each counted once however many dialects it speaks. JIDs without
/// an active one are not in it; of our own JID every device is counted but this one.
pub fn key_tallies(r: &impl Reads, account: AccountId) -> Result<BTreeMap<BareJid, KeyTally>> {
    let own = own_address(r, account)?;
    let trusts = every_key(r, account)?;
    let mut tallies: BTreeMap<BareJid, KeyTally> = BTreeMap::new();
    let devices = every_device(r, account)?;
    for known in devices.chunk_by(|a, b| a.jid == b.jid) {
        let Some(jid) = known.first().map(|device| &device.jid) else {
            continue;
        };
        let trusts = trusts.get(jid).map_or(&[][..], Vec::as_slice);
        let ours = own.as_ref().filter(|(own, _)| own == jid);
        let this = ours.and_then(|(_, id)| *id);
        for device in choose(known, trusts, ours.is_some(), &mut |_| Ok(Means::Unknown))? {
            if this != Some(device.id.get()) {
                let tally = tallies.entry(jid.clone()).or_default();
                tally.count(device.fate, device.trust);
            }
        }
    }
    Ok(tallies)
}

fn every_key(r: &impl Reads, account: AccountId) -> Result<BTreeMap<BareJid, Vec<KeyTrust>>> {
    let sql = "SELECT jid, identity, trust, first_seen, ed25519 FROM omemo_trust WHERE account = ?1";
    let rows = rows::all(r, sql, [account.0], |row| {
        let key = KeyTrust {
            identity: IdentityKey(*rows::bytes(row, 1, "identity key")?),
            ed25519: rows::optional_bytes(row, 4, "identity key")?.map(|bytes| Ed25519Fingerprint(*bytes)),
            trust: rows::code(row, 2)?,
            first_seen: rows::time(row, 3)?,
        };
        Ok((rows::jid(row, 0)?, key))
    })?;
    let mut keys: BTreeMap<BareJid, Vec<KeyTrust>> = BTreeMap::new();
    for (jid, key) in rows {
        keys.entry(jid).or_default().push(key);
    }
    Ok(keys)
}

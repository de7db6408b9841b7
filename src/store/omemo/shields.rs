//! The keys of everybody at once, counted by what was decided about them: what the chat list marks.

use std::collections::BTreeMap;

use super::super::{Reads, Result, rows};
use super::addressed::choose;
use super::every_device;
use crate::model::{AccountId, BareJid};
use crate::omemo::{IdentityKey, Trust};

/// Active devices of one JID, by what was decided about their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyTally {
    pub verified: usize,
    pub blind: usize,
    pub undecided: usize,
    pub distrusted: usize,
    /// Devices of which no key was seen yet.
    pub keyless: usize,
}

impl KeyTally {
    /// Counts `devices` more devices; `trust` is None if they have no key yet.
    pub fn count(&mut self, trust: Option<Trust>, devices: usize) {
        let counted = match trust {
            Some(Trust::Verified) => &mut self.verified,
            Some(Trust::Blind) => &mut self.blind,
            Some(Trust::Undecided) => &mut self.undecided,
            Some(Trust::Distrusted) => &mut self.distrusted,
            None => &mut self.keyless,
        };
        *counted += devices;
    }

    /// Devices whose key may be written to.
    pub fn written(&self) -> usize {
        self.verified + self.blind
    }
}

/// One walk over the devices of the account, each counted once however many dialects it speaks. JIDs without an active one
/// are not in it; of our own JID every device is counted but this one.
pub fn key_tallies(r: &impl Reads, account: AccountId) -> Result<BTreeMap<BareJid, KeyTally>> {
    let sql =
        "SELECT a.jid, o.device FROM omemo_own_device o JOIN accounts a ON a.id = o.account WHERE a.id = ?1";
    let own: Option<(BareJid, u32)> = rows::first(r, sql, [account.0], |row| {
        Ok((rows::jid(row, 0)?, rows::get(row, 1)?))
    })?;
    let sql = "SELECT jid, identity, trust FROM omemo_trust WHERE account = ?1";
    let trusts: BTreeMap<(BareJid, IdentityKey), Trust> = rows::all(r, sql, [account.0], |row| {
        let key = IdentityKey(*rows::bytes(row, 1, "identity key")?);
        Ok(((rows::jid(row, 0)?, key), rows::code(row, 2)?))
    })?
    .into_iter()
    .collect();
    let mut tallies: BTreeMap<BareJid, KeyTally> = BTreeMap::new();
    let devices = every_device(r, account)?;
    for known in devices.chunk_by(|a, b| a.jid == b.jid) {
        let Some(jid) = known.first().map(|device| &device.jid) else {
            continue;
        };
        for device in choose(known) {
            if own
                .as_ref()
                .is_some_and(|(own, id)| own == jid && *id == device.id.get())
            {
                continue;
            }
            // A key without a decision counts as undecided, as where messages are sealed.
            let decided = |key| {
                trusts
                    .get(&(jid.clone(), key))
                    .copied()
                    .unwrap_or(Trust::Undecided)
            };
            tallies
                .entry(jid.clone())
                .or_default()
                .count(device.identity.map(decided), 1);
        }
    }
    Ok(tallies)
}

//! The keys of everybody at once, counted by what was decided about them: what the chat list marks.

use std::collections::BTreeMap;

use rusqlite::params;

use super::super::codes::Code;
use super::super::{Reads, Result, rows};
use crate::model::{AccountId, BareJid};
use crate::omemo::{Dialect, Trust};

/// Active devices of one JID in the dialect that is written, by what was decided about their keys.
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

/// One walk over the active devices of the account. JIDs without one are not in it; of our own JID every device is counted
/// but this one.
pub fn key_tallies(r: &impl Reads, account: AccountId) -> Result<BTreeMap<BareJid, KeyTally>> {
    // A key without a decision counts as undecided, as where messages are sealed.
    let sql = "SELECT d.jid, CASE WHEN d.identity IS NULL THEN NULL ELSE coalesce(t.trust, ?3) END AS decided, count(*)
               FROM omemo_devices d
               LEFT JOIN omemo_trust t ON t.account = d.account AND t.jid = d.jid AND t.identity = d.identity
               WHERE d.account = ?1 AND d.active = 1 AND d.dialect = ?2
                   AND NOT EXISTS (SELECT 1 FROM omemo_own_device o JOIN accounts a ON a.id = o.account
                       WHERE o.account = d.account AND o.device = d.device AND a.jid = d.jid)
               GROUP BY d.jid, decided";
    let params = params![account.0, Dialect::Legacy.code(), Trust::Undecided.code()];
    let counted = rows::all(r, sql, params, |row| {
        let devices: i64 = rows::get(row, 2)?;
        Ok((
            rows::jid(row, 0)?,
            rows::optional_code(row, 1)?,
            usize::try_from(devices).unwrap_or(0),
        ))
    })?;
    let mut tallies: BTreeMap<BareJid, KeyTally> = BTreeMap::new();
    for (jid, trust, devices) in counted {
        tallies.entry(jid).or_default().count(trust, devices);
    }
    Ok(tallies)
}

//! Which devices of a list that is too long are taken in: those that we know something of, before all others.

use std::collections::BTreeMap;

use crate::turn::Turn;
use model::{BareJid, Trust};
use omemo::DeviceId;
use store::{Result, omemo as keys};

/// The rank of a device about which nothing is known.
const UNKNOWN: u8 = 5;

/// The rank of each device of `jid`, the lowest comes first: this one, those with a verified key, with
/// one that may be written to, with any key, without one. A list is written by others: it may hold
/// thousands of made-up devices.
pub(crate) fn ranks(turn: &Turn<'_>, jid: &BareJid) -> Result<impl Fn(DeviceId) -> u8 + use<>> {
    let account = turn.own.account;
    let trusts = keys::keys(turn.tx, account, jid)?;
    let mut ranks: BTreeMap<DeviceId, u8> = BTreeMap::new();
    for device in keys::devices(turn.tx, account, jid)? {
        let rank = device.identity.map_or(4, |identity| {
            let mut known = trusts.iter().filter(|key| key.identity == identity);
            match known.next().map(|key| key.trust) {
                Some(Trust::Verified) => 1,
                Some(Trust::Blind) => 2,
                Some(Trust::Undecided | Trust::Distrusted) | None => 3,
            }
        });
        let best = ranks.entry(device.id).or_insert(rank);
        *best = rank.min(*best);
    }
    if *jid == turn.own.jid
        && let Some(own) = turn.own_device()?
    {
        ranks.insert(own.id, 0);
    }
    Ok(move |id| ranks.get(&id).copied().unwrap_or(UNKNOWN))
}

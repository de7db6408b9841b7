//! Which devices of somebody are written to, and in which dialect: one row for each device, the best dialect
//! that it publishes (XEP-0384 0.9 §encrypt), and what becomes of it. Asked where messages are sealed, and
//! where it is shown who will read them, so that the one says what the other does.

use super::{Device, KeyTrust, devices, keys};
use crate::{Reads, Result};
use model::{AccountId, BareJid, Fate, Timestamp, Why};
use omemo::{DeviceId, Dialect, IdentityKey, Trust};

/// A device on somebody's newest list, or on both; or one that writes to us and is on none.
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
    pub downgraded: bool,
    pub listed: bool,
    /// What is stored says that this becomes of it. Of a listed device whose key is known or was never seen,
    /// the server may yet say otherwise.
    pub fate: Fate,
}

/// The devices of `jid` that are looked at when something is written to them, by id: those on a list now, and
/// those that write to us without being on one. Of ours this one is among them, and only listed ones are.
pub fn addressed(r: &impl Reads, account: AccountId, jid: &BareJid) -> Result<Vec<Addressed>> {
    let known = devices(r, account, jid)?;
    Ok(choose(&known, &keys(r, account, jid)?, is_own(r, account, jid)?))
}

/// Whether it is the account's own address.
pub(super) fn is_own(r: &impl Reads, account: AccountId, jid: &BareJid) -> Result<bool> {
    // Not `accounts::get`: that would make a copy of the password.
    let sql = "SELECT EXISTS (SELECT 1 FROM accounts WHERE id = ?1 AND jid = ?2)";
    crate::rows::exists(r, sql, rusqlite::params![account.0, jid.as_str()])
}

/// Whether this device ever showed a key in OMEMO 2, under this number or, if its key is known, under
/// another: who hides the newer keys can change the number too.
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

/// A device is on both lists by its id, or by its key. One id with two different keys is two devices: whoever
/// put the second one there must not hide the first.
pub(super) fn choose(known: &[Device], trusts: &[KeyTrust], ours: bool) -> Vec<Addressed> {
    let rows = |dialect| known.iter().filter(move |device| device.dialect == dialect);
    let conflict = |a: &Device, b: &Device| a.identity.zip(b.identity).is_some_and(|(a, b)| a != b);
    let mut chosen: Vec<Addressed> = Vec::new();
    for device in rows(Dialect::Omemo2).filter(|device| device.active) {
        let twin = rows(Dialect::Legacy).find(|other| other.id == device.id && !conflict(device, other));
        let identity = device.identity.or(twin.and_then(|twin| twin.identity));
        chosen.push(Addressed {
            id: device.id,
            dialect: Dialect::Omemo2,
            identity,
            also_legacy: twin.is_some_and(|twin| twin.active),
            downgraded: false,
            listed: true,
            fate: of_listed(identity, trusts),
        });
    }
    for device in rows(Dialect::Legacy).filter(|device| device.active) {
        let newer = rows(Dialect::Omemo2).find(|other| other.id == device.id && !conflict(device, other));
        let twice = chosen.iter().filter(|other| other.dialect == Dialect::Omemo2);
        if newer.is_none_or(|newer| !newer.active) && !has_key(twice, device.identity) {
            let identity = device.identity.or(newer.and_then(|newer| newer.identity));
            chosen.push(Addressed {
                id: device.id,
                dialect: Dialect::Legacy,
                identity,
                also_legacy: true,
                downgraded: newer.is_some() || showed_in_omemo2(known, device.identity),
                listed: true,
                fate: of_listed(identity, trusts),
            });
        }
    }
    if !ours {
        add_unlisted(&mut chosen, known, trusts);
    }
    chosen.sort_by_key(|device| (device.id, device.dialect));
    chosen
}

/// The devices that are on no list and write to us, the legacy ones first. One that was taken off a list
/// counts from its next message on; until then it has left.
fn add_unlisted(chosen: &mut Vec<Addressed>, known: &[Device], trusts: &[KeyTrust]) {
    let mut legacy = known.iter().filter(|device| device.dialect == Dialect::Legacy);
    let listed = legacy.any(|device| device.active || device.taken_off.is_some());
    for dialect in [Dialect::Legacy, Dialect::Omemo2] {
        for device in known
            .iter()
            .filter(|device| device.dialect == dialect && device.writes)
        {
            let off = taken_off(device, known);
            let gone = off.is_some_and(|off| device.last_seen <= Some(off));
            if gone || has_key(chosen.iter(), device.identity) {
                continue;
            }
            chosen.push(Addressed {
                id: device.id,
                dialect,
                identity: device.identity,
                also_legacy: false,
                downgraded: false,
                listed: false,
                fate: if off.is_some() {
                    Fate::LeftOut(Why::TakenOff)
                } else {
                    of_unlisted(device, listed, trusts)
                },
            });
        }
    }
}

fn has_key<'a>(mut chosen: impl Iterator<Item = &'a Addressed>, identity: Option<IdentityKey>) -> bool {
    identity.is_some() && chosen.any(|other| other.identity == identity)
}

fn trust_of(identity: IdentityKey, trusts: &[KeyTrust]) -> Trust {
    let known = trusts.iter().find(|key| key.identity == identity);
    known.map_or(Trust::Undecided, |key| key.trust)
}

/// The first key of a device is undecided where one of its owner's is verified or distrusted,
/// else it is trusted blindly.
fn of_listed(identity: Option<IdentityKey>, trusts: &[KeyTrust]) -> Fate {
    let decided = |key: &KeyTrust| matches!(key.trust, Trust::Verified | Trust::Distrusted);
    match identity.map(|identity| trust_of(identity, trusts)) {
        Some(Trust::Blind | Trust::Verified) => Fate::Written,
        Some(Trust::Distrusted) => Fate::LeftOut(Why::Distrusted),
        Some(Trust::Undecided) => Fate::LeftOut(Why::Undecided),
        None if trusts.iter().any(decided) => Fate::LeftOut(Why::Undecided),
        None => Fate::LookedUp,
    }
}

/// When it was taken off a list, under any number that showed its key and in either dialect.
fn taken_off(device: &Device, known: &[Device]) -> Option<Timestamp> {
    let same =
        |row: &&Device| row.id == device.id || (row.identity.is_some() && row.identity == device.identity);
    known.iter().filter(same).filter_map(|row| row.taken_off).max()
}

/// Some programs write before they publish, or never publish (Profanity on a fresh account). Such a device is
/// written to, in the session that it began, but never once a list that named it names it no more. Its
/// owner's other programs are not told of it, as they are of a list: blind trust is enough only in the legacy
/// dialect, and only where there never was a list that it could be on.
fn of_unlisted(device: &Device, has_list: bool, trusts: &[KeyTrust]) -> Fate {
    let trust = device
        .identity
        .map_or(Trust::Undecided, |key| trust_of(key, trusts));
    match trust {
        Trust::Distrusted => Fate::LeftOut(Why::Distrusted),
        Trust::Verified => Fate::Written,
        _ if has_list || device.dialect != Dialect::Legacy => Fate::LeftOut(Why::NotListed),
        Trust::Blind => Fate::Written,
        Trust::Undecided => Fate::LeftOut(Why::Undecided),
    }
}

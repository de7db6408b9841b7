//! Who gets what is written to somebody, and in which dialect: one row for each device, the best dialect
//! that it publishes (XEP-0384 0.9 §encrypt), and what becomes of it. The rule stands here and nowhere else.
//! Messages are sealed by the [`Audience`] that it makes, and what is shown of who will read them is made of
//! the same.

use rusqlite::params;

use super::{Device, KeyTrust, devices, keys};
use crate::chats::Chat;
use crate::{Reads, Result, rooms, rows};
use model::{
    AccountId, AddressedDevice, AddressedPerson, Audience, BareJid, ChatKind, Fate, Means, Timestamp, Why,
};
use omemo::{DeviceId, Dialect, IdentityKey, Trust};

/// Who is in a chat, beside us: whom what is written into it is sealed for. Nobody where that cannot be
/// known.
pub fn people_of(r: &impl Reads, chat: &Chat) -> Result<Vec<BareJid>> {
    match chat.kind {
        ChatKind::Person => Ok(vec![chat.peer.address.clone()]),
        ChatKind::Room => rooms::recipients(r, chat.id),
        // Their own chat is for that: nothing is sealed by way of a room for one person.
        ChatKind::PrivateInRoom => Ok(Vec::new()),
    }
}

/// Who gets what is written into a chat, as [`audience`] tells it.
pub fn audience_of(r: &impl Reads, chat: &Chat) -> Result<Audience> {
    audience(r, chat.peer.account, &people_of(r, chat)?)
}

/// Who gets what is written to these people, us among them or not, as far as the store tells: of a listed
/// device whose key is known or was never seen, the server may yet say otherwise.
pub fn audience(r: &impl Reads, account: AccountId, people: &[BareJid]) -> Result<Audience> {
    audience_by(r, account, people, |_| Ok(Means::Unknown))
}

/// The same by somebody who also knows with what could be sealed for a device in its dialect. Means count for
/// the key that it showed.
pub fn audience_by(
    r: &impl Reads,
    account: AccountId,
    people: &[BareJid],
    mut means: impl FnMut(&Device) -> Result<Means>,
) -> Result<Audience> {
    let own = own_address(r, account)?;
    let us = own.iter().map(|(jid, _)| jid).filter(|jid| !people.contains(jid));
    let mut audience = Audience::default();
    for jid in people.iter().chain(us) {
        let this = own.as_ref().filter(|(own, _)| own == jid);
        let known = devices(r, account, jid)?;
        let mut chosen = choose(&known, &keys(r, account, jid)?, this.is_some(), &mut means)?;
        let number = this.and_then(|(_, device)| *device);
        chosen.retain(|device| number != Some(device.id.get()));
        audience.people.push(AddressedPerson {
            jid: jid.clone(),
            ours: this.is_some(),
            devices: chosen,
        });
    }
    Ok(audience)
}

/// The devices of `jid` that are looked at when something is written to them, by id: those on a list now, and
/// those that write to us without being on one. Of ours this one is among them, and only listed ones are.
pub fn addressed(r: &impl Reads, account: AccountId, jid: &BareJid) -> Result<Vec<AddressedDevice>> {
    let known = devices(r, account, jid)?;
    let ours = own_address(r, account)?.is_some_and(|(own, _)| own == *jid);
    choose(&known, &keys(r, account, jid)?, ours, &mut |_| Ok(Means::Unknown))
}

/// The account's own address, and the number of this device.
pub(super) fn own_address(r: &impl Reads, account: AccountId) -> Result<Option<(BareJid, Option<u32>)>> {
    // Not `accounts::get`: that would make a copy of the password.
    let sql = "SELECT a.jid, o.device FROM accounts a LEFT JOIN omemo_own_device o ON o.account = a.id
               WHERE a.id = ?1";
    rows::first(r, sql, params![account.0], |row| {
        Ok((rows::jid(row, 0)?, rows::get(row, 1)?))
    })
}

/// One that was chosen, with the row of the other dialect where it is on that list too.
struct Chosen<'a> {
    device: AddressedDevice,
    legacy: Option<&'a Device>,
}

/// What else is known of a device that has this row.
type Lookup<'a> = dyn FnMut(&Device) -> Result<Means> + 'a;

/// A device is on both lists by its id, or by its key. One id with two different keys is two devices: whoever
/// put the second one there must not hide the first.
pub(super) fn choose(
    known: &[Device],
    trusts: &[KeyTrust],
    ours: bool,
    means: &mut Lookup<'_>,
) -> Result<Vec<AddressedDevice>> {
    let rows = |dialect| known.iter().filter(move |device| device.dialect == dialect);
    let conflict = |a: &Device, b: &Device| a.identity.zip(b.identity).is_some_and(|(a, b)| a != b);
    let mut chosen: Vec<Chosen<'_>> = Vec::new();
    for device in rows(Dialect::Omemo2).filter(|device| device.active) {
        let twin = rows(Dialect::Legacy).find(|other| other.id == device.id && !conflict(device, other));
        let identity = device.identity.or(twin.and_then(|twin| twin.identity));
        chosen.push(Chosen {
            device: listed(device, identity, trusts, means(device)?),
            legacy: twin.filter(|twin| twin.active),
        });
    }
    for device in rows(Dialect::Legacy).filter(|device| device.active) {
        let newer = rows(Dialect::Omemo2).find(|other| other.id == device.id && !conflict(device, other));
        let twice = chosen
            .iter()
            .filter(|other| other.device.dialect == Dialect::Omemo2);
        if newer.is_none_or(|newer| !newer.active) && !has_key(twice, device.identity) {
            let identity = device.identity.or(newer.and_then(|newer| newer.identity));
            let mut its = listed(device, identity, trusts, means(device)?);
            its.downgraded = newer.is_some() || showed_in_omemo2(known, device.identity);
            chosen.push(Chosen {
                device: its,
                legacy: None,
            });
        }
    }
    if !ours {
        add_unlisted(&mut chosen, known, trusts, means)?;
    }
    let mut chosen = chosen
        .into_iter()
        .map(|device| or_legacy(device, known, trusts, means))
        .collect::<Result<Vec<_>>>()?;
    chosen.sort_by_key(|device| (device.id, device.dialect));
    Ok(chosen)
}

fn listed(row: &Device, identity: Option<IdentityKey>, trusts: &[KeyTrust], means: Means) -> AddressedDevice {
    AddressedDevice {
        id: row.id,
        dialect: row.dialect,
        identity,
        trust: identity.and_then(|identity| trust_of(identity, trusts)),
        shown: row.identity.is_some(),
        downgraded: false,
        listed: true,
        fate: of_listed(identity, trusts, &means),
        means,
    }
}

/// What is left of a device whose OMEMO 2 keys cannot be had: the legacy dialect, if it publishes that too.
fn or_legacy(
    chosen: Chosen<'_>,
    known: &[Device],
    trusts: &[KeyTrust],
    means: &mut Lookup<'_>,
) -> Result<AddressedDevice> {
    let Chosen { device, legacy } = chosen;
    let Some(row) = legacy.filter(|_| device.fate == Fate::Unavailable) else {
        return Ok(device);
    };
    let mut its = listed(row, row.identity.or(device.identity), trusts, means(row)?);
    its.downgraded = spoke_omemo2(known, row.id);
    Ok(its)
}

/// Whether this device ever showed a key in OMEMO 2, under this number or, if its key is known, under
/// another: who hides the newer keys can change the number too.
fn spoke_omemo2(known: &[Device], id: DeviceId) -> bool {
    known
        .iter()
        .filter(|device| device.id == id && device.identity.is_some())
        .any(|device| device.dialect == Dialect::Omemo2 || showed_in_omemo2(known, device.identity))
}

fn showed_in_omemo2(known: &[Device], identity: Option<IdentityKey>) -> bool {
    let mut newer = known.iter().filter(|device| device.dialect == Dialect::Omemo2);
    identity.is_some() && newer.any(|device| device.identity == identity)
}

/// The devices that are on no list and write to us, the legacy ones first. One that was taken off a list
/// counts from its next message on; until then it has left.
fn add_unlisted(
    chosen: &mut Vec<Chosen<'_>>,
    known: &[Device],
    trusts: &[KeyTrust],
    means: &mut Lookup<'_>,
) -> Result<()> {
    let mut legacy = known.iter().filter(|device| device.dialect == Dialect::Legacy);
    let has_list = legacy.any(|device| device.active || device.taken_off.is_some());
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
            let trust = device.identity.and_then(|key| trust_of(key, trusts));
            let device = AddressedDevice {
                id: device.id,
                dialect,
                identity: device.identity,
                trust,
                shown: device.identity.is_some(),
                downgraded: false,
                listed: false,
                means: means(device)?,
                fate: if off.is_some() {
                    Fate::LeftOut(Why::TakenOff)
                } else {
                    of_unlisted(dialect, trust, has_list)
                },
            };
            chosen.push(Chosen { device, legacy: None });
        }
    }
    Ok(())
}

fn has_key<'a>(mut chosen: impl Iterator<Item = &'a Chosen<'a>>, identity: Option<IdentityKey>) -> bool {
    identity.is_some() && chosen.any(|other| other.device.identity == identity)
}

fn trust_of(identity: IdentityKey, trusts: &[KeyTrust]) -> Option<Trust> {
    let known = trusts.iter().find(|key| key.identity == identity);
    known.map(|key| key.trust)
}

/// The first key of a device is undecided where one of its owner's is verified or distrusted, else it is
/// trusted blindly. A key without an entry is one that nobody decided about.
fn of_listed(identity: Option<IdentityKey>, trusts: &[KeyTrust], means: &Means) -> Fate {
    let decided = |key: &KeyTrust| matches!(key.trust, Trust::Verified | Trust::Distrusted);
    let trust = identity.map(|identity| trust_of(identity, trusts).unwrap_or(Trust::Undecided));
    match trust {
        Some(Trust::Distrusted) => Fate::LeftOut(Why::Distrusted),
        Some(Trust::Undecided) => Fate::LeftOut(Why::Undecided),
        _ if matches!(means, Means::Lacking(_)) => Fate::Unavailable,
        Some(Trust::Blind | Trust::Verified) => Fate::Written,
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
fn of_unlisted(dialect: Dialect, trust: Option<Trust>, has_list: bool) -> Fate {
    match trust.unwrap_or(Trust::Undecided) {
        Trust::Distrusted => Fate::LeftOut(Why::Distrusted),
        Trust::Verified => Fate::Written,
        _ if has_list || dialect != Dialect::Legacy => Fate::LeftOut(Why::NotListed),
        Trust::Blind => Fate::Written,
        Trust::Undecided => Fate::LeftOut(Why::Undecided),
    }
}

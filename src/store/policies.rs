//! Who must be able to read what is written into a room, as the person chose it, and whom they know to be
//! in it.

use rusqlite::params;

use super::codes::Code;
use super::room_words::{CONFIRMED, put_said, said};
use super::{Reads, Result, StoreError, Transaction, omemo, rooms, rows};
use model::room::missing_for_omemo;
use model::{
    AccountId, AddressedPerson, Audience, BareJid, ChatId, Excluded, Exclusion, MembersChange,
    MessageFailure, Policy, SomeOf, address,
};

pub fn get(r: &impl Reads, chat: ChatId) -> Result<Policy> {
    let sql = "SELECT policy FROM chats WHERE id = ?1";
    let found = rows::first(r, sql, [chat.0], |row| rows::code(row, 0))?;
    Ok(found.unwrap_or_default())
}

pub fn set(tx: &Transaction<'_>, chat: ChatId, policy: Policy) -> Result<()> {
    let sql = "UPDATE chats SET policy = ?2 WHERE id = ?1";
    rows::must_change(tx, "chat", sql, params![chat.0, policy.code()])
}

/// Those whom the person knows to be members of the room, us among them or not: for a verified group nobody
/// else counts.
pub fn set_confirmed(tx: &Transaction<'_>, chat: ChatId, people: &[BareJid]) -> Result<()> {
    let features = said(tx, chat)?;
    let features = features.split(' ').filter(|word| !word.starts_with(CONFIRMED));
    let people: Vec<String> = people.iter().map(|jid| format!("{CONFIRMED}{jid}")).collect();
    put_said(tx, chat, features.chain(people.iter().map(String::as_str)))
}

/// Those whom the person confirmed.
pub fn confirmed(r: &impl Reads, chat: ChatId) -> Result<Vec<BareJid>> {
    let said = said(r, chat)?;
    let people = said.split(' ').filter_map(|word| word.strip_prefix(CONFIRMED));
    people
        .map(|jid| address::bare(jid).map_err(|_| StoreError::Corrupt("confirmed member")))
        .collect()
}

/// Why nothing that is encrypted goes into this room, whoever has keys. None: it can be for exactly its
/// members.
pub fn shut(r: &impl Reads, chat: ChatId) -> Result<Option<MessageFailure>> {
    let Some(room) = rooms::get(r, chat)? else {
        return Ok(Some(MessageFailure::NotAPerson));
    };
    if room.suspect {
        return Ok(Some(MessageFailure::RoomSuspect));
    }
    if let Some(lacks) = missing_for_omemo(&room.features) {
        return Ok(Some(MessageFailure::NotForOmemo(lacks)));
    }
    let people = rooms::recipients(r, chat)?;
    if people.is_empty() && !rooms::is_ours(r, chat)? {
        return Ok(Some(MessageFailure::MembersUnknown));
    }
    match get(r, chat)? {
        Policy::Everyday | Policy::HighRisk => Ok(None),
        Policy::Verified => Ok(changed(&confirmed(r, chat)?, &people)),
    }
}

/// Who came and who went since the person looked at the members.
fn changed(confirmed: &[BareJid], people: &[BareJid]) -> Option<MessageFailure> {
    let without = |some: &[BareJid], others: &[BareJid]| -> Vec<BareJid> {
        some.iter().filter(|jid| !others.contains(jid)).cloned().collect()
    };
    let (came, went) = (without(people, confirmed), without(confirmed, people));
    (!came.is_empty() || !went.is_empty()).then(|| {
        MessageFailure::MembersChanged(Box::new(MembersChange {
            came: SomeOf::new(came),
            went: SomeOf::new(went),
        }))
    })
}

/// Those of an audience of whom no device gets it, as far as the store tells.
pub fn excluded(r: &impl Reads, account: AccountId, audience: &Audience) -> Result<Vec<Excluded>> {
    let mut excluded = Vec::new();
    for person in audience.people.iter().filter(|person| !person.ours) {
        let known = omemo::list_known(r, account, &person.jid)?;
        if let Some(why) = person.exclusion(known) {
            let jid = person.jid.clone();
            excluded.push(Excluded { jid, why });
        }
    }
    Ok(excluded)
}

/// Those because of whom it does not go to the others: who could not read, and whose keys are not what the
/// person asks for. Nobody reads in vain: where no member but us would, it does not go either.
pub fn objections(policy: Policy, audience: &Audience, excluded: &[Excluded]) -> Vec<Excluded> {
    let nobody = !excluded.is_empty() && !audience.others().any(AddressedPerson::is_written);
    match policy {
        Policy::Everyday if nobody => excluded.to_vec(),
        Policy::Everyday => Vec::new(),
        Policy::HighRisk => who_cannot(audience, excluded, |person| {
            (!person.ours && person.has_undecided()).then_some(Exclusion::Undecided)
        }),
        Policy::Verified => who_cannot(audience, excluded, |person| {
            (!person.is_verified()).then_some(Exclusion::NotVerified)
        }),
    }
}

/// Everybody of whom no device gets it, and whoever stands in the way of what the person chose.
fn who_cannot(
    audience: &Audience,
    excluded: &[Excluded],
    objection: impl Fn(&AddressedPerson) -> Option<Exclusion>,
) -> Vec<Excluded> {
    let of = |person: &AddressedPerson| {
        let known = excluded.iter().find(|other| other.jid == person.jid).cloned();
        let objected = || {
            let (jid, why) = (person.jid.clone(), objection(person)?);
            Some(Excluded { jid, why })
        };
        known.or_else(objected)
    };
    audience.people.iter().filter_map(of).collect()
}

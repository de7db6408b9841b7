//! Contacts: the server's roster (RFC 6121 §2), subscriptions (§3) and the person's commands about them.

use std::collections::{BTreeMap, BTreeSet};

use jid::Jid;
use minidom::Element;

use crate::contacts::presence::Presences;
use crate::iq::Answer;
use crate::messages::held;
use crate::messages::requests;
use crate::purpose::ContactsPurpose;
use crate::turn::Turn;
use api::{Change, CommandId, Outcome};
use model::{BareJid, Clean, Contact, ContactsFailure, Notice, Refusal, Subscription};
use stanza::presence::{self, PresenceKind};
use stanza::roster::{self, Item};
use stanza::{iq, ns};
use store::{Result, contacts};

/// What is known of the roster on this stream, beside the store.
#[derive(Default)]
pub(crate) struct Roster {
    full: bool,
    asked_again: BTreeSet<BareJid>,
    /// The groups of each contact, which a change must name again.
    groups: BTreeMap<BareJid, Vec<String>>,
    /// What came so far of an answer in pieces.
    gathered: Vec<Item>,
    gathered_groups: BTreeMap<BareJid, Vec<String>>,
}

/// More contacts than this are not read.
const MOST_CONTACTS: usize = 100_000;

/// As much of a roster as is kept, and a word if that is not all.
fn within_bounds(turn: &mut Turn<'_>, mut items: Vec<Item>) -> Vec<Item> {
    if items.len() > MOST_CONTACTS {
        items.truncate(MOST_CONTACTS);
        turn.notice(Notice::TooManyContacts { most: MOST_CONTACTS });
    }
    items
}

impl Roster {
    /// A piece of the roster arrived, of which more follows.
    pub(crate) fn gather(&mut self, query: &Element) {
        let room = (MOST_CONTACTS + 1).saturating_sub(self.gathered.len());
        let items = roster::parse(query).unwrap_or_default();
        self.gathered.extend(items.into_iter().take(room));
        if self.gathered_groups.len() < MOST_CONTACTS {
            self.gathered_groups.extend(roster::groups(query));
        }
    }

    /// The connection is gone: of an answer that was coming in pieces the whole comes again.
    pub(crate) fn lost(&mut self) {
        self.gathered.clear();
        self.gathered_groups.clear();
    }

    /// The whole roster arrived, or the last piece of it, or why it did not; without
    /// it what was read last stands.
    pub(crate) fn on_roster(
        &mut self,
        turn: &mut Turn<'_>,
        presences: &mut Presences,
        answer: Answer,
    ) -> Result<std::result::Result<(), Refusal>> {
        let mut before = std::mem::take(&mut self.gathered);
        let mut groups = std::mem::take(&mut self.gathered_groups);
        let query = match answer {
            Ok(query) => query,
            Err(refusal) => return Ok(Err(refusal.told())),
        };
        let read = query
            .as_ref()
            .and_then(|query| Some((query, roster::parse(query)?)));
        let Some((query, items)) = read else {
            return Ok(Err(Refusal::NoList));
        };
        groups.extend(roster::groups(query));
        self.groups = groups;
        before.extend(items);
        let items = within_bounds(turn, before);
        let contacts: Vec<Contact> = items
            .into_iter()
            .filter_map(|item| match item {
                Item::Contact(contact) => Some(contact),
                Item::Removed(_) => None,
            })
            .collect();
        for contact in &contacts {
            self.ask_once_more(turn, contact)?;
        }
        contacts::replace_all(turn.tx, turn.own.account, &contacts, turn.now)?;
        requests::on_contacts(turn)?;
        presences.keep_only(turn, &contacts.iter().map(|contact| &contact.jid).collect());
        turn.changed(Change::Contacts);
        Ok(Ok(()))
    }

    /// A roster push; only our own account may send one (threat 6). One that says nothing clear changes
    /// nothing, and our server hears so.
    pub(crate) fn on_push(
        &mut self,
        turn: &mut Turn<'_>,
        presences: &mut Presences,
        id: &str,
        from: Option<&Jid>,
        query: &Element,
    ) -> Result<()> {
        if from.is_some_and(|from| from.as_str() != turn.own.jid.as_str()) {
            tracing::warn!(
                account = turn.own.account.0,
                "a roster push from somebody else was ignored"
            );
            return Ok(());
        }
        let Some(item) = roster::push(query) else {
            return held::answer(turn, iq::error(from, id, "modify", "bad-request"));
        };
        self.groups.extend(roster::groups(query));
        let jid = match item {
            Item::Contact(contact) => {
                self.ask_once_more(turn, &contact)?;
                contacts::put(turn.tx, turn.own.account, &contact)?;
                requests::on_contacts(turn)?;
                contact.jid
            }
            Item::Removed(jid) => {
                contacts::remove(turn.tx, turn.own.account, &jid)?;
                presences.forget(turn, &jid);
                jid
            }
        };
        turn.changed(Change::Contact(jid));
        held::answer(turn, iq::result(from, id, None))
    }

    /// Somebody sees us and our own request is open: ask once more on this stream. Prosody 0.12
    /// grants for a contact who approved us in advance and is offline, but loses the answer on its
    /// way to us; a later request gets it.
    fn ask_once_more(&mut self, turn: &mut Turn<'_>, contact: &Contact) -> Result<()> {
        let waits = contact.asked && contact.subscription == Subscription::From;
        if waits && self.asked_again.insert(contact.jid.clone()) {
            let asks = presence::subscription(&contact.jid, PresenceKind::Subscribe);
            held::answer(turn, asks)?;
        }
        Ok(())
    }

    /// Somebody asks for our presence: whom we asked ourselves is granted it, everybody else waits for the
    /// person, in a bounded list (threat 20).
    pub(crate) fn on_request(&mut self, turn: &mut Turn<'_>, jid: &BareJid) -> Result<()> {
        let account = turn.own.account;
        if *jid == turn.own.jid {
            return Ok(());
        }
        let contact = contacts::get(turn.tx, account, jid)?;
        let invited = contact.is_some_and(|contact| {
            contact.in_roster
                && (contact.asked || matches!(contact.subscription, Subscription::To | Subscription::Both))
        });
        if invited {
            held::answer(turn, presence::subscription(jid, PresenceKind::Subscribed))?;
        } else if contacts::set_request(turn.tx, account, jid, true)? {
            turn.changed(Change::Contact(jid.clone()));
        } else if !self.full {
            self.full = true;
            turn.notice(Notice::TooManyAsk);
        }
        Ok(())
    }

    /// The stream is new.
    pub(crate) fn restart(&mut self) {
        *self = Self::default();
    }

    /// The groups that a change of this contact must name again.
    pub(crate) fn groups_of(&self, jid: &BareJid) -> &[String] {
        self.groups.get(jid).map_or(&[], Vec::as_slice)
    }
}

/// Somebody does not want to see our presence any more.
pub(crate) fn withdrawn(turn: &mut Turn<'_>, jid: &BareJid) -> Result<()> {
    contacts::set_request(turn.tx, turn.own.account, jid, false)?;
    turn.changed(Change::Contact(jid.clone()));
    Ok(())
}

/// Puts a contact into the roster.
pub(crate) fn add(
    turn: &mut Turn<'_>,
    command: CommandId,
    jid: &BareJid,
    name: Option<&Clean>,
    groups: &[String],
    grant: bool,
) -> Result<()> {
    if *jid == turn.own.jid {
        turn.refuse(command, ContactsFailure::OwnAddress);
        return Ok(());
    }
    let known = contacts::get(turn.tx, turn.own.account, jid)?;
    let name = name
        .cloned()
        .or_else(|| known.as_ref().and_then(|contact| contact.name.clone()));
    turn.set(
        None,
        roster::set(jid, name.as_ref(), groups),
        ContactsPurpose::RosterSet(command),
    );
    // A request that waits is granted with it. Nothing is approved in advance (RFC 6121 §3.4):
    // Prosody 0.12 then loses its answer to the other side. Whoever asks later is granted it, because
    // we asked ourselves (`on_request`).
    if grant || known.as_ref().is_some_and(|contact| contact.requests) {
        turn.send(presence::subscription(jid, PresenceKind::Subscribed));
        contacts::set_request(turn.tx, turn.own.account, jid, false)?;
    }
    if !known.is_some_and(|c| matches!(c.subscription, Subscription::To | Subscription::Both)) {
        turn.send(presence::subscription(jid, PresenceKind::Subscribe));
    }
    Ok(())
}

/// Grants a request and asks in turn. That of a contact need not have reached us: a one-shot command is not
/// present, so the server keeps requests back from it; what we send answers the kept one all the same. Nobody
/// else becomes a contact by a slip of the pen.
pub(crate) fn accept(
    turn: &mut Turn<'_>,
    command: CommandId,
    jid: &BareJid,
    groups: &[String],
) -> Result<()> {
    let known = contacts::get(turn.tx, turn.own.account, jid)?;
    if known.is_some_and(|contact| contact.in_roster || contact.requests) {
        return add(turn, command, jid, None, groups, true);
    }
    turn.refuse(command, ContactsFailure::NotAsking(jid.clone()));
    Ok(())
}

/// Declines a request; that of a contact may be one that the server keeps back, as in [`accept`]. Of one who
/// sees our presence none can wait, and the answer would take it away.
pub(crate) fn decline(turn: &mut Turn<'_>, command: CommandId, jid: &BareJid) -> Result<()> {
    let account = turn.own.account;
    let known = contacts::get(turn.tx, account, jid)?;
    let Some(contact) = known.filter(|contact| contact.in_roster || contact.requests) else {
        turn.refuse(command, ContactsFailure::NothingToDecline(jid.clone()));
        return Ok(());
    };
    let sees = matches!(contact.subscription, Subscription::From | Subscription::Both);
    if !contact.requests && sees {
        turn.refuse(command, ContactsFailure::SeesAlready(jid.clone()));
        return Ok(());
    }
    turn.send(presence::subscription(jid, PresenceKind::Unsubscribed));
    contacts::set_request(turn.tx, account, jid, false)?;
    if !contact.in_roster {
        contacts::remove(turn.tx, account, jid)?;
    }
    turn.changed(Change::Contact(jid.clone()));
    turn.done(command, Ok(Outcome::Done));
    Ok(())
}

/// Removes from the roster, both subscriptions with it (RFC 6121 §2.5).
pub(crate) fn remove(turn: &mut Turn<'_>, command: CommandId, jid: &BareJid) -> Result<()> {
    if contacts::get(turn.tx, turn.own.account, jid)?.is_some_and(|contact| contact.in_roster) {
        turn.set(None, roster::remove(jid), ContactsPurpose::RosterSet(command));
    } else {
        turn.refuse(command, ContactsFailure::NotThere(jid.clone()));
    }
    Ok(())
}

pub(crate) fn rename(
    turn: &mut Turn<'_>,
    command: CommandId,
    jid: &BareJid,
    name: &Clean,
    groups: &[String],
) -> Result<()> {
    if contacts::get(turn.tx, turn.own.account, jid)?.is_some_and(|contact| contact.in_roster) {
        turn.set(
            None,
            roster::set(jid, Some(name), groups),
            ContactsPurpose::RosterSet(command),
        );
    } else {
        turn.refuse(command, ContactsFailure::NotToRename(jid.clone()));
    }
    Ok(())
}

/// The server's answer to a roster change. The command is done when the roster as it stands now has been
/// read: that comes behind the pushes that tell how the requests for presence were taken.
pub(crate) fn on_set(turn: &mut Turn<'_>, command: CommandId, answer: Answer) {
    match answer {
        Ok(_) => turn.get(None, roster::query(), ContactsPurpose::RosterSettled(command)),
        Err(refusal) => turn.refuse(command, ContactsFailure::ChangeRefused(refusal.told())),
    }
}

/// Who is present for long sees a list that may be old, and hears so.
pub(crate) fn on_read(turn: &mut Turn<'_>, read: std::result::Result<(), Refusal>) -> Result<()> {
    let Some(why) = read.err().filter(|_| turn.own.present) else {
        return Ok(());
    };
    let seen = contacts::seen(turn.tx, turn.own.account)?;
    turn.notice(Notice::ContactsOld { why, seen });
    Ok(())
}

/// The payload's namespace of a roster push.
pub(crate) fn is_roster(query: &Element) -> bool {
    query.is("query", ns::ROSTER)
}

//! Who of our contacts is here, and how. Presences of strangers are not kept at all.
//!
//! The server tells each once on a stream. What a resumption would not tell again is stored before it is
//! acknowledged: with the counters, so that a burst of presences costs one transaction, not one each.

use std::collections::{BTreeMap, BTreeSet};

use crate::turn::Turn;
use api::State;
use model::{AccountId, BareJid, Presence};
use stanza::presence::Sender;
use store::presences::{self, Client};
use store::{Result, Transaction, contacts};

/// So many clients of one contact are remembered.
const MOST_CLIENTS: usize = 32;

/// Who is here, on this stream.
#[derive(Default)]
pub(crate) struct Presences {
    here: BTreeMap<BareJid, BTreeMap<String, Client>>,
    /// Contacts of whom the store knows something else.
    unstored: BTreeSet<BareJid>,
    /// They belong to the stream that may be resumed.
    known: bool,
}

impl Presences {
    /// A client of somebody is here.
    pub(crate) fn on_available(
        &mut self,
        turn: &mut Turn<'_>,
        from: Sender,
        priority: i8,
        presence: Presence,
    ) -> Result<()> {
        let contact = contacts::get(turn.tx, turn.own.account, &from.jid)?;
        if !contact.is_some_and(|contact| contact.in_roster) {
            return Ok(());
        }
        let before = self.shown(&from.jid).cloned();
        let clients = self.here.entry(from.jid.clone()).or_default();
        if clients.len() >= MOST_CLIENTS && !clients.contains_key(&from.resource) {
            return Ok(());
        }
        let client = Client {
            resource: from.resource.clone(),
            priority,
            presence,
        };
        clients.insert(from.resource, client);
        self.changed(turn, from.jid, before);
        Ok(())
    }

    /// A client of somebody is gone; where the bare address says so, all of them.
    pub(crate) fn on_gone(&mut self, turn: &mut Turn<'_>, from: Sender) {
        let before = self.shown(&from.jid).cloned();
        let Some(clients) = self.here.get_mut(&from.jid) else {
            return;
        };
        if !from.resource.is_empty() && clients.remove(&from.resource).is_none() {
            return;
        }
        if from.resource.is_empty() || clients.is_empty() {
            self.here.remove(&from.jid);
        }
        self.changed(turn, from.jid, before);
    }

    /// This is no contact any more.
    pub(crate) fn forget(&mut self, turn: &mut Turn<'_>, jid: &BareJid) {
        let resource = String::new();
        let jid = jid.clone();
        self.on_gone(turn, Sender { jid, resource });
    }

    /// These are all the contacts that there are.
    pub(crate) fn keep_only(&mut self, turn: &mut Turn<'_>, contacts: &BTreeSet<&BareJid>) {
        let others = self.here.keys().filter(|jid| !contacts.contains(jid));
        for jid in others.cloned().collect::<Vec<_>>() {
            self.forget(turn, &jid);
        }
    }

    /// Whether one of their clients is.
    pub(crate) fn is_here(&self, jid: &BareJid) -> bool {
        self.here.contains_key(jid)
    }

    /// What the front ends are shown of somebody: their client with the highest priority, of several the
    /// one that can be reached best.
    fn shown(&self, jid: &BareJid) -> Option<&Presence> {
        let best = |client: &&Client| (client.priority, std::cmp::Reverse(client.presence.availability));
        let clients = self.here.get(jid)?;
        clients.values().max_by_key(best).map(|client| &client.presence)
    }

    fn changed(&mut self, turn: &mut Turn<'_>, jid: BareJid, before: Option<Presence>) {
        let presence = self.shown(&jid).cloned();
        self.unstored.insert(jid.clone());
        if presence != before {
            turn.state(State::Presence { jid, presence });
        }
    }

    /// Stores what is not stored yet: the server is about to hear that we have it.
    pub(crate) fn store(&mut self, tx: &Transaction<'_>, account: AccountId) -> Result<()> {
        for jid in std::mem::take(&mut self.unstored) {
            let clients = self.here.get(&jid).into_iter().flat_map(BTreeMap::values);
            let clients: Vec<Client> = clients.cloned().collect();
            presences::replace(tx, account, &jid, &clients)?;
        }
        Ok(())
    }

    /// The stream is new: the server tells everything again.
    pub(crate) fn restart(&mut self, turn: &Turn<'_>) -> Result<()> {
        *self = Self::default();
        self.known = true;
        match turn.own.present {
            true => presences::clear(turn.tx, turn.own.account),
            false => Ok(()),
        }
    }

    /// The stream goes on after a pause, in which the front ends knew of nobody: who is here as far as we
    /// were told, by now or in the process before this one.
    pub(crate) fn on_resumed(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        if !std::mem::replace(&mut self.known, true) {
            for (jid, client) in presences::all(turn.tx, turn.own.account)? {
                let clients = self.here.entry(jid).or_default();
                clients.insert(client.resource.clone(), client);
            }
        }
        let everybody: Vec<BareJid> = self.here.keys().cloned().collect();
        for jid in everybody {
            let presence = self.shown(&jid).cloned();
            turn.state(State::Presence { jid, presence });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Availability, Clean};

    fn client(priority: i8, availability: Availability, status: &str) -> Client {
        Client {
            resource: status.to_owned(),
            priority,
            presence: Presence {
                availability,
                status: Some(Clean::new(status)),
            },
        }
    }

    #[test]
    fn of_several_clients_the_one_with_the_highest_priority_is_shown_then_the_one_that_is_reached_best() {
        let bob = BareJid::new("bob@mired.test").unwrap();
        let shown = |clients: &[Client]| {
            let clients = clients
                .iter()
                .map(|client| (client.resource.clone(), client.clone()));
            let presences = Presences {
                here: BTreeMap::from([(bob.clone(), clients.collect())]),
                ..Presences::default()
            };
            presences
                .shown(&bob)
                .unwrap()
                .status
                .clone()
                .unwrap()
                .as_str()
                .to_owned()
        };
        let away = client(0, Availability::Away, "away");
        let here = client(0, Availability::Here, "here");
        let busy = client(5, Availability::DoNotDisturb, "busy");
        let never = client(-1, Availability::Chat, "never");
        assert_eq!(shown(&[away.clone(), here.clone(), never.clone()]), "here");
        assert_eq!(shown(&[away.clone(), here, busy, never.clone()]), "busy");
        assert_eq!(shown(&[away, never]), "away");
    }
}

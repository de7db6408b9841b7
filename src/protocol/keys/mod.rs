//! Keys: our own device, published and kept right; everybody else's; and who of them may be written to.

pub(crate) mod devices;
pub(crate) mod own_keys;
pub(crate) mod prekeys;
mod priority;
mod shown_list;
pub(crate) mod trust;

use crate::follow_ups::FollowUp;
use crate::iq::{Answer, Refusal};
use crate::purpose::KeysPurpose;
use crate::turn::Turn;
use devices::Devices;
use model::BareJid;
use omemo::Dialect;
use own_keys::OwnKeys;
use shown_list::ShownList;
use stanza::pubsub;
use store::{Result, chats, contacts, rooms};

/// What is known on the current stream of all devices.
#[derive(Default)]
pub(crate) struct Keys {
    pub(crate) own: OwnKeys,
    pub(crate) devices: Devices,
}

impl Keys {
    /// A new stream: nothing that was learnt on the old one counts, and the server is asked what it has.
    pub(crate) fn restart(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        self.own.restart();
        self.devices.restart(turn);
        let own = turn.own.jid.clone();
        for dialect in Dialect::ALL {
            self.devices.ask_for_list(turn, &own, dialect);
        }
        self.own.look(turn)
    }

    /// The answer to one of our questions.
    pub(crate) fn on_answer(
        &mut self,
        turn: &mut Turn<'_>,
        purpose: KeysPurpose,
        answer: Answer,
    ) -> Result<()> {
        match purpose {
            KeysPurpose::List(jid, dialect) => self.on_list_answer(turn, jid, dialect, answer),
            KeysPurpose::Bundle(target) => {
                turn.follow(FollowUp::LookAgain);
                self.devices.on_bundle_answer(turn, &target, answer)?;
                self.devices.go_on_ahead(turn)?;
                turn.follow(FollowUp::BundleAnswered(target));
                Ok(())
            }
            ours => match self.own.on_answer(turn, ours, answer)? {
                Some((dialect, shown)) => {
                    let own = turn.own.jid.clone();
                    self.take_list(turn, &own, dialect, &shown)
                }
                None => Ok(()),
            },
        }
    }

    fn on_list_answer(
        &mut self,
        turn: &mut Turn<'_>,
        jid: BareJid,
        dialect: Dialect,
        answer: Answer,
    ) -> Result<()> {
        let shown = match answer {
            Ok(payload) => ShownList::in_answer(turn, &jid, dialect, payload.as_ref()).map(Ok)?,
            Err(refusal) if refusal.is("item-not-found") => Ok(ShownList::none()),
            Err(refusal) => Err(refusal),
        };
        match shown {
            Ok(shown) => self.take_list(turn, &jid, dialect, &shown)?,
            Err(refusal) => self.on_hidden_list(turn, &jid, dialect, refusal)?,
        }
        self.devices.on_answered(turn, &jid)?;
        self.devices.go_on_ahead(turn)?;
        if self.devices.lists_answered(&jid) {
            turn.follow(FollowUp::ListsAnswered(jid));
        }
        Ok(())
    }

    /// An event about a device list changes only the records of the JID that it comes from (threats 8, 9).
    pub(crate) fn on_event(
        &mut self,
        turn: &mut Turn<'_>,
        from: &BareJid,
        dialect: Dialect,
        event: &pubsub::Event,
    ) -> Result<()> {
        if !concerns_us(turn, from)? {
            return Ok(());
        }
        match ShownList::in_event(turn, from, dialect, event)? {
            Some(shown) => self.take_list(turn, from, dialect, &shown),
            // An item was taken away, an old one perhaps while the newest still stands; or what stands
            // there of ours is no list, and nobody can write to us. The answer shows what has to be
            // published again.
            None if event.removed || *from == turn.own.jid => {
                self.devices.look_again(turn, from, dialect);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The one road of a device list, ours or somebody's: looked at if it is ours, then stored.
    fn take_list(
        &mut self,
        turn: &mut Turn<'_>,
        jid: &BareJid,
        dialect: Dialect,
        shown: &ShownList,
    ) -> Result<()> {
        let ours = *jid == turn.own.jid;
        if ours {
            // Before it is stored: what is not stored yet is news.
            self.own.on_list(turn, dialect, shown)?;
        }
        self.devices.on_list(turn, jid, dialect, shown)?;
        if ours {
            self.devices.learn_own(turn)?;
        }
        turn.follow(FollowUp::LookAgain);
        Ok(())
    }

    /// A list cannot be had: what is stored of it stays in force.
    fn on_hidden_list(
        &mut self,
        turn: &mut Turn<'_>,
        jid: &BareJid,
        dialect: Dialect,
        refusal: Refusal,
    ) -> Result<()> {
        if *jid == turn.own.jid {
            self.own.on_hidden_list(turn, dialect, &refusal)?;
            self.devices.learn_own(turn)?;
        }
        self.devices.on_hidden_list(turn, jid, dialect, refusal);
        turn.follow(FollowUp::LookAgain);
        Ok(())
    }
}

/// Whether anything about the devices of `jid` is worth storing: anybody can send us events.
fn concerns_us(turn: &Turn<'_>, jid: &BareJid) -> Result<bool> {
    let account = turn.own.account;
    Ok(*jid == turn.own.jid
        || contacts::get(turn.tx, account, jid)?.is_some_and(|contact| contact.in_roster)
        || chats::with_person(turn.tx, &turn.peer(jid))?.is_some_and(|chat| !chat.request)
        || rooms::shares_group(turn.tx, account, jid)?)
}

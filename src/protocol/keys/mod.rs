//! Keys: our own device, published and kept right; everybody else's; and who of them may be written to.

pub(crate) mod devices;
pub(crate) mod own_keys;
pub(crate) mod prekeys;
pub(crate) mod trust;

use minidom::Element;

use crate::device_address::DeviceAddress;
use crate::follow_ups::FollowUp;
use crate::iq::Answer;
use crate::purpose::KeysPurpose;
use crate::turn::Turn;
use devices::Devices;
use model::BareJid;
use omemo::Dialect;
use own_keys::OwnKeys;
use stanza::{dialects, pubsub};
use store::{Result, chats, contacts, omemo as keys};

/// What is known on the current stream of all devices.
#[derive(Default)]
pub(crate) struct Keys {
    pub(crate) own: OwnKeys,
    pub(crate) devices: Devices,
}

impl Keys {
    /// A new stream: nothing that was learnt on the old one counts.
    pub(crate) fn restart(&mut self, turn: &mut Turn<'_>) {
        self.own.restart();
        self.devices.restart(turn);
    }

    /// The answer to one of our questions.
    pub(crate) fn on_answer(
        &mut self,
        turn: &mut Turn<'_>,
        purpose: KeysPurpose,
        answer: Answer,
    ) -> Result<()> {
        match purpose {
            KeysPurpose::OwnList(dialect) => self.on_own_list(turn, dialect, answer),
            KeysPurpose::OwnBundle(dialect) => self.own.on_bundle_answer(turn, dialect, answer),
            KeysPurpose::PublishBundle(dialect) => self.own.on_bundle_published(turn, dialect, answer),
            KeysPurpose::PublishList(dialect) => self.own.on_list_published(turn, dialect, answer),
            KeysPurpose::RemoveBundle(command) => {
                self.own.on_bundle_removed(turn, command, answer);
                Ok(())
            }
            KeysPurpose::NodeConfig(node) => {
                self.own.on_config(turn, &node, answer);
                Ok(())
            }
            KeysPurpose::SetNodeConfig(node) => self.own.on_configured(turn, &node, answer),
            KeysPurpose::List(jid, dialect) => self.on_list(turn, jid, dialect, answer),
            KeysPurpose::Bundle(target) => self.on_bundle(turn, target, answer),
        }
    }

    /// A list of our own account.
    fn on_own_list(&mut self, turn: &mut Turn<'_>, dialect: Dialect, answer: Answer) -> Result<()> {
        if let Some(listed) = self.own.on_list_answer(turn, dialect, answer)? {
            let own = turn.own.jid.clone();
            self.devices.on_list(turn, &own, dialect, &listed)?;
        }
        self.devices.learn_own(turn)?;
        turn.follow(FollowUp::LookAgain);
        Ok(())
    }

    fn on_list(&mut self, turn: &mut Turn<'_>, jid: BareJid, dialect: Dialect, answer: Answer) -> Result<()> {
        turn.follow(FollowUp::LookAgain);
        if jid == turn.own.jid {
            self.own.look_over(turn, dialect, &answer)?;
        }
        self.devices.on_list_answer(turn, &jid, dialect, answer)?;
        if self.devices.lists_answered(&jid) {
            turn.follow(FollowUp::ListsAnswered(jid));
        }
        Ok(())
    }

    fn on_bundle(&mut self, turn: &mut Turn<'_>, target: DeviceAddress, answer: Answer) -> Result<()> {
        turn.follow(FollowUp::LookAgain);
        self.devices.on_bundle_answer(turn, &target, answer)?;
        turn.follow(FollowUp::BundleAnswered(target));
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
        let rank = devices::ranks(turn, from)?;
        let list = event
            .items
            .last()
            .and_then(|(_, list)| dialects::parse_device_list_by(dialect, list, &rank));
        let listed = match list {
            Some(listed) => listed,
            // An item was taken away, an old one perhaps while the newest still stands; or what stands there
            // is no list, and nobody can write to us. The answer shows what has to be published again.
            None if *from == turn.own.jid => {
                let list = dialects::fetch_devices(dialect);
                turn.get(None, list, KeysPurpose::OwnList(dialect));
                return Ok(());
            }
            None if event.removed => {
                self.devices.look_again(turn, from, dialect);
                return Ok(());
            }
            None => return Ok(()),
        };
        if *from == turn.own.jid {
            let last = event.items.last();
            let tidy = last.is_none_or(|(_, list)| dialects::is_tidy(dialect, list));
            self.own.note_tidy(dialect, tidy);
            self.own.on_list(turn, dialect, &listed)?;
        }
        self.devices.on_list(turn, from, dialect, &listed)?;
        let impossible = |(_, list): &(String, Element)| dialects::is_impossible(dialect, list);
        let impossible = event.items.last().is_some_and(impossible);
        keys::set_impossible(turn.tx, turn.own.account, from, dialect, impossible)?;
        if *from == turn.own.jid {
            self.devices.learn_own(turn)?;
        }
        turn.follow(FollowUp::LookAgain);
        Ok(())
    }
}

/// Whether anything about the devices of `jid` is worth storing: anybody can send us events.
fn concerns_us(turn: &Turn<'_>, jid: &BareJid) -> Result<bool> {
    let account = turn.own.account;
    Ok(*jid == turn.own.jid
        || contacts::get(turn.tx, account, jid)?.is_some_and(|contact| contact.in_roster)
        || chats::by_peer(turn.tx, account, jid)?.is_some_and(|chat| !chat.request))
}

//! What others ask and answer: iq requests and results to the parts that wait for them, PEP events.

use minidom::Element;

use crate::Core;
use crate::acquaintance;
use crate::contacts::roster;
use crate::device_address::DeviceAddress;
use crate::effect::{Effect, Timer};
use crate::iq::{Answer, Purpose, Refusal};
use crate::keys::devices;
use crate::messages::held;
use crate::turn::Turn;
use api::Outcome;
use model::{BareJid, ContactsFailure, address};
use omemo::Dialect;
use stanza::iq::{Iq, IqKind};
use stanza::presence::{Presence, PresenceKind};
use stanza::{blocking, dialects, disco, ns, pubsub};
use store::{Result, chats, contacts, omemo as keys};

impl Core {
    /// A PEP event changes only the records of the JID that it comes from (threats 8, 9).
    pub(crate) fn on_event(
        &mut self,
        turn: &mut Turn<'_>,
        stanza: &Element,
        event: &pubsub::Event,
    ) -> Result<()> {
        let from = match stanza.attr("from") {
            None => turn.own.jid.clone(),
            Some(from) => match address::bare(from) {
                Ok(from) => from,
                Err(_) => return Ok(()),
            },
        };
        let Some(dialect) = dialects::dialect_of_devices_node(&event.node) else {
            return Ok(());
        };
        if !concerns_us(turn, &from)? {
            return Ok(());
        }
        let rank = devices::ranks(turn, &from)?;
        let list = event
            .items
            .last()
            .and_then(|(_, list)| dialects::parse_device_list_by(dialect, list, &rank));
        let listed = match list {
            Some(listed) => listed,
            // An item was taken away, an old one perhaps while the newest still stands; or what stands there
            // is no list, and nobody can write to us. The answer shows what has to be published again.
            None if from == turn.own.jid => {
                let list = dialects::fetch_devices(dialect);
                turn.get(None, list, Purpose::OwnDeviceList(dialect));
                return Ok(());
            }
            None if event.removed => {
                self.devices.look_again(turn, &from, dialect);
                return Ok(());
            }
            None => return Ok(()),
        };
        if from == turn.own.jid {
            let last = event.items.last();
            let tidy = last.is_none_or(|(_, list)| dialects::is_tidy(dialect, list));
            self.own_keys.note_tidy(dialect, tidy);
            self.own_keys.on_list(turn, dialect, &listed)?;
        }
        self.devices.on_list(turn, &from, dialect, &listed)?;
        let impossible = |(_, list): &(String, Element)| dialects::is_impossible(dialect, list);
        let impossible = event.items.last().is_some_and(impossible);
        keys::set_impossible(turn.tx, turn.own.account, &from, dialect, impossible)?;
        if from == turn.own.jid {
            self.devices.learn_own(turn)?;
        }
        self.outgoing.look_again();
        Ok(())
    }

    /// Whether somebody is here, or may see whether we are.
    pub(crate) fn on_presence(&mut self, turn: &mut Turn<'_>, presence: Presence) -> Result<()> {
        let Some(from) = presence.from else { return Ok(()) };
        match presence.kind {
            PresenceKind::Available => {
                self.presences
                    .on_available(turn, from, presence.priority, presence.shown)
            }
            PresenceKind::Unavailable | PresenceKind::Error => {
                self.presences.on_gone(turn, from);
                Ok(())
            }
            PresenceKind::Subscribe => self.roster.on_request(turn, &from.jid),
            PresenceKind::Unsubscribe => roster::withdrawn(turn, &from.jid),
            PresenceKind::Subscribed | PresenceKind::Unsubscribed | PresenceKind::Other => Ok(()),
        }
    }

    pub(crate) fn on_iq(&mut self, turn: &mut Turn<'_>, iq: Iq) -> Result<()> {
        let answer = match iq.kind {
            IqKind::Get(payload) => return self.on_get(turn, &iq.id, iq.from.as_ref(), &payload),
            IqKind::Set(payload) if roster::is_roster(&payload) => {
                return self
                    .roster
                    .on_push(turn, &mut self.presences, &iq.id, iq.from.as_ref(), &payload);
            }
            IqKind::Set(payload) if blocking::is_push(&payload) => {
                return self.blocking.on_push(turn, &iq.id, iq.from.as_ref(), &payload);
            }
            IqKind::Set(_) => {
                let from = iq.from.as_ref();
                let refused = stanza::iq::error(from, &iq.id, "cancel", "service-unavailable");
                return held::answer(turn, refused);
            }
            IqKind::Result(payload) => Ok(payload),
            IqKind::Error(error) => Err(Refusal::Error(error)),
        };
        match turn.iqs.take(&iq.id, iq.from.as_ref(), &turn.own.jid) {
            Some((number, purpose)) => {
                turn.effects.push(Effect::Sleep(Timer::Iq(number)));
                self.on_answer(turn, purpose, answer)
            }
            None => Ok(()),
        }
    }

    /// Requests from others: what every client answers, and only to those who may know that we are here.
    fn on_get(
        &mut self,
        turn: &mut Turn<'_>,
        id: &str,
        from: Option<&jid::Jid>,
        payload: &Element,
    ) -> Result<()> {
        let ours = from.is_none_or(|from| {
            from.to_bare() == turn.own.jid || from.as_str() == turn.own.jid.domain().as_str()
        });
        let known = match from {
            Some(from) if !ours => acquaintance::may_know_us(turn, &from.to_bare())?,
            _ => true,
        };
        let answer = if !known {
            None
        } else if payload.is("ping", ns::PING) {
            Some(None)
        } else if payload.is("query", ns::DISCO_INFO) {
            disco::own_info(payload).map(Some)
        } else {
            None
        };
        let answer = match answer {
            Some(payload) => stanza::iq::result(from, id, payload),
            None => stanza::iq::error(from, id, "cancel", "service-unavailable"),
        };
        held::answer(turn, answer)
    }

    pub(crate) fn on_answer(&mut self, turn: &mut Turn<'_>, purpose: Purpose, answer: Answer) -> Result<()> {
        match purpose {
            Purpose::Bind => {
                let moment = self.stream.on_bound(turn, answer)?;
                self.on_moment(turn, moment)
            }
            Purpose::AccountInfo => self.on_account_info(turn, answer),
            Purpose::ServerInfo => self.blocking.on_info(turn, &answer),
            Purpose::BlockList => self.blocking.on_list(turn, answer),
            Purpose::Blocking(command) => self.blocking.on_changed(turn, command, answer),
            Purpose::Roster | Purpose::RosterSet(_) | Purpose::RosterRead(_) | Purpose::RosterSettled(_) => {
                self.on_roster_answer(turn, &purpose, answer)
            }
            Purpose::OwnDeviceList(dialect) => self.on_own_list(turn, dialect, answer),
            Purpose::OwnBundle(dialect) => self.own_keys.on_bundle_answer(turn, dialect, answer),
            Purpose::PublishBundle(dialect) => self.own_keys.on_bundle_published(turn, dialect, answer),
            Purpose::PublishDeviceList(dialect) => self.own_keys.on_list_published(turn, dialect, answer),
            Purpose::RemoveBundle(command) => {
                self.own_keys.on_bundle_removed(turn, command, answer);
                Ok(())
            }
            Purpose::NodeConfig(node) => {
                self.own_keys.on_config(turn, &node, answer);
                Ok(())
            }
            Purpose::SetNodeConfig(node) => self.own_keys.on_configured(turn, &node, answer),
            Purpose::DeviceList(jid, dialect) => {
                self.outgoing.look_again();
                if jid == turn.own.jid {
                    self.own_keys.look_over(turn, dialect, &answer)?;
                }
                self.devices.on_list_answer(turn, &jid, dialect, answer)?;
                self.completions.on_list(turn, &mut self.devices, &jid)
            }
            Purpose::Bundle(jid, device, dialect) => {
                self.outgoing.look_again();
                let target = DeviceAddress { jid, device, dialect };
                self.devices.on_bundle_answer(turn, &target, answer)?;
                self.completions.on_bundle(turn, &mut self.devices, &target)
            }
            Purpose::PingAck(count) => match answer {
                Err(Refusal::TimedOut) => {
                    self.stream.alive.on_ack_timeout(turn);
                    Ok(())
                }
                // An error is an answer too: the server read what stood before the ping.
                _ => {
                    turn.counters.ping_answered();
                    let acked = turn.counters.acknowledge(count).unwrap_or_default();
                    turn.counters.still_asked(count);
                    held::acknowledged(turn, &acked)?;
                    self.outgoing.on_acked(turn)
                }
            },
        }
    }

    fn on_roster_answer(&mut self, turn: &mut Turn<'_>, purpose: &Purpose, answer: Answer) -> Result<()> {
        if let Purpose::RosterSet(command) = purpose {
            roster::on_set(turn, *command, answer);
            return Ok(());
        }
        let read = self.roster.on_roster(turn, &mut self.presences, answer)?;
        match purpose {
            Purpose::RosterRead(command) => {
                let read = read.map_err(|why| ContactsFailure::NotShown(why).into());
                turn.done(*command, read.map(|()| Outcome::Done));
                Ok(())
            }
            Purpose::RosterSettled(command) => {
                turn.done(*command, Ok(Outcome::Done));
                roster::on_read(turn, read)
            }
            _ => roster::on_read(turn, read),
        }
    }

    fn on_own_list(&mut self, turn: &mut Turn<'_>, dialect: Dialect, answer: Answer) -> Result<()> {
        if let Some(listed) = self.own_keys.on_list_answer(turn, dialect, answer)? {
            let own = turn.own.jid.clone();
            self.devices.on_list(turn, &own, dialect, &listed)?;
        }
        self.devices.learn_own(turn)?;
        self.outgoing.look_again();
        Ok(())
    }

    fn on_account_info(&mut self, turn: &mut Turn<'_>, answer: Answer) -> Result<()> {
        let Some(info) = answer.ok().flatten().and_then(|query| disco::parse_info(&query)) else {
            return Ok(());
        };
        let has = |feature: &str| info.features.iter().any(|f| f == feature);
        self.trusts_stanza_id = has(ns::SID) || has(ns::MAM);
        if turn.own.present {
            store::stream::set_vouches(turn.tx, turn.own.account, self.trusts_stanza_id)?;
        }
        let pep = info.identities.iter().any(|identity| identity == "pubsub/pep");
        let mut facts = vec![if pep {
            "PEP: keys can be published"
        } else {
            "no PEP: the server does not say that keys can be published"
        }];
        if has(ns::MAM) {
            facts.push("message archive (XEP-0313)");
        }
        self.stream.tell_online(turn, false, &facts);
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

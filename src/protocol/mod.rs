//! The core: one input and an open transaction go in, effects come out; the effects run after the commit (law 3).
//!
//! [`Protocol::handle`] routes and nothing more. What it routes to:
//!
//! - `stream`, `link`: bind, stream management, what is acknowledged and what is not;
//! - `iq`: which answer belongs to which question;
//! - `own_keys`: our device, published and kept right; `devices`: everybody else's; `trust`: who may be written to;
//! - `outgoing`: what we write; `incoming`: what arrives; `completions`, `receipts`: what answers by itself;
//! - `roster`: contacts and their presence.
//!
//! There is no clock and no socket here: time and randomness are arguments, so a whole conversation can be played in a
//! test, byte for byte.

#![deny(missing_docs)]

mod completions;
mod devices;
mod effect;
mod incoming;
mod input;
mod iq;
mod link;
mod outgoing;
mod own_keys;
mod receipts;
mod roster;
pub mod sasl;
mod stream;
mod trust;
mod turn;

pub use effect::{Effect, Timer};
pub use input::Input;
pub use trust::decide;
pub use turn::Own;

use minidom::Element;

use crate::api::{Change, Command, CommandId, Failure, FailureKind, Outcome};
use crate::model::{BareJid, Timestamp};
use crate::omemo::CryptoRng;
use crate::stanza::iq::{Iq, IqKind};
use crate::stanza::{disco, ns, presence, pubsub, sm};
use crate::store::{Result, Transaction, chats, messages};
use iq::{Answer, Iqs, Purpose, Refusal};
use link::Link;
use stream::{Moment, Stream};
use turn::Turn;

/// The protocol state of one account. What must outlive the process is in the store.
pub struct Protocol {
    own: Own,
    link: Link,
    iqs: Iqs,
    parts: Parts,
}

/// Everything that a [`Turn`] is handed to.
struct Parts {
    stream: Stream,
    own_keys: own_keys::OwnKeys,
    devices: devices::Devices,
    outgoing: outgoing::Outgoing,
    completions: completions::Completions,
    roster: roster::Roster,
    trusts_stanza_id: bool,
}

impl Protocol {
    /// The core of one account, not connected.
    pub fn new(own: Own) -> Self {
        let parts = Parts {
            stream: Stream::new(),
            own_keys: own_keys::OwnKeys::default(),
            devices: devices::Devices::default(),
            outgoing: outgoing::Outgoing::new(),
            completions: completions::Completions::default(),
            roster: roster::Roster::default(),
            trusts_stanza_id: false,
        };
        Self {
            own,
            link: Link::new(),
            iqs: Iqs::default(),
            parts,
        }
    }

    /// Handles one input inside `tx`. The caller commits and then runs the effects in order; if it cannot commit, this
    /// core is of no more use and is made anew.
    ///
    /// # Errors
    /// The store's; nothing of the transaction may be committed then.
    pub fn handle(
        &mut self,
        input: Input,
        tx: &Transaction<'_>,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Effect>> {
        let Self {
            own,
            link,
            iqs,
            parts,
        } = self;
        let mut turn = Turn {
            own,
            tx,
            now,
            rng,
            link,
            iqs,
            effects: Vec::new(),
            counters_matter: false,
        };
        parts.route(&mut turn, input)?;
        if parts.own_keys.list_known() {
            parts.outgoing.flush(&mut turn, &mut parts.devices)?;
        }
        parts.completions.written_to(parts.devices.take_written());
        if turn.counters_matter && turn.link.is_resumable() {
            let (inbound, outbound) = (turn.link.inbound, turn.link.outbound());
            crate::store::stream::set_counters(tx, turn.own.account, inbound, outbound)?;
        }
        if turn.link.unacked() > Link::MOST_UNACKED {
            parts.stream.on_ack_timeout(&mut turn);
        }
        Ok(turn.effects)
    }
}

impl Parts {
    fn route(&mut self, turn: &mut Turn<'_>, input: Input) -> Result<()> {
        match input {
            Input::Opened {
                features,
                facts,
                mechanism,
            } => self.stream.opened(turn, features, facts, &mechanism),
            Input::Element(element) => {
                self.stream.heard(turn.now);
                self.on_element(turn, &element)
            }
            Input::Oversized { name, from } => incoming::on_oversized(turn, &name, from.as_deref()),
            Input::Lost => {
                self.stream.lost(turn);
                Ok(())
            }
            Input::Timer(timer) => self.on_timer(turn, timer),
            Input::Command(id, command) => self.on_command(turn, id, command),
        }
    }

    fn on_element(&mut self, turn: &mut Turn<'_>, element: &Element) -> Result<()> {
        if element.ns() == ns::SM {
            let moment = match sm::parse(element) {
                Some(element) => self.stream.on_sm(turn, element)?,
                None => Moment::Nothing,
            };
            return self.on_moment(turn, moment);
        }
        if element.ns() == ns::STREAM && element.name() == "error" {
            let condition = element.children().next().map_or("unknown", Element::name);
            let text = format!("The server closed the stream: {condition}.");
            turn.effects
                .push(Effect::Abort(Failure::new(FailureKind::NoConnection, text)));
            return Ok(());
        }
        if element.ns() != ns::CLIENT {
            return Ok(());
        }
        turn.link.count_in();
        match element.name() {
            "message" => self.on_message(turn, element),
            "presence" => match presence::parse(element) {
                Some(presence) => self.roster.on_presence(turn, presence),
                None => Ok(()),
            },
            "iq" => match crate::stanza::iq::parse(element) {
                Some(iq) => self.on_iq(turn, iq),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn on_moment(&mut self, turn: &mut Turn<'_>, moment: Moment) -> Result<()> {
        match moment {
            Moment::Nothing => Ok(()),
            Moment::Bound => self.log_in(turn),
            Moment::AcksKnown => self.outgoing.send_again(turn),
            Moment::Resumed => {
                self.outgoing.send_again(turn)?;
                if self.own_keys.list_known() {
                    Ok(())
                } else {
                    self.log_in(turn)
                }
            }
            Moment::Acked(rows) => outgoing::acknowledged(turn, &rows),
        }
    }

    /// A new stream, or a resumed one in a new process: ask for everything that is not stored or may have changed.
    fn log_in(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        for (number, purpose) in turn.iqs.abandon() {
            turn.effects.push(Effect::Sleep(Timer::Iq(number)));
            if let Purpose::RosterSet(command) = purpose {
                turn.not_connected(command);
            }
        }
        self.own_keys.restart();
        self.devices.restart(turn);
        self.roster.restart();
        turn.get(None, crate::stanza::roster::query(), Purpose::Roster);
        self.own_keys.look(turn)?;
        let account = jid::Jid::from(turn.own.jid.clone());
        turn.get(Some(&account), disco::info_query(), Purpose::AccountInfo);
        if turn.own.present {
            turn.send(presence::available());
        }
        // A server without stream management needs no answer before messages may go.
        if turn.link.acks == link::Acks::Ping {
            self.outgoing.send_again(turn)
        } else {
            Ok(())
        }
    }

    fn on_message(&mut self, turn: &mut Turn<'_>, stanza: &Element) -> Result<()> {
        if let Some(event) = pubsub::event(stanza) {
            return self.on_event(turn, stanza, &event);
        }
        let mut reach = incoming::Reach {
            devices: &mut self.devices,
            own_keys: &mut self.own_keys,
            outgoing: &mut self.outgoing,
            completions: &mut self.completions,
            trusts_stanza_id: self.trusts_stanza_id,
        };
        incoming::on_message(turn, &mut reach, stanza)
    }

    /// A PEP event changes only the records of the JID that it comes from (threats 8, 9).
    fn on_event(&mut self, turn: &mut Turn<'_>, stanza: &Element, event: &pubsub::Event) -> Result<()> {
        let from = match stanza.attr("from") {
            None => turn.own.jid.clone(),
            Some(from) => match BareJid::new(from) {
                Ok(from) => from,
                Err(_) => return Ok(()),
            },
        };
        if event.node != ns::OMEMO_LEGACY_DEVICES {
            return Ok(());
        }
        let list = event
            .items
            .last()
            .and_then(|(_, list)| crate::stanza::legacy::parse_device_list(list));
        let ids = match list {
            Some(ids) => ids,
            None if event.removed => Vec::new(),
            None => return Ok(()),
        };
        if from == turn.own.jid {
            self.own_keys.on_list(turn, &ids)?;
        }
        self.devices.on_list(turn, &from, &ids)?;
        self.outgoing.look_again();
        Ok(())
    }

    fn on_iq(&mut self, turn: &mut Turn<'_>, iq: Iq) -> Result<()> {
        let answer = match iq.kind {
            IqKind::Get(payload) => return self.on_get(turn, &iq.id, iq.from.as_ref(), &payload),
            IqKind::Set(payload) if roster::is_roster(&payload) => {
                return self.roster.on_push(turn, &iq.id, iq.from.as_ref(), &payload);
            }
            IqKind::Set(_) => {
                let from = iq.from.as_ref();
                turn.send(crate::stanza::iq::error(
                    from,
                    &iq.id,
                    "cancel",
                    "service-unavailable",
                ));
                return Ok(());
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
            Some(from) if !ours => receipts::may_know_us(turn, &from.to_bare())?,
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
        turn.send(match answer {
            Some(payload) => crate::stanza::iq::result(from, id, payload),
            None => crate::stanza::iq::error(from, id, "cancel", "service-unavailable"),
        });
        Ok(())
    }

    fn on_answer(&mut self, turn: &mut Turn<'_>, purpose: Purpose, answer: Answer) -> Result<()> {
        match purpose {
            Purpose::Bind => {
                let moment = self.stream.on_bound(turn, answer)?;
                self.on_moment(turn, moment)
            }
            Purpose::AccountInfo => self.on_account_info(turn, answer),
            Purpose::Roster => self.roster.on_roster(turn, answer),
            Purpose::RosterSet(command) => {
                roster::on_set(turn, command, answer);
                Ok(())
            }
            Purpose::OwnDeviceList => {
                if let Some(ids) = self.own_keys.on_list_answer(turn, answer)? {
                    let own = turn.own.jid.clone();
                    self.devices.on_list(turn, &own, &ids)?;
                }
                self.outgoing.look_again();
                Ok(())
            }
            Purpose::OwnBundle => self.own_keys.on_bundle_answer(turn, answer),
            Purpose::PublishBundle => self.own_keys.on_bundle_published(turn, answer),
            Purpose::PublishDeviceList => self.own_keys.on_list_published(turn, answer),
            Purpose::NodeConfig(node) => {
                self.own_keys.on_config(turn, &node, answer);
                Ok(())
            }
            Purpose::SetNodeConfig(_) => self.own_keys.on_configured(turn, answer),
            Purpose::DeviceList(jid) => {
                self.outgoing.look_again();
                self.devices.on_list_answer(turn, &jid, answer)
            }
            Purpose::Bundle(jid, device) => {
                self.outgoing.look_again();
                self.devices.on_bundle_answer(turn, &jid, device, answer)?;
                self.completions.on_bundle(turn, &mut self.devices, &jid, device)
            }
            Purpose::PingAck(count) => match answer {
                Err(Refusal::TimedOut) => {
                    self.stream.on_ack_timeout(turn);
                    Ok(())
                }
                // An error is an answer too: the server read what stood before the ping.
                _ => {
                    let rows = turn.link.acknowledge(count).unwrap_or_default();
                    outgoing::acknowledged(turn, &rows)
                }
            },
        }
    }

    fn on_account_info(&mut self, turn: &mut Turn<'_>, answer: Answer) -> Result<()> {
        let Some(info) = answer.ok().flatten().and_then(|query| disco::parse_info(&query)) else {
            return Ok(());
        };
        let has = |feature: &str| info.features.iter().any(|f| f == feature);
        self.trusts_stanza_id = has(ns::SID) || has(ns::MAM);
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

    fn on_timer(&mut self, turn: &mut Turn<'_>, timer: Timer) -> Result<()> {
        match timer {
            Timer::Iq(number) => match turn.iqs.expire(number) {
                Some(purpose) => self.on_answer(turn, purpose, Err(Refusal::TimedOut)),
                None => Ok(()),
            },
            Timer::Silence => {
                self.stream.on_silence(turn);
                self.own_keys.on_silence(turn)
            }
            Timer::Ack => {
                self.stream.on_ack_timeout(turn);
                Ok(())
            }
            Timer::Publish => self.own_keys.on_publish_timer(turn),
            Timer::Completions => self.completions.send(turn),
        }
    }

    fn on_command(&mut self, turn: &mut Turn<'_>, id: CommandId, command: Command) -> Result<()> {
        match command {
            Command::Send { to, body, clear } => self.outgoing.submit(turn, id, &to, body, clear),
            Command::Withdraw(message) => self.outgoing.withdraw(turn, id, message),
            Command::SetEncryption { chat, on } => {
                let chat = chats::open(turn.tx, turn.own.account, &chat)?;
                chats::set_encrypted(turn.tx, chat.id, on)?;
                turn.done(id, Ok(Outcome::Done));
                Ok(())
            }
            Command::SetTrust {
                jid,
                fingerprint,
                trust,
            } => self.set_trust(turn, id, &jid, &fingerprint.identity_key(), trust),
            Command::MarkListened(ids) => {
                for message in ids {
                    messages::set_listened(turn.tx, message)?;
                }
                turn.done(id, Ok(Outcome::Done));
                Ok(())
            }
            Command::Quit => {
                turn.done(id, Ok(Outcome::Done));
                self.stream.quit(turn)
            }
            online => self.on_online_command(turn, id, online),
        }
    }

    /// Commands that mean nothing without a connection.
    fn on_online_command(&mut self, turn: &mut Turn<'_>, id: CommandId, command: Command) -> Result<()> {
        if !turn.link.online {
            turn.not_connected(id);
            return Ok(());
        }
        match command {
            Command::AddContact { jid, name } => roster::add(turn, id, &jid, name.as_ref()),
            Command::AcceptContact(jid) => roster::accept(turn, id, &jid),
            Command::DeclineContact(jid) => roster::decline(turn, id, &jid),
            Command::RemoveContact(jid) => roster::remove(turn, id, &jid),
            Command::RenameContact { jid, name } => roster::rename(turn, id, &jid, &name),
            Command::RefreshDevices(jid) => self.devices.refresh(turn, id, jid),
            _ => Ok(()),
        }
    }

    fn set_trust(
        &mut self,
        turn: &mut Turn<'_>,
        id: CommandId,
        jid: &BareJid,
        identity: &crate::omemo::IdentityKey,
        trust: crate::omemo::Trust,
    ) -> Result<()> {
        let own = &turn.own.jid;
        match trust::decide(turn.tx, turn.own.account, own, jid, identity, trust, turn.now)? {
            None => {
                let text = format!("No key with this fingerprint is known for {jid}.");
                turn.done(id, Err(Failure::new(FailureKind::Other, text)));
            }
            Some(failed) => {
                if !failed.is_empty() {
                    turn.changed(Change::Messages(failed));
                }
                turn.changed(Change::Devices(jid.clone()));
                turn.done(id, Ok(Outcome::Done));
            }
        }
        self.outgoing.look_again();
        Ok(())
    }
}

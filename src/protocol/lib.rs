//! The core: one input and an open transaction go in, effects come out; the effects
//! run after the commit (law 3).
//!
//! [`Protocol::handle`] routes and nothing more. What it routes to:
//!
//! - `answers`: iq requests, answers and PEP events to the parts that wait for them;
//!   `commands`: what a front end asks;
//! - `stream`: bind, stream management, whether the server is there, why it ended the stream; `counters`:
//!   what is acknowledged and what is not;
//! - `iq`: which answer belongs to which question; `patience`: how long it may take; `pieces`: of one that
//!   comes in several; `refusals`: what it says instead;
//! - `messages`: all that is written, sealed, sent, sent again; all that arrives and what answers by itself;
//!   `sizes`: how much of it at once;
//! - `keys`: our device and everybody else's, and who may be written to;
//! - `contacts`: the roster, who of it is here, who is blocked; `acquaintance`: who sees us anyway;
//! - `notices`: what is told beside it all, gathered.
//!
//! There is no clock and no socket here: time and randomness are arguments, so a whole conversation can
//! be played in a test, byte for byte. What returns a [`store::Result`] fails as the store does, and
//! then nothing of its step stays.

#![deny(missing_docs)]

mod acquaintance;
mod answers;
mod block_list;
mod commands;
mod contacts;
mod counters;
mod device_address;
mod effect;
mod input;
mod iq;
mod keys;
mod messages;
mod notices;
mod patience;
mod pieces;
mod refusals;
mod sizes;
mod stream;
mod turn;

pub use effect::{Effect, Timer};
pub use input::{Ended, Input};
pub use messages::retry::refusal;
pub use turn::LocalAccount;

use minidom::Element;

use contacts::{blocking, presence, roster};
use counters::Counters;
use iq::{Iqs, Purpose};
use keys::{devices, own_keys};
use messages::{empty_messages, encrypted, held, incoming, left_out, outgoing, suspects};
use model::{BareJid, Timestamp};
use notices::Notices;
use omemo::CryptoRng;
use stanza::{disco, ns, presence as presences, pubsub, resource, sm};
use store::{Result, Transaction};
use stream::{Stream, StreamEvent};
use turn::Turn;

/// The protocol state of one account. What must outlive the process is in the store.
pub struct Protocol {
    own: LocalAccount,
    counters: Counters,
    iqs: Iqs,
    notices: Notices,
    parts: Core,
}

/// Everything that a [`Turn`] is handed to.
struct Core {
    stream: Stream,
    own_keys: own_keys::OwnKeys,
    devices: devices::Devices,
    outgoing: outgoing::Outgoing,
    completions: empty_messages::Completions,
    roster: roster::Roster,
    presences: presence::Presences,
    blocking: blocking::Blocking,
    suspects: suspects::Suspects,
    trusts_stanza_id: bool,
}

impl Protocol {
    /// The core of one account, not connected.
    pub fn new(own: LocalAccount) -> Self {
        let parts = Core {
            stream: Stream::new(),
            own_keys: own_keys::OwnKeys::default(),
            devices: devices::Devices::default(),
            outgoing: outgoing::Outgoing::new(),
            completions: empty_messages::Completions::default(),
            roster: roster::Roster::default(),
            presences: presence::Presences::default(),
            blocking: blocking::Blocking::default(),
            suspects: suspects::Suspects::default(),
            trusts_stanza_id: false,
        };
        Self {
            own,
            counters: Counters::new(),
            iqs: Iqs::default(),
            notices: Notices::default(),
            parts,
        }
    }

    /// Whether the server forgets what it sent as soon as it did, since nothing on this
    /// stream is acknowledged to it.
    pub fn is_told_once(&self) -> bool {
        self.counters.acks == counters::Acks::Ping
    }

    /// Handles one input inside `tx`. The caller commits and then runs the effects in order; if it cannot
    /// commit, this core is of no more use and is made anew.
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
            counters,
            iqs,
            notices,
            parts,
        } = self;
        let mut turn = Turn {
            own,
            tx,
            now,
            rng,
            counters,
            iqs,
            notices,
            effects: Vec::new(),
            counters_matter: false,
        };
        let sent = turn.counters.outbound();
        parts.route(&mut turn, input)?;
        if parts.own_keys.list_known() {
            parts.outgoing.flush(&mut turn, &mut parts.devices)?;
        }
        parts.completions.written_to(&parts.devices.take_written());
        held::release(&mut turn)?;
        // A process after this one must know what was sent at most, or it could not tell a lie from a truth.
        let counted = turn.counters_matter || turn.counters.outbound() != sent;
        if counted && turn.counters.is_resumable() {
            let (inbound, outbound) = (turn.counters.inbound, turn.counters.outbound());
            store::stream::set_counters(tx, turn.own.account, inbound, outbound)?;
            // What was counted is what a resumption does not bring again.
            parts.presences.store(&turn)?;
        }
        Ok(turn.effects)
    }
}

impl Core {
    fn route(&mut self, turn: &mut Turn<'_>, input: Input) -> Result<()> {
        match input {
            Input::Opened {
                features,
                facts,
                mechanism,
            } => self.stream.opened(turn, features, facts, &mechanism),
            Input::Element(element) => {
                self.stream.alive.heard(turn.now);
                self.on_element(turn, &element)
            }
            Input::Oversized { name, from } => {
                self.stream.alive.heard(turn.now);
                left_out::on_oversized(turn, &name, from.as_deref())
            }
            Input::Ended(ended) => self.suspects.on_ended(turn, &mut self.outgoing, ended),
            Input::Malformed {
                name,
                from,
                text_lost,
            } => {
                self.stream.alive.heard(turn.now);
                left_out::on_malformed(turn, &name, from.as_deref(), text_lost)
            }
            Input::Part(element) => {
                self.stream.alive.heard(turn.now);
                self.on_part(turn, &element)
            }
            Input::Lost => {
                self.stream.lost(turn);
                self.roster.lost();
                // The run may end with this connection.
                turn.tell_held_notices();
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
                None => StreamEvent::Nothing,
            };
            return self.on_moment(turn, moment);
        }
        if element.ns() == ns::STREAM && element.name() == "error" {
            turn.effects.push(stream::ended::because(element));
            let ending = suspects::Ending::of(element);
            return self.suspects.on_error(turn, &mut self.outgoing, ending);
        }
        if element.ns() != ns::CLIENT {
            return Ok(());
        }
        if self.stream.is_too_early(element.name()) {
            return Stream::on_too_early(turn);
        }
        turn.counters.count_in();
        if is_for_another(element, &turn.own.jid) {
            tracing::warn!(
                account = turn.own.account.0,
                "a stanza for somebody else was ignored"
            );
            return Ok(());
        }
        if block_list::is_left_out(turn, element)? {
            return Ok(());
        }
        match element.name() {
            "message" => self.on_message(turn, element),
            "presence" => match presences::parse(element) {
                Some(presence) => self.on_presence(turn, presence),
                None => Ok(()),
            },
            "iq" => match stanza::iq::parse(element) {
                Some(iq) => self.on_iq(turn, iq),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn on_moment(&mut self, turn: &mut Turn<'_>, moment: StreamEvent) -> Result<()> {
        match moment {
            StreamEvent::Nothing => Ok(()),
            StreamEvent::Bound => {
                tracing::info!(account = turn.own.account.0, "a new stream is bound");
                self.roster.restart();
                self.presences.restart(turn)?;
                self.log_in(turn)
            }
            StreamEvent::AcksKnown => {
                self.completions.on_online(turn);
                self.outgoing.send_again(turn)
            }
            StreamEvent::Resumed => {
                tracing::info!(account = turn.own.account.0, "the old stream goes on");
                self.completions.on_online(turn);
                self.outgoing.send_again(turn)?;
                self.presences.on_resumed(turn)?;
                if self.own_keys.list_known() {
                    let sent = turn.counters.last();
                    for (number, patience) in turn.iqs.waiting(sent) {
                        turn.wake(Timer::Iq(number), patience);
                    }
                    self.own_keys.on_resumed(turn);
                    Ok(())
                } else {
                    self.take_up(turn)?;
                    self.log_in(turn)
                }
            }
            StreamEvent::Acked(acked) => {
                held::acknowledged(turn, &acked)?;
                self.outgoing.on_acked(turn)?;
                turn.ask_for_ack_once();
                Ok(())
            }
        }
    }

    /// A new stream, or a resumed one in a new process: ask for everything that is not
    /// stored or may have changed.
    fn log_in(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        for (number, purpose) in turn.iqs.abandon() {
            turn.effects.push(Effect::Sleep(Timer::Iq(number)));
            if let Purpose::RosterSet(command)
            | Purpose::RosterSettled(command)
            | Purpose::RosterRead(command) = purpose
            {
                turn.not_connected(command);
            }
        }
        self.own_keys.restart();
        self.devices.restart(turn);
        self.completions.restart(turn);
        turn.get(None, stanza::roster::query(), Purpose::Roster);
        self.own_keys.look(turn)?;
        let account = jid::Jid::from(turn.own.jid.clone());
        turn.get(Some(&account), disco::info_query(), Purpose::AccountInfo);
        if turn.own.present {
            turn.send(presences::available());
        }
        self.blocking.restart(turn);
        // A server without stream management needs no answer before messages may go.
        if turn.counters.acks == counters::Acks::Ping {
            self.completions.on_online(turn);
            self.outgoing.send_again(turn)
        } else {
            Ok(())
        }
    }

    /// Another process may have begun this stream: what it had learnt of the server is
    /// needed before it is asked again.
    fn take_up(&mut self, turn: &Turn<'_>) -> Result<()> {
        let stored = store::stream::get(turn.tx, turn.own.account)?;
        self.trusts_stanza_id |= stored.is_some_and(|stream| stream.vouches);
        Ok(())
    }

    fn on_message(&mut self, turn: &mut Turn<'_>, stanza: &Element) -> Result<()> {
        if let Some(event) = pubsub::event(stanza) {
            self.on_event(turn, stanza, &event)?;
            // There may be a text beside it (XEP-0060 §12.7), or what somebody on the way wants to go unread.
            if stanza.children().count() == 1 {
                return Ok(());
            }
        }
        let mut reach = encrypted::Reach {
            devices: &mut self.devices,
            own_keys: &mut self.own_keys,
            outgoing: &mut self.outgoing,
            completions: &mut self.completions,
            trusts_stanza_id: self.trusts_stanza_id,
        };
        incoming::on_message(turn, &mut reach, stanza)
    }

    fn on_timer(&mut self, turn: &mut Turn<'_>, timer: Timer) -> Result<()> {
        match timer {
            Timer::Iq(number) => self.on_iq_timer(turn, number),
            Timer::Silence => {
                self.stream.alive.on_silence(turn);
                self.own_keys.on_silence(turn)
            }
            Timer::Ack => {
                self.stream.alive.on_ack_timeout(turn);
                Ok(())
            }
            Timer::Publish => self.own_keys.on_publish_timer(turn),
            Timer::Completions => self.completions.send(turn),
            Timer::Notices => {
                turn.tell_held_notices();
                Ok(())
            }
        }
    }
}

/// Whether a stanza is addressed to another account than ours; one without an address is for whoever gets
/// it (RFC 6120 §8.1.1.1). Answers are known by their ids, and before a resource is bound some servers
/// address them to the stream.
fn is_for_another(stanza: &Element, own: &BareJid) -> bool {
    let answers = stanza.name() == "iq" && matches!(stanza.attr("type"), Some("result" | "error"));
    let other = |to| resource::lenient(to).is_none_or(|to| to.to_bare() != *own);
    !answers && stanza.attr("to").is_some_and(other)
}

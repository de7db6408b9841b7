//! From an authenticated stream to one that carries stanzas, and keeping it honest: bind (RFC 6120 §7),
//! stream management (XEP-0198): enabling, resuming, acknowledging.
//!
//! What is acknowledged to the server was committed before, because effects run after the commit (law 3). The
//! counters of a resumable stream are stored with every transaction that stores a message and before every
//! `<a/>`, so that even a killed process resumes without losing or doubling anything.

mod alive;
pub(crate) mod discovery;
pub(crate) mod ended;
mod heard;

use minidom::Element;

use crate::counters::{Acked, Acks, BadAck};
use crate::effect::{Effect, Timer};
use crate::iq::Answer;
use crate::messages::held;
use crate::messages::resend;
use crate::purpose::StreamPurpose;
use crate::sizes;
use crate::turn::{ACK_PATIENCE, Turn};
use alive::Alive;
use api::{Connection, Online, State};
use model::{Clean, Fact, Fault, StreamFailure, address};
use stanza::announced::StreamLimits;
use stanza::csi;
use stanza::ns;
use stanza::sm::{self, Sm};
use store::stream::{self as stored, Resumable};
use store::{Result, accounts, answers};

/// What the negotiation came to with this element.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum StreamEvent {
    /// Nothing that concerns others.
    Nothing,
    /// A new stream is bound: log in afresh, send again what the store holds unacknowledged.
    Bound,
    /// It is known how the server acknowledges: messages may be sent.
    AcksKnown,
    /// The old stream goes on.
    Resumed,
    /// These rows were acknowledged.
    Acked(Acked),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Closed,
    Resuming,
    Binding,
    Open,
}

/// Negotiation state of the current stream.
#[derive(Debug)]
pub(crate) struct Stream {
    phase: Phase,
    features: Element,
    facts: Vec<Fact>,
    bound: String,
    /// The stream that we asked to resume.
    asked_for: String,
    /// Another resource than the account's own, because the server said that somebody has that.
    resource: Option<String>,
    pub(crate) alive: Alive,
    /// The in-memory queue belongs to the stream that may be resumed.
    remembers: bool,
    /// Nobody looks at what comes: the server may hold back what is not urgent.
    unseen: bool,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            phase: Phase::Closed,
            features: Element::bare("features", ns::STREAM),
            facts: Vec::new(),
            bound: String::new(),
            asked_for: String::new(),
            resource: None,
            alive: Alive::new(),
            remembers: false,
            unseen: false,
        }
    }
}

impl Stream {
    fn offers(&self, name: &str, namespace: &str) -> bool {
        self.features.get_child(name, namespace).is_some()
    }

    /// An authenticated stream is there: resume the old one or bind a resource.
    pub(crate) fn opened(
        &mut self,
        turn: &mut Turn<'_>,
        features: Element,
        facts: Vec<Fact>,
        mechanism: &str,
    ) -> Result<()> {
        accounts::set_mechanism(turn.tx, turn.own.account, mechanism)?;
        turn.counters.limits = StreamLimits::read(&features);
        turn.counters.bounds = sizes::bounds(turn)?;
        self.features = features;
        self.facts = facts;
        self.alive.begin(turn);
        turn.counters.online = false;
        let resumable = if turn.own.present {
            stored::get(turn.tx, turn.own.account)?
        } else {
            None
        };
        match resumable {
            Some(old) if self.offers("sm", ns::SM) => {
                self.phase = Phase::Resuming;
                if !self.remembers {
                    turn.counters.restart_at(old.inbound, old.outbound);
                } else {
                    // The count that is told acknowledges: it is stored first.
                    turn.counters_matter = true;
                }
                self.bound.clone_from(&old.bound);
                self.asked_for.clone_from(&old.sm_id);
                turn.effects
                    .push(Effect::Send(sm::resume(&old.sm_id, turn.counters.inbound)));
                turn.wake(Timer::Ack, ACK_PATIENCE);
            }
            _ => self.bind(turn),
        }
        Ok(())
    }

    fn bind(&mut self, turn: &mut Turn<'_>) {
        self.phase = Phase::Binding;
        turn.counters.restart();
        turn.iqs.forget_binding();
        let resource = self.resource.as_deref().unwrap_or(&turn.own.resource);
        let resource = Element::builder("resource", ns::BIND).append(resource);
        turn.set(
            None,
            Element::builder("bind", ns::BIND).append(resource).build(),
            StreamPurpose::Bind,
        );
    }

    /// The answer to our bind request.
    fn on_bound(&mut self, turn: &mut Turn<'_>, answer: Answer) -> Result<StreamEvent> {
        let payload = match answer {
            Ok(Some(payload)) => payload,
            Ok(None) => return refuse(turn, Fault::NoResource),
            // Somebody has our resource and keeps it (RFC 6120 §7.7.2.2): another one, once.
            Err(refusal) if refusal.is("conflict") && self.resource.is_none() => {
                self.resource = Some(turn.random_id());
                self.bind(turn);
                return Ok(StreamEvent::Nothing);
            }
            Err(refusal) => return refuse(turn, Fault::NotBound(refusal.told())),
        };
        let bound = payload
            .get_child("jid", ns::BIND)
            .and_then(|jid| address::jid(jid.text().trim()).ok())
            .filter(|jid| jid.to_bare() == turn.own.jid && jid.resource().is_some());
        let Some(bound) = bound else {
            return refuse(turn, Fault::OtherAddress);
        };
        self.bound = bound.to_string();
        self.phase = Phase::Open;
        self.remembers = false;
        if turn.own.present {
            stored::clear(turn.tx, turn.own.account)?;
            store::outbox::clear_sequences(turn.tx, turn.own.account)?;
            answers::restart(turn.tx, turn.own.account)?;
        }
        turn.counters.restart();
        turn.counters.online = true;
        if self.offers("sm", ns::SM) {
            turn.effects.push(Effect::Send(sm::enable(turn.own.present)));
            turn.wake(Timer::Ack, ACK_PATIENCE);
        } else {
            turn.counters.acks = Acks::Ping;
        }
        self.tell_online(turn, false, &[]);
        self.say_unseen(turn);
        Ok(StreamEvent::Bound)
    }

    /// Tells the front ends what the login found; `more` is what was learnt since.
    pub(crate) fn tell_online(&self, turn: &mut Turn<'_>, resumed: bool, more: &[Fact]) {
        let mut facts = self.facts.clone();
        facts.push(Fact::StreamManagement(self.offers("sm", ns::SM)));
        facts.extend(turn.counters.limits.max_bytes.map(Fact::MaxBytes));
        facts.extend_from_slice(more);
        let online = Online {
            bound: Clean::line(&self.bound),
            resumed,
            facts,
        };
        turn.state(State::Connection(Connection::Online(online)));
    }

    /// A stream management element.
    pub(crate) fn on_sm(&mut self, turn: &mut Turn<'_>, element: Sm) -> Result<StreamEvent> {
        match (self.phase, element) {
            (
                Phase::Open,
                Sm::Enabled {
                    id, resume, location, ..
                },
            ) if turn.counters.acks == Acks::Unknown => self.enabled(turn, id.filter(|_| resume), location),
            (Phase::Open, Sm::Failed { .. }) if turn.counters.acks == Acks::Unknown => {
                turn.effects.push(Effect::Sleep(Timer::Ack));
                turn.counters.restart();
                turn.counters.online = true;
                turn.counters.acks = Acks::Ping;
                Ok(StreamEvent::AcksKnown)
            }
            (Phase::Resuming, Sm::Resumed { h, previd }) => self.resumed(turn, h, &previd),
            (Phase::Resuming, Sm::Failed { h }) => {
                turn.effects.push(Effect::Sleep(Timer::Ack));
                let acked = match h {
                    None => Acked::default(),
                    Some(h) if self.remembers => turn.counters.acknowledge(h).unwrap_or_default(),
                    Some(h) if turn.counters.sent_so_many(h) => held::sent_up_to(turn, h)?,
                    Some(_) => Acked::default(),
                };
                self.remembers = false;
                self.bind(turn);
                Ok(StreamEvent::Acked(acked))
            }
            (Phase::Open, Sm::Request) => {
                turn.counters_matter = true;
                turn.effects.push(Effect::Send(sm::ack(turn.counters.inbound)));
                Ok(StreamEvent::Nothing)
            }
            (Phase::Open, Sm::Ack { h }) if matches!(turn.counters.acks, Acks::Managed { .. }) => {
                match turn.counters.acknowledge(h) {
                    Ok(acked) => {
                        match turn.counters.still_asked(h) {
                            true => turn.wake(Timer::Ack, ACK_PATIENCE),
                            false => turn.effects.push(Effect::Sleep(Timer::Ack)),
                        }
                        Ok(StreamEvent::Acked(acked))
                    }
                    Err(BadAck) => refuse(turn, Fault::NeverSent),
                }
            }
            _ => Ok(StreamEvent::Nothing),
        }
    }

    fn enabled(
        &mut self,
        turn: &mut Turn<'_>,
        sm_id: Option<String>,
        location: Option<String>,
    ) -> Result<StreamEvent> {
        let resumable = turn.own.present && sm_id.is_some();
        turn.effects.push(Effect::Sleep(Timer::Ack));
        turn.counters.acks = Acks::Managed { resumable };
        turn.counters.answered();
        // Only what comes after `<enabled/>` is counted by the server (XEP-0198 §4).
        turn.counters.inbound = 0;
        self.remembers = resumable;
        if let Some(sm_id) = sm_id.filter(|_| resumable) {
            let resumable = Resumable {
                sm_id,
                bound: self.bound.clone(),
                location,
                inbound: turn.counters.inbound,
                outbound: turn.counters.outbound(),
                vouches: false,
            };
            stored::put(turn.tx, turn.own.account, &resumable)?;
        }
        Ok(StreamEvent::AcksKnown)
    }

    /// The server goes on with the old stream; it handled `h` of ours. What it did not is sent again: from
    /// memory if we have it, else (a restarted process) the outbox rows by their stored numbers.
    fn resumed(&mut self, turn: &mut Turn<'_>, h: u32, previd: &str) -> Result<StreamEvent> {
        turn.effects.push(Effect::Sleep(Timer::Ack));
        if previd != self.asked_for {
            return refuse(turn, Fault::OtherStream);
        }
        let acked = if self.remembers {
            match turn.counters.acknowledge(h) {
                Ok(acked) => acked,
                Err(BadAck) => return refuse(turn, Fault::NeverSent),
            }
        } else if turn.counters.sent_so_many(h) {
            held::sent_up_to(turn, h)?
        } else {
            return refuse(turn, Fault::NeverSent);
        };
        self.phase = Phase::Open;
        self.remembers = true;
        turn.counters.acks = Acks::Managed { resumable: true };
        turn.counters.online = true;
        held::acknowledged(turn, &acked)?;
        // Rows are sent again from the store, which knows what has failed since.
        for element in turn.counters.rebase(h) {
            if resend::may_go(turn, &element)? {
                turn.send(element);
            }
        }
        held::send_again(turn)?;
        self.tell_online(turn, true, &[]);
        self.say_unseen(turn);
        Ok(StreamEvent::Resumed)
    }

    /// Whether the person looks at what comes, as far as the server wants to know (XEP-0352).
    pub(crate) fn looked_at(&mut self, turn: &mut Turn<'_>, looks: bool) {
        if self.unseen == looks {
            self.unseen = !looks;
            if turn.counters.online && self.phase == Phase::Open {
                self.say_whether_looked_at(turn);
            }
        }
    }

    /// On a stream that begins, or goes on, the server takes us for active.
    fn say_unseen(&self, turn: &mut Turn<'_>) {
        if self.unseen {
            self.say_whether_looked_at(turn);
        }
    }

    fn say_whether_looked_at(&self, turn: &mut Turn<'_>) {
        if self.offers("csi", ns::CSI) {
            turn.effects.push(Effect::Send(csi::state(!self.unseen)));
        }
    }

    /// Whether a stanza comes where the answer to `<resume/>` or to the bind request should. A bind
    /// request is answered by an iq.
    pub(crate) fn is_too_early(&self, name: &str) -> bool {
        match self.phase {
            Phase::Open => false,
            Phase::Resuming | Phase::Closed => true,
            Phase::Binding => name != "iq",
        }
    }

    /// Such a stanza belongs to no stream that is counted: whoever sends it is not
    /// believed in anything else either.
    pub(crate) fn on_too_early(turn: &mut Turn<'_>) -> Result<()> {
        refuse(turn, Fault::TooEarly).map(|_| ())
    }

    /// The connection is gone; what was counted stays for a resumption.
    pub(crate) fn lost(&mut self, turn: &mut Turn<'_>) {
        self.phase = Phase::Closed;
        turn.counters.online = false;
        turn.counters.answered();
        turn.effects.push(Effect::Sleep(Timer::Ack));
        turn.effects.push(Effect::Sleep(Timer::Silence));
    }

    /// Whether questions can be asked and answered on the connection that there is.
    pub(crate) fn carries(&self) -> bool {
        matches!(self.phase, Phase::Binding | Phase::Open)
    }

    /// Leaves in good order: the last count is told, so that the server does not
    /// deliver again what is stored here.
    pub(crate) fn quit(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        if turn.counters.online {
            if turn.own.present {
                turn.send(stanza::presence::unavailable());
            }
            if matches!(turn.counters.acks, Acks::Managed { .. }) {
                turn.effects.push(Effect::Send(sm::ack(turn.counters.inbound)));
            }
            if turn.own.present {
                stored::clear(turn.tx, turn.own.account)?;
                answers::remove_sent(turn.tx, turn.own.account)?;
            }
        }
        turn.counters.online = false;
        turn.effects.push(Effect::Close(None));
        Ok(())
    }
}

/// The server breaks the protocol: this stream is given up and not resumed.
fn refuse(turn: &mut Turn<'_>, fault: Fault) -> Result<StreamEvent> {
    if turn.own.present {
        stored::clear(turn.tx, turn.own.account)?;
    }
    turn.counters.restart();
    turn.effects
        .push(Effect::Abort(StreamFailure::Fault(fault).into()));
    Ok(StreamEvent::Nothing)
}

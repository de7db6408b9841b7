//! From an authenticated stream to one that carries stanzas, and keeping it honest: bind (RFC 6120 §7), stream
//! management (XEP-0198): enabling, resuming, acknowledging.
//!
//! What is acknowledged to the server was committed before, because effects run after the commit (law 3). The
//! counters of a resumable stream are stored with every transaction that stores a message and before every `<a/>`, so
//! that even a killed process resumes without losing or doubling anything.

use std::time::Duration;

use minidom::Element;

use super::again;
use super::effect::{Effect, Timer};
use super::iq::{Answer, Purpose};
use super::link::{Acks, BadAck, Link};
use super::turn::{ACK_PATIENCE, Turn};
use crate::api::{Connection, Failure, FailureKind, Online, State};
use crate::model::{Clean, Timestamp, address};
use crate::stanza::announced::StreamLimits;
use crate::stanza::ns;
use crate::stanza::sm::{self, Sm};
use crate::store::stream::{self as stored, Resumable};
use crate::store::{Result, accounts};

/// How often a quiet stream is looked at.
const SILENCE: Duration = Duration::from_secs(240);

/// What the negotiation came to with this element.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Nothing that concerns others.
    Nothing,
    /// A new stream is bound: log in afresh, send again what the store holds unacknowledged.
    Bound,
    /// It is known how the server acknowledges: messages may be sent.
    AcksKnown,
    /// The old stream goes on.
    Resumed,
    /// These outbox rows were acknowledged.
    Acked(Vec<i64>),
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
pub(super) struct Stream {
    phase: Phase,
    features: Element,
    facts: Vec<Clean>,
    bound: String,
    heard: Timestamp,
    /// The in-memory queue belongs to the stream that may be resumed.
    remembers: bool,
}

impl Stream {
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Closed,
            features: Element::bare("features", ns::STREAM),
            facts: Vec::new(),
            bound: String::new(),
            heard: Timestamp::UNIX_EPOCH,
            remembers: false,
        }
    }

    fn offers(&self, name: &str, namespace: &str) -> bool {
        self.features.get_child(name, namespace).is_some()
    }

    /// An authenticated stream is there: resume the old one or bind a resource.
    pub(super) fn opened(
        &mut self,
        turn: &mut Turn<'_>,
        features: Element,
        facts: Vec<Clean>,
        mechanism: &str,
    ) -> Result<()> {
        accounts::set_mechanism(turn.tx, turn.own.account, mechanism)?;
        turn.link.limits = StreamLimits::read(&features);
        self.features = features;
        self.facts = facts;
        self.heard = turn.now;
        turn.link.online = false;
        turn.wake(Timer::Silence, silence(turn.link));
        let resumable = if turn.own.present {
            stored::get(turn.tx, turn.own.account)?
        } else {
            None
        };
        match resumable {
            Some(old) if self.offers("sm", ns::SM) => {
                self.phase = Phase::Resuming;
                if !self.remembers {
                    turn.link.restart();
                    turn.link.inbound = old.inbound;
                } else {
                    // The count that is told acknowledges: it is stored first.
                    let (inbound, outbound) = (turn.link.inbound, turn.link.outbound());
                    stored::set_counters(turn.tx, turn.own.account, inbound, outbound)?;
                }
                self.bound.clone_from(&old.bound);
                turn.effects
                    .push(Effect::Send(sm::resume(&old.sm_id, turn.link.inbound)));
                turn.wake(Timer::Ack, ACK_PATIENCE);
            }
            _ => self.bind(turn),
        }
        Ok(())
    }

    fn bind(&mut self, turn: &mut Turn<'_>) {
        self.phase = Phase::Binding;
        turn.link.restart();
        turn.iqs.forget_binding();
        let resource = Element::builder("resource", ns::BIND).append(turn.own.resource.as_str());
        turn.set(
            None,
            Element::builder("bind", ns::BIND).append(resource).build(),
            Purpose::Bind,
        );
    }

    /// The answer to our bind request.
    pub(super) fn on_bound(&mut self, turn: &mut Turn<'_>, answer: Answer) -> Result<Moment> {
        let payload = match answer {
            Ok(Some(payload)) => payload,
            Ok(None) => return refuse(turn, "it bound no resource"),
            Err(refusal) => return refuse(turn, &refusal.words()),
        };
        let bound = payload
            .get_child("jid", ns::BIND)
            .and_then(|jid| address::jid(jid.text().trim()).ok())
            .filter(|jid| jid.to_bare() == turn.own.jid && jid.resource().is_some());
        let Some(bound) = bound else {
            return refuse(turn, "it bound an address that is not ours");
        };
        self.bound = bound.to_string();
        self.phase = Phase::Open;
        self.remembers = false;
        if turn.own.present {
            stored::clear(turn.tx, turn.own.account)?;
            crate::store::outbox::clear_sequences(turn.tx, turn.own.account)?;
        }
        turn.link.restart();
        turn.link.online = true;
        if self.offers("sm", ns::SM) {
            turn.effects.push(Effect::Send(sm::enable(turn.own.present)));
            turn.wake(Timer::Ack, ACK_PATIENCE);
        } else {
            turn.link.acks = Acks::Ping;
        }
        self.tell_online(turn, false, &[]);
        Ok(Moment::Bound)
    }

    /// Tells the front ends what the login found; `more` is what was learnt since.
    pub(super) fn tell_online(&self, turn: &mut Turn<'_>, resumed: bool, more: &[&str]) {
        let mut facts = self.facts.clone();
        facts.push(Clean::line(if self.offers("sm", ns::SM) {
            "stream management: messages are acknowledged by the server"
        } else {
            "no stream management: a ping stands for the acknowledgement"
        }));
        if let Some(most) = turn.link.limits.max_bytes {
            facts.push(Clean::line(&format!(
                "the server takes stanzas of up to {most} bytes"
            )));
        }
        facts.extend(more.iter().map(|fact| Clean::line(fact)));
        let online = Online {
            bound: Clean::line(&self.bound),
            resumed,
            facts,
        };
        turn.state(State::Connection(Connection::Online(online)));
    }

    /// A stream management element.
    pub(super) fn on_sm(&mut self, turn: &mut Turn<'_>, element: Sm) -> Result<Moment> {
        match (self.phase, element) {
            (
                Phase::Open,
                Sm::Enabled {
                    id, resume, location, ..
                },
            ) if turn.link.acks == Acks::Unknown => self.enabled(turn, id.filter(|_| resume), location),
            (Phase::Open, Sm::Failed { .. }) if turn.link.acks == Acks::Unknown => {
                turn.effects.push(Effect::Sleep(Timer::Ack));
                turn.link.restart();
                turn.link.online = true;
                turn.link.acks = Acks::Ping;
                Ok(Moment::AcksKnown)
            }
            (Phase::Resuming, Sm::Resumed { h, .. }) => self.resumed(turn, h),
            (Phase::Resuming, Sm::Failed { h }) => {
                turn.effects.push(Effect::Sleep(Timer::Ack));
                let rows = match h {
                    None => Vec::new(),
                    Some(h) if self.remembers => turn.link.acknowledge(h).unwrap_or_default(),
                    Some(h) => numbered_rows_up_to(turn, h)?,
                };
                self.remembers = false;
                self.bind(turn);
                Ok(Moment::Acked(rows))
            }
            (Phase::Open, Sm::Request) => {
                turn.counters_matter = true;
                turn.effects.push(Effect::Send(sm::ack(turn.link.inbound)));
                Ok(Moment::Nothing)
            }
            (Phase::Open, Sm::Ack { h }) if matches!(turn.link.acks, Acks::Managed { .. }) => {
                match turn.link.acknowledge(h) {
                    Ok(rows) => {
                        turn.effects.push(Effect::Sleep(Timer::Ack));
                        Ok(Moment::Acked(rows))
                    }
                    Err(BadAck) => refuse(turn, "it acknowledged what was never sent"),
                }
            }
            _ => Ok(Moment::Nothing),
        }
    }

    fn enabled(
        &mut self,
        turn: &mut Turn<'_>,
        sm_id: Option<String>,
        location: Option<String>,
    ) -> Result<Moment> {
        let resumable = turn.own.present && sm_id.is_some();
        turn.effects.push(Effect::Sleep(Timer::Ack));
        turn.link.acks = Acks::Managed { resumable };
        // Only what comes after `<enabled/>` is counted by the server (XEP-0198 §4).
        turn.link.inbound = 0;
        self.remembers = resumable;
        if let Some(sm_id) = sm_id.filter(|_| resumable) {
            let resumable = Resumable {
                sm_id,
                bound: self.bound.clone(),
                location,
                inbound: turn.link.inbound,
                outbound: turn.link.outbound(),
            };
            stored::put(turn.tx, turn.own.account, &resumable)?;
        }
        Ok(Moment::AcksKnown)
    }

    /// The server goes on with the old stream; it handled `h` of ours. What it did not is sent again: from memory if we
    /// have it, else (a restarted process) the outbox rows by their stored numbers.
    fn resumed(&mut self, turn: &mut Turn<'_>, h: u32) -> Result<Moment> {
        turn.effects.push(Effect::Sleep(Timer::Ack));
        let acked = if self.remembers {
            match turn.link.acknowledge(h) {
                Ok(rows) => rows,
                Err(BadAck) => return refuse(turn, "it acknowledged what was never sent"),
            }
        } else {
            numbered_rows_up_to(turn, h)?
        };
        self.phase = Phase::Open;
        self.remembers = true;
        turn.link.acks = Acks::Managed { resumable: true };
        turn.link.online = true;
        super::outgoing::acknowledged(turn, &acked)?;
        for unacked in turn.link.rebase(h) {
            match unacked.row {
                None if again::may_go(turn, &unacked.element)? => turn.send(unacked.element),
                // Rows are sent again from the store, which knows what has failed since.
                None | Some(_) => continue,
            }
        }
        self.tell_online(turn, true, &[]);
        Ok(Moment::Resumed)
    }

    /// The connection is gone; what was counted stays for a resumption.
    pub(super) fn lost(&mut self, turn: &mut Turn<'_>) {
        self.phase = Phase::Closed;
        turn.link.online = false;
        turn.effects.push(Effect::Sleep(Timer::Ack));
        turn.effects.push(Effect::Sleep(Timer::Silence));
    }

    /// No acknowledgement came in time: the connection is dead, whatever TCP says.
    pub(super) fn on_ack_timeout(&mut self, turn: &mut Turn<'_>) {
        let text = "The server stopped answering; check the network.";
        turn.effects
            .push(Effect::Abort(Failure::new(FailureKind::NoConnection, text)));
    }

    /// The server acknowledges nothing: this stream is not resumed either, or what is open would only grow.
    pub(super) fn give_up(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        refuse(turn, "it acknowledges nothing").map(|_| ())
    }

    /// Whether questions can be asked and answered on the connection that there is.
    pub(super) fn carries(&self) -> bool {
        matches!(self.phase, Phase::Binding | Phase::Open)
    }

    /// Something arrived.
    pub(super) fn heard(&mut self, now: Timestamp) {
        self.heard = now;
    }

    /// The silence timer: ask for a sign of life if nothing was heard for its length.
    pub(super) fn on_silence(&mut self, turn: &mut Turn<'_>) {
        if self.phase != Phase::Open {
            return;
        }
        let quiet = turn.now.duration_since(self.heard).unsigned_abs();
        let silence = silence(turn.link);
        if quiet >= silence || silence < SILENCE {
            turn.ask_for_ack();
            turn.wake(Timer::Silence, silence);
        } else {
            turn.wake(Timer::Silence, silence.saturating_sub(quiet));
        }
    }

    /// Leaves in good order: the last count is told, so that the server does not deliver again what is stored here.
    pub(super) fn quit(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        if turn.link.online {
            if turn.own.present {
                turn.send(crate::stanza::presence::unavailable());
            }
            if matches!(turn.link.acks, Acks::Managed { .. }) {
                turn.effects.push(Effect::Send(sm::ack(turn.link.inbound)));
            }
            if turn.own.present {
                stored::clear(turn.tx, turn.own.account)?;
            }
        }
        turn.effects.push(Effect::Close(None));
        Ok(())
    }
}

/// How long a quiet stream is left alone: less where the server says that it would take us for dead.
fn silence(link: &Link) -> Duration {
    let idle = link.limits.idle_seconds.unwrap_or(u32::MAX);
    Duration::from_secs(u64::from(idle / 2).max(10)).min(SILENCE)
}

/// Rows that the old stream's number `h` covers.
fn numbered_rows_up_to(turn: &Turn<'_>, h: u32) -> Result<Vec<i64>> {
    let rows = crate::store::outbox::all(turn.tx, turn.own.account)?;
    let covered = |sequence: u32| h.wrapping_sub(sequence) < u32::MAX / 2;
    Ok(rows
        .iter()
        .filter(|row| row.sequence.is_some_and(covered))
        .map(|row| row.id)
        .collect())
}

/// The server breaks the protocol: this stream is given up and not resumed.
fn refuse(turn: &mut Turn<'_>, why: &str) -> Result<Moment> {
    if turn.own.present {
        stored::clear(turn.tx, turn.own.account)?;
    }
    turn.link.restart();
    let text = format!("The server does not keep to the protocol: {why}. If it stays so, ask its operator.");
    turn.effects
        .push(Effect::Abort(Failure::new(FailureKind::NoConnection, text)));
    Ok(Moment::Nothing)
}

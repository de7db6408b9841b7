//! One turn of the core: what every part of it is handed while one input is handled.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jid::Jid;
use minidom::Element;

use crate::capabilities::Capabilities;
use crate::counters::{Acks, Counters, Kept};
use crate::effect::{Effect, Timer};
use crate::follow_ups::FollowUp;
use crate::in_room::InRooms;
use crate::iq::{Iqs, first_look};
use crate::loaded::Loaded;
use crate::notices::{Kind, Notices, Taken};
use crate::purpose::{Purpose, StreamPurpose};
use api::{Change, CommandId, Event, Failure, Outcome, State};
use model::{AccountId, BareJid, MessageId, Notice, Peer, Position, Sharing, StreamFailure, Timestamp};
use omemo::{CryptoRng, OwnDevice};
use stanza::received::Received;
use stanza::{announced, iq, ns, sm};
use store::{self, Transaction, blocked};

/// Whose core it is, and what for.
#[derive(Debug, Clone)]
pub struct LocalAccount {
    /// The account's row.
    pub account: AccountId,
    /// Its address.
    pub jid: BareJid,
    /// The resource to bind.
    pub resource: String,
    /// Presence is sent, offline messages are taken in, the stream can be resumed: `listen` and the screen.
    /// Without it (one-shot commands) nobody sees us and nothing is delivered here.
    pub present: bool,
    /// How many days back the archive is read by itself; None (most commands): it is not asked at all.
    pub archive: Option<u16>,
    /// What others are told of the person; it takes a line that lasts, which reads the archive.
    pub sharing: Sharing,
}

/// Everything that handling one input may touch, and the effects so far.
pub(crate) struct Turn<'a> {
    pub(crate) own: &'a LocalAccount,
    pub(crate) tx: &'a Transaction<'a>,
    pub(crate) now: Timestamp,
    pub(crate) rng: &'a mut dyn CryptoRng,
    pub(crate) counters: &'a mut Counters,
    pub(crate) iqs: &'a mut Iqs,
    pub(crate) notices: &'a mut Notices,
    pub(crate) capabilities: &'a mut Capabilities,
    pub(crate) rooms: &'a mut InRooms,
    pub(crate) loaded: &'a Loaded,
    pub(crate) effects: Vec<Effect>,
    /// What other parts still have to do about it.
    pub(crate) follow_ups: VecDeque<FollowUp>,
    /// The counters of a resumable stream must be stored with this transaction.
    pub(crate) counters_matter: bool,
    /// While a page of an archive is read backwards: where what it brought last in the chat stands.
    pub(crate) behind: Option<Position>,
}

impl Turn<'_> {
    /// The chat of this account with somebody, by its name.
    pub(crate) fn peer(&self, address: &BareJid) -> Peer {
        Peer::new(self.own.account, address.clone())
    }

    /// The chat that a message belongs to, by its name.
    pub(crate) fn peer_of(&self, received: &Received) -> Peer {
        let within = received.within.clone().map(Box::new);
        Peer {
            within,
            ..self.peer(&received.peer)
        }
    }

    /// Our own device, if there is one yet.
    pub(crate) fn own_device(&self) -> store::Result<Option<Arc<OwnDevice>>> {
        if let Some(own) = self.loaded.own_device.get() {
            return Ok(Some(Arc::clone(own)));
        }
        let own = store::omemo::own_device(self.tx, self.own.account)?;
        Ok(own.map(|own| Arc::clone(self.loaded.own_device.get_or_init(|| Arc::new(own)))))
    }

    /// Whether this address, its account or its server is blocked.
    pub(crate) fn blocks(&self, jid: &Jid) -> store::Result<bool> {
        let any = match self.loaded.blocks.get() {
            Some(any) => any,
            None => blocked::any(self.tx, self.own.account)?,
        };
        self.loaded.blocks.set(Some(any));
        Ok(any && blocked::covers(self.tx, self.own.account, jid)?)
    }

    /// An id that nobody can guess: 128 random bits in hex.
    pub(crate) fn random_id(&mut self) -> String {
        let mut bytes = [0_u8; 16];
        self.rng.fill_bytes(&mut bytes);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Sends a stanza that no outbox row stands behind, unless it is larger than the server takes:
    /// somebody else may have chosen its length (the id that a receipt repeats). A request that is left
    /// out is answered by its timer.
    pub(crate) fn send(&mut self, stanza: Element) {
        if announced::size(&stanza) > self.counters.bounds.whole {
            tracing::warn!(
                account = self.own.account.0,
                "a stanza that is too large was left out"
            );
            return;
        }
        self.send_kept(stanza, Kept::Nowhere);
    }

    /// Sends a stanza that is kept there for sending it again.
    pub(crate) fn send_kept(&mut self, stanza: Element, kept: Kept) {
        self.counters.count_out(&stanza, kept);
        self.effects.push(Effect::Send(stanza));
        if matches!(self.counters.acks, Acks::Managed { .. }) && self.counters.unacked().is_multiple_of(20) {
            self.ask_for_ack();
        }
    }

    /// Sends the rendered stanza of an outbox row; what it was counted as.
    pub(crate) fn send_row(&mut self, stanza: Element, row: i64) -> store::Result<()> {
        store::left::set_written(self.tx, row)?;
        let sequence = self.counters.count_out(&stanza, Kept::Row(row));
        if self.counters.is_resumable() {
            store::outbox::set_sequence(self.tx, row, sequence)?;
            self.counters_matter = true;
        }
        self.effects.push(Effect::Send(stanza));
        Ok(())
    }

    /// Asks the server to acknowledge what was sent so far.
    pub(crate) fn ask_for_ack(&mut self) {
        match self.counters.acks {
            Acks::Managed { .. } => {
                self.effects.push(Effect::Send(sm::request()));
                // Set again with each request, it would never go off.
                if self.counters.ask() {
                    self.wake(Timer::Ack, ACK_PATIENCE + self.line_time());
                }
            }
            Acks::Ping | Acks::Unknown => {
                self.counters.ask();
                let count = self.counters.outbound();
                let ping = Element::bare("ping", ns::PING);
                self.request(iq::get, None, ping, StreamPurpose::PingAck(count).into());
            }
        }
    }

    /// How long a slow line needs for what is on its way: what comes after it waits as long.
    fn line_time(&self) -> Duration {
        announced::time_for(self.counters.open().map(|sent| sent.size).sum())
    }

    /// The same if something that is stored waits for it and it was not asked before.
    pub(crate) fn ask_for_ack_once(&mut self) {
        if self.counters.must_ask() {
            self.ask_for_ack();
        }
    }

    /// Asks `to` (None: our own account) for something.
    pub(crate) fn get(&mut self, to: Option<&Jid>, payload: Element, purpose: impl Into<Purpose>) {
        self.request(iq::get, to, payload, purpose.into());
    }

    /// Asks `to` (None: our own account) to change something.
    pub(crate) fn set(&mut self, to: Option<&Jid>, payload: Element, purpose: impl Into<Purpose>) {
        self.request(iq::set, to, payload, purpose.into());
    }

    /// Asks an archive, ours or that of a room; the number of the timer of its answer.
    pub(crate) fn query(&mut self, at: Option<&Jid>, payload: Element, purpose: impl Into<Purpose>) -> u64 {
        self.request(iq::set, at, payload, purpose.into())
    }

    fn request(
        &mut self,
        build: fn(Option<&Jid>, &str, Element) -> Element,
        to: Option<&Jid>,
        payload: Element,
        purpose: Purpose,
    ) -> u64 {
        let id = self.random_id();
        let stanza = build(to, &id, payload);
        let patience = first_look(&purpose) + self.line_time();
        let sent = self.counters.mark();
        let number = self.iqs.expect(id, to.cloned(), purpose, sent);
        self.send(stanza);
        self.wake(Timer::Iq(number), patience);
        number
    }

    /// Something follows in another part.
    pub(crate) fn follow(&mut self, next: FollowUp) {
        self.follow_ups.push_back(next);
    }

    pub(crate) fn wake(&mut self, timer: Timer, after: Duration) {
        self.effects.push(Effect::Wake(timer, after));
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.effects.push(Effect::Tell(event));
    }

    pub(crate) fn changed(&mut self, change: Change) {
        self.tell(Event::Changed(change));
    }

    pub(crate) fn message_changed(&mut self, id: MessageId) {
        self.changed(Change::Messages(vec![id]));
    }

    pub(crate) fn state(&mut self, state: State) {
        self.tell(Event::State(state));
    }

    /// One line for the person that belongs to no message.
    pub(crate) fn notice(&mut self, notice: impl Into<Notice>) {
        self.tell(Event::Notice(notice.into()));
    }

    /// The same where others can cause as many as they like.
    pub(crate) fn notice_of(&mut self, kind: Kind, notice: impl Into<Notice>) {
        let notice = notice.into();
        match self.notices.take(kind, &notice, self.now) {
            Taken::Tell => self.notice(notice),
            Taken::Hold(None) => {}
            Taken::Hold(Some(left)) => self.wake(Timer::Notices, left),
        }
    }

    /// The time of holding back is over.
    pub(crate) fn tell_held_notices(&mut self) {
        for notice in self.notices.release(self.now) {
            self.notice(notice);
        }
    }

    /// Nothing comes of a command.
    pub(crate) fn refuse(&mut self, command: CommandId, why: impl Into<Failure>) {
        self.done(command, Err(why.into()));
    }

    pub(crate) fn done(&mut self, command: CommandId, result: Result<Outcome, Failure>) {
        self.tell(Event::Done { command, result });
    }

    /// Ends a command that needs a connection where there is none.
    pub(crate) fn not_connected(&mut self, command: CommandId) {
        self.refuse(command, StreamFailure::NotConnected);
    }
}

/// How long the server may take to acknowledge before the connection counts as dead.
pub(crate) const ACK_PATIENCE: Duration = Duration::from_secs(30);

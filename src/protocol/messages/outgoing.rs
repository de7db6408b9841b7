//! What we write: stored first, sealed when everything needed is known, sent after the commit, sent again
//! until the server has it (design §3, laws 3 and 5). How one leaves stands in `leaving`; after a stream that
//! ended right behind a message they go one by one.

use std::collections::BTreeSet;

use minidom::Element;

use crate::counters::Acks;
use crate::follow_ups::FollowUp;
use crate::keys::devices::Devices;
use crate::messages::composed::Composed;
use crate::messages::preflight::Progress;
use crate::messages::reachable::{self, is_reachable};
use crate::messages::saying::Saying;
use crate::messages::waiters::Waiters;
use crate::turn::Turn;
use api::{Change, CommandId, Outcome};
use model::{Author, ChatId, Clean, MessageFailure, MessageState, Peer, Protection, ReplyTo};
use store::messages::{self, Inserted, NewMessage};
use store::outbox::{self, Outgoing as Row};
use store::{Result, chats, read_state};

/// What may be waiting in the store, and who waits for it.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) waiters: Waiters,
    /// There may be unsealed rows: look after every input until there is none.
    pub(super) waiting: bool,
    /// Messages go one by one on this stream, since one of them is under suspicion; the number of
    /// the last stanza before them.
    pub(super) careful: Option<u32>,
    /// For whoever has a nick in a room that we are on the way into.
    pub(super) to_nicks: Vec<(CommandId, ToNick)>,
}

/// Words for whoever has a nick in a room.
#[derive(Debug)]
pub(crate) struct ToNick {
    pub(crate) to: Peer,
    pub(crate) body: Clean,
    pub(crate) clear: bool,
}

impl Default for Outgoing {
    fn default() -> Self {
        Self {
            waiters: Waiters::default(),
            waiting: true,
            careful: None,
            to_nicks: Vec::new(),
        }
    }
}

impl Outgoing {
    /// Stores a message and queues it.
    pub(crate) fn submit(
        &mut self,
        turn: &mut Turn<'_>,
        command: CommandId,
        to: &Peer,
        (body, answers): (Clean, Option<&ReplyTo>),
        clear: bool,
    ) -> Result<()> {
        let what = Composed::Words(body, answers);
        self.submit_any(turn, command, to, (what, clear))
    }

    /// The same of words or of a file.
    pub(crate) fn submit_any(
        &mut self,
        turn: &mut Turn<'_>,
        command: CommandId,
        to: &Peer,
        (what, clear): (Composed<'_>, bool),
    ) -> Result<()> {
        let chat = chats::open(turn.tx, to)?;
        let clear = clear || !chat.encrypted;
        let row = NewMessage {
            chat: chat.id,
            author: Author::Us,
            stanza_id: turn.random_id(),
            server_id: None,
            time: turn.now,
            body: Some(what.body()),
            unreadable: None,
            protection: if clear {
                Protection::Clear
            } else {
                Protection::OmemoLegacy
            },
            unstyled: false,
            markable: false,
            device: None,
            fingerprint: None,
            trust: None,
            state: MessageState::Queued,
        };
        let (Inserted::New(id) | Inserted::Duplicate(id)) = messages::append(turn.tx, &row)?;
        what.keep(turn, id)?;
        outbox::push(turn.tx, turn.own.account, chat.id, id, clear)?;
        self.waiters.wait(id, command);
        self.waiting = true;
        // Whoever writes in a chat has read what stands in it.
        if read_state::read_all_here(turn.tx, chat.id)? {
            turn.changed(Change::Chat(chat.id));
        }
        turn.follow(FollowUp::Read);
        turn.done(command, Ok(Outcome::Stored(id)));
        turn.message_changed(id);
        Ok(())
    }

    /// Encryption of a chat was turned on: what waits to go out in clear, or would go again on the next
    /// stream, does not go any more (law 5).
    pub(crate) fn stop_clear(&mut self, turn: &mut Turn<'_>, chat: ChatId) -> Result<()> {
        for row in outbox::in_clear(turn.tx, turn.own.account, chat)? {
            // Sealed rows may be on their way.
            let why = match row.stanza {
                None => MessageFailure::StoppedInClear,
                Some(_) => MessageFailure::PerhapsInClear,
            };
            self.waiters.fail(turn, &row, &why)?;
        }
        Ok(())
    }

    /// Seals and sends whatever can be, in order per chat. Runs again after every input while something
    /// waits; no future waits for anything.
    pub(crate) fn flush(&mut self, turn: &mut Turn<'_>, devices: &mut Devices) -> Result<()> {
        let ready = turn.counters.online && turn.counters.acks != Acks::Unknown;
        let may_go = ready && turn.counters.takes_rows();
        if !self.waiting || !may_go || self.careful.is_some() {
            return Ok(());
        }
        let rows = outbox::waiting(turn.tx, turn.own.account)?;
        let mut left = false;
        let mut sent = false;
        let mut blocked = BTreeSet::new();
        for row in rows {
            // The rest stays queued, in the store, until something is acknowledged.
            if blocked.contains(&row.chat) || !turn.counters.takes_rows() {
                left = true;
                continue;
            }
            match self.send_one(turn, devices, &row)? {
                Progress::Sent => sent = true,
                Progress::Failed => {}
                Progress::Waits => {
                    blocked.insert(row.chat);
                    left = true;
                }
            }
        }
        self.waiting = left;
        if sent {
            turn.ask_for_ack();
        }
        Ok(())
    }

    fn send_one(&mut self, turn: &mut Turn<'_>, devices: &mut Devices, row: &Row) -> Result<Progress> {
        let (Some(chat), Some(message)) = (
            chats::get(turn.tx, row.chat)?,
            messages::get(turn.tx, row.message)?,
        ) else {
            outbox::remove(turn.tx, row.id)?;
            return Ok(Progress::Failed);
        };
        if !is_reachable(turn, &chat) {
            reachable::go_there(turn, chat);
            return Ok(Progress::Waits);
        }
        if let Some(progress) = self.stops(turn, row, &chat)? {
            return Ok(progress);
        }
        let saying = Saying::of(turn, row, &message, &chat)?;
        if !row.clear {
            return self.send_encrypted(turn, devices, row, (&chat, saying));
        }
        if let Some(file) = saying.waits_for {
            turn.follow(FollowUp::SendFile(file, false));
            return Ok(Progress::Waits);
        }
        let stanza = saying.in_clear(&chat.peer.address);
        if !self.fits(turn, row, &stanza)? {
            return Ok(Progress::Failed);
        }
        outbox::set_sealed(turn.tx, row.id, &String::from(&stanza))?;
        turn.send_row(stanza, row.id)?;
        Ok(Progress::Sent)
    }

    /// A new stream: sends again, byte for byte, what was sealed and not acknowledged. If a stream ended
    /// right after one of these, they go one by one.
    pub(crate) fn send_again(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        self.waiting = true;
        let rows = self.sealed(turn)?;
        self.careful = rows
            .iter()
            .any(|row| row.blamed > 0)
            .then(|| turn.counters.outbound());
        if self.careful.is_some() {
            turn.ask_for_ack();
            return self.send_next(turn);
        }
        for row in &rows {
            send_sealed(turn, row)?;
        }
        if !rows.is_empty() {
            turn.ask_for_ack();
        }
        Ok(())
    }

    /// Something was acknowledged: while messages go one by one, the next one may go.
    pub(crate) fn on_acked(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        match self.careful {
            Some(_) if turn.counters.online => self.send_next(turn),
            _ => Ok(()),
        }
    }

    /// One more of what goes one by one, once everything before it is acknowledged: if the stream ends
    /// then, it is known after what.
    fn send_next(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        let rows = self.sealed(turn)?;
        if !rows.iter().any(|row| row.blamed > 0) {
            return self.send_again(turn);
        }
        let on_its_way = turn.counters.open().any(|sent| sent.row().is_some());
        let before = self.careful.is_some_and(|until| !turn.counters.has(until));
        if let Some(row) = rows.first().filter(|_| !on_its_way && !before) {
            send_sealed(turn, row)?;
            turn.ask_for_ack();
        }
        Ok(())
    }

    /// What was sealed and is not acknowledged, in order. What has become too large
    /// for the server fails instead.
    pub(super) fn sealed(&mut self, turn: &mut Turn<'_>) -> Result<Vec<Row>> {
        let bound = turn.counters.bounds.whole;
        let mut sealed = Vec::new();
        for row in outbox::all(turn.tx, turn.own.account)? {
            match row.stanza.as_deref().map(str::len) {
                Some(size) if size > bound => {
                    let failure = self.too_long(turn, &row, size, bound)?;
                    self.waiters.fail(turn, &row, &failure)?;
                }
                Some(_) => match chats::get(turn.tx, row.chat)? {
                    Some(chat) if !is_reachable(turn, &chat) => {}
                    _ => sealed.push(row),
                },
                None => {}
            }
        }
        Ok(sealed)
    }

    /// Something changed that may let a waiting message go (or be refused).
    pub(crate) fn look_again(&mut self) {
        self.waiting = true;
    }
}

/// Sends a sealed row as it was sealed.
pub(super) fn send_sealed(turn: &mut Turn<'_>, row: &Row) -> Result<()> {
    match row.stanza.as_deref().map(str::parse::<Element>) {
        Some(Ok(stanza)) => turn.send_row(stanza, row.id),
        _ => Ok(()),
    }
}

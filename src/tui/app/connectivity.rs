//! How the connection stands, and what is known only while it does: who is here.

use std::collections::BTreeMap;
use std::time::Duration;

use super::notice::Holds;
use super::outlet::Outlet;
use crate::ask::QuestionName;
use crate::rooms::Rooms;
use crate::transfers::Transfers;
use api::{CatchUp, Connection, Failure, FailureKind, State};
use model::{BareJid, ChatState, Peer, Presence, Step, Timestamp, shown};
use words::Face;

/// So long somebody writes who does not say anything else.
const WRITES: Duration = Duration::from_secs(30);
/// So many are shown to write at once.
const MOST_WRITE: usize = 100;

/// The newest that the session told of its connection.
pub struct Connectivity {
    pub connection: Connection,
    pub online: bool,
    /// What is being read of the archive.
    pub catch_up: CatchUp,
    /// Who is online, and how.
    pub here: BTreeMap<BareJid, Presence>,
    pub rooms: Rooms,
    pub transfers: Transfers,
    /// Who writes something, and until when that is believed.
    writes: BTreeMap<Peer, Timestamp>,
    /// Why nobody can write to this device in OMEMO.
    pub keys_refused: Option<Failure>,
    /// Why there is no connection, as it was said last.
    waits_for: Option<Failure>,
}

impl Connectivity {
    /// Before the session said anything.
    pub(super) fn new() -> Self {
        Self {
            connection: Connection::Connecting { step: Step::Starting },
            online: false,
            catch_up: CatchUp::Done,
            here: BTreeMap::new(),
            rooms: Rooms::default(),
            transfers: Transfers::default(),
            writes: BTreeMap::new(),
            keys_refused: None,
            waits_for: None,
        }
    }

    /// Takes in what the session tells; what the person is to be asked for that.
    pub(super) fn on_state(
        &mut self,
        state: State,
        out: &mut Outlet,
        now: Timestamp,
    ) -> Option<QuestionName> {
        match state {
            State::Connection(connection) => return self.on_connection(connection, out),
            State::KeysPublished => self.keys_refused = None,
            State::CatchUp(catch_up) => self.catch_up = catch_up,
            State::Transfer(transfer) => self.transfers.on_transfer(transfer, now),
            State::Room { room, state } => {
                self.rooms.on_state(room, state);
            }
            State::KeysRefused(why) => {
                out.complain_while(Holds::KeysRefused, said(&why));
                self.keys_refused = Some(why);
            }
            State::Presence { jid, presence } => {
                match presence {
                    Some(presence) => self.here.insert(jid, presence),
                    None => self.here.remove(&jid),
                };
            }
        }
        None
    }

    fn on_connection(&mut self, connection: Connection, out: &mut Outlet) -> Option<QuestionName> {
        let mut question = None;
        match &connection {
            Connection::Online(online) => {
                if !online.resumed {
                    self.here.clear();
                }
                self.online = true;
                self.waits_for = None;
            }
            Connection::Connecting { .. } => self.lose(),
            Connection::Waiting { why, .. } => {
                self.lose();
                // Said in full once, not again at every try that ends the same way.
                let again = self.waits_for.replace(why.clone());
                if again.as_ref() != Some(why) {
                    out.complain_while(Holds::Offline, said(why));
                }
            }
            Connection::Stopped { why } => {
                self.lose();
                question = why.as_ref().and_then(|why| stopped(why, out));
            }
        }
        self.connection = connection;
        question
    }

    fn lose(&mut self) {
        self.online = false;
        self.catch_up = CatchUp::Done;
        self.here.clear();
        self.rooms.forget();
        self.writes.clear();
    }

    /// Somebody does something with their chat with us.
    pub(super) fn on_chat_state(&mut self, who: Peer, state: ChatState, now: Timestamp) {
        match state {
            ChatState::Composing if self.writes.len() < MOST_WRITE => {
                self.writes.insert(who, now + WRITES);
            }
            _ => self.stopped_writing(&who),
        }
    }

    /// They have written, or write no more.
    pub(super) fn stopped_writing(&mut self, who: &Peer) {
        self.writes.remove(who);
    }

    /// Whether anybody writes.
    pub(super) fn somebody_writes(&self) -> bool {
        !self.writes.is_empty()
    }

    /// Whether they write to us now.
    pub fn writes(&self, who: &Peer) -> bool {
        self.writes.contains_key(who)
    }

    /// Nobody writes for ever.
    pub(super) fn on_tick(&mut self, now: Timestamp) {
        self.writes.retain(|_, until| *until > now);
    }

    pub(super) fn due(&self) -> Option<Timestamp> {
        self.writes.values().min().copied()
    }

    /// The session is gone.
    pub(super) fn ended(&mut self) {
        self.online = false;
    }

    /// Whoever asks for a try is told why it failed, whether that was said before or not.
    pub(super) fn tries_again(&mut self) {
        self.waits_for = None;
    }
}

/// What the screen says of a failure.
fn said(why: &Failure) -> String {
    shown::one_line(&words::failure(Face::Screen, why))
}

/// The session does not go on by itself: what failed, and what to do.
fn stopped(why: &Failure, out: &mut Outlet) -> Option<QuestionName> {
    let text = format!("{} /connect tries again.", said(why));
    out.complain_while(Holds::Offline, text);
    (why.kind() == FailureKind::LoginRefused).then(|| QuestionName::Password {
        why: words::failure(Face::Screen, why),
    })
}

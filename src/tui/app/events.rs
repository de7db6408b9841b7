//! What the session tells.

use std::time::Duration;

use super::notice::Holds;
use super::{App, Effect};
use crate::ask::QuestionName;
use api::{Change, Connection, Event, Failure, FailureKind, Outcome, State};
use model::{Direction, MessageId, Timestamp, shown};
use store::{self, Reads, chats, messages};
use words::Face;

/// What the screen says of a failure.
fn said(failure: &Failure) -> String {
    shown::one_line(&words::failure(Face::Screen, failure))
}

/// Bells that ring closer together are one.
const BELL: Duration = Duration::from_secs(2);
/// Rows of one change that are looked at for the bell: it needs only one.
const LOOKED_AT: usize = 32;

impl App {
    pub(super) fn on_event(&mut self, event: Event, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        match event {
            Event::Changed(change) => self.on_change(change, store, now),
            Event::State(state) => {
                self.on_state(state);
                Ok(())
            }
            Event::Done { command, result } => {
                self.on_done(command, result);
                Ok(())
            }
            Event::Notice(notice) => {
                self.complain(shown::one_line(&words::notice(Face::Screen, &notice)));
                Ok(())
            }
        }
    }

    fn on_change(&mut self, change: Change, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        match change {
            Change::Messages(ids) => {
                self.stale.history = true;
                self.stale.chats = true;
                self.stale.parts = true;
                self.ring(&ids, store, now)
            }
            Change::Chats => {
                self.stale.chats = true;
                self.stale.recipients = true;
                self.stale.history = true;
                self.stale.parts = true;
                Ok(())
            }
            Change::Contacts => {
                self.stale.list = true;
                self.stale.recipients = true;
                self.stale.parts = true;
                Ok(())
            }
            Change::Devices(jid) => {
                self.stale.list = true;
                self.stale.parts = true;
                self.stale.recipients |= Some(&jid) == self.facts.chat.as_ref() || jid == self.facts.own;
                Ok(())
            }
        }
    }

    fn on_state(&mut self, state: State) {
        match state {
            State::Connection(connection) => self.on_connection(connection),
            State::KeysPublished => self.keys_refused = None,
            State::KeysRefused(why) => {
                self.complain_while(Holds::KeysRefused, said(&why));
                self.keys_refused = Some(why);
            }
            State::Presence { jid, presence } => {
                match presence {
                    Some(presence) => self.facts.here.insert(jid, presence),
                    None => self.facts.here.remove(&jid),
                };
            }
        }
    }

    fn on_connection(&mut self, connection: Connection) {
        match &connection {
            Connection::Online(online) => {
                if !online.resumed {
                    self.facts.here.clear();
                }
                self.facts.online = true;
                self.waits_for = None;
                self.refresh_devices();
            }
            Connection::Connecting { .. } => self.offline(),
            Connection::Waiting { why, .. } => {
                self.offline();
                // Said in full once, not again at every try that ends the same way.
                let again = self.waits_for.replace(why.clone());
                if again.as_ref() != Some(why) {
                    self.complain_while(Holds::Offline, said(why));
                }
            }
            Connection::Stopped { why } => {
                self.offline();
                self.stopped(why.as_ref());
            }
        }
        self.connection = connection;
    }

    fn offline(&mut self) {
        if self.facts.online {
            self.refreshed.clear();
        }
        self.facts.online = false;
        self.facts.here.clear();
    }

    /// The session does not go on by itself: what failed, and what to do.
    fn stopped(&mut self, why: Option<&Failure>) {
        let Some(why) = why else { return };
        let text = format!("{} /connect tries again.", said(why));
        self.complain_while(Holds::Offline, text);
        if why.kind() == FailureKind::LoginRefused {
            self.wait(QuestionName::Password {
                why: words::failure(Face::Screen, why),
            });
        }
    }

    /// Of what the screen does by itself (no entry) the person hears nothing.
    fn on_done(&mut self, command: api::CommandId, result: Result<Outcome, Failure>) {
        let Some(pending) = self.pending.remove(&command) else {
            return;
        };
        match result {
            Ok(Outcome::Done) => {
                if let Some(done) = pending.done {
                    self.say(done);
                }
            }
            Ok(Outcome::HereOnly) => {
                self.say("Your server has no blocking (XEP-0191): this holds on this device only.")
            }
            Ok(Outcome::Stored(_)) => {
                self.stale.history = true;
                self.stale.chats = true;
                // Its failure may still be told; the text is in the store now.
                self.expect(command, pending.to);
            }
            Err(failure) => {
                let holds = match (failure.kind(), pending.to) {
                    (FailureKind::Unsafe, Some(jid)) => Holds::NoKeys { jid, seen: false },
                    _ => Holds::Always,
                };
                self.complain_while(holds, said(&failure));
                if let Some((jid, text)) = pending.text {
                    self.give_back(&jid, &text);
                }
            }
        }
    }

    /// One bell for new messages that nobody is looking at.
    fn ring(&mut self, ids: &[MessageId], store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let due = self
            .rang
            .is_none_or(|rang| now.duration_since(rang).unsigned_abs() >= BELL);
        if !self.bell || !due {
            return Ok(());
        }
        for id in ids.iter().take(LOOKED_AT) {
            let Some(message) = messages::get(&store, *id)? else {
                continue;
            };
            let looked_at = self.focused
                && self.page.is_none()
                && !self.covered()
                && self
                    .open
                    .as_ref()
                    .is_some_and(|open| open.jid == message.peer && open.history.at_end());
            let new = message.direction == Direction::In && messages::is_unread(&store, *id)?;
            // A stranger rings nobody up.
            let known = || -> store::Result<bool> {
                Ok(chats::get(&store, message.chat)?.is_some_and(|chat| !chat.request))
            };
            if new && !looked_at && known()? {
                self.rang = Some(now);
                self.effects.push(Effect::Bell);
                return Ok(());
            }
        }
        Ok(())
    }
}

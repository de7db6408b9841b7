//! What the session tells.

use super::bell::Bell;
use super::notice::Holds;
use super::outlet::Pending;
use super::{App, Effect};
use crate::ask::{Context, PageName, QuestionName};
use crate::list;
use api::{AsideKind, Change, CommandId, Event, Failure, FailureKind, Outcome, State};
use model::form::RoomForm;
use model::{
    ChatEventId, Clean, Direction, MessageId, Notice, Peer, RoomsFailure, RoomsNotice, Timestamp, shown,
};
use store::{self, Reads, messages};
use words::Face;

/// Of what came together so much is looked at for who has written.
const MOST_LOOKED_AT: usize = 100;

impl App {
    pub(super) fn on_event(&mut self, event: Event, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        match event {
            Event::Changed(change) => self.on_change(change, store, now),
            Event::State(state) => {
                self.on_state(state, now);
                Ok(())
            }
            Event::Done { command, result } => self.on_done(command, result, store, now),
            Event::Aside(said) => {
                if let AsideKind::State(state) = said.kind {
                    self.facts
                        .connectivity
                        .on_chat_state(said.chat.clone(), state, now);
                }
                Ok(())
            }
            Event::Notice(Notice::Rooms(RoomsNotice::Invited { room, by, reason })) => {
                let room = Peer::new(self.facts.account, room);
                self.asking.wait(QuestionName::Invited { room, by, reason });
                Ok(())
            }
            Event::Notice(notice) => {
                self.out
                    .complain(shown::one_line(&words::notice(Face::Screen, &notice)));
                Ok(())
            }
        }
    }

    fn on_change(&mut self, change: Change, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let stale = &mut self.stale;
        stale.parts = true;
        match change {
            Change::Messages(ids) => {
                stale.note(&ids);
                self.have_written(&ids, store)?;
                self.open_what_came(store)?;
                return self.ring(&ids, store, now);
            }
            Change::Chat(chat) => stale.chat(chat),
            Change::Room(chat) => {
                stale.chat(chat);
                // Its name, and who may read it.
                stale.list = true;
                stale.recipients = true;
                stale.history = true;
            }
            Change::Chats => stale.all_chats(),
            Change::Events(ids) => {
                stale.all_chats();
                return self.ring_for_events(&ids, store, now);
            }
            Change::Contacts => {
                stale.list = true;
                stale.recipients = true;
                // Others may be called otherwise.
                stale.history = true;
            }
            Change::Contact(jid) => {
                let shown = self.facts.is_in_the_chat(&jid);
                stale.recipients |= shown;
                stale.history |= shown;
                stale.contact(jid);
            }
            Change::Devices(jid) => {
                stale.keys = true;
                let open = self.chat_pane.open.as_ref();
                let is_member = open.is_some_and(|open| open.people.has(&jid));
                stale.recipients |= is_member || self.facts.is_in_the_chat(&jid);
            }
        }
        Ok(())
    }

    /// Whoever has written writes no more.
    fn have_written(&mut self, ids: &[MessageId], store: &dyn Reads) -> store::Result<()> {
        if !self.facts.connectivity.somebody_writes() {
            return Ok(());
        }
        for id in ids.iter().take(MOST_LOOKED_AT) {
            let message = messages::get(&store, *id)?;
            if let Some(message) = message.filter(|message| message.direction() == Direction::In) {
                self.facts.connectivity.stopped_writing(&message.peer);
            }
        }
        Ok(())
    }

    fn on_state(&mut self, state: State, now: Timestamp) {
        let connectivity = &mut self.facts.connectivity;
        // Pages show who is where.
        self.stale.parts |= matches!(state, State::Room { .. });
        let (was_online, is_connection) = (connectivity.online, matches!(state, State::Connection(_)));
        let question = connectivity.on_state(state, &mut self.out, now);
        let online = connectivity.online;
        if was_online && !online {
            self.chat_pane.connection_lost();
        }
        if is_connection {
            self.chat_pane.refresh_devices(online, &mut self.out);
        }
        if let Some(question) = question {
            self.asking.wait(question);
        }
    }

    /// Of what the screen does by itself (nothing is waited for) the person hears nothing.
    fn on_done(
        &mut self,
        command: CommandId,
        result: Result<Outcome, Failure>,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        let Some(pending) = self.out.ended(command) else {
            return Ok(());
        };
        match result {
            Ok(Outcome::Joined(_)) => {
                if let Some(room) = pending.room {
                    return self.went_into(&room, None, store, now);
                }
            }
            Ok(Outcome::Room(room)) => {
                let room = Peer::new(self.facts.account, room);
                return self.went_into(&room, pending.done, store, now);
            }
            Ok(Outcome::RoomForm(form)) => {
                if let Some(room) = pending.room {
                    return self.show_form(room, form, store, now);
                }
            }
            Ok(Outcome::UploadService(service)) => {
                self.on_service(command, Ok(service.largest));
            }
            Ok(Outcome::Done | Outcome::RoomInfo(_) | Outcome::Rooms(_)) => {
                if let Some(done) = pending.done {
                    self.out.say(done);
                }
            }
            Ok(Outcome::ReadBack(older)) => self.chat_pane.read_back(command, Some(older), &mut self.out),
            // It may still come back.
            Ok(Outcome::Acknowledged) => self.out.expect(command, pending.to),
            Ok(Outcome::HereOnly) => self
                .out
                .say("Your server has no blocking (XEP-0191): this holds on this device only."),
            Ok(Outcome::Stored(id)) => {
                self.stale.note(&[id]);
                if let Some(done) = pending.done {
                    self.out.say(done);
                }
                // Its failure may still be told; the text is in the store now.
                self.out.expect(command, pending.to);
            }
            Err(Failure::Rooms(RoomsFailure::WantsPassword(room))) if pending.room.is_some() => {
                let room = Peer::new(self.facts.account, room);
                let why = Clean::line("It lets in whoever knows its password; it is kept in the vault.");
                self.asking.wait(QuestionName::RoomPassword { room, why });
            }
            Err(failure) if self.on_service(command, Err(&failure)) => {}
            Err(failure) => self.on_refused(command, &failure, pending),
        }
        Ok(())
    }

    /// What was asked for came to nothing: why, and what was written for it comes back.
    fn on_refused(&mut self, command: CommandId, failure: &Failure, pending: Pending) {
        self.chat_pane.read_back(command, None, &mut self.out);
        let holds = match (failure.kind(), pending.to) {
            (FailureKind::Unsafe, Some(peer)) => Holds::NoKeys { peer, seen: false },
            _ => Holds::Always,
        };
        let about = pending.about.map(|command| (command, pending.done));
        if !self.ask_to_reveal(failure, about) {
            let why = words::failure(Face::Screen, failure);
            self.out.complain_while(holds, shown::one_line(&why));
        }
        if let Some(unsaid) = pending.text {
            self.chat_pane.give_back(unsaid, &mut self.out);
        }
    }

    /// The form of a room that the person asked for, unless they do something else by now.
    fn show_form(
        &mut self,
        room: Peer,
        form: Box<RoomForm>,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        if self.chat_pane.composer.is_empty() && self.asking.is_idle() && self.chat_pane.is_open(&room) {
            return self.show(&PageName::RoomForm(room, form), store, now);
        }
        self.out.say("The form of the room is here: /config shows it.");
        Ok(())
    }

    /// We are in a room that the person asked for: it is opened, unless they do something else by now.
    fn went_into(
        &mut self,
        room: &Peer,
        said: Option<String>,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        self.stale.list = true;
        if self.chat_pane.composer.is_empty() && self.asking.is_idle() {
            self.open_chat(room, store, now)?;
        } else {
            let name = list::name_of_chat(&self.facts.world(store, now), room)?;
            self.out.say(format!("You are in {name} now."));
        }
        if let Some(said) = said {
            self.out.say(said);
        }
        Ok(())
    }

    /// One bell for new messages that nobody is looking at.
    fn ring(&mut self, ids: &[MessageId], store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        self.ring_if(store, now, |bell, world, seen| bell.rings(world, ids, seen))
    }

    /// The same for what is asked for.
    fn ring_for_events(
        &mut self,
        ids: &[ChatEventId],
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        self.ring_if(store, now, |bell, world, seen| {
            bell.rings_for_events(world, ids, seen)
        })
    }

    fn ring_if(
        &mut self,
        store: &dyn Reads,
        now: Timestamp,
        rings: impl FnOnce(&mut Bell, &Context<'_>, &dyn Fn(&Peer) -> bool) -> store::Result<bool>,
    ) -> store::Result<()> {
        let open = self.chat_pane.open.as_ref().filter(|_| self.is_in_sight());
        let open = open.filter(|open| open.history.at_end());
        let world = self.facts.world(store, now);
        let seen = |peer: &Peer| open.is_some_and(|open| open.peer == *peer);
        if rings(&mut self.bell, &world, &seen)? {
            self.out.push(Effect::Bell);
        }
        Ok(())
    }
}

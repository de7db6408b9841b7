//! The one place that knows all parts: what happens is handed to the part that it concerns, and what must
//! follow elsewhere ([`crate::follow_ups::FollowUp`]) to the next. Nothing is decided here.

use minidom::Element;

use crate::archive::{Archive, OfChat, OfRooms};
use crate::block_list;
use crate::contacts::Contacts;
use crate::counters::Acks;
use crate::effect::{Effect, Timer};
use crate::files::Files;
use crate::input::Input;
use crate::iq::{Answer, Refusal};
use crate::keys::Keys;
use crate::messages::suspects::Ending;
use crate::messages::{Messages, held, in_rooms, incoming, left_out};
use crate::patience;
use crate::pieces::{self, Piece};
use crate::purpose::{ArchivePurpose, ContactsPurpose, Purpose};
use crate::questions;
use crate::reading::Reading;
use crate::rooms::Rooms;
use crate::rooms::bookmarks::Bookmarks;
use crate::stream::{self, Stream, StreamEvent, discovery};
use crate::topic::Topic;
use crate::turn::Turn;
use crate::typing::Typing;
use model::{BareJid, Jid, address};
use stanza::iq::{Iq, IqKind};
use stanza::{ns, presence, pubsub, received, resource, sm};
use store::Result;

/// All parts.
#[derive(Default)]
pub(crate) struct Core {
    pub(crate) stream: Stream,
    pub(crate) contacts: Contacts,
    pub(crate) keys: Keys,
    pub(crate) messages: Messages,
    pub(crate) archive: Archive,
    pub(crate) of_chat: OfChat,
    pub(crate) of_rooms: OfRooms,
    pub(crate) reading: Reading,
    pub(crate) rooms: Rooms,
    pub(crate) bookmarks: Bookmarks,
    pub(crate) typing: Typing,
    pub(crate) files: Files,
}

impl Core {
    /// One input, and everything that follows from it in other parts.
    pub(crate) fn route(&mut self, turn: &mut Turn<'_>, input: Input) -> Result<()> {
        self.on_input(turn, input)?;
        self.follow(turn)?;
        if self.keys.own.list_known() && turn.loaded.seals.get() {
            self.messages.outgoing.flush(turn, &mut self.keys.devices)?;
            self.follow(turn)?;
        }
        held::release(turn)?;
        self.follow(turn)?;
        self.bookmarks.withhold(turn);
        Ok(())
    }

    fn on_input(&mut self, turn: &mut Turn<'_>, input: Input) -> Result<()> {
        if input.was_read() {
            self.stream.alive.heard(turn.now);
        }
        match input {
            Input::Opened {
                features,
                facts,
                mechanism,
            } => self.stream.opened(turn, features, facts, &mechanism),
            Input::Element(element) => self.on_element(turn, &element),
            Input::Part(element) => {
                if let Some(piece) = pieces::of_answer(turn, &element) {
                    self.on_piece(turn, &piece);
                }
                Ok(())
            }
            Input::Oversized { name, from } => left_out::on_oversized(turn, &name, from.as_deref()),
            Input::Malformed {
                name,
                from,
                text_lost,
            } => left_out::on_malformed(turn, &name, from.as_deref(), text_lost),
            Input::Ended(ended) => self.messages.suspects.on_ended(turn, ended),
            Input::Lost => {
                self.stream.lost(turn);
                self.contacts.roster.lost();
                self.archive.lost(turn)?;
                self.of_chat.lost(turn);
                self.rooms.lost(turn);
                self.bookmarks.lost();
                // The run may end with this connection.
                turn.tell_held_notices();
                Ok(())
            }
            Input::Timer(timer) => self.on_timer(turn, timer),
            Input::Task(task, event) => self.files.on_task(turn, task, event),
            Input::Command(id, command) => self.on_command(turn, id, command),
        }
    }

    /// A piece of an answer goes to the part that asked, if it gathers any.
    fn on_piece(&mut self, turn: &mut Turn<'_>, piece: &Piece) {
        let taken = match &piece.purpose {
            Purpose::Contacts(purpose) => self.contacts.on_piece(purpose, &piece.payload),
            Purpose::Stream(_)
            | Purpose::Keys(_)
            | Purpose::Archive(_)
            | Purpose::Reading(_)
            | Purpose::Rooms(_)
            | Purpose::Bookmarks(_)
            | Purpose::Files(_) => false,
        };
        if taken {
            // It is not silent while it goes on telling.
            turn.wake(Timer::Iq(piece.number), piece.purpose.patience());
        }
    }

    fn on_timer(&mut self, turn: &mut Turn<'_>, timer: Timer) -> Result<()> {
        match timer {
            // While there is no stream nobody can answer; if it is resumed, the patience begins anew.
            Timer::Iq(_) if !self.stream.carries() => Ok(()),
            Timer::Iq(number) => match patience::is_over(turn, self.stream.alive.goes_on(turn), number) {
                Some(purpose) => self.on_answer(turn, purpose, Err(Refusal::TimedOut)),
                None => Ok(()),
            },
            Timer::Silence => {
                self.stream.alive.on_silence(turn);
                self.keys.own.on_silence(turn)
            }
            Timer::Ack => {
                self.stream.alive.on_ack_timeout(turn);
                Ok(())
            }
            Timer::Publish => self.keys.own.on_publish_timer(turn),
            Timer::Progress => self.keys.own.on_progress_timer(turn),
            Timer::Completions => self.messages.completions.send(turn),
            // The next login asks anyway.
            Timer::Archive if !self.stream.carries() => Ok(()),
            Timer::Archive => self.archive.try_again(turn),
            // Both are set again when a stream is there.
            Timer::Entry(_) | Timer::Rooms if !self.stream.carries() => Ok(()),
            Timer::Entry(number) => self.rooms.on_late(turn, number),
            Timer::Rooms => self.rooms.on_timer(turn),
            Timer::Bookmarks => self.bookmarks.on_timer(turn),
            Timer::Held => self.archive.give_up_waiting(turn),
            Timer::Reading => self.reading.on_timer(turn, self.archive.is_behind()),
            Timer::Notices => {
                turn.tell_held_notices();
                Ok(())
            }
        }
    }

    fn on_element(&mut self, turn: &mut Turn<'_>, element: &Element) -> Result<()> {
        if element.ns() == ns::SM {
            let event = match sm::parse(element) {
                Some(element) => self.stream.on_sm(turn, element)?,
                None => StreamEvent::Nothing,
            };
            return self.on_stream_event(turn, event);
        }
        if element.ns() == ns::STREAM && element.name() == "error" {
            turn.effects.push(stream::ended::because(element));
            return self.messages.suspects.on_error(turn, Ending::of(element));
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
        self.on_stanza(turn, element)
    }

    fn on_stanza(&mut self, turn: &mut Turn<'_>, stanza: &Element) -> Result<()> {
        match stanza.name() {
            "message" => {
                if let Some(event) = pubsub::event(stanza) {
                    self.on_event(turn, stanza, &event)?;
                    // There may be a text beside it (XEP-0060 §12.7), or what somebody on the way wants to go
                    // unread.
                    if stanza.children().count() == 1 {
                        return Ok(());
                    }
                }
                self.on_message(turn, stanza)
            }
            "presence" => match (Rooms::is_of_room(turn, stanza), presence::parse(stanza)) {
                (Some(room), _) => self.rooms.on_presence(turn, &room, stanza),
                (None, Some(presence)) => self.contacts.on_presence(turn, presence),
                (None, None) => Ok(()),
            },
            "iq" => match stanza::iq::parse(stanza) {
                Some(iq) => self.on_iq(turn, iq),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// What an archive has goes to the part that asked; what comes live waits while that catches up.
    fn on_message(&mut self, turn: &mut Turn<'_>, stanza: &Element) -> Result<()> {
        if let Some(found) = received::result(stanza)
            && block_list::is_ours(&turn.own.jid, &sender(turn, stanza))
        {
            return match self.of_chat.on_result(turn, &found)? {
                true => Ok(()),
                false => self.archive.on_result(turn, &found),
            };
        }
        if let Some(room) = Rooms::is_of_room(turn, stanza) {
            return self.on_room_message(turn, &room, stanza);
        }
        match self.archive.hold(turn, stanza)? {
            true => Ok(()),
            false => incoming::on_message(turn, stanza),
        }
    }

    /// What a room says itself is for that part; the words of those in it take the road of all messages.
    fn on_room_message(&mut self, turn: &mut Turn<'_>, room: &BareJid, stanza: &Element) -> Result<()> {
        if let Some(found) = received::result(stanza) {
            if !sender(turn, stanza).is_bare() || self.of_chat.on_result(turn, &found)? {
                return Ok(());
            }
            return self.of_rooms.on_result(turn, room, &found);
        }
        if self.rooms.on_message(turn, room, stanza)? {
            return Ok(());
        }
        if stanza.attr("type") != Some("groupchat") {
            return incoming::on_message(turn, stanza);
        }
        let Some(received) = in_rooms::read(turn, room, stanza) else {
            return Ok(());
        };
        match self.of_rooms.hold(room, received, stanza) {
            Some(received) => in_rooms::take_in(turn, &received),
            None => Ok(()),
        }
    }

    /// A PEP event goes to the part that the node belongs to.
    fn on_event(&mut self, turn: &mut Turn<'_>, stanza: &Element, event: &pubsub::Event) -> Result<()> {
        let from = match stanza.attr("from") {
            None => turn.own.jid.clone(),
            Some(from) => match address::bare(from) {
                Ok(from) => from,
                Err(_) => return Ok(()),
            },
        };
        match Topic::of(&event.node) {
            Some(Topic::DeviceList(dialect)) => self.keys.on_event(turn, &from, dialect, event),
            Some(Topic::ReadPositions) => self.reading.on_event(turn, &from, event),
            Some(Topic::Bookmarks) => self.bookmarks.on_event(turn, &from, event),
            None => Ok(()),
        }
    }

    fn on_iq(&mut self, turn: &mut Turn<'_>, iq: Iq) -> Result<()> {
        let from = iq.from.as_ref();
        let answer = match iq.kind {
            IqKind::Get(payload) => return questions::on_get(turn, &iq.id, from, &payload),
            IqKind::Set(payload) => {
                return match self.contacts.on_push(turn, &iq.id, from, &payload)? {
                    true => Ok(()),
                    false => questions::refuse(turn, &iq.id, from),
                };
            }
            IqKind::Result(payload) => Ok(payload),
            IqKind::Error(error) => Err(Refusal::Error(error)),
        };
        match turn.iqs.take(&iq.id, from, &turn.own.jid) {
            Some((number, purpose)) => {
                turn.effects.push(Effect::Sleep(Timer::Iq(number)));
                self.on_answer(turn, purpose, answer)
            }
            None => Ok(()),
        }
    }

    /// An answer goes to the part that asked.
    fn on_answer(&mut self, turn: &mut Turn<'_>, purpose: Purpose, answer: Answer) -> Result<()> {
        match purpose {
            Purpose::Stream(purpose) => {
                let event = self.stream.on_answer(turn, purpose, answer)?;
                self.on_stream_event(turn, event)
            }
            Purpose::Contacts(purpose) => self.contacts.on_answer(turn, purpose, answer),
            Purpose::Keys(purpose) => self.keys.on_answer(turn, purpose, answer),
            Purpose::Archive(ArchivePurpose::Carbons) => Ok(()),
            Purpose::Archive(ArchivePurpose::Page(id)) => self.archive.on_page(turn, &id, answer),
            Purpose::Archive(ArchivePurpose::OfChat(id)) => self.of_chat.on_page(turn, &id, answer),
            Purpose::Rooms(purpose) => self.rooms.on_answer(turn, purpose, answer),
            Purpose::Bookmarks(purpose) => self.bookmarks.on_answer(turn, purpose, answer),
            Purpose::Files(purpose) => self.files.on_answer(turn, purpose, answer),
            Purpose::Archive(ArchivePurpose::OfRoom(room, id)) => {
                self.of_rooms.on_page(turn, &room, &id, answer)
            }
            Purpose::Reading(purpose) => self.reading.on_answer(turn, purpose, answer),
        }
    }

    fn on_stream_event(&mut self, turn: &mut Turn<'_>, event: StreamEvent) -> Result<()> {
        match event {
            StreamEvent::Nothing => Ok(()),
            StreamEvent::Bound => {
                tracing::info!(account = turn.own.account.0, "a new stream is bound");
                self.contacts.restart(turn)?;
                self.files.log_in(turn, true)?;
                self.log_in(turn)
            }
            StreamEvent::AcksKnown => self.messages.on_online(turn),
            StreamEvent::Resumed => {
                tracing::info!(account = turn.own.account.0, "the old stream goes on");
                self.files.log_in(turn, false)?;
                self.messages.on_online(turn)?;
                self.contacts.presences.on_resumed(turn)?;
                if !self.keys.own.list_known() {
                    discovery::take_up(turn)?;
                    return self.log_in(turn);
                }
                self.archive.on_resumed(turn)?;
                self.rooms.on_resumed(turn);
                self.reading.on_resumed(turn);
                patience::begin_anew(turn);
                self.keys.own.on_resumed(turn);
                Ok(())
            }
            StreamEvent::Acked(acked) => {
                held::acknowledged(turn, &acked)?;
                self.files.drop_sent(turn)?;
                self.messages.outgoing.on_acked(turn)?;
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
            if let Purpose::Contacts(purpose) = purpose {
                Contacts::abandon(turn, &purpose);
            }
        }
        self.messages.completions.restart(turn);
        turn.get(None, stanza::roster::query(), ContactsPurpose::Roster);
        self.keys.restart(turn)?;
        discovery::ask_account(turn);
        self.keys.own.ask_for_progress(turn)?;
        self.reading.log_in(turn);
        self.typing.restart();
        self.archive.log_in(turn)?;
        self.of_rooms.restart();
        self.rooms.log_in(turn)?;
        self.bookmarks.log_in(turn);
        self.contacts.blocking.restart(turn);
        // A server without stream management needs no answer before messages may go.
        match turn.counters.acks {
            Acks::Ping => self.messages.on_online(turn),
            _ => Ok(()),
        }
    }
}

/// Who sent a stanza; without a name it is our account.
fn sender(turn: &Turn<'_>, stanza: &Element) -> Jid {
    let named = stanza.attr("from").and_then(resource::lenient);
    named.unwrap_or_else(|| turn.own.jid.clone().into())
}

/// Whether a stanza is addressed to another account than ours; one without an address is for whoever gets
/// it (RFC 6120 §8.1.1.1). Answers are known by their ids, and before a resource is bound some servers
/// address them to the stream.
fn is_for_another(stanza: &Element, own: &BareJid) -> bool {
    let answers = stanza.name() == "iq" && matches!(stanza.attr("type"), Some("result" | "error"));
    let other = |to| resource::lenient(to).is_none_or(|to| to.to_bare() != *own);
    !answers && stanza.attr("to").is_some_and(other)
}

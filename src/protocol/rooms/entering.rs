//! The way into a room. It is asked what it is before anybody goes in: where there is none,
//! one server makes one, open to everybody, with whoever comes first as its owner.

use std::time::Duration;

use zeroize::Zeroizing;

use super::kept::{
    ask_what_it_is, keep, lost, note_shown, own_nick, remember_autojoin, suspect, take_up_again,
};
use super::refused::{no_info, refused};
use super::{Rooms, done, members, pinging, tell, tell_standing};
use crate::effect::{Effect, Timer};
use crate::follow_ups::FollowUp;
use crate::in_room::{InRoom, Standing};
use crate::iq::Answer;
use crate::purpose::RoomsPurpose;
use crate::turn::Turn;
use api::{Change, CommandId, Outcome, RoomStanding, RoomState};
use model::room::{RoomFeature, RoomInfo};
use model::{BareJid, Clean, Jid, RoomsFailure, RoomsNotice, StreamFailure};
use stanza::iq::StanzaError;
use stanza::muc::occupants::{self, Backlog};
use stanza::muc::{features, owner};
use store::rooms;
use store::{Result, chats};

/// So many are asked at once.
const AT_ONCE: usize = 8;
/// How long the room may take until our own presence is there.
const PATIENCE: Duration = Duration::from_secs(60);
/// A room without an archive is asked for so many of its newest messages.
const HISTORY: u32 = 50;
/// Other nicks that are tried where ours is taken.
const OTHER_NICKS: u8 = 3;

/// How we go into one room.
pub(super) struct Entrance {
    pub(super) number: u64,
    nick: String,
    pub(super) password: Option<Zeroizing<String>>,
    /// Who waits for it; nobody: it is entered by itself.
    pub(super) commands: Vec<CommandId>,
    pub(super) info: Option<RoomInfo>,
    tries: u8,
    /// The person has just made it.
    made: bool,
    /// Somebody waited for it when the line broke.
    wanted: bool,
}

impl Entrance {
    /// Into one that we made, and are in already.
    pub(super) fn made(nick: &str, info: RoomInfo, command: Option<CommandId>) -> Self {
        Self {
            number: 0,
            nick: nick.to_owned(),
            password: None,
            commands: command.into_iter().collect(),
            info: Some(info),
            tries: 0,
            made: true,
            wanted: false,
        }
    }

    /// Nobody asked for it now.
    fn is_by_itself(&self) -> bool {
        self.commands.is_empty() && !self.made && !self.wanted
    }
}

impl Rooms {
    /// A front end wants us in it.
    pub(super) fn join(
        &mut self,
        turn: &mut Turn<'_>,
        command: CommandId,
        room: BareJid,
        nick: Option<String>,
        password: Option<Zeroizing<String>>,
    ) -> Result<()> {
        let peer = turn.peer(&room);
        let chat = chats::by_peer(turn.tx, &peer)?;
        if room.node().is_none() || chat.as_ref().is_some_and(|chat| chat.is_persons()) {
            turn.refuse(command, RoomsFailure::NotARoom(room));
            return Ok(());
        }
        let known = match &chat {
            Some(chat) => rooms::get(turn.tx, chat.id)?,
            None => None,
        };
        if let Some(own) = turn.rooms.get(&room).and_then(InRoom::own_nick)
            && nick.as_ref().is_none_or(|nick| nick == own)
        {
            let nick = Clean::line(own);
            take_up_again(turn, &room, known.as_ref())?;
            remember_autojoin(turn, known)?;
            turn.done(command, Ok(Outcome::Joined(nick)));
            return Ok(());
        }
        if let Some(entry) = self.entries.get_mut(&room) {
            entry.commands.push(command);
            return Ok(());
        }
        // Whoever is in it stays, whatever comes of the other nick.
        if let (true, Some(nick)) = (turn.rooms.get(&room).is_some_and(InRoom::is_in), &nick) {
            remember_autojoin(turn, known)?;
            self.set_nick(turn, command, &room, &Clean::line(nick));
            return Ok(());
        }
        let password = match (password, &known) {
            (None, Some(known)) => rooms::password(turn.tx, known.chat)?,
            (given, _) => given,
        };
        let nick = nick.unwrap_or_else(|| own_nick(turn, known.as_ref()));
        self.ask(turn, room, nick, password, vec![command]);
        Ok(())
    }

    /// The next ones of those that are entered by themselves.
    pub(super) fn enter_next(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        while self.entries.len() < AT_ONCE
            && let Some(room) = self.waiting.pop_front()
        {
            if self.entries.contains_key(&room) || turn.rooms.get(&room).is_some_and(InRoom::is_in) {
                continue;
            }
            let chat = chats::by_peer(turn.tx, &turn.peer(&room))?;
            let known = match chat {
                Some(chat) => rooms::get(turn.tx, chat.id)?,
                None => None,
            };
            let Some(known) = known else { continue };
            let password = rooms::password(turn.tx, known.chat)?;
            let nick = own_nick(turn, Some(&known));
            self.ask(turn, room, nick, password, Vec::new());
        }
        Ok(())
    }

    /// Something is to be written there: a command goes in for it, and no further.
    pub(crate) fn enter(&mut self, turn: &mut Turn<'_>, room: &BareJid) -> Result<()> {
        if !self.waiting.contains(room) {
            self.waiting.push_front(room.clone());
        }
        self.enter_next(turn)
    }

    /// What is it? Nobody goes in before that is known.
    fn ask(
        &mut self,
        turn: &mut Turn<'_>,
        room: BareJid,
        nick: String,
        password: Option<Zeroizing<String>>,
        commands: Vec<CommandId>,
    ) {
        self.entered += 1;
        let entry = Entrance {
            number: self.entered,
            nick,
            password,
            commands,
            info: None,
            tries: 0,
            made: false,
            wanted: false,
        };
        self.entries.insert(room.clone(), entry);
        tell_standing(turn, &room, RoomStanding::Joining);
        ask_what_it_is(turn, &room);
    }

    /// What a room is: before we go in, or because it changed.
    pub(super) fn on_info(&mut self, turn: &mut Turn<'_>, room: &BareJid, answer: Answer) -> Result<()> {
        let is_awaited = self.entries.get(room).is_some_and(|entry| entry.info.is_none());
        if !is_awaited {
            return self.on_looked_again(turn, room, answer);
        }
        let info = match answer {
            Ok(payload) => match payload.and_then(|payload| features::parse(&payload)) {
                Some(info) => info,
                None => return self.fail(turn, room, &RoomsFailure::NotARoom(room.clone())),
            },
            Err(refusal) => return self.fail(turn, room, &no_info(room, &refusal)),
        };
        let by_itself = self.entries.get(room).is_some_and(Entrance::is_by_itself);
        if by_itself && let Some(lost) = lost(turn, room, &info)? {
            suspect(turn, room)?;
            turn.notice(RoomsNotice::Lost(room.clone(), lost));
            return self.fail(turn, room, &RoomsFailure::Changed(room.clone(), lost));
        }
        let Some(entry) = self.entries.get_mut(room) else {
            return Ok(());
        };
        entry.info = Some(info);
        self.send_join(turn, room);
        Ok(())
    }

    fn send_join(&mut self, turn: &mut Turn<'_>, room: &BareJid) {
        let Some(entry) = self.entries.get(room) else {
            return;
        };
        let features = entry
            .info
            .as_ref()
            .map(|info| info.features.clone())
            .unwrap_or_default();
        let history = match features.contains(&RoomFeature::Archive) {
            true => Backlog::None,
            false => Backlog::Newest(HISTORY),
        };
        let in_room = turn.rooms.entry(room.clone()).or_default();
        in_room.features = features;
        in_room.joins(&entry.nick);
        let password = entry.password.as_ref().map(|word| word.as_str());
        let reads = turn.own.sharing.read_sync;
        let (number, stanza) = (
            entry.number,
            occupants::join(room, &entry.nick, password, history, reads),
        );
        turn.send(stanza);
        turn.wake(Timer::Entry(number), PATIENCE);
    }

    /// The connection is gone: whoever waits is told. If the stream goes on, so does the way in.
    pub(super) fn entries_lost(&mut self, turn: &mut Turn<'_>) {
        for entry in self.entries.values_mut() {
            entry.wanted |= !entry.commands.is_empty();
            for command in std::mem::take(&mut entry.commands) {
                turn.refuse(command, StreamFailure::NotConnected);
            }
        }
    }

    /// The stream goes on: the patience with rooms begins anew.
    pub(super) fn entries_go_on(&self, turn: &mut Turn<'_>) {
        for entry in self.entries.values().filter(|entry| entry.info.is_some()) {
            turn.wake(Timer::Entry(entry.number), PATIENCE);
        }
    }

    /// It takes too long.
    pub(super) fn on_entry_late(&mut self, turn: &mut Turn<'_>, number: u64) -> Result<()> {
        let late = self.entries.iter().find(|(_, entry)| entry.number == number);
        let Some((room, nick)) = late.map(|(room, entry)| (room.clone(), entry.nick.clone())) else {
            return Ok(());
        };
        turn.rooms.remove(&room);
        // It may let us in yet: nobody is to be seen in a room that they take themselves to be out of.
        turn.send(occupants::leave(&room, &nick));
        self.fail(
            turn,
            &room,
            &RoomsFailure::Refused(room.clone(), model::Refusal::TimedOut),
        )
    }

    /// The room does not let us in (§7.2).
    pub(super) fn on_refused(
        &mut self,
        turn: &mut Turn<'_>,
        room: &BareJid,
        error: &StanzaError,
    ) -> Result<()> {
        let Some(entry) = self.entries.get_mut(room) else {
            return Ok(());
        };
        let by_itself = entry.is_by_itself();
        if error.condition == "conflict" && by_itself && entry.tries < OTHER_NICKS {
            entry.tries += 1;
            entry.nick.push('_');
            self.send_join(turn, room);
            return Ok(());
        }
        let why = refused(room, &entry.nick, error);
        turn.rooms.remove(room);
        self.fail(turn, room, &why)
    }

    /// Nothing comes of it.
    pub(super) fn fail(&mut self, turn: &mut Turn<'_>, room: &BareJid, why: &RoomsFailure) -> Result<()> {
        let Some(entry) = self.entries.remove(room) else {
            return Ok(());
        };
        turn.effects.push(Effect::Sleep(Timer::Entry(entry.number)));
        let told = why.clone();
        tell_standing(turn, room, RoomStanding::Out { why: Some(told) });
        let told_already = matches!(why, RoomsFailure::Changed(..) | RoomsFailure::MadeAnew(_));
        if entry.commands.is_empty() && !told_already {
            turn.notice(RoomsNotice::NotJoined(why.clone()));
        }
        done(turn, entry.commands, &Err(why.clone()));
        turn.follow(FollowUp::RoomShut(room.clone()));
        self.enter_next(turn)
    }

    /// Our own presence is there.
    pub(super) fn on_entered(
        &mut self,
        turn: &mut Turn<'_>,
        room: &BareJid,
        nick: String,
        created: bool,
    ) -> Result<()> {
        if created {
            return self.undo_made(turn, room, &nick);
        }
        let Some(entry) = self.entries.remove(room) else {
            return Ok(());
        };
        turn.effects.push(Effect::Sleep(Timer::Entry(entry.number)));
        let by_itself = entry.is_by_itself();
        let info = entry.info.clone().unwrap_or_default();
        let password = entry.password.as_ref().map(|word| word.as_str());
        let Some(kept) = keep(turn, room, &nick, (&info, password), by_itself)? else {
            turn.send(occupants::leave(room, &nick));
            turn.rooms.remove(room);
            done(turn, entry.commands, &Err(RoomsFailure::NotARoom(room.clone())));
            return self.enter_next(turn);
        };
        self.heard.insert(room.clone(), turn.now);
        pinging::let_in(&mut self.broken, turn, room);
        if let Some(in_room) = turn.rooms.get_mut(room) {
            in_room.chat = Some(kept.chat);
        }
        note_shown(turn, room, kept.chat)?;
        let nick = Clean::line(&nick);
        tell_standing(turn, room, RoomStanding::In { nick: nick.clone() });
        let everybody = super::present::everybody(turn, room);
        tell(turn, room, RoomState::Everybody(everybody));
        turn.changed(Change::Room(kept.chat));
        members::ask(turn, room);
        turn.follow(FollowUp::EnteredRoom(room.clone()));
        if !by_itself {
            turn.follow(FollowUp::RoomKept(kept.chat));
        }
        let outcome = match entry.made {
            true => Outcome::Room(room.clone()),
            false => Outcome::Joined(nick),
        };
        done(turn, entry.commands, &Ok(outcome));
        pinging::wake(&self.broken, turn);
        self.enter_next(turn)
    }

    /// Going in made a room that was not there: it is ended again, and nothing is sent there.
    fn undo_made(&mut self, turn: &mut Turn<'_>, room: &BareJid, nick: &str) -> Result<()> {
        let to = Jid::from(room.clone());
        turn.set(
            Some(&to),
            owner::destroy(None, None),
            RoomsPurpose::Ended(room.clone()),
        );
        turn.send(occupants::leave(room, nick));
        turn.rooms.remove(room);
        suspect(turn, room)?;
        turn.notice(RoomsNotice::MadeAnew(room.clone()));
        self.fail(turn, room, &RoomsFailure::MadeAnew(room.clone()))
    }
}

impl InRoom {
    pub(crate) fn is_in(&self) -> bool {
        matches!(self.standing, Standing::In(_))
    }
}

//! A room is made: under an address where there is none, by the one who comes first; then it is told what
//! it is to be, and asked whether it is. What is anything else is ended again, and nobody was asked to come
//! before.

use std::time::Duration;

use super::configuring::owners_form;
use super::entering::Entrance;
use super::kept::own_nick;
use super::managing::to;
use super::refused::{no_info, refused};
use super::searching::{Looked, ask_for_services};
use super::tasks::{Making, MakingStep, Services, Step, Task, failed, purpose};
use super::{Rooms, tell_standing};
use crate::effect::{Effect, Timer};
use crate::iq::{Answer, Refusal};
use crate::turn::Turn;
use api::{CommandId, NewRoom, RoomStanding};
use model::room::{RoomFeature, RoomInfo};
use model::{BareJid, Clean, RoomsFailure, address};
use stanza::disco;
use stanza::iq::StanzaError;
use stanza::muc::occupants::{self, Backlog};
use stanza::muc::{features, owner};
use store::{Result, chats};

/// How long the room may take until our own presence is there.
const PATIENCE: Duration = Duration::from_secs(60);
/// What it must be, as its own features say.
const PRIVATE: [RoomFeature; 4] = [
    RoomFeature::MembersOnly,
    RoomFeature::NonAnonymous,
    RoomFeature::Persistent,
    RoomFeature::Hidden,
];
const PUBLIC: [RoomFeature; 1] = [RoomFeature::Persistent];

impl Rooms {
    /// A front end wants one made.
    pub(crate) fn create(&mut self, turn: &mut Turn<'_>, command: CommandId, new: NewRoom) -> Result<()> {
        if let Some(room) = &new.address {
            let chat = chats::by_peer(turn.tx, &turn.peer(room))?;
            if room.node().is_none() || chat.is_some_and(|chat| chat.is_persons()) {
                turn.refuse(command, RoomsFailure::NotARoom(room.clone()));
                return Ok(());
            }
        }
        let room = match (new.address.clone(), self.service.clone()) {
            (Some(room), _) => Some(room),
            (None, Some(service)) => unguessable(turn, &service),
            (None, None) => None,
        };
        let making = Box::new(Making {
            new,
            nick: own_nick(turn, None),
            at: match room {
                Some(_) => MakingStep::IsThere,
                None => MakingStep::Service(Services::default()),
            },
        });
        let about = room.clone().unwrap_or_else(|| turn.own.jid.clone());
        let number = self.task(command, &about, Step::Making(making));
        match room {
            Some(room) => turn.get(Some(&to(&room)), disco::info_query(), purpose(number)),
            None => ask_for_services(turn, number),
        }
        Ok(())
    }

    /// The answer that such a task waits for.
    pub(super) fn on_made(
        &mut self,
        turn: &mut Turn<'_>,
        number: u64,
        mut task: Task,
        answer: Answer,
    ) -> Result<()> {
        let Step::Making(mut making) = std::mem::replace(&mut task.step, Step::Look) else {
            return Ok(());
        };
        let room = task.room.clone();
        making.at = match std::mem::replace(&mut making.at, MakingStep::Form) {
            MakingStep::Service(mut services) => match services.on_answer(turn, number, answer) {
                Looked::Nothing => {
                    task.fail(turn, RoomsFailure::NoService);
                    return Ok(());
                }
                Looked::GoesOn => MakingStep::Service(services),
                Looked::Found(service) => {
                    self.service = Some(service.clone());
                    let Some(room) = unguessable(turn, &service) else {
                        task.fail(turn, RoomsFailure::NoService);
                        return Ok(());
                    };
                    turn.get(Some(&to(&room)), disco::info_query(), purpose(number));
                    task.room = room;
                    MakingStep::IsThere
                }
            },
            MakingStep::IsThere => match taken(&room, answer) {
                Some(why) => {
                    task.fail(turn, why);
                    return Ok(());
                }
                None => self.enter_new(turn, &room, &making.nick),
            },
            MakingStep::Entering(timer) => MakingStep::Entering(timer),
            MakingStep::Form => configure(turn, number, &room, &making, answer),
            MakingStep::Configured => match answer {
                Ok(_) => {
                    turn.get(Some(&to(&room)), disco::info_query(), purpose(number));
                    MakingStep::Check
                }
                Err(refusal) => undo(turn, number, &room, failed(&room, &refusal)),
            },
            MakingStep::Check => match check(&room, &making, answer) {
                Ok(info) => return self.is_made(turn, task, *making, info),
                Err(why) => undo(turn, number, &room, why),
            },
            MakingStep::Undone(why) => {
                self.forget_made(turn, &room, &making.nick);
                task.fail(turn, why);
                return Ok(());
            }
        };
        task.step = Step::Making(making);
        self.tasks.go_on(number, task);
        Ok(())
    }

    /// Whoever comes first makes it.
    fn enter_new(&mut self, turn: &mut Turn<'_>, room: &BareJid, nick: &str) -> MakingStep {
        self.entered += 1;
        turn.rooms.entry(room.clone()).or_default().joins(nick);
        let reads = turn.own.sharing.read_sync;
        turn.send(occupants::join(room, nick, None, Backlog::None, reads));
        turn.wake(Timer::Entry(self.entered), PATIENCE);
        tell_standing(turn, room, RoomStanding::Joining);
        MakingStep::Entering(self.entered)
    }

    /// The making of this room that waits for our own presence.
    fn take_entering(&mut self, turn: &mut Turn<'_>, room: &BareJid) -> Option<(u64, Task)> {
        let enters = |step: &Step| match step {
            Step::Making(making) => matches!(making.at, MakingStep::Entering(_)),
            _ => false,
        };
        let number = self.tasks.of(room, enters)?;
        let task = self.tasks.take(number)?;
        if let Step::Making(making) = &task.step
            && let MakingStep::Entering(timer) = making.at
        {
            turn.effects.push(Effect::Sleep(Timer::Entry(timer)));
        }
        Some((number, task))
    }

    /// Our own presence is there; whether a room that is being made is meant.
    pub(super) fn on_made_entered(
        &mut self,
        turn: &mut Turn<'_>,
        room: &BareJid,
        nick: &str,
        created: bool,
    ) -> bool {
        let Some((number, mut task)) = self.take_entering(turn, room) else {
            return false;
        };
        let Step::Making(making) = &mut task.step else {
            return false;
        };
        if !created {
            self.forget_made(turn, room, nick);
            task.fail(turn, RoomsFailure::IsThere(room.clone()));
            return true;
        }
        nick.clone_into(&mut making.nick);
        making.at = MakingStep::Form;
        self.tasks.go_on(number, task);
        turn.get(Some(&to(room)), owner::query(), purpose(number));
        true
    }

    /// It does not let us in; whether a room that is being made is meant.
    pub(super) fn on_made_refused(
        &mut self,
        turn: &mut Turn<'_>,
        room: &BareJid,
        error: &StanzaError,
    ) -> bool {
        let Some((_, task)) = self.take_entering(turn, room) else {
            return false;
        };
        turn.rooms.remove(room);
        tell_standing(turn, room, RoomStanding::Out { why: None });
        let why = match (error.condition.as_str(), &task.step) {
            ("forbidden" | "not-allowed", _) => RoomsFailure::MayNotMake(room.clone()),
            // Somebody is making it at this moment.
            ("item-not-found", _) => RoomsFailure::IsThere(room.clone()),
            (_, Step::Making(making)) => refused(room, &making.nick, error),
            _ => failed(room, &Refusal::Error(error.clone())),
        };
        task.fail(turn, why);
        true
    }

    /// It takes too long.
    pub(super) fn on_made_late(&mut self, turn: &mut Turn<'_>, timer: u64) {
        let late = self.tasks.entering(timer);
        if let Some(task) = late.and_then(|number| self.tasks.take(number)) {
            turn.rooms.remove(&task.room);
            task.refuse(turn, &Refusal::TimedOut);
        }
    }

    fn forget_made(&mut self, turn: &mut Turn<'_>, room: &BareJid, nick: &str) {
        turn.send(occupants::leave(room, nick));
        turn.rooms.remove(room);
        tell_standing(turn, room, RoomStanding::Out { why: None });
    }

    /// It is what was asked for: it is the person's, and those who are to be members are asked to come.
    fn is_made(&mut self, turn: &mut Turn<'_>, task: Task, making: Making, info: RoomInfo) -> Result<()> {
        let room = task.room;
        if let Some(in_room) = turn.rooms.get_mut(&room) {
            in_room.features.clone_from(&info.features);
        }
        let entrance = Entrance::made(&making.nick, info, task.command);
        self.entries.insert(room.clone(), entrance);
        self.on_entered(turn, &room, making.nick, false)?;
        for whom in making.new.invited {
            self.invite(turn, None, &room, whom, None);
        }
        Ok(())
    }
}

/// An address on a service that nobody can guess: whoever guesses it can be there first.
fn unguessable(turn: &mut Turn<'_>, service: &BareJid) -> Option<BareJid> {
    let local = turn.random_id();
    address::bare(&format!("{local}@{service}")).ok()
}

/// Why it cannot be made there.
fn taken(room: &BareJid, answer: Answer) -> Option<RoomsFailure> {
    match answer {
        Ok(Some(payload)) if features::parse(&payload).is_some() => Some(RoomsFailure::IsThere(room.clone())),
        Ok(_) => Some(RoomsFailure::NotARoom(room.clone())),
        Err(refusal) if refusal.is("item-not-found") => None,
        Err(refusal) => Some(no_info(room, &refusal)),
    }
}

/// Fills in what its form has of what it is to be.
fn configure(
    turn: &mut Turn<'_>,
    number: u64,
    room: &BareJid,
    making: &Making,
    answer: Answer,
) -> MakingStep {
    let form = answer
        .map_err(|refusal| failed(room, &refusal))
        .and_then(|payload| owners_form(room, payload));
    let mut form = match form {
        Ok(form) => form,
        Err(why) => return undo(turn, number, room, why),
    };
    let fields = match making.new.is_public {
        true => owner::PUBLIC_CHANNEL,
        false => owner::PRIVATE_GROUP,
    };
    owner::fill(&mut form, fields);
    if let Some(name) = &making.new.name {
        form.set("muc#roomconfig_roomname", &[name.as_str()]);
    }
    turn.set(Some(&to(room)), owner::submit(&form), purpose(number));
    MakingStep::Configured
}

/// Whether the room says that it is what was asked for.
fn check(room: &BareJid, making: &Making, answer: Answer) -> std::result::Result<RoomInfo, RoomsFailure> {
    let payload = answer.map_err(|refusal| no_info(room, &refusal))?;
    let mut info = payload
        .and_then(|payload| features::parse(&payload))
        .ok_or_else(|| RoomsFailure::NotARoom(room.clone()))?;
    let wanted: &[RoomFeature] = match making.new.is_public {
        true => &PUBLIC,
        false => &PRIVATE,
    };
    let lacks = wanted.iter().find(|feature| !info.features.contains(feature));
    if let Some(lacks) = lacks {
        return Err(RoomsFailure::NotAsWanted(room.clone(), *lacks));
    }
    // What a service calls a room that has no name is no name.
    let given = making.new.name.as_ref().map(Clean::as_str);
    info.name = info
        .name
        .filter(|name| given.is_some() || name.as_str() != room.as_str());
    Ok(info)
}

/// It is ended again: what is left of it would be open to everybody.
fn undo(turn: &mut Turn<'_>, number: u64, room: &BareJid, why: RoomsFailure) -> MakingStep {
    turn.set(Some(&to(room)), owner::destroy(None, None), purpose(number));
    MakingStep::Undone(why)
}

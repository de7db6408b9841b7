//! What is done to a room that is there: who stands how to it, what somebody may do, what it is about, what
//! we are called, its end.

use super::tasks::{Step, Task, purpose};
use super::{Rooms, members, present};
use crate::in_room::InRoom;
use crate::iq::Answer;
use crate::turn::Turn;
use api::{CommandId, Outcome, RoomCommand};
use model::room::{Affiliation, Role};
use model::{BareJid, Clean, Jid, RoomsFailure};
use stanza::disco;
use stanza::muc::{admin, features, notices, occupants, owner};
use store::Result;

impl Rooms {
    /// Something that a front end wants done to a room.
    pub(super) fn manage(
        &mut self,
        turn: &mut Turn<'_>,
        command: CommandId,
        room: &BareJid,
        what: RoomCommand,
    ) -> Result<()> {
        match what {
            RoomCommand::SetAffiliation { who, to, reason } => {
                let reason = reason.as_ref().map(Clean::as_str);
                let asked = admin::set_affiliation(&who, to, reason);
                self.set(turn, command, room, asked, Step::Affiliation { who, to });
            }
            RoomCommand::SetRole { nick, to, reason } => {
                self.set_role(turn, command, room, nick, to, reason.as_ref())
            }
            RoomCommand::SetTopic(topic) => self.set_topic(turn, command, room, topic.as_str()),
            RoomCommand::SetNick(nick) => self.set_nick(turn, command, room, &nick),
            RoomCommand::Destroy { venue, reason } => {
                let asked = owner::destroy(venue.as_ref(), reason.as_ref().map(Clean::as_str));
                self.set(turn, command, room, asked, Step::Destroy);
            }
            _ => {
                let number = self.task(command, room, Step::Look);
                turn.get(Some(&to(room)), disco::info_query(), purpose(number));
            }
        }
        Ok(())
    }

    pub(super) fn task(&mut self, command: CommandId, room: &BareJid, step: Step) -> u64 {
        let (command, room) = (Some(command), room.clone());
        self.tasks.begin(Task { command, room, step })
    }

    fn set(
        &mut self,
        turn: &mut Turn<'_>,
        command: CommandId,
        room: &BareJid,
        asked: minidom::Element,
        step: Step,
    ) {
        let number = self.task(command, room, step);
        turn.set(Some(&to(room)), asked, purpose(number));
    }

    fn set_role(
        &mut self,
        turn: &mut Turn<'_>,
        command: CommandId,
        room: &BareJid,
        nick: Clean,
        role: Role,
        reason: Option<&Clean>,
    ) {
        let Some(in_room) = in_it(turn, room) else {
            turn.refuse(command, RoomsFailure::NotIn(room.clone()));
            return;
        };
        let Some(exact) = called(in_room, &nick) else {
            turn.refuse(command, RoomsFailure::NobodyCalled(room.clone(), nick));
            return;
        };
        let asked = admin::set_role(&exact, role, reason.map(Clean::as_str));
        self.set(turn, command, room, asked, Step::Role { nick });
    }

    /// Nobody answers to a message: what is asked behind it is answered when it was heard.
    fn set_topic(&mut self, turn: &mut Turn<'_>, command: CommandId, room: &BareJid, topic: &str) {
        if in_it(turn, room).is_none() {
            turn.refuse(command, RoomsFailure::NotIn(room.clone()));
            return;
        }
        let id = turn.random_id();
        turn.send(notices::set_subject(room, &id, topic));
        let topic = topic.to_owned();
        let number = self.task(command, room, Step::Topic { id, topic });
        turn.get(Some(&to(room)), disco::info_query(), purpose(number));
    }

    pub(super) fn set_nick(&mut self, turn: &mut Turn<'_>, command: CommandId, room: &BareJid, nick: &Clean) {
        let Some(own) = in_it(turn, room).and_then(InRoom::own_nick) else {
            turn.refuse(command, RoomsFailure::NotIn(room.clone()));
            return;
        };
        if own == nick.as_str() {
            turn.done(command, Ok(Outcome::Joined(nick.clone())));
            return;
        }
        if model::address::jid(&format!("{room}/{}", nick.as_str())).is_err() {
            turn.refuse(command, RoomsFailure::BadNick(nick.clone()));
            return;
        }
        let nick = nick.as_str().to_owned();
        turn.send(occupants::change_nick(room, &nick));
        let number = self.task(command, room, Step::Nick { nick });
        turn.get(Some(&to(room)), disco::info_query(), purpose(number));
    }

    /// The answer that such a task waits for.
    pub(super) fn on_managed(
        &mut self,
        turn: &mut Turn<'_>,
        number: u64,
        task: Task,
        answer: Answer,
    ) -> Result<()> {
        match &task.step {
            Step::Look => self.on_seen(turn, task, answer)?,
            Step::Affiliation { who, to } => {
                let (who, to) = (who.clone(), *to);
                self.on_affiliation(turn, number, task, (who, to), answer);
            }
            Step::ReadBack { who, to } => {
                let (who, to) = (who.clone(), *to);
                on_read_back(turn, task, &who, to, answer)?;
            }
            Step::Role { nick } => {
                let nick = nick.clone();
                on_role(turn, task, nick, answer);
            }
            Step::Destroy => on_ended(self, turn, task, answer)?,
            // What came before it said nothing of what was sent.
            _ => {
                let room = task.room.clone();
                task.fail(turn, RoomsFailure::NotAllowed(room));
            }
        }
        Ok(())
    }

    fn on_seen(&mut self, turn: &mut Turn<'_>, task: Task, answer: Answer) -> Result<()> {
        let room = task.room.clone();
        match &answer {
            Ok(payload) => match payload.as_ref().and_then(features::parse) {
                Some(info) => {
                    self.on_looked_again(turn, &room, answer)?;
                    task.succeed(turn, Outcome::RoomInfo(Box::new(info)));
                }
                None => task.fail(turn, RoomsFailure::NotARoom(room)),
            },
            Err(refusal) => task.fail(turn, super::refused::no_info(&room, refusal)),
        }
        Ok(())
    }

    /// Prosody says that it did what it did not: who stands so to it is read back.
    fn on_affiliation(
        &mut self,
        turn: &mut Turn<'_>,
        number: u64,
        mut task: Task,
        (who, to_what): (BareJid, Affiliation),
        answer: Answer,
    ) {
        let room = task.room.clone();
        match answer {
            Ok(_) => {
                members::ask(turn, &room);
                let of = list_that_tells(to_what);
                task.step = Step::ReadBack { who, to: to_what };
                self.tasks.go_on(number, task);
                turn.get(Some(&to(&room)), admin::list(of), purpose(number));
            }
            Err(refusal) => {
                let is_us = who == turn.own.jid;
                let last = refusal.is("conflict") || (is_us && refusal.is("not-allowed"));
                match last && to_what != Affiliation::Owner {
                    true => task.fail(turn, RoomsFailure::LastOwner(room)),
                    false => task.refuse(turn, &refusal),
                }
            }
        }
    }
}

/// On which list somebody stands then, or must not.
fn list_that_tells(affiliation: Affiliation) -> Affiliation {
    match affiliation {
        Affiliation::None => Affiliation::Member,
        other => other,
    }
}

fn on_read_back(
    turn: &mut Turn<'_>,
    task: Task,
    who: &BareJid,
    to: Affiliation,
    answer: Answer,
) -> Result<()> {
    let listed = answer
        .ok()
        .flatten()
        .and_then(|payload| admin::parse_list(&payload, list_that_tells(to)));
    // A list that cannot be read says nothing.
    let stands = listed.is_none_or(|listed| {
        let is_on_it = listed.iter().any(|one| one.jid == *who);
        is_on_it == (to != Affiliation::None)
    });
    let room = task.room.clone();
    match stands {
        true => {
            members::on_affiliations(turn, &room, &[(who.clone(), to)])?;
            task.succeed(turn, Outcome::Done);
        }
        false => task.fail(turn, RoomsFailure::NotAllowed(room)),
    }
    Ok(())
}

fn on_role(turn: &mut Turn<'_>, task: Task, nick: Clean, answer: Answer) {
    let room = task.room.clone();
    match answer {
        Ok(_) => task.succeed(turn, Outcome::Done),
        Err(refusal) if refusal.is("item-not-found") => {
            task.fail(turn, RoomsFailure::NobodyCalled(room, nick));
        }
        Err(refusal) => task.refuse(turn, &refusal),
    }
}

fn on_ended(rooms: &mut Rooms, turn: &mut Turn<'_>, task: Task, answer: Answer) -> Result<()> {
    match answer {
        Ok(_) => {
            let room = task.room.clone();
            present::end(turn, &room)?;
            turn.rooms.remove(&room);
            rooms.broken.remove(&room);
            super::tell_standing(turn, &room, api::RoomStanding::Out { why: None });
            task.succeed(turn, Outcome::Done);
        }
        Err(refusal) => task.refuse(turn, &refusal),
    }
    Ok(())
}

pub(super) fn to(room: &BareJid) -> Jid {
    Jid::from(room.clone())
}

/// The room, if we are in it.
pub(super) fn in_it<'a>(turn: &'a Turn<'_>, room: &BareJid) -> Option<&'a InRoom> {
    turn.rooms.get(room).filter(|room| room.own_nick().is_some())
}

/// The nick as the room writes it, of somebody who is shown so.
fn called(in_room: &InRoom, shown: &Clean) -> Option<String> {
    let exact = in_room
        .occupant(shown.as_str())
        .map(|_| shown.as_str().to_owned());
    let as_shown = || {
        let mut all = in_room.occupants().map(|(nick, _)| nick);
        all.find(|nick| Clean::line(nick) == *shown).map(str::to_owned)
    };
    exact.or_else(as_shown)
}

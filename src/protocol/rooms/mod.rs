//! Rooms (XEP-0045) that this stream is in, or on the way into. Who is in one of them stands where every
//! part may look (`in_room`).
//!
//! - `entering`: the way in; `leaving`: out again; `refused`: why not; `kept`: what is kept of it;
//!   `present`: what presences say;
//! - `saying`: what a room says in messages that nobody wrote; `members`: who stands how to it;
//! - `tasks`: what is being done to them, one for each command: `making` one, `managing` and `configuring`
//!   it, `inviting` people, `moderating` what they write, `searching` for some;
//! - `pinging`: whether we are still in it (XEP-0410);
//! - `bookmarks`: the list of them that our server has, for all devices of ours.

pub(crate) mod bookmarks;
mod configuring;
mod entering;
mod inviting;
mod kept;
mod leaving;
mod making;
mod managing;
mod members;
mod moderating;
mod pinging;
mod present;
mod refused;
mod saying;
mod searching;
mod tasks;

use std::collections::{BTreeMap, VecDeque};

use crate::follow_ups::FollowUp;
use crate::iq::Answer;
use crate::purpose::RoomsPurpose;
use crate::turn::Turn;
use api::{Change, CommandId, Outcome, RoomCommand, RoomStanding, RoomState, State};
use entering::Entrance;
use minidom::Element;
use model::room::RoomNotify;
use model::{BareJid, Peer, RoomsFailure, Timestamp};
use pinging::Outages;
use stanza::muc::owner;
use store::{Result, rooms};
use tasks::{Step, Task, Tasks};

/// What is known of them beside the store, and beside who is in them.
#[derive(Default)]
pub(crate) struct Rooms {
    entries: BTreeMap<BareJid, Entrance>,
    entered: u64,
    /// Those that are still to be entered by themselves, in order.
    waiting: VecDeque<BareJid>,
    /// When something came of a room last.
    heard: BTreeMap<BareJid, Timestamp>,
    /// Those that put us out by a fault.
    broken: Outages,
    /// What is being done to them.
    tasks: Tasks,
    /// The service of our server that has rooms, once it is known.
    service: Option<BareJid>,
}

impl Rooms {
    /// A stream begins: we are in no room. Those that are to be joined by themselves are, if anybody sees us.
    pub(crate) fn log_in(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        self.lost(turn);
        *self = Self {
            entered: self.entered,
            ..Self::default()
        };
        turn.rooms.clear();
        if !turn.own.present {
            return Ok(());
        }
        let rooms = rooms::all(turn.tx, turn.own.account)?;
        let own = rooms.into_iter().filter(|room| room.autojoin && !room.suspect);
        self.waiting = own.map(|room| room.peer.address).collect();
        self.enter_next(turn)
    }

    /// The connection is gone: whoever waits for one of them is told.
    pub(crate) fn lost(&mut self, turn: &mut Turn<'_>) {
        self.entries_lost(turn);
        self.tasks.lost(turn);
    }

    /// What a front end asks of one room.
    pub(crate) fn on_command(
        &mut self,
        turn: &mut Turn<'_>,
        id: CommandId,
        room: Peer,
        what: RoomCommand,
    ) -> Result<()> {
        match what {
            RoomCommand::Join { nick, password } => {
                let nick = nick.map(|nick| nick.as_str().to_owned());
                self.join(turn, id, room.address, nick, password.map(|word| word.0))
            }
            RoomCommand::Leave => self.leave(turn, id, &room),
            RoomCommand::Members => self.ask_for_members(turn, id, &room),
            RoomCommand::Invite { who, reason } => {
                self.invite(turn, Some(id), &room.address, who, reason);
                Ok(())
            }
            RoomCommand::Moderate { message, reason } => {
                self.moderate(turn, id, &room.address, (message, reason))
            }
            RoomCommand::Decline { reason } => self.decline(turn, id, &room, reason.as_ref()),
            RoomCommand::Form => {
                self.ask_for_form(turn, id, &room.address, Step::Form);
                Ok(())
            }
            RoomCommand::Configure(fields) => {
                self.ask_for_form(turn, id, &room.address, Step::FormToFill(fields));
                Ok(())
            }
            RoomCommand::SetNotify(notify) => set_notify(turn, id, &room, notify),
            other => self.manage(turn, id, &room.address, other),
        }
    }

    fn ask_for_form(&mut self, turn: &mut Turn<'_>, id: CommandId, room: &BareJid, step: Step) {
        let number = self.task(id, room, step);
        turn.get(Some(&managing::to(room)), owner::query(), tasks::purpose(number));
    }

    /// The answer to one of our questions.
    pub(crate) fn on_answer(
        &mut self,
        turn: &mut Turn<'_>,
        purpose: RoomsPurpose,
        answer: Answer,
    ) -> Result<()> {
        match purpose {
            RoomsPurpose::Info(room) => self.on_info(turn, &room, answer),
            RoomsPurpose::List(room, affiliation, command) => {
                members::on_list(turn, &room, affiliation, command, answer)
            }
            RoomsPurpose::Ended(_) => Ok(()),
            RoomsPurpose::SelfPing(room) => self.on_ping(turn, &room, answer),
            RoomsPurpose::Task(number) => match self.tasks.take(number) {
                Some(task) => self.on_task(turn, number, task, answer),
                None => Ok(()),
            },
        }
    }

    /// The answer that something that is being done waits for.
    fn on_task(&mut self, turn: &mut Turn<'_>, number: u64, task: Task, answer: Answer) -> Result<()> {
        match &task.step {
            Step::Making(_) => self.on_made(turn, number, task, answer),
            Step::Moderate(_) => self.on_moderated(turn, number, task, answer),
            Step::Search(_) => {
                self.on_searched(turn, number, task, answer);
                Ok(())
            }
            Step::Standing { .. } | Step::Membership { .. } | Step::Invited { .. } => {
                self.on_invited(turn, number, task, answer);
                Ok(())
            }
            Step::Form | Step::FormToFill(_) | Step::Configured | Step::LookAgain => {
                self.on_configured(turn, number, task, answer)
            }
            Step::Look
            | Step::Affiliation { .. }
            | Step::ReadBack { .. }
            | Step::Role { .. }
            | Step::Topic { .. }
            | Step::Nick { .. }
            | Step::Destroy => self.on_managed(turn, number, task, answer),
        }
    }

    /// The way into a room takes too long.
    pub(crate) fn on_late(&mut self, turn: &mut Turn<'_>, number: u64) -> Result<()> {
        self.on_made_late(turn, number);
        self.on_entry_late(turn, number)
    }

    /// Whether a stanza comes from a room that we know on this stream.
    pub(crate) fn is_of_room(turn: &Turn<'_>, stanza: &Element) -> Option<BareJid> {
        let from = stanza.attr("from")?;
        let bare = from.split_once('/').map_or(from, |(bare, _)| bare);
        let room = model::address::bare(bare).ok()?;
        turn.rooms.contains_key(&room).then_some(room)
    }
}

/// How much of what is said in it the person is told.
fn set_notify(turn: &mut Turn<'_>, id: CommandId, room: &Peer, notify: RoomNotify) -> Result<()> {
    let chat = members::chat_of(turn, &room.address)?;
    let known = match chat {
        Some(chat) => rooms::get(turn.tx, chat)?,
        None => None,
    };
    let Some(mut known) = known else {
        turn.refuse(id, RoomsFailure::NotIn(room.address.clone()));
        return Ok(());
    };
    known.notify = notify;
    rooms::set_bookmark(turn.tx, &known)?;
    turn.changed(Change::Room(known.chat));
    turn.follow(FollowUp::RoomKept(known.chat));
    turn.done(id, Ok(Outcome::Done));
    Ok(())
}

/// Where we stand is told.
fn tell_standing(turn: &mut Turn<'_>, room: &BareJid, standing: RoomStanding) {
    tell(turn, room, RoomState::Standing(standing));
}

fn tell(turn: &mut Turn<'_>, room: &BareJid, state: RoomState) {
    let room = turn.peer(room);
    turn.state(State::Room { room, state });
}

fn done(turn: &mut Turn<'_>, commands: Vec<CommandId>, result: &std::result::Result<Outcome, RoomsFailure>) {
    for command in commands {
        turn.done(command, result.clone().map_err(Into::into));
    }
}

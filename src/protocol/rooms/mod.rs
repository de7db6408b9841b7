//! Rooms (XEP-0045) that this stream is in, or on the way into. Who is in one of them stands where every
//! part may look (`in_room`).
//!
//! - `entering`: the way in; `leaving`: out again; `refused`: why not; `kept`: what is kept of it;
//!   `present`: what presences say;
//! - `saying`: what a room says in messages that nobody wrote; `members`: who stands how to it;
//! - `pinging`: whether we are still in it (XEP-0410);
//! - `bookmarks`: the list of them that our server has, for all devices of ours.

pub(crate) mod bookmarks;
mod entering;
mod kept;
mod leaving;
mod members;
mod pinging;
mod present;
mod refused;
mod saying;

use std::collections::{BTreeMap, VecDeque};

use crate::iq::Answer;
use crate::purpose::RoomsPurpose;
use crate::turn::Turn;
use api::{CommandId, Outcome, RoomCommand, RoomStanding, RoomState, State};
use entering::Entrance;
use minidom::Element;
use model::{BareJid, Peer, RoomsFailure, StreamFailure, Timestamp};
use store::{Result, rooms};

/// What is known of them beside the store, and beside who is in them.
#[derive(Default)]
pub(crate) struct Rooms {
    entries: BTreeMap<BareJid, Entrance>,
    entered: u64,
    /// Those that are still to be entered by themselves, in order.
    waiting: VecDeque<BareJid>,
    /// When something came of a room last.
    heard: BTreeMap<BareJid, Timestamp>,
    /// How often a room put us out by a fault, in a row.
    broken: BTreeMap<BareJid, u32>,
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
        for entry in std::mem::take(&mut self.entries).into_values() {
            for command in entry.commands {
                turn.refuse(command, StreamFailure::NotConnected);
            }
        }
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
            _ => {
                turn.refuse(id, RoomsFailure::NotIn(room.address));
                Ok(())
            }
        }
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
        }
    }

    /// Whether a stanza comes from a room that we know on this stream.
    pub(crate) fn is_of_room(turn: &Turn<'_>, stanza: &Element) -> Option<BareJid> {
        let from = stanza.attr("from")?;
        let bare = from.split_once('/').map_or(from, |(bare, _)| bare);
        let room = model::address::bare(bare).ok()?;
        turn.rooms.contains_key(&room).then_some(room)
    }
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

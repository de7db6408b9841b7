//! The way out of a room, by the person's will: here, or on another device of theirs.

use super::{Rooms, done, tell_standing};
use crate::effect::{Effect, Timer};
use crate::follow_ups::FollowUp;
use crate::in_room::{InRoom, Standing};
use crate::turn::Turn;
use api::{Change, CommandId, Outcome, RoomStanding};
use model::{BareJid, Peer, RoomsFailure};
use stanza::muc::occupants;
use store::{Result, chats, rooms};

impl Rooms {
    /// A front end wants us out, for good.
    pub(super) fn leave(&mut self, turn: &mut Turn<'_>, command: CommandId, room: &Peer) -> Result<()> {
        let address = &room.address;
        let chat = chats::by_peer(turn.tx, room)?;
        let known = match &chat {
            Some(chat) => rooms::get(turn.tx, chat.id)?,
            None => None,
        };
        let is_in = turn.rooms.get(address).is_some_and(InRoom::is_in);
        if known.is_none() && !is_in && !self.entries.contains_key(address) {
            turn.refuse(command, RoomsFailure::NotIn(address.clone()));
            return Ok(());
        }
        self.go_out(turn, address)?;
        if let Some(mut known) = known {
            known.autojoin = false;
            rooms::set_bookmark(turn.tx, &known)?;
            turn.changed(Change::Room(known.chat));
            turn.follow(FollowUp::RoomKept(known.chat));
        }
        turn.done(command, Ok(Outcome::Done));
        Ok(())
    }

    /// Another device of ours went in.
    pub(crate) fn go_in(&mut self, turn: &mut Turn<'_>, room: &BareJid) -> Result<()> {
        if !turn.own.present || !turn.counters.online || self.waiting.contains(room) {
            return Ok(());
        }
        self.waiting.push_back(room.clone());
        self.enter_next(turn)
    }

    /// Out of it, and not in again by itself.
    pub(crate) fn go_out(&mut self, turn: &mut Turn<'_>, room: &BareJid) -> Result<()> {
        self.waiting.retain(|waiting| waiting != room);
        self.broken.remove(room);
        let standing = turn.rooms.remove(room).map(|in_room| in_room.standing);
        if let Some(Standing::In(nick) | Standing::Joining(nick)) = standing {
            turn.send(occupants::leave(room, &nick));
        }
        if let Some(entry) = self.entries.remove(room) {
            turn.effects.push(Effect::Sleep(Timer::Entry(entry.number)));
            done(turn, entry.commands, &Err(RoomsFailure::NotIn(room.clone())));
            turn.follow(FollowUp::RoomShut(room.clone()));
        }
        tell_standing(turn, room, RoomStanding::Out { why: None });
        self.enter_next(turn)
    }
}

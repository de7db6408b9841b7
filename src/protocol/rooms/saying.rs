//! What a room says in messages that nobody wrote: what changed about it, who stands how to it, what it is
//! about.

use minidom::Element;

use super::kept::{ask_what_it_is, lost, note_shown, suspect};
use super::{Rooms, members, tell};
use crate::follow_ups::FollowUp;
use crate::iq::Answer;
use crate::messages::about::moderation as taken_away;
use crate::turn::Turn;
use api::{Change, RoomState};
use model::{BareJid, Clean, RoomsNotice};
use stanza::muc::notices::{self, RoomNotice};
use stanza::muc::{features, moderation, subject};
use store::{Result, rooms};

impl Rooms {
    /// A message of a room that we know; whether there is nothing in it beside what was said here.
    pub(crate) fn on_message(
        &mut self,
        turn: &mut Turn<'_>,
        room: &BareJid,
        stanza: &Element,
    ) -> Result<bool> {
        self.heard.insert(room.clone(), turn.now);
        if let Some(topic) = subject(stanza) {
            self.tasks.on_topic(turn, room, &topic);
            tell(turn, room, RoomState::Topic(Clean::line(&topic)));
            return Ok(true);
        }
        let is_of_room = stanza.attr("from").is_some_and(|from| !from.contains('/'));
        if is_of_room && self.on_returned(turn, room, stanza)? {
            return Ok(true);
        }
        if !is_of_room || stanza.attr("type") == Some("error") {
            return Ok(false);
        }
        if let Some(said) = moderation::parse(stanza) {
            taken_away::take(turn, room, said, true)?;
            return Ok(true);
        }
        match notices::parse(stanza, room) {
            Some(RoomNotice::Affiliations(people)) => members::on_affiliations(turn, room, &people)?,
            Some(RoomNotice::Changed(_)) => {
                if let Some(in_room) = turn.rooms.get_mut(room) {
                    in_room.forgets_lists();
                }
                ask_what_it_is(turn, room);
            }
            Some(RoomNotice::Invitation(_) | RoomNotice::Declined { .. }) => return Ok(false),
            None => return Ok(false),
        }
        Ok(true)
    }

    /// What it is now, after it said that something changed.
    pub(super) fn on_looked_again(
        &mut self,
        turn: &mut Turn<'_>,
        room: &BareJid,
        answer: Answer,
    ) -> Result<()> {
        let info = answer
            .ok()
            .flatten()
            .and_then(|payload| features::parse(&payload));
        let (Some(info), Some(chat)) = (info, members::chat_of(turn, room)?) else {
            if let Some(in_room) = turn.rooms.get_mut(room) {
                in_room.is_unsure = true;
                turn.follow(FollowUp::LookAgain);
            }
            return Ok(());
        };
        if let Some(lost) = lost(turn, room, &info)? {
            suspect(turn, room)?;
            turn.notice(RoomsNotice::Lost(room.clone(), lost));
        }
        if let Some(in_room) = turn.rooms.get_mut(room) {
            in_room.features.clone_from(&info.features);
        }
        if let Some(mut kept) = rooms::get(turn.tx, chat)? {
            kept.name = info.name.or(kept.name);
            rooms::set_bookmark(turn.tx, &kept)?;
            rooms::set_features(turn.tx, chat, &info.features)?;
            note_shown(turn, room, chat)?;
        }
        turn.changed(Change::Room(chat));
        members::ask(turn, room);
        turn.follow(FollowUp::LookAgain);
        Ok(())
    }
}

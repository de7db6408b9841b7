//! What presences of a room say, and what follows for us.

use minidom::Element;

use super::{Rooms, members, tell, tell_standing};
use crate::in_room::{Gone, Happened, InRoom, Seen};
use crate::turn::Turn;
use api::{Change, OccupantView, RoomStanding, RoomState};
use model::room::{Affiliation, RoomFeature};
use model::{BareJid, Clean, PutOut, RoomsFailure, RoomsNotice};
use stanza::iq::error_of;
use stanza::muc::occupants;
use store::{Result, rooms};

impl Rooms {
    /// A presence of a room that we are in, or on the way into.
    pub(crate) fn on_presence(
        &mut self,
        turn: &mut Turn<'_>,
        room: &BareJid,
        stanza: &Element,
    ) -> Result<()> {
        self.heard.insert(room.clone(), turn.now);
        if stanza.attr("type") == Some("error") {
            return match error_of(stanza) {
                Some(error) if self.on_made_refused(turn, room, &error) => Ok(()),
                Some(error) if self.entries.contains_key(room) => self.on_refused(turn, room, &error),
                Some(error) => {
                    self.tasks.on_nick_refused(turn, room, &error);
                    Ok(())
                }
                None => Ok(()),
            };
        }
        let Some(told) = occupants::parse(stanza) else {
            return Ok(());
        };
        if let (Some(jid), true) = (&told.real, is_private(turn, room)) {
            let affiliation = told.affiliation;
            members::on_affiliations(turn, room, &[(jid.clone(), affiliation)])?;
        }
        let Some(in_room) = turn.rooms.get_mut(room) else {
            return Ok(());
        };
        let happened = in_room.on_presence(told);
        self.on_happened(turn, room, happened)
    }

    fn on_happened(&mut self, turn: &mut Turn<'_>, room: &BareJid, happened: Happened) -> Result<()> {
        match happened {
            Happened::Nothing => {}
            Happened::Entered { nick, created } => {
                if !self.on_made_entered(turn, room, &nick, created) {
                    self.on_entered(turn, room, nick, created)?;
                }
            }
            Happened::Came(nick) => {
                warn_of_outcast(turn, room, &nick);
                tell_occupant(turn, room, &nick);
            }
            Happened::Changed(nick) => tell_occupant(turn, room, &nick),
            Happened::Went { nick, .. } => tell_occupant(turn, room, &nick),
            Happened::Renamed { from, to } => {
                tell_occupant(turn, room, &from);
                tell_occupant(turn, room, &to);
            }
            Happened::WeRenamed(nick) => self.on_renamed(turn, room, &nick)?,
            Happened::Out { why, by, reason } => self.on_out(turn, room, why, (by, reason))?,
        }
        Ok(())
    }

    fn on_renamed(&mut self, turn: &mut Turn<'_>, room: &BareJid, nick: &str) -> Result<()> {
        if let Some(chat) = turn.rooms.get(room).and_then(|room| room.chat)
            && let Some(mut kept) = rooms::get(turn.tx, chat)?
        {
            nick.clone_into(&mut kept.own_nick);
            rooms::set_bookmark(turn.tx, &kept)?;
            turn.changed(Change::Room(chat));
        }
        self.tasks.on_called(turn, room, nick);
        let nick = Clean::line(nick);
        tell_standing(turn, room, RoomStanding::In { nick });
        let everybody = everybody(turn, room);
        tell(turn, room, RoomState::Everybody(everybody));
        Ok(())
    }

    /// We are in it no more, and did not want that.
    fn on_out(
        &mut self,
        turn: &mut Turn<'_>,
        room: &BareJid,
        why: Gone,
        (by, reason): (Option<Clean>, Option<Clean>),
    ) -> Result<()> {
        turn.rooms.remove(room);
        let how = match why {
            Gone::Left => {
                tell_standing(turn, room, RoomStanding::Out { why: None });
                return Ok(());
            }
            Gone::Broken => return self.on_broken(turn, room),
            Gone::Destroyed(ended) => {
                end(turn, room)?;
                if !self.tasks.ends(room) {
                    turn.notice(RoomsNotice::Destroyed {
                        room: room.clone(),
                        venue: ended.venue.clone(),
                        reason: ended.reason,
                    });
                }
                let why = Some(RoomsFailure::Destroyed(room.clone(), ended.venue));
                tell_standing(turn, room, RoomStanding::Out { why });
                return Ok(());
            }
            Gone::Kicked => PutOut::Kicked,
            Gone::Banned => PutOut::Banned,
            Gone::NoMember => PutOut::NoMember,
        };
        turn.notice(RoomsNotice::PutOut {
            room: room.clone(),
            how,
            by,
            reason,
        });
        let why = Some(RoomsFailure::PutOut(room.clone()));
        tell_standing(turn, room, RoomStanding::Out { why });
        self.fail(turn, room, &RoomsFailure::PutOut(room.clone()))
    }
}

/// It is no more: it is not joined by itself, or there may be another one of its name.
pub(super) fn end(turn: &mut Turn<'_>, room: &BareJid) -> Result<()> {
    let Some(chat) = members::chat_of(turn, room)? else {
        return Ok(());
    };
    if let Some(mut kept) = rooms::get(turn.tx, chat)? {
        kept.autojoin = false;
        rooms::set_bookmark(turn.tx, &kept)?;
        turn.follow(crate::follow_ups::FollowUp::RoomKept(chat));
        turn.changed(Change::Room(chat));
    }
    Ok(())
}

/// Whether who is a member of it can be told from presences.
fn is_private(turn: &Turn<'_>, room: &BareJid) -> bool {
    turn.rooms
        .get(room)
        .is_some_and(|room| room.features.contains(&RoomFeature::MembersOnly))
}

/// One server lets somebody who was banned while present come back into a room for members only.
fn warn_of_outcast(turn: &mut Turn<'_>, room: &BareJid, nick: &str) {
    let inside = |in_room: &InRoom| {
        let seen = in_room.occupant(nick)?;
        (in_room.features.contains(&RoomFeature::MembersOnly) && seen.affiliation == Affiliation::Outcast)
            .then_some(())
    };
    if turn.rooms.get(room).and_then(inside).is_some() {
        turn.notice(RoomsNotice::OutcastInside {
            room: room.clone(),
            nick: Clean::line(nick),
        });
    }
}

fn tell_occupant(turn: &mut Turn<'_>, room: &BareJid, nick: &str) {
    let here = turn
        .rooms
        .get(room)
        .and_then(|room| Some(view(room, room.occupant(nick)?)));
    let nick = Clean::line(nick);
    tell(turn, room, RoomState::Occupant { nick, here });
}

/// Everybody who is in it.
pub(super) fn everybody(turn: &Turn<'_>, room: &BareJid) -> Vec<(Clean, OccupantView)> {
    let Some(room) = turn.rooms.get(room) else {
        return Vec::new();
    };
    room.occupants()
        .map(|(nick, seen)| (Clean::line(nick), view(room, seen)))
        .collect()
}

fn view(room: &InRoom, seen: &Seen) -> OccupantView {
    let tells = room.features.contains(&RoomFeature::OccupantIds);
    OccupantView {
        occupant_id: seen.occupant_id.clone().filter(|_| tells),
        affiliation: seen.affiliation,
        role: seen.role,
        real: seen.real.clone(),
        presence: seen.shown.clone(),
    }
}

//! Whether we are still in a room: one that was silent for long is asked by a ping to ourselves in it
//! (XEP-0410), and one that put us out by a fault is entered again, later and later.

use std::time::Duration;

use super::Rooms;
use crate::effect::Timer;
use crate::in_room::InRoom;
use crate::iq::{Answer, Refusal};
use crate::purpose::RoomsPurpose;
use crate::turn::Turn;
use api::RoomStanding;
use minidom::Element;
use model::{BareJid, Jid, address};
use stanza::ns;
use store::Result;

/// A room that was silent for so long is asked.
const SILENT: Duration = Duration::from_secs(600);
/// So often it is looked for such rooms.
const LOOK: Duration = Duration::from_secs(300);
/// After a first fault it is tried again so soon, and never later than that.
const FIRST_TRY: Duration = Duration::from_secs(5);
const LAST_TRY: Duration = Duration::from_secs(600);

impl Rooms {
    /// The time has come: those that were put out are entered again, those that are silent are asked.
    pub(crate) fn on_timer(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        let out: Vec<BareJid> = self.broken.keys().cloned().collect();
        for room in out {
            if !turn.rooms.contains_key(&room) && !self.entries.contains_key(&room) {
                self.waiting.push_back(room);
            }
        }
        let unsure = turn.rooms.iter().filter(|(_, in_room)| in_room.is_unsure);
        let unsure: Vec<BareJid> = unsure.map(|(room, _)| room.clone()).collect();
        for room in unsure {
            super::kept::ask_what_it_is(turn, &room);
        }
        self.ping(turn, SILENT);
        if turn.rooms.values().any(InRoom::is_in) {
            wake(turn);
        }
        self.enter_next(turn)
    }

    /// The stream goes on after a pause, in which a room may have put us out.
    pub(crate) fn on_resumed(&mut self, turn: &mut Turn<'_>) {
        self.entries_go_on(turn);
        self.ping(turn, Duration::ZERO);
        wake(turn);
    }

    fn ping(&mut self, turn: &mut Turn<'_>, silent: Duration) {
        let now = turn.now;
        let is_silent = |room: &BareJid| {
            let heard = self.heard.get(room);
            heard.is_none_or(|heard| now.duration_since(*heard).unsigned_abs() >= silent)
        };
        let asked: Vec<(BareJid, Jid)> = turn
            .rooms
            .iter()
            .filter(|(room, _)| is_silent(room))
            .filter_map(|(room, in_room)| {
                let us = address::jid(&format!("{room}/{}", in_room.own_nick()?)).ok()?;
                Some((room.clone(), us))
            })
            .collect();
        for (room, us) in asked {
            turn.get(
                Some(&us),
                Element::bare("ping", ns::PING),
                RoomsPurpose::SelfPing(room),
            );
        }
    }

    /// What came of it. A server that passes the ping on, and a client of ours that does not know it, say by
    /// their errors that we are in; no answer says nothing.
    pub(super) fn on_ping(&mut self, turn: &mut Turn<'_>, room: &BareJid, answer: Answer) -> Result<()> {
        let Err(Refusal::Error(error)) = answer else {
            return Ok(());
        };
        match error.condition.as_str() {
            "not-acceptable" | "item-not-found" | "gone" => {
                turn.rooms.remove(room);
                self.broken.entry(room.clone()).or_default();
                self.waiting.push_back(room.clone());
                self.enter_next(turn)
            }
            _ => Ok(()),
        }
    }

    /// A fault of the service put us out: it is tried again by itself.
    pub(super) fn on_broken(&mut self, turn: &mut Turn<'_>, room: &BareJid) -> Result<()> {
        let times = self.broken.entry(room.clone()).or_default();
        let wait = FIRST_TRY.saturating_mul(1 << (*times).min(8)).min(LAST_TRY);
        *times = times.saturating_add(1);
        turn.wake(Timer::Rooms, wait);
        super::tell_standing(turn, room, RoomStanding::Joining);
        Ok(())
    }
}

/// It will be looked after the rooms.
pub(super) fn wake(turn: &mut Turn<'_>) {
    turn.wake(Timer::Rooms, LOOK);
}

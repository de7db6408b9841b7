//! Whether we are still in a room: one that was silent for long is asked by a ping to ourselves in it
//! (XEP-0410), and one that put us out by a fault is entered again, later and later.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Rooms;
use crate::effect::Timer;
use crate::in_room::InRoom;
use crate::iq::{Answer, Refusal};
use crate::purpose::RoomsPurpose;
use crate::turn::Turn;
use api::RoomStanding;
use minidom::Element;
use model::{BareJid, Jid, Timestamp, address};
use stanza::ns;
use store::Result;

/// A room that was silent for so long is asked.
const SILENT: Duration = Duration::from_secs(600);
/// So often it is looked for such rooms.
const LOOK: Duration = Duration::from_secs(300);
/// After a first fault it is tried again so soon, and never later than that.
const FIRST_TRY: Duration = Duration::from_secs(5);
const LAST_TRY: Duration = Duration::from_secs(600);

/// A room that put us out by a fault.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outage {
    /// How often in a row.
    times: u32,
    /// When it is tried again; while we are in it, when it let us in.
    at: Timestamp,
}

/// All of them.
pub(super) type Outages = BTreeMap<BareJid, Outage>;

impl Rooms {
    /// The time has come: those that were put out are entered again, those that are silent are asked.
    pub(crate) fn on_timer(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        let due = |fault: &Outage| fault.at <= turn.now;
        let out = self.broken.iter().filter(|(_, fault)| due(fault));
        let out: Vec<BareJid> = out.map(|(room, _)| room.clone()).collect();
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
        wake(&self.broken, turn);
        self.enter_next(turn)
    }

    /// The stream goes on after a pause, in which a room may have put us out.
    pub(crate) fn on_resumed(&mut self, turn: &mut Turn<'_>) {
        self.entries_go_on(turn);
        self.ping(turn, Duration::ZERO);
        wake(&self.broken, turn);
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
                let now = turn.now;
                let fault = Outage { times: 0, at: now };
                self.broken.entry(room.clone()).or_insert(fault);
                self.waiting.push_back(room.clone());
                self.enter_next(turn)
            }
            _ => Ok(()),
        }
    }

    /// A fault of the service put us out: it is tried again by itself.
    pub(super) fn on_broken(&mut self, turn: &mut Turn<'_>, room: &BareJid) -> Result<()> {
        let now = turn.now;
        let fault = self.broken.entry(room.clone());
        let fault = fault.or_insert(Outage { times: 0, at: now });
        if now.duration_since(fault.at).unsigned_abs() >= LAST_TRY {
            fault.times = 0;
        }
        let wait = FIRST_TRY.saturating_mul(1 << fault.times.min(8)).min(LAST_TRY);
        fault.times = fault.times.saturating_add(1);
        fault.at = now + wait;
        wake(&self.broken, turn);
        super::tell_standing(turn, room, RoomStanding::Joining);
        Ok(())
    }
}

/// It lets us in. One that does so and puts us out again has not changed for the better.
pub(super) fn let_in(broken: &mut Outages, turn: &Turn<'_>, room: &BareJid) {
    if let Some(fault) = broken.get_mut(room) {
        fault.at = turn.now;
    }
}

/// It will be looked after the rooms, at the latest when the first of those outside is to be tried.
pub(super) fn wake(broken: &Outages, turn: &mut Turn<'_>) {
    let outside = broken.iter().filter(|(room, _)| !turn.rooms.contains_key(*room));
    let outside: Vec<Timestamp> = outside.map(|(_, fault)| fault.at).collect();
    // Those whose time has come are being tried.
    let first = outside.iter().filter(|at| **at > turn.now).min();
    let wait = first.map_or(LOOK, |at| at.duration_since(turn.now).unsigned_abs().min(LOOK));
    if !outside.is_empty() || turn.rooms.values().any(InRoom::is_in) {
        turn.wake(Timer::Rooms, wait);
    }
}

//! What is older than all that is here of the open chat: whoever goes up beyond it asks the archive, and is
//! told at the top what comes of that. A hole that comes into sight so is asked for too, once while a
//! connection lasts.

use std::collections::{BTreeMap, BTreeSet};

use super::ChatPane;
use crate::app::outlet::Outlet;
use crate::ask::Context;
use crate::theme::Glyph;
use api::{Command, CommandId, Older};
use model::{ChatEventId, Peer};

/// What was asked, and what is known.
#[derive(Default)]
pub(super) struct Asking {
    open: Option<OnItsWay>,
    /// Where there is nothing more.
    ends: BTreeMap<Peer, Older>,
    holes: BTreeSet<ChatEventId>,
    /// Somebody went up while there was no connection.
    in_vain: bool,
}

/// On its way; the newest question alone counts.
struct OnItsWay {
    command: CommandId,
    peer: Peer,
    hole: bool,
}

impl ChatPane {
    /// The person went up.
    pub(super) fn went_up(&mut self, world: &Context<'_>, out: &mut Outlet) {
        let Some(open) = &self.open else { return };
        let at_beginning = open.history.at_beginning();
        let asking = &mut self.older;
        if !world.online {
            asking.in_vain |= at_beginning;
            return;
        }
        let on_its_way = asking.open.as_ref().filter(|asked| asked.peer == open.peer);
        if on_its_way.is_some() {
            return;
        }
        let hole = open.history.hole_in_sight();
        let hole = hole.filter(|hole| asking.holes.insert(*hole));
        if hole.is_none() && (!at_beginning || asking.ends.contains_key(&open.peer)) {
            return;
        }
        let peer = open.peer.clone();
        if hole.is_some() {
            let cut = world.theme.glyph(Glyph::Cut);
            out.say(format!("Asking the server for what is missing here{cut}"));
        }
        let chat = peer.clone();
        asking.open = Some(OnItsWay {
            command: out.asks(Command::ReadBack { chat, hole }),
            peer,
            hole: hole.is_some(),
        });
    }

    /// A question has ended; None: it failed, and why was said.
    pub(in crate::app) fn read_back(&mut self, command: CommandId, older: Option<Older>, out: &mut Outlet) {
        let asked = self.older.open.take_if(|asked| asked.command == command);
        let (Some(asked), Some(older)) = (asked, older) else {
            return;
        };
        match (asked.hole, older) {
            (true, Older::Nothing) => out.say("The server has nothing of what is missing here."),
            (true, _) | (false, Older::More) => {}
            (false, end) => {
                self.older.ends.insert(asked.peer, end);
            }
        }
    }

    /// With the connection goes what was asked on it; where the archive begins stays known.
    pub(super) fn forget_older(&mut self) {
        let ends = std::mem::take(&mut self.older.ends);
        self.older = Asking {
            ends,
            ..Asking::default()
        };
    }

    /// What is said above the oldest entry.
    pub(super) fn words_of_older(&self, world: &Context<'_>) -> Option<String> {
        let peer = &self.open.as_ref()?.peer;
        let asked = self.older.open.as_ref();
        let reading = asked.is_some_and(|asked| asked.peer == *peer && !asked.hole);
        let words = match self.older.ends.get(peer) {
            _ if reading => format!("reading older messages{}", world.theme.glyph(Glyph::Cut)),
            Some(Older::Nothing) => "nothing older at the server".to_owned(),
            Some(Older::Deleted) => "what is older was deleted here".to_owned(),
            _ if self.older.in_vain && !world.online => "offline: cannot read older messages".to_owned(),
            _ => return None,
        };
        Some(words)
    }
}

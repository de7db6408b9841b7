//! What is kept of a chat: its draft and place, with the store and, for those that were open before, here.

use std::time::Duration;

use super::ChatPane;
use crate::app::outlet::Outlet;
use crate::composer::{Composer, Edit};
use api::{Command, Remembered};
use model::{Clean, Peer, Place, Timestamp};

/// How long after the last key a draft is stored.
const DRAFT: Duration = Duration::from_secs(2);
/// Composers of chats that are not open are kept for so many of them; the store has the drafts of the others.
const PARKED: usize = 50;

/// A chat that was open before.
pub(super) struct Parked {
    pub(super) composer: Composer,
    pub(super) place: Option<Place>,
    pub(super) stored: String,
}

impl ChatPane {
    pub(super) fn remember(&self, what: Remembered, out: &mut Outlet) {
        if let Some(open) = &self.open {
            let chat = open.peer.clone();
            out.quietly(Command::Remember { chat, what });
        }
    }

    /// The composer's text changed: its draft is due in a while.
    pub(in crate::app) fn touched(&mut self, now: Timestamp) {
        self.draft_due = now.checked_add(DRAFT).ok();
    }

    /// When the draft is to be stored.
    pub(in crate::app) fn due(&self) -> Option<Timestamp> {
        self.draft_due
    }

    pub(in crate::app) fn on_tick(&mut self, now: Timestamp, out: &mut Outlet) {
        if self.draft_due.is_some_and(|due| due <= now) {
            self.keep_draft(out);
        }
    }

    /// Has the draft stored, if it changed.
    fn keep_draft(&mut self, out: &mut Outlet) {
        self.draft_due = None;
        if let Some(open) = &mut self.open
            && open.stored != self.composer.text()
        {
            open.stored = self.composer.text().to_owned();
            let draft = Clean::new(&open.stored);
            self.remember(Remembered::Draft(draft), out);
        }
    }

    /// Has the draft and the place of the open chat stored.
    pub(in crate::app) fn keep(&mut self, out: &mut Outlet) {
        self.keep_draft(out);
        if let Some(open) = self.open.as_ref().filter(|open| open.chat.is_some()) {
            self.remember(Remembered::Place(open.history.place()), out);
        }
    }

    /// Puts the open chat aside.
    pub(in crate::app) fn park(&mut self, out: &mut Outlet) {
        self.keep(out);
        let Some(open) = self.open.take() else { return };
        let composer = std::mem::take(&mut self.composer);
        while self.parked.len() >= PARKED {
            self.parked.pop_first();
        }
        let parked = Parked {
            place: open.history.place(),
            composer,
            stored: open.stored,
        };
        self.parked.insert(open.peer, parked);
    }

    /// A message that could not be stored goes back to where it was written, before what was written since.
    pub(in crate::app) fn give_back(&mut self, peer: &Peer, text: &str, out: &mut Outlet) {
        let open = self.open.as_ref().is_some_and(|open| open.peer == *peer);
        let composer = match self.parked.get_mut(peer) {
            _ if open => &mut self.composer,
            Some(parked) => &mut parked.composer,
            None => {
                let (chat, what) = (peer.clone(), Remembered::Draft(Clean::new(text)));
                return out.quietly(Command::Remember { chat, what });
            }
        };
        if !composer.put_back(text) {
            composer.edit(Edit::TextStart);
            composer.paste(&format!("{text}\n"));
            composer.edit(Edit::TextEnd);
        }
    }

    /// What the screen itself holds of a chat that is being deleted.
    pub(in crate::app) fn forget_chat(&mut self, peer: &Peer) {
        self.parked.remove(peer);
        if let Some(open) = self.open.as_mut().filter(|open| open.peer == *peer) {
            open.stored.clear();
            self.composer = Composer::default();
            self.draft_due = None;
        }
    }
}

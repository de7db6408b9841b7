//! What is kept of a chat: its draft and place, with the store and, for those that were open before, here.

use std::time::Duration;

use super::ChatPane;
use super::intent::{Intent, Writing};
use crate::app::outlet::{Outlet, Unsaid};
use crate::composer::Composer;
use api::{Command, Remembered};
use model::{Clean, DraftAbout, Peer, Place, Timestamp};

/// How long after the last key a draft is stored.
const DRAFT: Duration = Duration::from_secs(2);
/// Composers of chats that are not open are kept for so many of them; the store has the drafts of the others.
const PARKED: usize = 50;

/// A chat that was open before.
pub(super) struct Parked {
    pub(super) composer: Composer,
    pub(super) intent: Option<Intent>,
    pub(super) place: Option<Place>,
    pub(super) stored: StoredDraft,
}

/// A draft as the store has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct StoredDraft {
    pub(super) text: String,
    pub(super) about: Option<DraftAbout>,
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
        let text = self.composer.text().to_owned();
        let about = self.intent.as_ref().map(|intent| intent.about);
        let about = about.filter(|_| !text.is_empty());
        let draft = StoredDraft { text, about };
        if let Some(open) = &mut self.open
            && open.stored != draft
        {
            let text = Clean::new(&draft.text);
            open.stored = draft;
            self.remember(Remembered::Draft { text, about }, out);
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
        let intent = self.intent.take();
        while self.parked.len() >= PARKED {
            self.parked.pop_first();
        }
        let parked = Parked {
            place: open.history.place(),
            composer,
            intent,
            stored: open.stored,
        };
        self.parked.insert(open.peer, parked);
    }

    /// What could not be stored goes back to where it was written.
    pub(in crate::app) fn give_back(&mut self, unsaid: Unsaid, out: &mut Outlet) {
        let Unsaid { peer, text, about } = unsaid;
        let open = self.open.as_ref().is_some_and(|open| open.peer == peer);
        let mut writing = match self.parked.get_mut(&peer) {
            _ if open => Writing {
                composer: &mut self.composer,
                intent: &mut self.intent,
            },
            Some(parked) => Writing {
                composer: &mut parked.composer,
                intent: &mut parked.intent,
            },
            None => {
                let text = Clean::new(&text);
                let what = Remembered::Draft { text, about };
                return out.quietly(Command::Remember { chat: peer, what });
            }
        };
        writing.give_back(&text, about);
    }

    /// What the screen itself holds of a chat that is being deleted.
    pub(in crate::app) fn forget_chat(&mut self, peer: &Peer) {
        self.parked.remove(peer);
        if let Some(open) = self.open.as_mut().filter(|open| open.peer == *peer) {
            open.stored = StoredDraft::default();
            self.composer = Composer::default();
            self.intent = None;
            self.draft_due = None;
        }
    }
}

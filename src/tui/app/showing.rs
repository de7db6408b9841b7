//! What is seen: pages, questions, panes.

use super::notice::Holds;
use super::{App, Focus};
use crate::action::Action;
use crate::ask::{PageName, QuestionName};
use model::{Peer, Timestamp};
use store::{self, Reads};

impl App {
    pub(super) fn show(&mut self, name: &PageName, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let world = self.facts.world(store, now);
        self.asking.show(&world, name, &mut self.out)?;
        self.panes.focus = Focus::Composer;
        Ok(())
    }

    pub(super) fn put(&mut self, name: QuestionName, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        self.asking.put(&self.facts.world(store, now), name)
    }

    pub(super) fn close_page(&mut self) {
        self.asking.page = None;
        self.stale.history = true;
        self.stale.recipients = true;
    }

    /// The keys of whoever reads the open chat: in a room those of its people, one by one.
    pub(super) fn show_keys(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let page = match (&self.facts.chat, self.open_room()) {
            (_, Some(room)) => PageName::Members(room),
            (Some(peer), None) => PageName::Fingerprints(peer.clone()),
            (None, None) => PageName::Devices,
        };
        self.show(&page, store, now)
    }

    fn open_room(&self) -> Option<Peer> {
        let open = self.chat_pane.open.as_ref()?;
        open.room.as_ref().map(|room| room.peer.clone())
    }

    /// Where there is no room for the pane, the people of a room are shown in the history's place.
    pub(super) fn toggle_details(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        if let Some(room) = self.open_room().filter(|_| !self.panes.three()) {
            return self.show(&PageName::Members(room), store, now);
        }
        self.panes.toggle_details();
        if !self.panes.three() {
            let key = self.facts.keymap.name(Action::Fingerprints);
            let words = format!("The details pane needs 120 columns; {key} shows keys.");
            self.out.say_while(Holds::TooNarrow, words);
        }
        Ok(())
    }

    /// Shows or hides the list. Where there is one pane, that is going there and back.
    pub(super) fn toggle_list(&mut self) {
        match self.panes.one() {
            true => self.focus_list(),
            false => self.panes.toggle_list(),
        }
    }

    pub(super) fn focus_list(&mut self) {
        self.panes.focus_list();
        // Whoever comes to the list stands on the chat that is open.
        if self.panes.focus == Focus::List
            && let Some(peer) = &self.facts.chat
        {
            self.list_pane.choose(peer);
        }
    }
}

//! From chat to chat: by the list, by a step, by what is unread.

use super::notice::Holds;
use super::{App, Focus};
use crate::model::Timestamp;
use crate::store::{self, Reads};
use crate::tui::action::Action;

impl App {
    /// The first row of the list that is shown in a pane of so many rows: the chosen or open one is in sight.
    pub fn list_top(&self, rows: usize) -> usize {
        let at = match self.focus {
            Focus::List => self.chosen,
            Focus::Composer => self
                .list
                .entries
                .iter()
                .position(|entry| Some(&entry.jid) == self.facts.chat.as_ref())
                .unwrap_or(0),
        };
        (at + 1).saturating_sub(rows.max(1))
    }

    /// The list as the store has it: a key may come in the same breath as a message.
    fn fresh_list(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        match std::mem::take(&mut self.stale.list) {
            true => self.read_list(store, now),
            false => Ok(()),
        }
    }

    /// The chat `by` rows further in the list.
    pub(super) fn step(&mut self, by: isize, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        self.fresh_list(store, now)?;
        let entries = &self.list.entries;
        let here = entries
            .iter()
            .position(|entry| Some(&entry.jid) == self.facts.chat.as_ref());
        let at = match here {
            Some(here) => here.checked_add_signed(by),
            None => Some(0),
        };
        match at.and_then(|at| entries.get(at)).map(|entry| entry.jid.clone()) {
            Some(jid) => self.open_chat(&jid, store, now),
            None => Ok(()),
        }
    }

    /// The chosen chat of the list.
    pub(super) fn open_chosen(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        match self.list.entries.get(self.chosen).map(|entry| entry.jid.clone()) {
            Some(jid) => self.open_chat(&jid, store, now),
            None => Ok(()),
        }
    }

    /// The next chat with something unread, after the open one and around.
    pub(super) fn next_unread(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        self.fresh_list(store, now)?;
        let entries = &self.list.entries;
        let here = entries
            .iter()
            .position(|entry| Some(&entry.jid) == self.facts.chat.as_ref())
            .map_or(0, |here| here + 1);
        let found = entries
            .iter()
            .cycle()
            .skip(here)
            .take(entries.len())
            .find(|entry| entry.unread > 0)
            .map(|entry| entry.jid.clone());
        match found {
            // It is open, and scrolled back.
            Some(jid) if Some(&jid) == self.facts.chat.as_ref() => self.perform(Action::Newest, store, now),
            Some(jid) => self.open_chat(&jid, store, now),
            None => {
                self.say_while(Holds::NothingUnread, "Nothing is unread.");
                Ok(())
            }
        }
    }
}

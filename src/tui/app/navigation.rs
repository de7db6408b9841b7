//! From chat to chat: by the list, by a step, by what is unread.

use ratatui::layout::Rect;

use super::notice::Holds;
use super::{App, Focus};
use crate::action::Action;
use crate::list::{Entry, Row};
use model::{BareJid, Timestamp};
use store::{self, Reads};

/// From so many columns and lines on, the list has room for the last words of each chat.
const ROOMY: (u16, u16) = (28, 36);

impl App {
    /// Whether an entry of the list has a line for its last words, in an area so high and wide.
    pub fn is_roomy(area: Rect) -> bool {
        area.height >= ROOMY.1 && area.width >= ROOMY.0
    }

    /// Lines of a row.
    pub fn lines_of(&self, row: Row, roomy: bool) -> u16 {
        match row {
            Row::Entry(place) if roomy && place < self.list.chats => 2,
            Row::Entry(_) | Row::Contacts { .. } => 1,
        }
    }

    /// The first row of the list that is shown in this area: the chosen or open one is in sight.
    pub fn list_top(&self, area: Rect) -> usize {
        let at = match self.focus {
            Focus::List => Some(self.chosen),
            Focus::Composer => self.facts.chat.as_ref().and_then(|jid| self.row_of(jid)),
        };
        let at = at.unwrap_or(0);
        let roomy = Self::is_roomy(area);
        let mut left = area.height;
        let mut top = at;
        for row in (0..=at).rev() {
            let lines = self.rows.get(row).map_or(1, |row| self.lines_of(row, roomy));
            let Some(rest) = left.checked_sub(lines) else {
                break;
            };
            (left, top) = (rest, row);
        }
        top
    }

    /// Makes the rows anew: for what was read, who is here, and what the person wants.
    pub(super) fn arrange_rows(&mut self) {
        let here = &self.facts.here;
        let is_here = |jid: &BareJid| here.contains_key(jid);
        let known: Option<&dyn Fn(&BareJid) -> bool> = match self.facts.online {
            true => Some(&is_here),
            false => None,
        };
        self.rows.arrange(&self.list, known);
        self.chosen = self.chosen.min(self.rows.len().saturating_sub(1));
    }

    /// The row of somebody.
    fn row_of(&self, jid: &BareJid) -> Option<usize> {
        let place = self.list.entries.iter().position(|entry| entry.jid == *jid)?;
        self.rows.of(place)
    }

    /// The entry of a row.
    pub(super) fn entry_of(&self, row: usize) -> Option<&Entry> {
        match self.rows.get(row)? {
            Row::Entry(place) => self.list.entries.get(place),
            Row::Contacts { .. } => None,
        }
    }

    /// Chooses the row of somebody, if there is one.
    pub(super) fn choose(&mut self, jid: &BareJid) {
        if let Some(row) = self.row_of(jid) {
            self.chosen = row;
        }
    }

    /// What is chosen: an entry, or (None) the row above the contacts.
    pub(super) fn chosen_row(&self) -> Option<Option<BareJid>> {
        self.rows.get(self.chosen)?;
        Some(self.entry_of(self.chosen).map(|entry| entry.jid.clone()))
    }

    /// Chooses the same after the rows have changed.
    pub(super) fn choose_again(&mut self, chosen: Option<Option<BareJid>>) {
        match chosen {
            Some(Some(jid)) => self.choose(&jid),
            Some(None) => {
                let heading = |row: &(usize, Row)| matches!(row.1, Row::Contacts { .. });
                if let Some((at, _)) = self.rows.from(0).find(heading) {
                    self.chosen = at;
                }
            }
            None => {}
        }
    }

    /// Folds the contacts, or opens them.
    pub(super) fn fold_contacts(&mut self) {
        let chosen = self.chosen_row();
        self.rows.fold();
        self.arrange_rows();
        self.choose_again(chosen);
    }

    /// Shows contacts who are offline, or hides them.
    pub(super) fn set_offline(&mut self, shown: Option<bool>) {
        let chosen = self.chosen_row();
        self.rows.hide_offline = shown.map_or(!self.rows.hide_offline, |shown| !shown);
        self.arrange_rows();
        self.choose_again(chosen);
        self.say(match self.rows.hide_offline {
            true => "Contacts who are offline are left out of the list.",
            false => "Contacts who are offline stand in the list too.",
        });
    }

    /// The list as the store has it: a key may come in the same breath as a message.
    fn fresh_list(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let names = std::mem::take(&mut self.stale.list);
        match std::mem::take(&mut self.stale.chats) || names {
            true => self.read_list(names, store, now),
            false => Ok(()),
        }
    }

    /// The chat `by` rows further in the list.
    pub(super) fn step(&mut self, by: isize, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        self.fresh_list(store, now)?;
        let here = self.facts.chat.as_ref().and_then(|jid| self.row_of(jid));
        let mut at = match here {
            Some(here) => here.checked_add_signed(by),
            None => Some(0),
        };
        // The row above the contacts is no chat.
        if at.is_some_and(|at| matches!(self.rows.get(at), Some(Row::Contacts { .. }))) {
            at = at.and_then(|at| at.checked_add_signed(by));
        }
        match at.and_then(|at| self.entry_of(at)).map(|entry| entry.jid.clone()) {
            Some(jid) => self.open_chat(&jid, store, now),
            None => Ok(()),
        }
    }

    /// The chosen chat of the list.
    pub(super) fn open_chosen(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        self.open_row(self.chosen, store, now)
    }

    /// Opens the chat of a row; the one above the contacts folds them.
    pub(super) fn open_row(&mut self, row: usize, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        if let Some(Row::Contacts { .. }) = self.rows.get(row) {
            self.fold_contacts();
            return Ok(());
        }
        match self.entry_of(row).map(|entry| entry.jid.clone()) {
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

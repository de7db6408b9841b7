//! Which rows the list's pane has: the chats, one row that folds the contacts, and the contacts, with or
//! without those who are offline.

use super::ChatList;
use model::BareJid;

/// One row of the pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRow {
    /// The entry at this place of the list.
    Entry(usize),
    /// Above the contacts: how many there are, and how many of them are not shown for being offline.
    Contacts { all: usize, hidden: usize, folded: bool },
}

/// The rows as the person wants them.
#[derive(Debug, Default)]
pub struct ListRows {
    /// None: as it is fit, folded where there are chats.
    pub folded: Option<bool>,
    /// Contacts who are offline are left out.
    pub hide_offline: bool,
    rows: Vec<ListRow>,
}

impl ListRows {
    /// None yet.
    pub fn new(hide_offline: bool) -> Self {
        Self {
            hide_offline,
            ..Self::default()
        }
    }

    /// Makes them anew; `is_here` says who is online, None: nobody knows.
    pub fn arrange(&mut self, list: &ChatList, is_here: Option<&dyn Fn(&BareJid) -> bool>) {
        let all = list.entries.len() - list.chats.min(list.entries.len());
        let folded = self.folded.unwrap_or(list.chats > 0);
        self.rows.clear();
        self.rows.extend((0..list.chats).map(ListRow::Entry));
        if all == 0 {
            return;
        }
        let heading = self.rows.len();
        self.rows.push(ListRow::Contacts {
            all,
            hidden: 0,
            folded,
        });
        if folded {
            return;
        }
        let hides = self.hide_offline;
        let shown = list
            .entries
            .iter()
            .enumerate()
            .skip(list.chats)
            .filter(|(_, entry)| {
                !hides
                    || entry.unread > 0
                    || entry.attention
                    || is_here.is_none_or(|is_here| is_here(&entry.peer.address))
            });
        self.rows.extend(shown.map(|(place, _)| ListRow::Entry(place)));
        let hidden = all - (self.rows.len() - heading - 1);
        if let Some(row) = self.rows.get_mut(heading) {
            *row = ListRow::Contacts { all, hidden, folded };
        }
    }

    pub fn get(&self, at: usize) -> Option<ListRow> {
        self.rows.get(at).copied()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row of the entry at this place of the list, if it is shown.
    pub fn of(&self, place: usize) -> Option<usize> {
        self.rows.iter().position(|row| *row == ListRow::Entry(place))
    }

    /// The rows from `top` on, each with its number.
    pub fn from(&self, top: usize) -> impl Iterator<Item = (usize, ListRow)> + '_ {
        self.rows.iter().copied().enumerate().skip(top)
    }

    /// Folds the contacts, or opens them.
    pub fn fold(&mut self) {
        let folded = self.rows.iter().find_map(|row| match row {
            ListRow::Contacts { folded, .. } => Some(*folded),
            ListRow::Entry(_) => None,
        });
        self.folded = folded.map(|folded| !folded).or(self.folded);
    }
}

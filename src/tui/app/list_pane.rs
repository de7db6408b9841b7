//! The pane of the list: what the store has of it, which rows are shown, and which one is chosen.

use std::collections::BTreeSet;

use ratatui::layout::Rect;

use super::notice::Holds;
use super::outlet::Outlet;
use super::panes::Focus;
use super::shape::Stale;
use crate::ask::Context;
use crate::list::{ChatList, ListEntry, ListRow, ListRows};
use model::{BareJid, ChatId, Peer};
use store::{self, contacts};

/// From so many columns and lines on, the list has room for the last words of each chat.
const ROOMY: (u16, u16) = (28, 36);

/// What is chosen: an entry, or (None) the row above the contacts.
type Chosen = Option<Option<Peer>>;

/// The pane of the list.
pub struct ListPane {
    pub list: ChatList,
    /// Which rows of it the pane has.
    pub rows: ListRows,
    /// The chosen row while the list has the focus.
    pub chosen: usize,
    /// Strangers who ask to be contacts, or wrote first.
    pub requests: usize,
    /// Who asks to be a contact.
    asking: BTreeSet<Peer>,
    /// Messages of ours that wait to be sent.
    queued: usize,
}

impl ListPane {
    /// Nothing yet.
    pub(super) fn new(hide_offline: bool) -> Self {
        Self {
            list: ChatList::default(),
            rows: ListRows::new(hide_offline),
            chosen: 0,
            requests: 0,
            asking: BTreeSet::new(),
            queued: 0,
        }
    }

    /// Reads again what of the list is stale.
    pub(super) fn read(&mut self, world: &Context<'_>, stale: &Stale, out: &mut Outlet) -> store::Result<()> {
        let chosen = self.choice();
        for jid in &stale.contacts {
            if stale.list {
                break;
            }
            match self.list.read_contact(world, jid)? {
                true => self.asking.insert(world.peer(jid)),
                false => self.asking.remove(&world.peer(jid)),
            };
        }
        if stale.list {
            self.list = ChatList::read(world)?;
        } else if stale.keys {
            self.list.read_keys(world)?;
        } else if stale.chats {
            self.list.read_chats(world)?;
        } else if !stale.some_chats.is_empty() || !stale.messages.is_empty() {
            let chats: Vec<ChatId> = stale.some_chats.iter().copied().collect();
            self.list.read_changed(world, &chats, &stale.messages)?;
        }
        if stale.list || stale.chats {
            let asking = contacts::asking(&world.store, world.account)?;
            self.asking = asking
                .into_iter()
                .map(|jid| Peer::new(world.account, jid))
                .collect();
        }
        self.count_requests(out);
        self.queued = store::outbox::count(&world.store, world.account)?;
        self.arrange(world);
        self.choose_again(chosen);
        Ok(())
    }

    /// Counts who waits; whoever is new is said.
    fn count_requests(&mut self, out: &mut Outlet) {
        let asking = &self.asking;
        let both = asking
            .iter()
            .filter(|peer| self.list.request(peer).is_some())
            .count();
        let requests = self.list.requests.len() + asking.len() - both;
        if requests > std::mem::replace(&mut self.requests, requests) {
            // What to do stands first: a small screen has no room for the rest.
            let words = match (requests, self.list.requests.is_empty()) {
                (1, true) => "/requests: somebody asks to be your contact".to_owned(),
                (many, true) => format!("/requests: {many} people ask to be your contacts"),
                (1, false) => "/requests: somebody whom you do not know writes".to_owned(),
                (many, false) => format!("/requests: {many} people whom you do not know wait"),
            };
            out.say_while(Holds::Asked, words);
        }
    }

    /// Makes the rows anew: for what was read, who is here, and what the person wants.
    pub(super) fn arrange(&mut self, world: &Context<'_>) {
        let is_here = |jid: &BareJid| world.here.contains_key(jid);
        let known: Option<&dyn Fn(&BareJid) -> bool> = match world.online {
            true => Some(&is_here),
            false => None,
        };
        self.rows.arrange(&self.list, known);
        self.chosen = self.chosen.min(self.rows.len().saturating_sub(1));
    }

    /// How many messages wait to be sent; nothing if none does.
    pub fn queued_words(&self) -> String {
        match self.queued {
            0 => String::new(),
            queued => format!(" {queued} queued "),
        }
    }

    /// What of somebody, a contact or a stranger, is unread.
    pub(super) fn unread_of(&self, peer: &Peer) -> u64 {
        let chat = self.list.find(peer).map(|entry| entry.unread);
        let request = || self.list.request(peer).map(|request| request.unread);
        chat.or_else(request).unwrap_or(0)
    }

    pub(super) fn unread(&self) -> u64 {
        self.list.entries.iter().map(|entry| entry.unread).sum()
    }

    /// Whether an entry has a line for its last words, in an area so high and wide.
    pub fn is_roomy(area: Rect) -> bool {
        area.height >= ROOMY.1 && area.width >= ROOMY.0
    }

    /// Lines of a row.
    pub fn lines_of(&self, row: ListRow, roomy: bool) -> u16 {
        match row {
            ListRow::Entry(place) if roomy && place < self.list.chats => 2,
            ListRow::Entry(_) | ListRow::Contacts { .. } => 1,
        }
    }

    /// The first row that is shown in this area: the chosen one, or that of the open chat, is in sight.
    pub fn top(&self, area: Rect, focus: Focus, open: Option<&Peer>) -> usize {
        let at = match focus {
            Focus::List => Some(self.chosen),
            Focus::Composer => open.and_then(|peer| self.row_of(peer)),
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

    /// The row that stands on this line of its area, whose first row is `top`.
    pub(super) fn row_at(&self, area: Rect, top: usize, line: u16) -> Option<usize> {
        let roomy = Self::is_roomy(area);
        let mut below = line;
        for (at, row) in self.rows.from(top) {
            match below.checked_sub(self.lines_of(row, roomy)) {
                Some(rest) => below = rest,
                None => return Some(at),
            }
        }
        None
    }

    /// The row of somebody.
    fn row_of(&self, peer: &Peer) -> Option<usize> {
        let place = self.list.entries.iter().position(|entry| entry.peer == *peer)?;
        self.rows.of(place)
    }

    /// The entry of a row.
    pub(super) fn entry_of(&self, row: usize) -> Option<&ListEntry> {
        match self.rows.get(row)? {
            ListRow::Entry(place) => self.list.entries.get(place),
            ListRow::Contacts { .. } => None,
        }
    }

    pub(super) fn is_heading(&self, row: usize) -> bool {
        matches!(self.rows.get(row), Some(ListRow::Contacts { .. }))
    }

    /// Chooses the row of somebody, if there is one.
    pub(super) fn choose(&mut self, peer: &Peer) {
        if let Some(row) = self.row_of(peer) {
            self.chosen = row;
        }
    }

    /// Chooses a row so much further.
    pub(super) fn move_choice(&mut self, by: isize) {
        let last = self.rows.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
    }

    fn choice(&self) -> Chosen {
        self.rows.get(self.chosen)?;
        Some(self.entry_of(self.chosen).map(|entry| entry.peer.clone()))
    }

    /// Chooses the same after the rows have changed.
    fn choose_again(&mut self, chosen: Chosen) {
        match chosen {
            Some(Some(peer)) => self.choose(&peer),
            Some(None) => {
                let heading = |row: &(usize, ListRow)| matches!(row.1, ListRow::Contacts { .. });
                if let Some((at, _)) = self.rows.from(0).find(heading) {
                    self.chosen = at;
                }
            }
            None => {}
        }
    }

    /// Folds the contacts, or opens them.
    pub(super) fn fold(&mut self, world: &Context<'_>) {
        let chosen = self.choice();
        self.rows.fold();
        self.arrange(world);
        self.choose_again(chosen);
    }

    /// Shows contacts who are offline, or hides them.
    pub(super) fn set_offline(&mut self, world: &Context<'_>, shown: Option<bool>, out: &mut Outlet) {
        let chosen = self.choice();
        self.rows.hide_offline = shown.map_or(!self.rows.hide_offline, |shown| !shown);
        self.arrange(world);
        self.choose_again(chosen);
        out.say(match self.rows.hide_offline {
            true => "Contacts who are offline are left out of the list.",
            false => "Contacts who are offline stand in the list too.",
        });
    }

    /// Who stands `by` rows further than the open chat.
    pub(super) fn neighbour(&self, open: Option<&Peer>, by: isize) -> Option<Peer> {
        let mut at = match open.and_then(|peer| self.row_of(peer)) {
            Some(here) => here.checked_add_signed(by),
            None => Some(0),
        };
        // The row above the contacts is no chat.
        if at.is_some_and(|at| self.is_heading(at)) {
            at = at.and_then(|at| at.checked_add_signed(by));
        }
        at.and_then(|at| self.entry_of(at))
            .map(|entry| entry.peer.clone())
    }

    /// The next chat with something unread, after the open one and around.
    pub(super) fn next_unread(&self, open: Option<&Peer>) -> Option<Peer> {
        let entries = &self.list.entries;
        let here = entries
            .iter()
            .position(|entry| Some(&entry.peer) == open)
            .map_or(0, |here| here + 1);
        entries
            .iter()
            .cycle()
            .skip(here)
            .take(entries.len())
            .find(|entry| entry.unread > 0)
            .map(|entry| entry.peer.clone())
    }
}

//! Reading again what changed, and opening a chat: what of that goes through several parts.

use super::notice::Holds;
use super::shape::Stale;
use super::{App, Focus, warning};
use crate::layout::{self, Areas};
use crate::recipients::ChatSecurity;
use crate::text;
use crate::theme::{Glyph, Part};
use model::{Peer, Timestamp};
use store::{self, Reads, chats};

impl App {
    /// The parts as they stand now.
    pub fn areas(&self, store: &dyn Reads, now: Timestamp) -> Areas {
        let cut = self.facts.theme.glyph(Glyph::Cut);
        let footer = self.out.notices.height(self.notice_columns(), cut);
        let size = self.panes.size;
        let mut wanted = self.panes.wanted(self.asking.page.is_some(), footer);
        let columns = layout::areas(size, wanted).composer.width;
        wanted.composer = self.chat_pane.composer_lines(columns);
        wanted.heading = self.chat_pane.heading().is_some();
        wanted.warning = match self.warning() {
            Some((words, _)) => {
                let lines = text::wrap(&words, usize::from(columns.saturating_sub(2).max(1))).len();
                u16::try_from(lines).unwrap_or(u16::MAX)
            }
            None => 0,
        };
        if let Some((_, question)) = &self.asking.question {
            wanted.question = question.height(&self.facts.world(store, now), columns);
        }
        layout::areas(size, wanted)
    }

    /// What is the matter with the room whose history is seen, and how that is painted.
    pub fn warning(&self) -> Option<(String, Part)> {
        let open = self
            .chat_pane
            .open
            .as_ref()
            .filter(|_| self.asking.page.is_none());
        warning::of(&self.facts.connectivity, open?)
    }

    /// What there is to say, in at most `most` lines, each with room for its sign and for what is queued.
    pub fn notice_lines(&self, most: u16) -> Vec<String> {
        let cut = self.facts.theme.glyph(Glyph::Cut);
        self.out.notices.lines(self.notice_columns(), most, cut)
    }

    fn notice_columns(&self) -> usize {
        usize::from(self.panes.size.0).saturating_sub(text::width(&self.list_pane.queued_words()))
    }

    /// Opens what was open last, else the chat with the newest message; without any, the list has the focus.
    pub(super) fn begin(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        self.read_list(&Stale::all(), store, now)?;
        let last = chats::current(&store, self.facts.account)?.map(|chat| chat.peer);
        let first = self.first_listed();
        match last.or(first) {
            Some(peer) => self.open_chat(&peer, store, now),
            None => Ok(()),
        }
    }

    pub(super) fn read_again(
        &mut self,
        stale: &Stale,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        if stale.of_list() {
            self.read_list(stale, store, now)?;
            self.open_the_first(store, now)?;
        }
        self.list_pane.arrange(&self.facts.world(store, now));
        if stale.recipients {
            self.read_recipients(store, now)?;
        }
        if stale.parts {
            self.asking.refresh(&self.facts.world(store, now))?;
        }
        // Before the history gets its size: it has the lines that a notice took.
        self.take_back_what_ended();
        let area = self.areas(store, now).history;
        let world = self.facts.world(store, now);
        self.chat_pane.settle(&world, stale, (area.width, area.height))?;
        self.asking.ask_what_waits(&world)
    }

    fn read_list(&mut self, stale: &Stale, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let world = self.facts.world(store, now);
        self.list_pane.read(&world, stale, &mut self.out)
    }

    /// The list as the store has it: a key may come in the same breath as a message.
    pub(super) fn fresh_list(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let stale = self.stale.take_list();
        match stale.of_list() {
            true => self.read_list(&stale, store, now),
            false => Ok(()),
        }
    }

    fn read_recipients(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let world = self.facts.world(store, now);
        let Some(open) = &mut self.chat_pane.open else {
            return Ok(());
        };
        let listed = self.list_pane.list.find(&open.peer);
        open.read_people(&world, listed.map(|entry| entry.name.as_str()))?;
        self.asking.ask_about(&open.peer, &open.recipients);
        // A stranger who was accepted meanwhile: of whom nothing was asked before.
        self.chat_pane.refresh_devices(world.online, &mut self.out);
        Ok(())
    }

    /// Reads again who can read what is typed, if that may have changed since the last frame. True if it is
    /// less protected than the truth line said: that line changes before the message goes, never after.
    pub(super) fn less_protected(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<bool> {
        if !std::mem::take(&mut self.stale.recipients) {
            return Ok(false);
        }
        let security = |app: &Self| {
            let open = app.chat_pane.open.as_ref();
            open.map(|open| open.recipients.security)
        };
        let before = security(self);
        self.read_recipients(store, now)?;
        Ok(match (before, security(self)) {
            (Some(ChatSecurity::Verified), now) => now != Some(ChatSecurity::Verified),
            (before, Some(ChatSecurity::Clear)) => before != Some(ChatSecurity::Clear),
            _ => false,
        })
    }

    /// Opens a chat; the one that was open keeps its draft and place.
    pub(super) fn open_chat(&mut self, peer: &Peer, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        self.panes.focus = Focus::Composer;
        self.asking.page = None;
        if self.chat_pane.is_open(peer) {
            return Ok(());
        }
        self.chat_pane.park(&mut self.out);
        self.facts.chat = None;
        let taken_up = self.chat_pane.take_up(&self.facts.world(store, now), peer)?;
        self.asking.chat_changes();
        let area = self.areas(store, now).history;
        let world = self.facts.world(store, now);
        self.chat_pane
            .open(&world, peer, taken_up, (area.width, area.height))?;
        // Only now, so that after an error nothing can be sent to somebody who is not shown.
        self.facts.chat = Some(peer.clone());
        // Names do not change by this.
        self.stale = Stale {
            list: self.stale.list,
            contacts: std::mem::take(&mut self.stale.contacts),
            keys: self.stale.keys,
            ..Stale::all()
        };
        self.list_pane.choose(peer);
        let online = self.facts.connectivity.online;
        self.chat_pane.opened(online, &mut self.out);
        Ok(())
    }

    /// Whose chat stands first in the list.
    fn first_listed(&self) -> Option<Peer> {
        let entries = &self.list_pane.list.entries;
        entries.first().map(|entry| entry.peer.clone())
    }

    /// As soon as there is somebody, their chat is open, unless the person is somewhere else.
    fn open_the_first(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let first = self.first_listed();
        // Half a message is meant for nobody whom the person did not choose.
        let composer = &self.chat_pane.composer;
        let begun = !composer.is_empty() && !composer.text().starts_with('/');
        let free = self.chat_pane.open.is_none()
            && self.asking.page.is_none()
            && self.panes.focus == Focus::Composer
            && !begun;
        match first.filter(|_| free) {
            Some(peer) => self.open_chat(&peer, store, now),
            None => Ok(()),
        }
    }

    /// Whether the open chat is before the person's eyes.
    pub(super) fn is_in_sight(&self) -> bool {
        self.focused && self.asking.page.is_none() && !self.panes.covered()
    }

    /// What is in sight of somebody who looks is read.
    pub(super) fn mark_read(&mut self) {
        let Some(open) = self.chat_pane.open.as_ref().filter(|_| self.is_in_sight()) else {
            return;
        };
        let unread = self.list_pane.unread_of(&open.peer);
        self.chat_pane.mark_read(unread, &mut self.out);
    }

    /// What is not so any more is not said any more. To be called once the store was read.
    fn take_back_what_ended(&mut self) {
        let Self {
            facts,
            panes,
            list_pane,
            chat_pane,
            out,
            ..
        } = self;
        let open = chat_pane.open.as_ref();
        let security = |peer: &Peer| {
            open.filter(|open| open.peer == *peer)
                .map(|open| open.recipients.security)
        };
        out.notices.keep_if(|holds| match holds {
            Holds::Always => true,
            Holds::Offline => !facts.connectivity.online,
            Holds::KeysRefused => facts.connectivity.keys_refused.is_some(),
            Holds::NothingUnread => list_pane.unread() == 0,
            Holds::Asked => list_pane.requests > 0,
            Holds::NoChat => open.is_none(),
            Holds::NothingSelected => open.is_none_or(|open| open.history.selected().is_none()),
            Holds::TooNarrow => !panes.three(),
            Holds::Undecided(peer) => security(peer).is_none_or(|security| security == ChatSecurity::Asked),
            Holds::NoKeys { peer, seen } => {
                let none = security(peer).map(|security| security == ChatSecurity::NoKeys);
                *seen |= none == Some(true);
                none != Some(false) || !*seen
            }
        });
    }
}

//! Which chat is open, and moving between them; drafts, places and read marks.

use std::time::Duration;

use super::notice::Holds;
use super::opened::{OpenChat, Parked, Standing, sees, standing};
use super::{App, Effect, Focus, Stale};
use crate::ask::QuestionName;
use crate::composer::Composer;
use crate::history::History;
use crate::list::{self, ChatList};
use crate::recipients::{ChatSecurity, Recipients};
use api::{Command, Remembered};
use model::{BareJid, ChatId, Clean, Place, Position, Timestamp};
use store::{self, Reads, chats, contacts, messages};

/// Texts of a chat that its composer can walk back to.
const SENT: usize = 50;
/// Lines of the composer that are shown at most.
const COMPOSER: usize = 8;
/// How long after the last key a draft is stored.
const DRAFT: Duration = Duration::from_secs(2);
/// Composers of chats that are not open are kept for so many of them; the store has the drafts of the others.
const PARKED: usize = 50;

/// Place, first unread row and stored draft of a chat that is being opened.
type TakenUp = (Option<Place>, Option<Position>, String);

/// Whether a question loses its meaning when another chat is opened.
fn is_about_a_chat(name: &QuestionName) -> bool {
    !matches!(name, QuestionName::Password { .. } | QuestionName::NameDevice)
}

impl App {
    /// Lines that the composer takes at this width; more than are ever shown are not counted.
    pub(super) fn composer_lines(&self, columns: u16) -> u16 {
        // The view keeps a column free at the left, where there is room.
        let columns = columns - u16::from(columns > 4);
        let window = self.composer.layout_window(usize::from(columns.max(2)), COMPOSER);
        u16::try_from(window.lines.len()).unwrap_or(u16::MAX)
    }

    /// Opens what was open last, else the chat with the newest message; without any, the list has the focus.
    pub(super) fn begin(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        self.read_list(true, store, now)?;
        self.arrange_rows();
        let last = chats::current(&store, self.facts.account)?.map(|chat| chat.peer);
        let first = self.list.entries.first().map(|entry| entry.jid.clone());
        match last.or(first) {
            Some(jid) => self.open_chat(&jid, store, now),
            None => Ok(()),
        }
    }

    /// Reads the list again, with its names or only what changes with every message.
    pub(super) fn read_list(&mut self, names: bool, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let chosen = self.chosen_row();
        let world = self.facts.world(store, now);
        match names {
            true => self.list = ChatList::read(&world)?,
            false => self.list.read_chats(&world)?,
        }
        let asking = contacts::asking(&store, self.facts.account)?;
        let both = asking
            .iter()
            .filter(|jid| self.list.request(jid).is_some())
            .count();
        let requests = self.list.requests.len() + asking.len() - both;
        if requests > std::mem::replace(&mut self.requests, requests) {
            let words = match (requests, self.list.requests.is_empty()) {
                (1, true) => "Somebody asks to be your contact: /requests".to_owned(),
                (many, true) => format!("{many} people ask to be your contacts: /requests"),
                (1, false) => "Somebody whom you do not know writes: /requests".to_owned(),
                (many, false) => format!("{many} people whom you do not know wait: /requests"),
            };
            self.say_while(Holds::Asked, words);
        }
        self.queued = store::outbox::count(&store, self.facts.account)?;
        self.arrange_rows();
        self.choose_again(chosen);
        Ok(())
    }

    pub(super) fn read_recipients(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let world = self.facts.world(store, now);
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        open.recipients = Recipients::read(&world, &open.jid)?;
        open.standing = standing(&world, &open.jid)?;
        open.seen = sees(&world, &open.jid)?;
        open.name = match self.list.find(&open.jid) {
            Some(entry) => entry.name.clone(),
            None => list::name_of(&world, &open.jid)?,
        };
        let asks = open
            .recipients
            .undecided()
            .filter_map(|key| key.fingerprint)
            .any(|fingerprint| !self.later.contains(&fingerprint));
        let jid = open.jid.clone();
        if open.recipients.security != ChatSecurity::Asked {
            // The next request is a new one.
            self.later_about.remove(&jid);
        } else if !self.later_about.contains(&jid) {
            self.wait(QuestionName::OptedOut(jid.clone()));
        }
        if asks {
            self.wait(QuestionName::NewDevice(jid));
        }
        // A stranger who was accepted meanwhile: of whom nothing was asked before.
        self.refresh_devices();
        Ok(())
    }

    /// Opens a chat; the one that was open keeps its draft and place.
    pub(super) fn open_chat(
        &mut self,
        jid: &BareJid,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        self.focus = Focus::Composer;
        self.page = None;
        if self.open.as_ref().is_some_and(|open| open.jid == *jid) {
            return Ok(());
        }
        self.park();
        let chat = chats::by_peer(&store, self.facts.account, jid)?.map(|chat| chat.id);
        let (place, first_unread, stored) = self.take_up(jid, chat, store)?;
        self.question = self.question.take().filter(|(name, _)| !is_about_a_chat(name));
        self.waiting.retain(|name| !is_about_a_chat(name));
        // Laid out for the pane that it gets: what counts as seen must have been in sight.
        let area = self.areas(store, now).history;
        let size = (area.width, area.height);
        let world = self.facts.world(store, now);
        let history = match chat {
            Some(chat) => History::open(&world, chat, place, first_unread, size)?,
            None => History::empty(),
        };
        let (name, recipients) = (list::name_of(&world, jid)?, Recipients::read(&world, jid)?);
        let (seen, standing) = (sees(&world, jid)?, standing(&world, jid)?);
        // Only now, so that after an error nothing can be sent to somebody who is not shown.
        self.facts.chat = Some(jid.clone());
        self.open = Some(OpenChat {
            name,
            recipients,
            standing,
            seen,
            jid: jid.clone(),
            chat,
            history,
            size,
            stored,
            read: (None, 0),
        });
        self.completion = None;
        // Names do not change by this.
        self.stale = Stale {
            list: self.stale.list,
            ..Stale::all()
        };
        self.choose(jid);
        self.remember(Remembered::Current);
        self.refresh_devices();
        Ok(())
    }

    /// Fills the composer with what was being written in this chat; its place, its first unread row, and
    /// the draft that the store has.
    fn take_up(&mut self, jid: &BareJid, chat: Option<ChatId>, store: &dyn Reads) -> store::Result<TakenUp> {
        let view = match chat {
            Some(chat) => chats::view(&store, chat)?,
            None => None,
        };
        let parked = self.parked.remove(jid);
        let (place, first_unread) = view
            .as_ref()
            .map_or((None, None), |view| (view.place, view.first_unread));
        let place = parked.as_ref().map_or(place, |parked| parked.place);
        let (mut composer, stored) = match (parked, view) {
            (Some(parked), _) => (parked.composer, parked.stored),
            (None, Some(view)) => {
                let draft = view.draft.as_str().to_owned();
                (Composer::with(&draft), draft)
            }
            (None, None) => (Composer::default(), String::new()),
        };
        if let Some(chat) = chat {
            let sent = messages::own_bodies(&store, chat, SENT)?;
            composer.remember(sent.iter().map(|body| body.as_str().to_owned()).collect());
        }
        // What was begun before any chat was open goes on here.
        let begun = std::mem::replace(&mut self.composer, composer);
        if self.composer.is_empty() && !begun.is_empty() {
            self.composer = begun;
        }
        Ok((place, first_unread, stored))
    }

    /// Asks once a connection for the devices of the open chat, so that the truth line is
    /// true before the first message.
    pub(super) fn refresh_devices(&mut self) {
        // Of a stranger nothing is asked before the person takes it up: they, or their server,
        // would see that somebody looks.
        let known = self
            .open
            .as_ref()
            .is_some_and(|open| open.standing == Standing::Chat);
        if let Some(jid) = self.facts.chat.clone()
            && known
            && self.facts.online
            && self.refreshed.insert(jid.clone())
        {
            self.quietly(Command::RefreshDevices(jid));
        }
    }

    /// A command of which the person need not hear.
    pub(super) fn quietly(&mut self, command: Command) {
        self.commands += 1;
        let id = api::CommandId(self.commands);
        self.effects.push(Effect::Command(id, command));
    }

    fn remember(&mut self, what: Remembered) {
        if let Some(chat) = self.facts.chat.clone() {
            self.quietly(Command::Remember { chat, what });
        }
    }

    /// As soon as there is somebody, their chat is open, unless the person is somewhere else.
    pub(super) fn open_the_first(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let first = self.list.entries.first().map(|entry| entry.jid.clone());
        // Half a message is meant for nobody whom the person did not choose.
        let begun = !self.composer.is_empty() && !self.composer.text().starts_with('/');
        let free = self.open.is_none() && self.page.is_none() && self.focus == Focus::Composer && !begun;
        match first.filter(|_| free) {
            Some(jid) => self.open_chat(&jid, store, now),
            None => Ok(()),
        }
    }

    /// The person looks at the screen again: what came meanwhile is marked as new.
    pub(super) fn look_again(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let world = self.facts.world(store, now);
        match &mut self.open {
            Some(open) if self.focused => open.history.show_new(&world),
            _ => Ok(()),
        }
    }

    /// Puts the open chat aside.
    fn park(&mut self) {
        self.keep();
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
        self.parked.insert(open.jid, parked);
        self.facts.chat = None;
    }

    /// Has the draft and the place of the open chat stored.
    pub(super) fn keep(&mut self) {
        self.keep_draft();
        if let Some(open) = &self.open
            && open.chat.is_some()
        {
            let place = open.history.place();
            self.remember(Remembered::Place(place));
        }
    }

    /// Has the draft stored, if it changed.
    pub(super) fn keep_draft(&mut self) {
        self.draft_due = None;
        if let Some(open) = &mut self.open
            && open.stored != self.composer.text()
        {
            open.stored = self.composer.text().to_owned();
            let draft = Clean::new(&open.stored);
            self.remember(Remembered::Draft(draft));
        }
    }

    /// The composer's text changed: its draft is due in a while.
    pub(super) fn touched(&mut self, now: Timestamp) {
        self.draft_due = now.checked_add(DRAFT).ok();
    }

    pub(super) fn on_tick(&mut self, now: Timestamp) {
        if self.draft_due.is_some_and(|due| due <= now) {
            self.keep_draft();
        }
    }

    /// Brings the history to its pane's size and reads again what changed.
    pub(super) fn settle_history(
        &mut self,
        stale: bool,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        let area = self.areas(store, now).history;
        let world = self.facts.world(store, now);
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        let size = (area.width, area.height);
        if stale {
            // One that was deleted may have begun anew since.
            let chat = chats::by_peer(&store, self.facts.account, &open.jid)?.map(|chat| chat.id);
            if open.chat != chat {
                open.chat = chat;
                open.history = match chat {
                    Some(chat) => History::open(&world, chat, None, None, size)?,
                    None => History::empty(),
                };
                open.read = (None, 0);
            } else {
                open.history.refresh(&world)?;
            }
        }
        if open.size != size && !area.is_empty() {
            open.size = size;
            open.history.resize(&world, size)?;
        }
        Ok(())
    }

    /// Texts take other columns than before: what was laid out is laid out anew.
    pub(super) fn measure_again(&mut self) {
        if let Some(open) = &mut self.open {
            open.history.forget_layout();
            // It is brought to its size again before the next frame.
            open.size = (0, 0);
        }
    }

    /// What is in sight of somebody who looks is read.
    pub(super) fn mark_read(&mut self) {
        let in_sight = self.focused && self.page.is_none() && !self.covered();
        let Some(open) = &mut self.open else { return };
        let seen = open.history.newest_seen();
        let chat = self.list.find(&open.jid).map(|entry| entry.unread);
        let request = || self.list.request(&open.jid).map(|request| request.unread);
        let unread = chat.or_else(request).unwrap_or(0);
        if let Some(up_to) = seen.filter(|_| in_sight && unread > 0)
            && open.read != (seen, unread)
        {
            open.read = (seen, unread);
            self.remember(Remembered::Read(up_to));
        }
    }

    /// Whether the one pane shows the list.
    pub(super) fn covered(&self) -> bool {
        self.size.0 < crate::layout::TWO_PANES && self.focus == Focus::List
    }
}

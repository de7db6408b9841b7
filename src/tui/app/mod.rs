//! The main screen's state: an [`Input`] goes in, [`Effect`]s come out. No I/O but reads of
//! the store, which is handed in.
//!
//! - `keys`: which part a key is for, and what the actions do;
//! - `chats`: which chat is open; drafts, places and read marks; `opened`: what it is;
//!   `navigation`: from chat to chat;
//! - `gone`: deleting what is selected; `again`: sending it again and taking it back;
//! - `sending`: what Enter does, and completion;
//! - `asks`: what pages, questions and commands ask for;
//! - `events`: what the session tells; `notice`: what is said to the person at the foot of the screen;
//! - `mouse`: the same by mouse; `shape`: the small types of all this.
//!
//! What the store holds is read again once before a frame ([`App::settle`]), however many changes were told.

mod again;
mod asks;
mod chats;
mod events;
mod gone;
mod keys;
mod mouse;
mod navigation;
mod notice;
mod opened;
mod sending;
mod shape;

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::ask::{Page, PageName, Question, QuestionName};
use super::composer::Composer;
use super::keymap::Keymap;
use super::layout::{self, Areas, Wanted};
use super::list::{ChatList, Rows};
use super::targets::Table;
use super::theme::Theme;
use api::{Command, CommandId, Connection, Failure};
use model::{AccountId, BareJid, Clean, Fingerprint, MessageId, Timestamp};
use store::{self, Reads};

pub use notice::Notice;
pub use opened::{OpenChat, Parked, Standing};
use sending::Completion;
use shape::Stale;
pub use shape::{Effect, Facts, Focus, Input};

/// Commands whose end is waited for at most.
const PENDING: usize = 500;

/// A command on its way.
struct Pending {
    done: Option<String>,
    /// To whom a message goes.
    to: Option<BareJid>,
    /// A text that goes back into the composer if it was not stored.
    text: Option<(BareJid, String)>,
}

/// The main screen.
pub struct App {
    pub facts: Facts,
    pub size: (u16, u16),
    pub connection: Connection,
    /// Why there is no connection, as it was said last.
    waits_for: Option<Failure>,
    /// Why nobody can write to this device in OMEMO.
    pub keys_refused: Option<Failure>,
    pub list: ChatList,
    /// Which rows of it the pane has.
    pub rows: Rows,
    /// Strangers who ask to be contacts, or wrote first.
    pub requests: usize,
    /// Messages of ours that wait to be sent.
    pub queued: usize,
    pub list_shown: bool,
    pub details_shown: bool,
    pub focus: Focus,
    /// The chosen row while the list has the focus.
    pub chosen: usize,
    pub open: Option<OpenChat>,
    /// What is being written: in the open chat, or, before there is one, a command.
    pub composer: Composer,
    pub page: Option<Box<dyn Page>>,
    /// Which page that is, or was last.
    page_name: Option<PageName>,
    pub question: Option<(QuestionName, Box<dyn Question>)>,
    /// Questions that wait for their turn.
    waiting: Vec<QuestionName>,
    pub notice: Option<Notice>,
    parked: BTreeMap<BareJid, Parked>,
    /// Keys that are to be decided later.
    later: BTreeSet<Fingerprint>,
    /// Peers whose request to stop encrypting is to be answered later.
    later_about: BTreeSet<BareJid>,
    pending: BTreeMap<CommandId, Pending>,
    /// The message for which the person was just told that sending it again may double it.
    doubled: Option<MessageId>,
    commands: u64,
    completion: Option<Completion>,
    /// Contacts whose devices were asked for on this connection.
    refreshed: BTreeSet<BareJid>,
    stale: Stale,
    mouse: bool,
    bell: bool,
    focused: bool,
    /// What was pressed once of a key that has to be pressed twice.
    sure: Option<MessageId>,
    /// The last bell.
    rang: Option<Timestamp>,
    /// When the draft is to be stored.
    draft_due: Option<Timestamp>,
    title: String,
    effects: Vec<Effect>,
}

/// With what the screen begins.
pub struct Setup {
    pub account: AccountId,
    pub own: BareJid,
    pub keymap: Keymap,
    pub theme: Theme,
    pub zone: TimeZone,
    pub size: (u16, u16),
    pub mouse: bool,
    pub bell: bool,
    /// Contacts who are offline are left out of the list.
    pub hide_offline: bool,
}

impl App {
    /// The screen as it was left: the chat that was open, its draft and place.
    pub fn new(setup: Setup, store: &dyn Reads, now: Timestamp) -> store::Result<Self> {
        let facts = Facts {
            account: setup.account,
            own: setup.own,
            keymap: setup.keymap,
            theme: setup.theme,
            zone: setup.zone,
            chat: None,
            here: BTreeMap::new(),
            online: false,
            composing: false,
        };
        let mut app = Self {
            facts,
            size: setup.size,
            connection: Connection::Connecting {
                step: Clean::new("starting"),
            },
            waits_for: None,
            keys_refused: None,
            list: ChatList::default(),
            rows: Rows::new(setup.hide_offline),
            requests: 0,
            queued: 0,
            list_shown: true,
            details_shown: true,
            focus: Focus::Composer,
            chosen: 0,
            open: None,
            composer: Composer::default(),
            page: None,
            page_name: None,
            question: None,
            waiting: Vec::new(),
            notice: None,
            parked: BTreeMap::new(),
            later: BTreeSet::new(),
            later_about: BTreeSet::new(),
            pending: BTreeMap::new(),
            doubled: None,
            commands: 0,
            completion: None,
            refreshed: BTreeSet::new(),
            stale: Stale::all(),
            mouse: setup.mouse,
            bell: setup.bell,
            focused: true,
            sure: None,
            rang: None,
            draft_due: None,
            title: String::new(),
            effects: Vec::new(),
        };
        app.begin(store, now)?;
        Ok(app)
    }

    /// Handles one input. What it shows is settled by [`App::settle`].
    ///
    /// # Errors
    /// The store's; the screen goes on with what it has.
    pub fn update(&mut self, input: Input, store: &dyn Reads, now: Timestamp) -> store::Result<Vec<Effect>> {
        let done = match input {
            Input::Key(key) => self.on_key(key, store, now),
            Input::Paste(text) => self.on_paste(&text.0, store, now),
            Input::Mouse(event) => self.on_mouse(event, store, now),
            Input::Resize(columns, rows) => {
                self.size = (columns, rows);
                Ok(())
            }
            Input::Focus(focused) => {
                self.focused = focused;
                self.look_again(store, now)
            }
            Input::Event(event) => self.on_event(event, store, now),
            Input::Widths => {
                self.measure_again();
                Ok(())
            }
            Input::Warning(words) => {
                self.warn(words, now);
                Ok(())
            }
            Input::Tick => {
                self.on_tick(now);
                self.overdue(now);
                Ok(())
            }
        };
        self.facts.composing = !self.composer.is_empty();
        done.map(|()| std::mem::take(&mut self.effects))
    }

    /// Reads again what is shown, if it changed, and brings every part to its size. Before each frame.
    ///
    /// # Errors
    /// The store's; what is shown is then what it was.
    pub fn settle(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<Vec<Effect>> {
        let stale = std::mem::take(&mut self.stale);
        if let Err(error) = self.read_again(stale, store, now) {
            // What could not be read is still not read.
            self.stale = self.stale.and(stale);
            return Err(error);
        }
        self.mark_read();
        self.retitle();
        Ok(self.take_effects())
    }

    fn read_again(&mut self, stale: Stale, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        if stale.list || stale.chats {
            self.read_list(stale.list, store, now)?;
            self.open_the_first(store, now)?;
        }
        self.arrange_rows();
        if stale.recipients {
            self.read_recipients(store, now)?;
        }
        if stale.parts {
            self.refresh_parts(store, now)?;
        }
        // Before the history gets its size: it has the lines that a notice took.
        self.take_back_what_ended();
        self.settle_history(stale.history, store, now)?;
        self.ask_what_waits(store, now)
    }

    /// What is to be done, also after an error in the middle.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// When [`Input::Tick`] is due; None: never, so that an idle screen sleeps.
    pub fn deadline(&self) -> Option<Timestamp> {
        [self.draft_due, self.notice_due()].into_iter().flatten().min()
    }

    /// The parts as they stand now.
    pub fn areas(&self, store: &dyn Reads, now: Timestamp) -> Areas {
        let mut wanted = Wanted {
            list: self.list_shown,
            details: self.details_shown,
            on_list: self.focus == Focus::List,
            composer: 1,
            question: 0,
            footer: self.footer_lines(),
        };
        // A page stands in the chat's place, so there it is seen.
        wanted.on_list &= self.page.is_none();
        let areas = layout::areas(self.size, wanted);
        let columns = areas.composer.width;
        wanted.composer = self.composer_lines(columns);
        if let Some((_, question)) = &self.question {
            wanted.question = question.height(&self.facts.world(store, now), columns);
        }
        layout::areas(self.size, wanted)
    }

    /// Where links stand on the screen since it was painted.
    pub fn links(&self) -> Table {
        let open = self.open.as_ref().filter(|_| self.page.is_none());
        open.map_or_else(Table::default, |open| open.history.links().clone())
    }

    /// What is to be stored before the screen goes.
    pub fn leaving(&mut self) -> Vec<Effect> {
        self.keep();
        std::mem::take(&mut self.effects)
    }

    /// The session's thread has ended without being told to.
    pub fn session_ended(&mut self) {
        self.facts.online = false;
        self.complain("The session has ended. What it stored is safe; leave and start Susurro again.");
    }

    /// What the person is told about an error of the store.
    pub fn failed(&mut self, error: &store::StoreError) {
        self.complain(format!("The local database could not be read: {error}."));
    }

    /// Sends a command; `done` is said when it succeeds.
    fn command(&mut self, command: Command, done: Option<String>) -> CommandId {
        self.commands += 1;
        let id = CommandId(self.commands);
        let pending = Pending {
            done,
            to: None,
            text: None,
        };
        self.pending.insert(id, pending);
        self.effects.push(Effect::Command(id, command));
        id
    }

    /// Waits for what becomes of a message; of the last few hundred, that is.
    fn expect(&mut self, command: CommandId, to: Option<BareJid>) {
        while self.pending.len() >= PENDING {
            self.pending.pop_first();
        }
        self.pending.insert(
            command,
            Pending {
                done: None,
                to,
                text: None,
            },
        );
    }

    fn show(&mut self, name: &PageName, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let world = self.facts.world(store, now);
        let page = super::pages::make(&world, name)?;
        let wanted = page.opened(&world);
        self.page = Some(page);
        // One thing asks at a time; what asked under the composer goes on when the page is left.
        if let Some((asked, _)) = self.question.take() {
            self.wait(asked);
        }
        self.page_name = Some(name.clone());
        self.focus = Focus::Composer;
        for command in wanted {
            self.quietly(command);
        }
        Ok(())
    }

    fn refresh_parts(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let world = self.facts.world(store, now);
        if let Some(page) = &mut self.page {
            page.refresh(&world)?;
        }
        if let Some((_, question)) = &mut self.question
            && !question.refresh(&world)?
        {
            self.question = None;
        }
        Ok(())
    }

    /// The title says how much is unread, and nothing of it.
    fn retitle(&mut self) {
        let unread: u64 = self.list.entries.iter().map(|entry| entry.unread).sum();
        let title = match unread {
            0 => "susurro".to_owned(),
            unread => format!("susurro ({unread})"),
        };
        if title != self.title {
            self.title.clone_from(&title);
            self.effects.push(Effect::Title(title));
        }
    }
}

//! The main screen's state: an [`Input`] goes in, [`Effect`]s come out. No I/O but reads of
//! the store, which is handed in.
//!
//! [`App`] holds the parts and brings what happens to the right one. Each is a type with a state of its own,
//! and names none that stands below it here:
//!
//! - `shape`: what goes in and out;
//! - `notice`: what is said at the foot of the screen; [`Outlet`]: that, commands and effects;
//! - [`Connectivity`]: how the connection stands, who is here; [`ScreenFacts`]: that, and what else every
//!   part may look at; `bell`;
//! - [`Panes`]: size, panes, focus;
//! - [`ListPane`]: the list and what is chosen in it;
//! - [`ChatPane`]: the open chat, its composer, and what is kept of the others;
//! - [`Asking`]: page and question;
//! - `warning`: what is the matter with an open room.
//!
//! The ways between them, each file calling only those before it: `settling`: reading again, once before a
//! frame ([`App::settle`]) however many changes were told, and opening a chat; `about`: what is said about
//! messages; `showing`: pages and panes; `files`: what is done with files; `routes`: what actions and asks
//! do; `keys`: which part a key, a paste or a click is for; `events`: what the session tells.

mod about;
mod asking;
mod attention;
mod bell;
mod chat_pane;
mod connectivity;
mod events;
mod facts;
mod files;
mod forward;
mod keys;
mod list_pane;
mod notice;
mod outlet;
mod panes;
mod routes;
mod settling;
mod shape;
mod showing;
mod warning;

use jiff::tz::TimeZone;

use self::attention::Attention;
use self::bell::Bell;
use self::files::FileWork;
use self::shape::Stale;
use super::keymap::Keymap;
use super::pictures::Pictures;
use super::targets::Table;
use super::theme::Theme;
use model::{AccountId, BareJid, Timestamp, shown};
use store::{self, Reads};

pub use asking::Asking;
pub use chat_pane::{ChatPane, OpenChat, Standing};
pub use connectivity::Connectivity;
pub use facts::ScreenFacts;
pub use list_pane::ListPane;
pub use notice::{Notice, Notices};
pub use outlet::Outlet;
pub use panes::{Focus, Panes};
pub use shape::{Effect, Input};

/// The main screen.
pub struct App {
    pub facts: ScreenFacts,
    pub panes: Panes,
    pub list_pane: ListPane,
    pub chat_pane: ChatPane,
    pub asking: Asking,
    pub out: Outlet,
    bell: Bell,
    attention: Attention,
    work: FileWork,
    mouse: bool,
    /// The terminal's window has the focus.
    focused: bool,
    stale: Stale,
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
        let pictures = setup.theme.has_pictures();
        let mut app = Self {
            facts: ScreenFacts {
                account: setup.account,
                own: setup.own,
                keymap: setup.keymap,
                theme: setup.theme,
                zone: setup.zone,
                chat: None,
                connectivity: Connectivity::new(),
                composing: false,
                pictures: Pictures::new(pictures),
            },
            panes: Panes::new(setup.size),
            list_pane: ListPane::new(setup.hide_offline),
            chat_pane: ChatPane::default(),
            asking: Asking::default(),
            out: Outlet::new(),
            bell: Bell::new(setup.bell),
            attention: Attention::new(),
            work: FileWork::default(),
            mouse: setup.mouse,
            focused: true,
            stale: Stale::all(),
        };
        app.begin(store, now)?;
        Ok(app)
    }

    /// Handles one input. What it shows is settled by [`App::settle`].
    ///
    /// # Errors
    /// The store's; the screen goes on with what it has.
    pub fn update(&mut self, input: Input, store: &dyn Reads, now: Timestamp) -> store::Result<Vec<Effect>> {
        let before = attention::mark(self.chat_pane.composer.text());
        if matches!(input, Input::Key(_) | Input::Paste(_) | Input::Mouse(_)) {
            self.attention.used(now, &mut self.out);
        }
        let done = match input {
            Input::Key(key) => self.on_key(key, store, now),
            Input::Paste(text) => self.on_paste(&text.0, store, now),
            Input::Mouse(event) => self.on_mouse(event, store, now),
            Input::Resize(columns, rows) => {
                self.panes.size = (columns, rows);
                Ok(())
            }
            Input::Focus(focused) => {
                self.focused = focused;
                self.attention.focused(focused, &mut self.out);
                match focused {
                    true => self.chat_pane.look_again(&self.facts.world(store, now)),
                    false => Ok(()),
                }
            }
            Input::Event(event) => self.on_event(event, store, now),
            Input::Desk(told) => self.on_desk(told, store, now),
            Input::Widths => {
                self.chat_pane.measure_again();
                Ok(())
            }
            Input::Warning(words) => {
                self.out.notices.warn(words, now);
                Ok(())
            }
            Input::Tick => {
                self.chat_pane.on_tick(now, &mut self.out);
                self.attention.on_tick(now, &mut self.out);
                self.facts.connectivity.on_tick(now);
                self.out.notices.overdue(now);
                Ok(())
            }
        };
        self.facts.composing = !self.chat_pane.composer.is_empty();
        self.heed_composer(before, now);
        done.map(|()| self.out.take())
    }

    /// What stands in the composer may be another text than before. What is a command is nobody's business.
    fn heed_composer(&mut self, before: u64, now: Timestamp) {
        let composer = &self.chat_pane.composer;
        if attention::mark(composer.text()) != before {
            let is_command = composer.began_by_hand() && composer.text().starts_with('/');
            let something = !composer.is_empty() && !is_command;
            let chat = self.facts.chat.as_ref();
            self.attention.composed(chat, something, now, &mut self.out);
        }
    }

    /// Reads again what is shown, if it changed, and brings every part to its size. Before each frame.
    ///
    /// # Errors
    /// The store's; what is shown is then what it was.
    pub fn settle(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<Vec<Effect>> {
        let stale = std::mem::take(&mut self.stale);
        if let Err(error) = self.read_again(&stale, store, now) {
            // What could not be read is still not read.
            let newer = std::mem::take(&mut self.stale);
            self.stale = newer.and(stale);
            return Err(error);
        }
        self.ask_for_pictures();
        self.mark_read();
        self.out.title(self.list_pane.unread());
        Ok(self.take_effects())
    }

    /// What is to be done, also after an error in the middle.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        self.out.take()
    }

    /// When [`Input::Tick`] is due; None: never, so that an idle screen sleeps.
    pub fn deadline(&self) -> Option<Timestamp> {
        let connectivity = &self.facts.connectivity;
        let dues = [
            self.chat_pane.due(),
            self.out.notices.due(),
            self.attention.due(),
            connectivity.due(),
        ];
        dues.into_iter().flatten().min()
    }

    /// Where links stand on the screen since it was painted.
    pub fn links(&self) -> Table {
        let open = self.chat_pane.open.as_ref();
        let open = open.filter(|_| self.asking.page.is_none());
        open.map_or_else(Table::default, |open| open.history.links().clone())
    }

    /// What is to be stored before the screen goes.
    pub fn leaving(&mut self) -> Vec<Effect> {
        self.chat_pane.keep(&mut self.out);
        self.out.take()
    }

    /// The session's thread has ended without being told to.
    pub fn session_ended(&mut self) {
        self.facts.connectivity.ended();
        let words = "The session has ended. What it stored is safe; leave and start Susurro again.";
        self.out.complain(words);
    }

    /// What the person is told about an error of the store.
    pub fn failed(&mut self, error: &store::StoreError) {
        self.out
            .complain(shown::one_line(&words::database(&error.fault())));
    }
}

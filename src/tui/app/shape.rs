//! What goes in and out of the main screen, and what its parts may look at.

use crossterm::event::MouseEvent;
use jiff::tz::TimeZone;

use super::connectivity::Connectivity;
use crate::ask::Context;
use crate::key::Key;
use crate::keymap::Keymap;
use crate::theme::Theme;
use api::{Command, CommandId, Event, Secret};
use model::{AccountId, BareJid, Timestamp};
use store::Reads;

/// What happens to the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    Key(Key),
    /// It may be a password on its way into a question.
    Paste(Secret),
    Mouse(MouseEvent),
    /// Columns and rows.
    Resize(u16, u16),
    /// The terminal's window got the focus, or lost it (where the terminal tells).
    Focus(bool),
    Event(Event),
    /// Texts have other widths than before.
    Widths,
    /// Something about the terminal that the person has to know.
    Warning(&'static str),
    /// [`App::deadline`](super::App::deadline) has come.
    Tick,
}

/// What the screen wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Command(CommandId, Command),
    /// To the terminal's clipboard.
    Copy(String),
    Bell,
    Title(String),
    Mouse(bool),
    /// Paint everything anew.
    Redraw,
    Lock,
    /// Give the terminal to the shell for a while.
    Suspend,
    Quit,
}

/// What does not change, and what every part may look at.
pub struct Facts {
    pub account: AccountId,
    pub own: BareJid,
    pub keymap: Keymap,
    pub theme: Theme,
    pub zone: TimeZone,
    /// The open chat.
    pub chat: Option<BareJid>,
    pub connectivity: Connectivity,
    pub composing: bool,
}

impl Facts {
    pub fn world<'a>(&'a self, store: &'a dyn Reads, now: Timestamp) -> Context<'a> {
        Context {
            store,
            account: self.account,
            own: &self.own,
            chat: self.chat.as_ref(),
            here: &self.connectivity.here,
            online: self.connectivity.online,
            composing: self.composing,
            now,
            zone: &self.zone,
            keymap: &self.keymap,
            theme: &self.theme,
        }
    }
}

/// What has to be read again before the next frame.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stale {
    /// Contacts and keys, and with them all of the list.
    pub list: bool,
    /// What of the list changes with every message.
    pub chats: bool,
    pub history: bool,
    pub recipients: bool,
    pub parts: bool,
}

impl Stale {
    /// Whatever one of the two says.
    pub fn and(self, other: Self) -> Self {
        Self {
            list: self.list || other.list,
            chats: self.chats || other.chats,
            history: self.history || other.history,
            recipients: self.recipients || other.recipients,
            parts: self.parts || other.parts,
        }
    }

    pub fn all() -> Self {
        Self {
            list: true,
            chats: true,
            history: true,
            recipients: true,
            parts: true,
        }
    }
}

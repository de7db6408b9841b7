//! What goes in and out of the main screen, and what of it is to be read again.

use crossterm::event::MouseEvent;

use crate::key::Key;
use api::{Command, CommandId, Event, Secret};

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

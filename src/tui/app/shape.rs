//! What goes in and out of the main screen, and what of it is to be read again.

use std::collections::BTreeSet;

use crossterm::event::MouseEvent;

use crate::desk::{DeskTask, DeskTold};
use crate::key::Key;
use api::{Command, CommandId, Event, Secret};
use model::{BareJid, ChatId, MessageId};

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
    /// What was asked of the desk.
    Desk(DeskTold),
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
    /// Something on the disk.
    Desk(DeskTask),
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

/// Messages of which it is noted one by one that they changed; beyond that all chats are read again.
const CHANGED: usize = 1000;

/// The same of contacts; beyond that all of the list is.
const CONTACTS: usize = 100;

/// What has to be read again before the next frame.
#[derive(Debug, Clone, Default)]
pub(super) struct Stale {
    /// Contacts, and with them all of the list.
    pub list: bool,
    /// These contacts.
    pub contacts: BTreeSet<BareJid>,
    /// How well the list's people are protected.
    pub keys: bool,
    /// All chats.
    pub chats: bool,
    /// These chats.
    pub some_chats: BTreeSet<ChatId>,
    /// The chats in which these messages are.
    pub messages: Vec<MessageId>,
    pub history: bool,
    pub recipients: bool,
    pub parts: bool,
}

impl Stale {
    /// Whether anything of the list is to be read again.
    pub fn of_list(&self) -> bool {
        self.list
            || self.keys
            || self.chats
            || !self.contacts.is_empty()
            || !self.some_chats.is_empty()
            || !self.messages.is_empty()
    }

    /// Whether somebody may be called otherwise.
    pub fn of_names(&self) -> bool {
        self.list || !self.contacts.is_empty()
    }

    /// What the list shows of chats, and what depends on that.
    pub fn all_chats(&mut self) {
        self.chats = true;
        self.recipients = true;
        self.history = true;
    }

    /// What is known of this contact changed.
    pub fn contact(&mut self, jid: BareJid) {
        self.contacts.insert(jid);
        if self.contacts.len() > CONTACTS {
            self.contacts.clear();
            self.list = true;
        }
    }

    /// These messages came or changed.
    pub fn note(&mut self, ids: &[MessageId]) {
        self.history = true;
        if self.messages.len() + ids.len() > CHANGED {
            self.chats = true;
            self.messages.clear();
        } else {
            self.messages.extend(ids);
        }
    }

    /// What the list shows of this chat changed.
    pub fn chat(&mut self, chat: ChatId) {
        self.some_chats.insert(chat);
    }

    /// Takes out what is to be read of the list.
    pub fn take_list(&mut self) -> Self {
        Self {
            list: std::mem::take(&mut self.list),
            contacts: std::mem::take(&mut self.contacts),
            keys: std::mem::take(&mut self.keys),
            chats: std::mem::take(&mut self.chats),
            some_chats: std::mem::take(&mut self.some_chats),
            messages: std::mem::take(&mut self.messages),
            ..Self::default()
        }
    }

    /// Whatever one of the two says.
    pub fn and(mut self, other: Self) -> Self {
        self.note(&other.messages);
        self.some_chats.extend(other.some_chats);
        for jid in other.contacts {
            self.contact(jid);
        }
        Self {
            list: self.list || other.list,
            contacts: self.contacts,
            keys: self.keys || other.keys,
            chats: self.chats || other.chats,
            history: self.history || other.history,
            recipients: self.recipients || other.recipients,
            parts: self.parts || other.parts,
            some_chats: self.some_chats,
            messages: self.messages,
        }
    }

    pub fn all() -> Self {
        Self {
            list: true,
            contacts: BTreeSet::new(),
            keys: true,
            chats: true,
            some_chats: BTreeSet::new(),
            messages: Vec::new(),
            history: true,
            recipients: true,
            parts: true,
        }
    }
}

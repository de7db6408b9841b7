//! What leaves the main screen: commands for the session and what becomes of them, effects for the terminal,
//! and what is said to the person.

use std::collections::BTreeMap;

use super::notice::{Holds, Notices};
use super::shape::Effect;
use api::{Command, CommandId};
use model::{Clean, DraftAbout, Peer};

/// Commands whose end is waited for at most.
const PENDING: usize = 500;

/// A command on its way.
#[derive(Default)]
pub(super) struct Pending {
    pub(super) done: Option<String>,
    /// To whom a message goes.
    pub(super) to: Option<Peer>,
    /// A text that goes back into the composer if it was not stored.
    pub(super) text: Option<Unsaid>,
    /// The room that was asked for something.
    pub(super) room: Option<Peer>,
    /// What was asked for about a message: it may be asked for once more.
    pub(super) about: Option<Command>,
}

/// A text on its way, and where it was written.
pub(super) struct Unsaid {
    pub(super) peer: Peer,
    pub(super) text: String,
    pub(super) about: Option<DraftAbout>,
}

impl Unsaid {
    pub(super) fn new(peer: &Peer, text: &str, about: Option<DraftAbout>) -> Self {
        Self {
            peer: peer.clone(),
            text: text.to_owned(),
            about,
        }
    }
}

/// What the parts of the main screen have to tell.
pub struct Outlet {
    pub notices: Notices,
    pending: BTreeMap<CommandId, Pending>,
    commands: u64,
    title: String,
    effects: Vec<Effect>,
}

impl Outlet {
    pub(super) fn new() -> Self {
        Self {
            notices: Notices::default(),
            pending: BTreeMap::new(),
            commands: 0,
            title: String::new(),
            effects: Vec::new(),
        }
    }

    /// Sends a command; `done` is said when it succeeds.
    pub(super) fn command(&mut self, command: Command, done: Option<String>) {
        let room = match &command {
            Command::Room { room, .. } => Some(room.clone()),
            _ => None,
        };
        let id = self.next(command);
        let pending = Pending {
            done,
            room,
            ..Pending::default()
        };
        self.pending.insert(id, pending);
    }

    /// Sends a text to somebody.
    pub(super) fn message(&mut self, to: &Peer, text: &str) {
        let id = self.next(Command::Send {
            to: to.clone(),
            body: Clean::new(text),
            clear: false,
        });
        let pending = Pending {
            to: Some(to.clone()),
            text: Some(Unsaid::new(to, text, None)),
            ..Pending::default()
        };
        self.pending.insert(id, pending);
    }

    /// Says something about a message; `text`: what was written for it.
    pub(super) fn about(&mut self, command: Command, text: Option<Unsaid>, done: Option<String>) {
        let id = self.next(command.clone());
        let pending = Pending {
            done,
            to: text.as_ref().map(|unsaid| unsaid.peer.clone()),
            text,
            about: Some(command),
            ..Pending::default()
        };
        self.pending.insert(id, pending);
    }

    /// The same of which the end matters to whoever asks.
    pub(super) fn asks(&mut self, command: Command) -> CommandId {
        let id = self.next(command);
        self.pending.insert(id, Pending::default());
        id
    }

    /// A command of which the person need not hear.
    pub(super) fn quietly(&mut self, command: Command) {
        self.next(command);
    }

    fn next(&mut self, command: Command) -> CommandId {
        self.commands += 1;
        let id = CommandId(self.commands);
        self.push(Effect::Command(id, command));
        id
    }

    /// What was waited for with this command, which has ended.
    pub(super) fn ended(&mut self, command: CommandId) -> Option<Pending> {
        self.pending.remove(&command)
    }

    /// Waits for what becomes of a message; of the last few hundred, that is.
    pub(super) fn expect(&mut self, command: CommandId, to: Option<Peer>) {
        while self.pending.len() >= PENDING {
            self.pending.pop_first();
        }
        let pending = Pending {
            to,
            ..Pending::default()
        };
        self.pending.insert(command, pending);
    }

    pub(super) fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// The title says how much is unread, and nothing of it.
    pub(super) fn title(&mut self, unread: u64) {
        let title = match unread {
            0 => "susurro".to_owned(),
            unread => format!("susurro ({unread})"),
        };
        if title != self.title {
            self.title.clone_from(&title);
            self.push(Effect::Title(title));
        }
    }

    pub(super) fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    pub(super) fn say(&mut self, text: impl AsRef<str>) {
        self.notices.say_while(Holds::Always, text);
    }

    /// Says what is so only as long as something else is.
    pub(super) fn say_while(&mut self, holds: Holds, text: impl AsRef<str>) {
        self.notices.say_while(holds, text);
    }

    pub(super) fn complain(&mut self, text: impl AsRef<str>) {
        self.notices.complain_while(Holds::Always, text);
    }

    pub(super) fn complain_while(&mut self, holds: Holds, text: impl AsRef<str>) {
        self.notices.complain_while(holds, text);
    }
}

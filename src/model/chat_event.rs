//! A line of the history that is no message: nobody wrote it, or it asks for something.

use jiff::Timestamp;

use super::{BareJid, ChatEventId, ChatId, Clean, Jid, Position, address};

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatEventKind {
    /// A hole: what was written in this time may be missing, and the archive has it no more.
    Gap,
    /// In this time something was encrypted for others, before there was this device: it can never be read
    /// here. All of it in one line.
    BeforeDevice,
    /// The other side asks to go on without encryption (XEP-0384 0.9 §opt-out).
    OptOut,
    /// Somebody asks for it with a key of theirs that is not trusted: nothing follows from that.
    UntrustedOptOut,
    /// Another device of ours asked them.
    OwnOptOut,
    /// Somebody wants the person in a room: what the line says is an [`Invited`].
    Invited,
}

impl ChatEventKind {
    /// Whether it says what the other side wants, as a message would: it is news until somebody has seen it.
    pub fn is_theirs(self) -> bool {
        matches!(self, Self::OptOut | Self::UntrustedOptOut | Self::Invited)
    }
}

/// Who wants the person in which room, as a line of the history says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    pub room: BareJid,
    /// Their address, or the one that they have in the room.
    pub by: Jid,
    /// Empty where nothing was said.
    pub reason: Clean,
}

impl Invited {
    /// As the words of the line: the room, who, and why.
    pub fn to_words(&self) -> Clean {
        Clean::new(&format!("{}\n{}\n{}", self.room, self.by, self.reason.as_str()))
    }

    /// None if they are no such words.
    pub fn of_words(words: &Clean) -> Option<Self> {
        let mut lines = words.as_str().splitn(3, '\n');
        Some(Self {
            room: address::bare(lines.next()?).ok()?,
            by: address::jid(lines.next()?).ok()?,
            reason: Clean::new(lines.next().unwrap_or_default()),
        })
    }

    /// Who that is, as it is shown: a room may know no more than a nick.
    pub fn who(&self) -> Clean {
        match self.by.resource().filter(|_| self.by.to_bare() == self.room) {
            Some(nick) => Clean::line(nick.as_str()),
            None => Clean::line(self.by.to_bare().as_str()),
        }
    }
}

/// The line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatEvent {
    pub id: ChatEventId,
    pub chat: ChatId,
    pub position: Position,
    pub kind: ChatEventKind,
    /// What it tells of begins here,
    pub time: Timestamp,
    /// and ends here.
    pub until: Timestamp,
    /// The words of whoever asks: why. Empty where nothing was said.
    pub reason: Clean,
}

impl ChatEvent {
    /// The time at which it stands in the history: a hole behind what came before it, what cannot be read
    /// where it ends.
    pub fn stands_at(&self) -> Timestamp {
        match self.kind {
            ChatEventKind::Gap
            | ChatEventKind::OptOut
            | ChatEventKind::UntrustedOptOut
            | ChatEventKind::OwnOptOut
            | ChatEventKind::Invited => self.time,
            ChatEventKind::BeforeDevice => self.until,
        }
    }
}

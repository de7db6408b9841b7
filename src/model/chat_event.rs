//! A line of the history that nobody wrote.

use jiff::Timestamp;

use super::{ChatEventId, ChatId, Position};

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatEventKind {
    /// A hole: what was written in this time may be missing, and the archive has it no more.
    Gap,
    /// In this time something was encrypted for others, before there was this device: it can never be read
    /// here. All of it in one line.
    BeforeDevice,
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
}

impl ChatEvent {
    /// The time at which it stands in the history: a hole behind what came before it, what cannot be read
    /// where it ends.
    pub fn stands_at(&self) -> Timestamp {
        match self.kind {
            ChatEventKind::Gap => self.time,
            ChatEventKind::BeforeDevice => self.until,
        }
    }
}

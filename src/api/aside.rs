//! What is said live about messages or a chat, and is no message.

use model::{BareJid, ChatState, Clean, Fingerprint, Peer, Protection, Timestamp, Trust};

/// Something that was said just now. It stands nowhere afterwards but in what it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// The chat that it belongs to.
    pub chat: Peer,
    /// Who says it.
    pub from: BareJid,
    /// What it says.
    pub kind: AsideKind,
    /// The id of the stanza, chosen by whoever sent it.
    pub id: Option<String>,
    /// When.
    pub time: Timestamp,
    /// How it was protected.
    pub protection: Protection,
    /// The key that sealed it, and what is thought of that.
    pub key: Option<(Fingerprint, Trust)>,
}

/// What can be said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsideKind {
    /// They have the message with this id.
    Received(String),
    /// They have read up to the message with this id.
    Read(String),
    /// What they do with the chat at this moment.
    State(ChatState),
    /// They took back the message with this id.
    Retracted(String),
    /// All that they think of the message with this id.
    Reacted(String, Vec<Clean>),
}

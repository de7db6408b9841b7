//! What can be typed after a slash: one table, its parser, and the completion of names, chats and arguments.

use super::ask::{Ask, World};
use crate::store;

/// What a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    None,
    /// A JID of anybody.
    Jid,
    /// A chat or contact, by name or JID; without one, the open chat.
    Chat,
    /// on or off; without one, the other of the two.
    OnOff,
    /// Free text.
    Text,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Without the slash.
    pub name: &'static str,
    pub argument: Argument,
    /// What it does, as a short imperative sentence without a full stop.
    pub words: &'static str,
}

/// Every command, by name.
pub const TABLE: &[Row] = &[];

/// What a composer's text is, when Enter is pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// To be sent as it is (a leading "//" has become "/").
    Message(String),
    /// A known command: what it asks for, or a sentence what is wrong with its arguments.
    Command(Result<Vec<Ask>, String>),
    /// It looks like a command and is none (" /help", "/hepl"): the person is asked.
    Suspicious,
}

/// Reads a composer's text.
///
/// # Errors
/// The store's.
pub fn read(world: &World<'_>, text: &str) -> store::Result<Typed> {
    todo!("{:?}{text}", world.now)
}

/// What Tab can make of `text` at the cursor (byte offset): the range to replace, and the possibilities, best first. Commands after
/// a slash, their arguments; nothing in a message.
///
/// # Errors
/// The store's.
pub fn completions(
    world: &World<'_>,
    text: &str,
    cursor: usize,
) -> store::Result<(std::ops::Range<usize>, Vec<String>)> {
    todo!("{:?}{text}{cursor}", world.now)
}

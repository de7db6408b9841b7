//! What can be typed after a slash: one table, its parser, and the completion of names, chats and arguments.
//!
//! A command is one line that begins with a slash and a name of the table, in any case; what follows the name
//! is its one argument, spaces and all, so no name of a chat needs quotes. Everything else that looks like
//! one is asked about before it is sent or run. Two slashes send one.

mod asked;
mod blocking;
mod complete;
mod files;
mod names;
mod parse;
mod policy;
mod rooms;
mod run;
mod table;
#[cfg(test)]
mod tests;

pub use complete::completions;
pub use parse::{meant, read};
pub use table::TABLE;

use super::ask::Ask;

/// What a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    None,
    /// A JID of anybody.
    Jid,
    /// A chat or contact, by name or JID; without one, the open chat.
    Chat,
    /// Somebody in the open room, by nick.
    Nick,
    /// on or off; without one, the other of the two.
    OnOff,
    /// Free text.
    Text,
    /// A path.
    Path,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct CommandRow {
    /// Without the slash.
    pub name: &'static str,
    /// Other names that people know it by.
    pub aliases: &'static [&'static str],
    pub argument: Argument,
    /// How it is written, with the slash: words in capitals stand for something,
    /// brackets for what may be left out.
    pub written: &'static str,
    /// What it does, as a short imperative sentence without a full stop.
    pub words: &'static str,
    does: Does,
}

/// What a command does; [`run`] says how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Accept,
    Add,
    Attach,
    Ban,
    Bell,
    Block,
    Blocked,
    Browse,
    Config,
    Connect,
    Create,
    Decline,
    Delete,
    Destroy,
    Details,
    Devices,
    Edit,
    Encrypt,
    Files,
    Find,
    Fingerprint,
    Help,
    Invite,
    Join,
    Kick,
    Leave,
    Links,
    List,
    Lock,
    Members,
    Mentions,
    Mouse,
    Msg,
    Newest,
    Next,
    Nick,
    Notify,
    Offline,
    Oldest,
    Open,
    OpenFile,
    OpenWith,
    Original,
    Password,
    Plaintext,
    Quit,
    React,
    Redraw,
    Refresh,
    Remove,
    Rename,
    Reply,
    Requests,
    Reset,
    Retract,
    Save,
    Stop,
    Storage,
    Policy,
    Topic,
    Unblock,
}

/// What a composer's text is, when Enter is pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entered {
    /// To be sent as it is (a leading "//" has become "/").
    Message(String),
    /// A known command: what it asks for, or a sentence what is wrong with its arguments.
    Command(Result<Vec<Ask>, String>),
    /// It looks like a command and is none (" /help", "/hepl"): the person is asked.
    Suspicious,
}

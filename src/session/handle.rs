//! The session thread as a front end holds it: two channels, and the [`Writer`] back at the end.

use std::thread::JoinHandle;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use crate::api::{Command, CommandId, Event};
use crate::model::AccountId;
use crate::store::Writer;

/// Which resource the session binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// The one stored with the account: `listen` and the screen.
    Stored,
    /// A new random one: the one-shot commands.
    Random,
}

/// How a session runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionOptions {
    /// Whose session.
    pub account: AccountId,
    /// Whether presence is sent, so that offline storage comes: `listen` and the screen.
    pub presence: bool,
    /// Which resource.
    pub resource: Resource,
    /// Whether a lost connection is tried again; if not, the first failure stops the session.
    pub reconnect: bool,
}

/// A running session.
pub struct SessionHandle {
    /// To the session. Dropping it ends the session like `Command::Quit`.
    pub commands: UnboundedSender<(CommandId, Command)>,
    /// From the session; closed when its thread ends.
    pub events: UnboundedReceiver<Event>,
    /// Gives the writer back.
    pub join: JoinHandle<Writer>,
}

/// Starts the session thread (stack of 8 MiB).
pub fn spawn(writer: Writer, options: SessionOptions) -> std::io::Result<SessionHandle> {
    let _ = (writer, options);
    Err(std::io::Error::other("the session is not there yet"))
}

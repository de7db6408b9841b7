//! The session thread from outside: started, commanded, listened to, joined.

use std::thread::JoinHandle;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::options::SessionOptions;
use super::run::Session;
use api::{Command, CommandId, Event};
use store::Writer;

/// Stack of the session thread: a deep stanza must not end the process (the guard allows 64 levels).
const STACK: usize = 8 * 1024 * 1024;

/// A running session.
pub struct SessionHandle {
    /// To the session; dropping it ends the session like `Command::Quit`.
    pub commands: UnboundedSender<(CommandId, Command)>,
    /// From the session; closed when it has ended.
    pub events: UnboundedReceiver<Event>,
    /// Gives the connection back when the session has ended, to close it in good order.
    pub join: JoinHandle<Writer>,
}

/// Starts the session thread. It owns the only writing connection until it is joined.
///
/// # Errors
/// If the thread cannot be started.
pub fn spawn(writer: Writer, options: SessionOptions) -> std::io::Result<SessionHandle> {
    let (commands, commands_in) = unbounded_channel();
    let (events_out, events) = unbounded_channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let join = std::thread::Builder::new()
        .name("session".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let mut session = Session::new(writer, options, commands_in, events_out);
            runtime.block_on(session.run());
            // A look-up or key derivation that still runs in the background has nothing more to tell.
            runtime.shutdown_background();
            session.into_writer()
        })?;
    Ok(SessionHandle {
        commands,
        events,
        join,
    })
}

//! The session thread from outside: started, commanded, listened to, joined.

use std::io;
use std::thread::JoinHandle;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::engine::Engine;
use super::options::SessionOptions;
use api::{Command, CommandId, Event};
use files::Folder;
use model::AccountId;
use store::Writer;

/// Stack of the session thread: a deep stanza must not end the process (the guard allows 64 levels).
const STACK: usize = 8 * 1024 * 1024;

/// A running session of one account.
pub struct SessionHandle {
    /// To the session; dropping it ends the session like `Command::Quit`.
    pub commands: UnboundedSender<(CommandId, Command)>,
    /// From the session; closed when it has ended.
    pub events: UnboundedReceiver<Event>,
    /// Gives the connection back when the session has ended, to close it in good order.
    pub join: JoinHandle<Writer>,
}

/// The running sessions of several accounts.
pub struct EngineHandle {
    /// In the order of what they were started for.
    pub lines: Vec<LineHandle>,
    /// Gives the connection back when all of them have ended.
    pub join: JoinHandle<Writer>,
}

/// One of several sessions. Whose commands and events they are, the channel says.
pub struct LineHandle {
    pub account: AccountId,
    /// To the session; dropping it ends this one like `Command::Quit`.
    pub commands: UnboundedSender<(CommandId, Command)>,
    /// From the session; closed when this one has ended.
    pub events: UnboundedReceiver<Event>,
}

/// Starts the session thread for one account. It owns the only writing connection until it is joined. Files
/// that are sent and fetched lie in `folder`; without one there are none.
///
/// # Errors
/// If the thread cannot be started.
pub fn spawn(writer: Writer, folder: Option<Folder>, options: SessionOptions) -> io::Result<SessionHandle> {
    let (commands, commands_in) = unbounded_channel();
    let (events_out, events) = unbounded_channel();
    let join = start(writer, folder, vec![(options, commands_in, events_out)])?;
    Ok(SessionHandle {
        commands,
        events,
        join,
    })
}

/// Starts the session thread for several accounts, each of them once.
///
/// # Errors
/// If an account is named twice, or the thread cannot be started.
pub fn spawn_all(writer: Writer, folder: Option<Folder>, all: &[SessionOptions]) -> io::Result<EngineHandle> {
    let mut lines: Vec<LineHandle> = Vec::new();
    let mut ends = Vec::new();
    for options in all {
        // Two cores on one account's rows would not know of each other.
        if lines.iter().any(|line| line.account == options.account) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let (commands, commands_in) = unbounded_channel();
        let (events_out, events) = unbounded_channel();
        lines.push(LineHandle {
            account: options.account,
            commands,
            events,
        });
        ends.push((*options, commands_in, events_out));
    }
    let join = start(writer, folder, ends)?;
    Ok(EngineHandle { lines, join })
}

/// What one line is started for, and the session's ends of its channels.
type Ends = (
    SessionOptions,
    UnboundedReceiver<(CommandId, Command)>,
    UnboundedSender<Event>,
);

fn start(writer: Writer, folder: Option<Folder>, lines: Vec<Ends>) -> io::Result<JoinHandle<Writer>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::Builder::new()
        .name("session".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let writer = runtime.block_on(async move {
                let mut engine = Engine::new(writer, folder);
                for (options, commands, events) in lines {
                    engine.add(options, commands, events);
                }
                engine.run().await;
                engine.into_writer()
            });
            // A look-up or key derivation that still runs in the background has nothing more to tell.
            runtime.shutdown_background();
            writer
        })
}

//! A command's side of the two channels: starts the session thread, hears its
//! events, gives the database back.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::interrupt::Interrupts;
use super::open::OpenProfile;
use super::{Code, Exit, output};
use api::{Command, CommandId, Connection, Event, Failure, Online, Outcome, State};
use model::{AccountId, BareJid, Clean, Notice, RoomsNotice, Step};
use session::{self, Resource, SessionHandle, SessionOptions};
use store::{Reader, Writer};
use words::Face;

/// How long the session may take to say goodbye to the server and end: longer than letting go of a stream
/// ever takes, or the database would stay with it.
pub const GOODBYE: Duration = Duration::from_secs(15);

/// What a session is beside: what ends the work from outside, and who is told of what happens meanwhile.
pub trait Beside {
    /// Returns when the work is to end.
    async fn interrupted(&mut self);
    /// Hears every event before the work does.
    fn told(&mut self, event: &Event);
}

/// A command at its console: signals end it, notices are said.
pub struct Console(Interrupts);

impl Console {
    /// Must be called inside a runtime.
    pub fn new() -> Result<Self, Exit> {
        Interrupts::new().map(Self).map_err(not_started)
    }
}

impl Beside for Console {
    async fn interrupted(&mut self) {
        self.0.wait().await;
    }

    fn told(&mut self, event: &Event) {
        // Who asks to come into a room stands in the history, and `listen` prints it.
        if let Event::Notice(notice) = event
            && !matches!(notice, Notice::Rooms(RoomsNotice::Invited { .. }))
        {
            output::say(words::notice(Face::Commands, notice).as_str());
        }
    }
}

/// A running session, as a command holds it.
pub struct Client<B = Console> {
    handle: SessionHandle,
    reader: Reader,
    beside: B,
    commands: u64,
    /// What the last login found; None before the first and while the connection is lost.
    pub online: Option<Online>,
    published: bool,
    /// Why the server keeps us from publishing the keys of this device; nobody can encrypt to it then.
    pub refused: Option<Failure>,
    /// What the session said last that it is doing.
    step: Clean,
}

/// What came first.
#[derive(Debug)]
pub enum Heard {
    Event(Event),
    /// The session's thread has ended.
    Ended,
    Deadline,
    Interrupted,
}

/// The session of a one-shot command: the resource that commands share, no presence.
pub fn one_shot(account: AccountId) -> SessionOptions {
    SessionOptions {
        account,
        presence: false,
        resource: Resource::Commands,
        archive: None,
        sharing: model::Sharing::default(),
        reconnect: false,
        stay: false,
    }
}

/// Runs a session for `work`, at the console. The database is back in `opened`
/// afterwards, whatever came of the work.
pub fn with_session<T>(
    opened: &mut OpenProfile,
    options: SessionOptions,
    work: impl AsyncFnOnce(&mut Client) -> Result<T, Exit>,
) -> Result<T, Exit> {
    with_session_beside(opened, options, Console::new, work)
}

/// [`with_session`] beside something else than the console; `beside` is made inside the runtime.
pub fn with_session_beside<T, B: Beside>(
    opened: &mut OpenProfile,
    options: SessionOptions,
    beside: impl FnOnce() -> Result<B, Exit>,
    work: impl AsyncFnOnce(&mut Client<B>) -> Result<T, Exit>,
) -> Result<T, Exit> {
    let runtime = runtime()?;
    let reader = opened.reader()?;
    let (done, writer) = runtime.block_on(async {
        let beside = beside()?;
        let handle = session::spawn(opened.take_writer()?, opened.folder(), options).map_err(not_started)?;
        let mut client = Client {
            handle,
            reader,
            beside,
            commands: 0,
            online: None,
            published: false,
            refused: None,
            step: words::step(&Step::Starting),
        };
        let done = work(&mut client).await;
        Ok::<_, Exit>((done, client.end().await))
    })?;
    if let Some(writer) = writer {
        opened.put_writer(writer);
    }
    done
}

/// How long the server may take to show somebody's keys.
const FETCHING: Duration = Duration::from_secs(20);

/// Connects and stores the device list of `jid` and the keys that are not known yet.
pub fn fetch_keys(opened: &mut OpenProfile, jid: &BareJid) -> Result<(), Exit> {
    let options = one_shot(opened.account()?.id);
    with_session(opened, options, async |client| {
        let deadline = Instant::now() + FETCHING;
        client.ready(deadline).await?;
        let command = Command::RefreshDevices(jid.clone());
        client.perform(command, deadline).await.map(|_| ())
    })
}

/// [`fetch_keys`] for a list that is shown in any case: what went wrong is said above it.
pub fn try_fetch_keys(opened: &mut OpenProfile, jid: &BareJid) {
    if let Err(exit) = fetch_keys(opened, jid) {
        output::say(format!(
            "These are the keys as they were last seen. {}",
            exit.text
        ));
    }
}

/// A runtime for the commands' own thread.
pub fn runtime() -> Result<tokio::runtime::Runtime, Exit> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(not_started)
}

fn not_started(error: std::io::Error) -> Exit {
    Exit::other(format!("The session cannot be started: {error}."))
}

/// The sentence for a session that ended, with its reason if it gave one.
pub fn stopped(why: Option<Failure>) -> Exit {
    why.map_or_else(|| Exit::other("The session ended without a reason."), Exit::from)
}

/// The end of a command that was interrupted.
pub fn interrupted() -> Exit {
    Exit::other("Interrupted.")
}

impl<B: Beside> Client<B> {
    /// The store as it is now; every read is one statement.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Waits for the next thing to happen. Who is beside is told on the way.
    pub async fn hear(&mut self, deadline: Option<Instant>) -> Heard {
        let heard = tokio::select! {
            biased;
            () = self.beside.interrupted() => Heard::Interrupted,
            () = until(deadline) => Heard::Deadline,
            event = self.handle.events.recv() => event.map_or(Heard::Ended, Heard::Event),
        };
        if let Heard::Event(event) = &heard {
            self.note(event);
        }
        heard
    }

    fn note(&mut self, event: &Event) {
        self.beside.told(event);
        match event {
            Event::State(State::KeysPublished) => self.published = true,
            Event::State(State::KeysRefused(why)) => self.refused = Some(why.clone()),
            Event::State(State::Connection(connection)) => match connection {
                Connection::Connecting { step } => self.step = words::step(step),
                Connection::Online(online) => {
                    self.online = Some(online.clone());
                    self.step = Clean::line("publishing the keys of this device");
                }
                Connection::Waiting { .. } | Connection::Stopped { .. } => self.online = None,
            },
            _ => {}
        }
    }

    /// Waits until the session is online and the keys of this device are published, or refused for good.
    /// Without a connection at once it ends with the reason rather than waiting for the next try.
    pub async fn ready(&mut self, deadline: Instant) -> Result<(), Exit> {
        while self.online.is_none() || !(self.published || self.refused.is_some()) {
            match self.hear(Some(deadline)).await {
                Heard::Event(Event::State(State::Connection(Connection::Waiting { why, .. }))) => {
                    return Err(why.into());
                }
                Heard::Event(Event::State(State::Connection(Connection::Stopped { why }))) => {
                    return Err(stopped(why));
                }
                Heard::Event(_) => {}
                Heard::Ended => return Err(stopped(None)),
                Heard::Deadline => return Err(self.timed_out()),
                Heard::Interrupted => return Err(interrupted()),
            }
        }
        Ok(())
    }

    /// The sentence for a deadline that passed before the session was ready.
    pub fn timed_out(&self) -> Exit {
        Exit::new(
            Code::TimedOut,
            format!(
                "Timed out while {}. Try again, or give more time.",
                self.step.as_str()
            ),
        )
    }

    /// Sends a command; its number.
    pub fn command(&mut self, command: Command) -> CommandId {
        self.commands += 1;
        let number = CommandId(self.commands);
        // A session that has ended shows in `hear`.
        let _ = self.handle.commands.send((number, command));
        number
    }

    /// Sends a command and waits for its result.
    pub async fn perform(&mut self, command: Command, deadline: Instant) -> Result<Outcome, Exit> {
        let number = self.command(command);
        loop {
            match self.hear(Some(deadline)).await {
                Heard::Event(Event::Done { command, result }) if command == number => {
                    return result.map_err(Exit::from);
                }
                Heard::Event(Event::State(State::Connection(Connection::Stopped { why }))) => {
                    return Err(stopped(why));
                }
                Heard::Event(_) => {}
                Heard::Ended => return Err(stopped(None)),
                Heard::Deadline => {
                    return Err(Exit::new(
                        Code::TimedOut,
                        "The server did not answer in time. Try again.",
                    ));
                }
                Heard::Interrupted => return Err(interrupted()),
            }
        }
    }

    /// Ends the session in good order; None if it does not end, or its thread panicked, and that is told.
    async fn end(mut self) -> Option<Writer> {
        self.command(Command::Quit);
        let Self {
            handle,
            reader,
            mut beside,
            ..
        } = self;
        let writer = goodbye(handle, reader, &mut beside).await;
        if writer.is_none() {
            beside.told(&Event::Notice(Notice::EndedBadly));
        }
        writer
    }
}

async fn goodbye(handle: SessionHandle, reader: Reader, beside: &mut impl Beside) -> Option<Writer> {
    // The reader goes first: one that outlives the writer's last checkpoint leaves the WAL behind.
    drop(reader);
    let SessionHandle {
        commands,
        mut events,
        join,
    } = handle;
    drop(commands);
    let deadline = Instant::now() + GOODBYE;
    while let Some(event) = timeout_at(deadline, events.recv()).await.ok()? {
        beside.told(&event);
    }
    join.join().ok()
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

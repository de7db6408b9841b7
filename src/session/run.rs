//! The one select loop: whatever happens becomes an input of the core, handled in one transaction; its effects run
//! after the commit.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use minidom::Element;
use rand_core::SeedableRng;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio_xmpp::xmlstream::{ReadError, XmlStream};

use super::connection::{Established, Target, Transport, establish};
use super::failure::EstablishError;
use super::options::{Resource, SessionOptions};
use super::timers::{Backoff, Timers};
use crate::api::{Command, CommandId, Connection, Event, Failure, FailureKind, State};
use crate::model::{Clean, Timestamp};
use crate::protocol::{Effect, Input, Own, Protocol};
use crate::store::accounts::{self, Account};
use crate::store::{StoreError, Writer};

/// How long the server may take to read what we send.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// How long closing in good order may take.
const CLOSE_PATIENCE: Duration = Duration::from_secs(3);
/// A connection that held this long starts the back-off anew.
const HELD: Duration = Duration::from_secs(60);

/// The session: owner of the network, the core and the writing connection.
pub(super) struct Session {
    writer: Writer,
    options: SessionOptions,
    commands: UnboundedReceiver<(CommandId, Command)>,
    events: UnboundedSender<Event>,
    timers: Timers,
    rng: rand_chacha::ChaCha20Rng,
}

/// Why one connection, or the session, ended.
enum End {
    /// Try again, if this session does.
    Lost(Failure),
    /// For good.
    Stopped(Option<Failure>),
}

type Online = (
    XmlStream<Transport, Element>,
    UnboundedReceiver<(String, Option<String>)>,
);

impl Session {
    pub(super) fn new(
        writer: Writer,
        options: SessionOptions,
        commands: UnboundedReceiver<(CommandId, Command)>,
        events: UnboundedSender<Event>,
    ) -> Self {
        let mut seed = [0_u8; 32];
        let rng = match getrandom::fill(&mut seed) {
            Ok(()) => rand_chacha::ChaCha20Rng::from_seed(seed),
            // Without the system's random source nothing here may go on.
            Err(_) => std::process::abort(),
        };
        Self {
            writer,
            options,
            commands,
            events,
            timers: Timers::default(),
            rng,
        }
    }

    pub(super) fn into_writer(self) -> Writer {
        self.writer
    }

    /// Connects, and again, until the session is told to quit or must stop.
    pub(super) async fn run(&mut self) {
        let why = match self.connect_again_and_again().await {
            Ok(why) => why,
            Err(error) => Some(store_failure(&error)),
        };
        self.tell(Event::State(State::Connection(Connection::Stopped { why })));
    }

    async fn connect_again_and_again(&mut self) -> Result<Option<Failure>, StoreError> {
        let mut backoff = Backoff::default();
        let Some(account) = self.account()? else {
            return Ok(Some(no_account()));
        };
        let mut core = Protocol::new(self.own(&account));
        loop {
            let Some(account) = self.account()? else {
                return Ok(Some(no_account()));
            };
            let started = tokio::time::Instant::now();
            let failure = match self.one_connection(&mut core, &account).await? {
                End::Stopped(why) => return Ok(why),
                End::Lost(failure) if !self.options.reconnect => return Ok(Some(failure)),
                End::Lost(failure) => failure,
            };
            if started.elapsed() >= HELD {
                backoff.reset();
            }
            let wait = backoff.next(&mut self.rng);
            // The sentence may name people and servers; the log does not.
            tracing::info!(account = account.id.0, kind = ?failure.kind, ?wait, "not connected");
            let next_try = Timestamp::now().checked_add(wait).unwrap_or(Timestamp::MAX);
            self.tell(Event::State(State::Connection(Connection::Waiting {
                why: failure,
                next_try,
            })));
            if let Some(End::Stopped(why)) = self.while_waiting(&mut core, tokio::time::sleep(wait)).await?.1
            {
                return Ok(why);
            }
        }
    }

    fn account(&mut self) -> Result<Option<Account>, StoreError> {
        accounts::get(&self.writer.transaction()?, self.options.account)
    }

    fn own(&mut self, account: &Account) -> Own {
        let resource = match self.options.resource {
            Resource::Stored => account.resource.clone(),
            Resource::Random => {
                let mut bytes = [0_u8; 8];
                rand_core::Rng::fill_bytes(&mut self.rng, &mut bytes);
                bytes.iter().map(|byte| format!("{byte:02x}")).collect()
            }
        };
        Own {
            account: account.id,
            jid: account.jid.clone(),
            resource,
            present: self.options.presence,
        }
    }

    /// Runs `future` while commands and timers go on being handled; its output, or why the session ends before.
    async fn while_waiting<F: Future>(
        &mut self,
        core: &mut Protocol,
        future: F,
    ) -> Result<(Option<F::Output>, Option<End>), StoreError> {
        tokio::pin!(future);
        loop {
            let input = tokio::select! {
                output = &mut future => return Ok((Some(output), None)),
                command = self.commands.recv() => match command {
                    Some((id, command)) => Input::Command(id, command),
                    None => return Ok((None, Some(End::Stopped(None)))),
                },
                timer = self.timers.next() => Input::Timer(timer),
            };
            if let Some(end) = self.feed(core, input, None).await? {
                return Ok((None, Some(end)));
            }
        }
    }

    async fn one_connection(&mut self, core: &mut Protocol, account: &Account) -> Result<End, StoreError> {
        let location = crate::store::stream::get(&self.writer.transaction()?, account.id)?
            .filter(|_| self.options.presence)
            .and_then(|resumable| resumable.location);
        let target = Target {
            jid: account.jid.clone(),
            options: account.options.clone(),
            location,
            mechanism: account.mechanism.clone(),
        };
        let events = self.events.clone();
        let mut step = move |step: Clean| {
            let connecting = State::Connection(Connection::Connecting { step });
            let _ = events.send(Event::State(connecting));
        };
        let (established, end) = self
            .while_waiting(core, establish(&target, &account.password, &mut step))
            .await?;
        let established = match (established, end) {
            (_, Some(end)) => return Ok(end),
            (Some(Ok(established)), None) => established,
            (Some(Err(error)), None) if error.retry => return Ok(End::Lost(error.failure)),
            (Some(Err(error)), None) => return Ok(End::Stopped(Some(error.failure))),
            (None, None) => return Ok(End::Stopped(None)),
        };
        tracing::info!(
            account = account.id.0,
            mechanism = established.mechanism,
            "logged in"
        );
        // After an error of the store the core is of no more use.
        let end = self.while_online(core, established).await?;
        self.feed(core, Input::Lost, None).await?;
        Ok(end)
    }

    async fn while_online(&mut self, core: &mut Protocol, stream: Established) -> Result<End, StoreError> {
        let Established {
            stream,
            features,
            facts,
            mechanism,
            replaced,
        } = stream;
        let mut online: Online = (stream, replaced);
        let mut input = Input::Opened {
            features,
            facts,
            mechanism,
        };
        loop {
            if let Some(end) = self.feed(core, input, Some(&mut online)).await? {
                return Ok(end);
            }
            while let Ok((name, from)) = online.1.try_recv() {
                if let Some(end) = self
                    .feed(core, Input::Oversized { name, from }, Some(&mut online))
                    .await?
                {
                    return Ok(end);
                }
            }
            input = tokio::select! {
                read = online.0.next() => match read {
                    Some(Ok(element)) => {
                        tracing::trace!(name = element.name(), "an element arrived");
                        Input::Element(element)
                    }
                    Some(Err(ReadError::SoftTimeout)) => continue_with_silence(),
                    Some(Err(ReadError::ParseError(_))) => {
                        return Ok(End::Lost(unreadable_stream()));
                    }
                    Some(Err(ReadError::HardError(error))) => return Ok(End::Lost(read_failure(error))),
                    Some(Err(ReadError::StreamFooterReceived)) | None => return Ok(End::Lost(closed())),
                },
                command = self.commands.recv() => match command {
                    Some((id, command)) => Input::Command(id, command),
                    None => Input::Command(CommandId(u64::MAX), Command::Quit),
                },
                timer = self.timers.next() => Input::Timer(timer),
            };
        }
    }

    /// One input, one transaction; then its effects.
    async fn feed(
        &mut self,
        core: &mut Protocol,
        input: Input,
        online: Option<&mut Online>,
    ) -> Result<Option<End>, StoreError> {
        let tx = self.writer.transaction()?;
        let effects = core.handle(input, &tx, Timestamp::now(), &mut self.rng)?;
        tx.commit()?;
        self.execute(effects, online).await
    }

    async fn execute(
        &mut self,
        effects: Vec<Effect>,
        mut online: Option<&mut Online>,
    ) -> Result<Option<End>, StoreError> {
        let mut wrote = false;
        let mut end = None;
        for effect in effects {
            match effect {
                Effect::Tell(event) => self.tell(event),
                Effect::Wake(timer, after) => self.timers.set(timer, after),
                Effect::Sleep(timer) => self.timers.unset(timer),
                Effect::Send(element) => {
                    // After a failure nothing more is written, but everything else of this turn still happens.
                    if let Some((stream, _)) = online.as_deref_mut()
                        && !matches!(end, Some(End::Lost(_)))
                    {
                        wrote = true;
                        if !in_time(stream.feed(&element)).await {
                            end = Some(End::Lost(write_failure()));
                        }
                    }
                }
                Effect::Close(why) => end = Some(End::Stopped(why)),
                Effect::Abort(failure) => end = Some(End::Lost(failure)),
            }
        }
        if let Some((stream, _)) = online {
            let broken = matches!(end, Some(End::Lost(_)));
            if wrote && !broken && !in_time(flush(stream)).await && end.is_none() {
                end = Some(End::Lost(write_failure()));
            }
            if matches!(end, Some(End::Stopped(_))) {
                close(stream).await;
            }
        }
        Ok(end)
    }

    fn tell(&self, event: Event) {
        // A front end that is gone wants to know nothing more.
        let _ = self.events.send(event);
    }
}

fn continue_with_silence() -> Input {
    Input::Timer(crate::protocol::Timer::Silence)
}

async fn flush(stream: &mut XmlStream<Transport, Element>) -> std::io::Result<()> {
    <XmlStream<Transport, Element> as SinkExt<&Element>>::flush(stream).await
}

async fn in_time(write: impl Future<Output = std::io::Result<()>>) -> bool {
    matches!(tokio::time::timeout(WRITE_PATIENCE, write).await, Ok(Ok(())))
}

/// Sends the footer and waits a moment for the server's, so that nothing on its way is cut off.
async fn close(stream: &mut XmlStream<Transport, Element>) {
    let _ = tokio::time::timeout(CLOSE_PATIENCE, async {
        if stream.shutdown().await.is_ok() {
            while let Some(Ok(_)) = stream.next().await {}
        }
    })
    .await;
}

fn no_connection(text: &str) -> Failure {
    Failure::new(FailureKind::NoConnection, text)
}

fn closed() -> Failure {
    no_connection("The server closed the connection.")
}

fn unreadable_stream() -> Failure {
    no_connection("The server sent something that is not XMPP.")
}

fn read_failure(error: std::io::Error) -> Failure {
    EstablishError::from(error).failure
}

fn write_failure() -> Failure {
    no_connection("The connection to the server broke while sending.")
}

fn no_account() -> Failure {
    Failure::new(
        FailureKind::Other,
        "The account is gone. Add it again with `susurro account add`.",
    )
}

fn store_failure(error: &StoreError) -> Failure {
    let text = format!("The local database failed, so the session ended; nothing was lost: {error}.");
    Failure::new(FailureKind::Other, text)
}

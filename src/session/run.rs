//! The session's life: connecting, again and again, until it is told to quit or must stop; and, for a front end that
//! stays, waiting to be told to try once more.

use std::time::Duration;

use rand_core::SeedableRng;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::options::{Resource, SessionOptions};
use super::parting::Unwritten;
use super::timers::{Backoff, Timers};
use api::{Command, CommandId, Connection, Event, Failure, FailureKind, State};
use model::{Clean, Timestamp};
use net::connection::{Login, Timeouts, establish_moved};
use net::moves;
use protocol::{Input, LocalAccount, Protocol};
use store::accounts::{self, Account};
use store::{StoreError, Writer};

/// A connection that held this long starts the back-off anew.
const HELD: Duration = Duration::from_secs(60);

/// The session: owner of the network, the core and the writing connection.
pub(super) struct Session {
    pub(super) writer: Writer,
    options: SessionOptions,
    pub(super) commands: UnboundedReceiver<(CommandId, Command)>,
    events: UnboundedSender<Event>,
    pub(super) timers: Timers,
    pub(super) rng: rand_chacha::ChaCha20Rng,
    /// Why the last writing on the present stream failed.
    pub(super) unwritten: Option<Unwritten>,
    /// Where the server sent us at the end of the last stream, and how often it did so since one held.
    pub(super) moved: Option<String>,
    moves: usize,
}

/// Why one connection, or the session, ended.
pub(super) enum End {
    /// Try again, if this session does.
    Lost(Failure),
    /// For good; without a failure, because the front end left.
    Stopped(Option<Failure>),
    /// The person wants it tried now.
    Again,
}

/// What is waited for while there is no stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    /// The connection that is being made.
    Dial,
    /// The time of the next try, or the person's word.
    Idle,
}

impl Waiting {
    /// Whether a command, once handled, ends the wait.
    fn ends_with(self, command: &Command) -> bool {
        match command {
            Command::SetPassword(_) => true,
            Command::Connect => self == Self::Idle,
            _ => false,
        }
    }
}

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
            unwritten: None,
            moved: None,
            moves: 0,
        }
    }

    pub(super) fn into_writer(self) -> Writer {
        self.writer
    }

    /// Connects, and again, until the session is told to quit or must stop.
    pub(super) async fn run(&mut self) {
        let why = match self.own() {
            Ok(Some(own)) => self.live(&own).await,
            Ok(None) => Some(no_account()),
            Err(error) => Some(store_failure(&error)),
        };
        self.stopped(why);
    }

    /// One life after the other: after an error of the store the core is of no more use, and a session that stays begins
    /// anew, stopped.
    async fn live(&mut self, own: &LocalAccount) -> Option<Failure> {
        let mut stopped = None;
        loop {
            self.timers = Timers::default();
            match self.one_life(own.clone(), stopped.take()).await {
                Ok(why) => return why,
                Err(error) if self.options.stay => stopped = Some(store_failure(&error)),
                Err(error) => return Some(store_failure(&error)),
            }
        }
    }

    /// Connects again and again. With `stopped`, it begins by waiting for the person.
    async fn one_life(
        &mut self,
        own: LocalAccount,
        mut stopped: Option<Failure>,
    ) -> Result<Option<Failure>, StoreError> {
        let mut backoff = Backoff::default();
        let mut core = Protocol::new(own);
        loop {
            let end = match stopped.take() {
                Some(why) if !self.options.stay => return Ok(Some(why)),
                Some(why) => {
                    self.stopped(Some(why));
                    self.idle(&mut core, std::future::pending()).await?
                }
                None => self.try_once(&mut core, &mut backoff).await?,
            };
            match end {
                Some(End::Again) => backoff.reset(),
                Some(End::Stopped(None)) => return Ok(None),
                Some(End::Stopped(why)) => stopped = why,
                Some(End::Lost(why)) => stopped = Some(why),
                None => {}
            }
        }
    }

    /// One connection and, if it is to be tried again, the wait for that; None: the time of the next try has come.
    async fn try_once(
        &mut self,
        core: &mut Protocol,
        backoff: &mut Backoff,
    ) -> Result<Option<End>, StoreError> {
        let Some(account) = self.account()? else {
            return Ok(Some(End::Stopped(Some(no_account()))));
        };
        let started = tokio::time::Instant::now();
        let failure = match self.one_connection(core, &account).await? {
            End::Lost(failure) if self.options.reconnect => failure,
            end => return Ok(Some(end)),
        };
        if started.elapsed() >= HELD {
            backoff.reset();
            self.moves = 0;
        }
        if self.moved.is_some() && self.moves < moves::MOST {
            self.moves += 1;
            return Ok(None);
        }
        // Round in circles: it is tried again, from where the account begins.
        (self.moved, self.moves) = (None, 0);
        let wait = backoff.next(&mut self.rng);
        // The sentence may name people and servers; the log does not.
        tracing::info!(account = account.id.0, kind = ?failure.kind, ?wait, "not connected");
        let next_try = Timestamp::now().checked_add(wait).unwrap_or(Timestamp::MAX);
        self.tell(Event::State(State::Connection(Connection::Waiting {
            why: failure,
            next_try,
        })));
        self.idle(core, tokio::time::sleep(wait)).await
    }

    /// Handles what comes until `until` is over (None), the person wants a try, or the end.
    async fn idle(
        &mut self,
        core: &mut Protocol,
        until: impl Future<Output = ()>,
    ) -> Result<Option<End>, StoreError> {
        Ok(self.while_waiting(core, Waiting::Idle, until).await?.1)
    }

    fn account(&mut self) -> Result<Option<Account>, StoreError> {
        accounts::get(&self.writer.transaction()?, self.options.account)
    }

    fn own(&mut self) -> Result<Option<LocalAccount>, StoreError> {
        let Some(account) = self.account()? else {
            return Ok(None);
        };
        let resource = match self.options.resource {
            Resource::Stored => account.resource.clone(),
            Resource::Random => {
                let mut bytes = [0_u8; 8];
                rand_core::Rng::fill_bytes(&mut self.rng, &mut bytes);
                bytes.iter().map(|byte| format!("{byte:02x}")).collect()
            }
        };
        Ok(Some(LocalAccount {
            account: account.id,
            jid: account.jid.clone(),
            resource,
            present: self.options.presence,
        }))
    }

    /// Runs `future` while commands and timers go on being handled; its output, or why the wait ends before.
    async fn while_waiting<F: Future>(
        &mut self,
        core: &mut Protocol,
        waiting: Waiting,
        future: F,
    ) -> Result<(Option<F::Output>, Option<End>), StoreError> {
        tokio::pin!(future);
        loop {
            let mut again = false;
            let input = tokio::select! {
                output = &mut future => return Ok((Some(output), None)),
                command = self.commands.recv() => match command {
                    Some((id, command)) => {
                        again = waiting.ends_with(&command);
                        Input::Command(id, command)
                    }
                    None => return Ok((None, Some(End::Stopped(None)))),
                },
                timer = self.timers.next() => Input::Timer(timer),
            };
            if let Some(end) = self.feed(core, input, None).await? {
                return Ok((None, Some(end)));
            }
            if again {
                return Ok((None, Some(End::Again)));
            }
        }
    }

    async fn one_connection(&mut self, core: &mut Protocol, account: &Account) -> Result<End, StoreError> {
        let location = store::stream::get(&self.writer.transaction()?, account.id)?
            .filter(|_| self.options.presence)
            .and_then(|resumable| resumable.location);
        let target = Login {
            jid: account.jid.clone(),
            options: account.options.clone(),
            location,
            mechanism: account.mechanism.clone(),
        };
        let moved = self.moved.take();
        let events = self.events.clone();
        let mut step = move |step: Clean| {
            let connecting = State::Connection(Connection::Connecting { step });
            let _ = events.send(Event::State(connecting));
        };
        let (established, end) = self
            .while_waiting(
                core,
                Waiting::Dial,
                establish_moved(&Timeouts::default(), &target, moved, &account.password, &mut step),
            )
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

    fn stopped(&self, why: Option<Failure>) {
        self.tell(Event::State(State::Connection(Connection::Stopped { why })));
    }

    pub(super) fn tell(&self, event: Event) {
        // A front end that is gone wants to know nothing more.
        let _ = self.events.send(event);
    }
}

fn no_account() -> Failure {
    Failure::new(
        FailureKind::Other,
        "The account is gone from this profile; add it again (`susurro account add`).",
    )
}

pub(super) fn store_failure(error: &StoreError) -> Failure {
    let text = format!("The local database failed, so the connection was ended: {error}.");
    Failure::new(FailureKind::Other, text)
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;

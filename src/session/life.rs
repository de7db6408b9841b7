//! What becomes of a line when something happens on it: connecting, again and again, until it is told to quit
//! or must stop; and, for a front end that stays, waiting to be told to try once more.

use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::Instant;

use super::arrived::OnStream;
use super::ends::{End, Unwritten, no_account, store_failure};
use super::line::{Happening, Line, LineState};
use super::online::Online;
use super::options::{SessionOptions, local_account};
use super::parting::{Parting, Words};
use super::shared::Shared;
use super::timers::{Backoff, Timers};
use api::{Command, CommandId, Connection, Event, Failure, State};
use model::failure::DatabaseFault;
use model::{Fact, Step, Timestamp};
use net::connection::{EstablishError, Established, Login, Timeouts, establish_moved};
use net::http::HttpPolicy;
use net::moves;
use protocol::{Ended, Input, Protocol};
use stanza::ns;
use store::{StoreError, accounts};

/// A connection that held this long starts the back-off anew.
const HELD: Duration = Duration::from_secs(60);

impl Line {
    /// The line of an account, on its way to the server; None, and its front end told why, if it cannot be.
    pub(super) fn open(
        shared: &mut Shared,
        options: SessionOptions,
        commands: UnboundedReceiver<(CommandId, Command)>,
        events: UnboundedSender<Event>,
    ) -> Option<Self> {
        let why = match local_account(shared, options) {
            Ok(Some(own)) => {
                let mut line = Self::new(own, shared.folder.clone(), options, commands, events);
                let dialled = line.dial(shared);
                line.unless_failed(shared, dialled, false);
                return Some(line).filter(|line| !line.is_over());
            }
            Ok(None) => no_account(),
            Err(error) => store_failure(&error),
        };
        // A front end that is gone wants to know nothing more.
        let _ = events.send(stopped(Some(why)));
        None
    }

    /// Something happens.
    pub(super) fn on(&mut self, shared: &mut Shared, happening: Happening) {
        // A draft that cannot be kept does not put off the next try.
        let has_stream = matches!(self.state, LineState::Online(_) | LineState::Parting(_));
        let goes_on = !has_stream && matches!(happening, Happening::Command(..));
        let handled = self.handle(shared, happening);
        self.unless_failed(shared, handled, goes_on);
    }

    /// After an error of the store the core is of no more use, and a line that stays begins anew: stopped; or
    /// where the disk is full later and by itself, since room comes back without a word. What the server was
    /// not told that we have it sends again. `goes_on`: it stands where it stood then.
    pub(super) fn unless_failed(
        &mut self,
        shared: &mut Shared,
        handled: Result<(), StoreError>,
        goes_on: bool,
    ) {
        let Err(error) = handled else {
            return;
        };
        self.timers = Timers::default();
        self.tasks.clear();
        self.core = Protocol::new(self.own.clone());
        let why = store_failure(&error);
        if error.fault() != DatabaseFault::Full || !self.options.reconnect {
            self.backoff = Backoff::default();
            self.stop(why);
            return;
        }
        if !goes_on {
            self.wait(shared, why);
        }
    }

    fn handle(&mut self, shared: &mut Shared, happening: Happening) -> Result<(), StoreError> {
        match happening {
            Happening::Command(id, command) => self.on_command(shared, id, command),
            Happening::Left => match self.state {
                LineState::Online(_) => self.turn(shared, Input::Command(CommandId(u64::MAX), Command::Quit)),
                _ => {
                    self.end(None);
                    Ok(())
                }
            },
            Happening::Timer(timer) => self.turn(shared, Input::Timer(timer)),
            Happening::Task(task, event) => self.turn(shared, Input::Task(task, event)),
            Happening::Dialled(dialled) => self.on_dialled(shared, *dialled),
            Happening::Due => self.dial(shared),
            Happening::Stream(on_stream) => self.on_stream(shared, on_stream),
            Happening::Word(words) => self.on_words(shared, words),
        }
    }

    /// One input, and the end that it may bring.
    fn turn(&mut self, shared: &mut Shared, input: Input) -> Result<(), StoreError> {
        match self.feed(shared, input)? {
            Some(end) => self.on_end(shared, end),
            None => Ok(()),
        }
    }

    fn on_command(&mut self, shared: &mut Shared, id: CommandId, command: Command) -> Result<(), StoreError> {
        let again = match self.state {
            LineState::Dialling(_) => matches!(command, Command::SetPassword(_)),
            LineState::Waiting(_) | LineState::Stopped => {
                matches!(command, Command::SetPassword(_) | Command::Connect)
            }
            LineState::Online(_) | LineState::Parting(_) | LineState::Ended => false,
        };
        match self.feed(shared, Input::Command(id, command))? {
            Some(end) => self.on_end(shared, end),
            None if again => {
                self.backoff.reset();
                self.dial(shared)
            }
            None => Ok(()),
        }
    }

    /// Begins to connect.
    fn dial(&mut self, shared: &mut Shared) -> Result<(), StoreError> {
        let tx = shared.writer.transaction()?;
        let Some(account) = accounts::get(&tx, self.options.account)? else {
            drop(tx);
            self.stop(no_account());
            return Ok(());
        };
        let location = store::stream::get(&tx, account.id)?
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
        let mut step = move |step: Step| {
            let connecting = State::Connection(Connection::Connecting { step });
            let _ = events.send(Event::State(connecting));
        };
        self.since = Instant::now();
        self.state = LineState::Dialling(Box::pin(async move {
            let patience = Timeouts::default();
            establish_moved(&patience, &target, moved, &account.password, &mut step).await
        }));
        Ok(())
    }

    fn on_dialled(
        &mut self,
        shared: &mut Shared,
        dialled: Result<Established, EstablishError>,
    ) -> Result<(), StoreError> {
        let established = match dialled {
            Ok(established) => established,
            // What waited in an earlier run for the end of a catch-up waits no longer.
            Err(error) if error.retry => return self.without_stream(shared, End::Lost(error.failure)),
            Err(error) => return self.without_stream(shared, End::Stopped(Some(error.failure))),
        };
        let Established {
            stream,
            features,
            facts,
            mechanism,
            replaced,
        } = established;
        tracing::info!(account = self.own.account.0, mechanism, "logged in");
        self.tasks.go_by(self.way(shared, &facts)?);
        self.state = LineState::Online(Box::new(Online::new(stream, replaced)));
        let opened = Input::Opened {
            features,
            facts,
            mechanism,
        };
        self.turn(shared, opened)
    }

    /// How files go: with whom the account trusts, and to where its server is.
    fn way(&self, shared: &mut Shared, facts: &[Fact]) -> Result<HttpPolicy, StoreError> {
        let account = accounts::get(&shared.writer.transaction()?, self.options.account)?;
        let is_inside = |fact: &Fact| matches!(fact, Fact::Server(at) if HttpPolicy::is_inside(at.as_str()));
        Ok(HttpPolicy {
            ca_pem: account.and_then(|account| account.options.ca_pem),
            inside: facts.iter().any(is_inside),
            ..HttpPolicy::default()
        })
    }

    fn on_stream(&mut self, shared: &mut Shared, on_stream: OnStream) -> Result<(), StoreError> {
        match on_stream {
            OnStream::Arrived(arrived) => {
                let input = arrived.into_input(&mut self.moved);
                match self.take_in(shared, input)? {
                    (Some(end), _) => self.on_end(shared, end),
                    (None, Some(last)) => self.on_stream(shared, last),
                    (None, None) => Ok(()),
                }
            }
            // A type that an element does not fit leaves the stream where it was.
            OnStream::Nothing => self.turn(shared, Input::Timer(protocol::Timer::Silence)),
            OnStream::Over(ended, why) => {
                self.state = LineState::Stopped;
                if let Some(ended) = ended {
                    self.feed(shared, Input::Ended(ended))?;
                }
                self.without_stream(shared, End::Lost(why))
            }
            // The server may have said why.
            OnStream::Unwritten(unwritten) => {
                if let LineState::Online(online) = self.take_state() {
                    self.state = LineState::Parting(Box::new(Parting::unwritten(*online, unwritten)));
                }
                Ok(())
            }
        }
    }

    fn on_end(&mut self, shared: &mut Shared, end: End) -> Result<(), StoreError> {
        match (self.take_state(), end) {
            (LineState::Online(online), End::Stopped(why)) => {
                self.state = LineState::Parting(Box::new(Parting::closing(*online, why)));
                Ok(())
            }
            (LineState::Online(_), end) => self.without_stream(shared, end),
            (LineState::Dialling(_), end) => self.settle(shared, end),
            (_, End::Lost(why)) => self.settle(shared, End::Stopped(Some(why))),
            (_, end) => self.settle(shared, end),
        }
    }

    /// Something that the server says while it is left. Messages among it come again where the server hears
    /// what arrived; where it does not, this is the last time that they do, and they are taken in. So is its
    /// word for what it has of ours, or that would be sent again next time.
    fn on_words(&mut self, shared: &mut Shared, words: Words) -> Result<(), StoreError> {
        if let Words::Stanza(stanza) = words {
            let once = self.core.is_told_once();
            let answers = || matches!(stanza.attr("type"), Some("result" | "error"));
            let heard = match stanza.name() {
                "message" => once,
                // Where there is nothing better, an answer says that what was sent before arrived.
                "iq" => once && answers(),
                name => name == "a" && stanza.has_ns(ns::SM),
            };
            if heard {
                self.feed(shared, Input::Element(stanza))?;
            }
            return Ok(());
        }
        let LineState::Parting(parting) = self.take_state() else {
            return Ok(());
        };
        let Parting { unwritten, end, .. } = *parting;
        let said = match (unwritten, words) {
            // It went in good order.
            (None, _) => None,
            (Some(_), Words::Said(error)) => self.feed(shared, Input::Element(error))?,
            (Some(_), Words::Nothing(Some(ended))) => self.feed(shared, Input::Ended(ended))?,
            (Some(Unwritten::Broken), Words::Nothing(None)) => self.feed(shared, Input::Ended(Ended::Cut))?,
            // A silent network says nothing about what was written.
            (Some(_), Words::Nothing(None) | Words::Stanza(_)) => None,
        };
        self.without_stream(shared, said.unwrap_or(end))
    }

    /// The stream is gone.
    fn without_stream(&mut self, shared: &mut Shared, end: End) -> Result<(), StoreError> {
        self.feed(shared, Input::Lost)?;
        self.settle(shared, end)
    }

    /// Where the line stands after an end.
    fn settle(&mut self, shared: &mut Shared, end: End) -> Result<(), StoreError> {
        match end {
            End::Lost(failure) => return self.lost(shared, failure),
            End::Stopped(Some(why)) => self.stop(why),
            End::Stopped(None) => self.end(None),
        }
        Ok(())
    }

    /// A connection was lost, or none was made: it is tried again, if this line does.
    fn lost(&mut self, shared: &mut Shared, failure: Failure) -> Result<(), StoreError> {
        if !self.options.reconnect {
            self.stop(failure);
            return Ok(());
        }
        if self.since.elapsed() >= HELD {
            self.backoff.reset();
            self.moves = 0;
        }
        if self.moved.is_some() && self.moves < moves::MOST {
            self.moves += 1;
            return self.dial(shared);
        }
        // Round in circles: it is tried again, from where the account begins.
        (self.moved, self.moves) = (None, 0);
        self.wait(shared, failure);
        Ok(())
    }

    /// Until the next try.
    fn wait(&mut self, shared: &mut Shared, failure: Failure) {
        let wait = self.backoff.next(&mut shared.rng);
        // The sentence may name people and servers; the log does not.
        tracing::info!(account = self.own.account.0, kind = ?failure.kind(), ?wait, "not connected");
        let next_try = Timestamp::now().checked_add(wait).unwrap_or(Timestamp::MAX);
        self.tell(Event::State(State::Connection(Connection::Waiting {
            why: failure,
            next_try,
        })));
        self.state = LineState::Waiting(Box::pin(tokio::time::sleep(wait)));
    }

    /// It is not tried again by itself.
    fn stop(&mut self, why: Failure) {
        if self.options.stay {
            self.state = LineState::Stopped;
            self.tell(stopped(Some(why)));
        } else {
            self.end(Some(why));
        }
    }

    fn end(&mut self, why: Option<Failure>) {
        self.state = LineState::Ended;
        self.tell(stopped(why));
    }

    fn take_state(&mut self) -> LineState {
        std::mem::replace(&mut self.state, LineState::Stopped)
    }
}

fn stopped(why: Option<Failure>) -> Event {
    Event::State(State::Connection(Connection::Stopped { why }))
}

//! The line of one account, as data: where it stands, its core, its timers, what its front end asks. What
//! happens on it is found out here; what becomes of it then: `life.rs`.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, Sleep};

use super::arrived::OnStream;
use super::ends::{End, store_failure};
use super::online::Online;
use super::options::SessionOptions;
use super::parting::{Parting, Words};
use super::shared::Shared;
use super::tasks::{Pace, Tasks};
use super::timers::{Backoff, Timers};
use api::{Command, CommandId, Event};
use files::Folder;
use net::connection::{EstablishError, Established};
use net::http::HttpPolicy;
use protocol::{Effect, Input, LocalAccount, Protocol, TaskEvent, TaskId, Timer};
use store::StoreError;

/// A connection that is being made.
pub(super) type Dial = Pin<Box<dyn Future<Output = Result<Established, EstablishError>>>>;

/// Where a line stands.
pub(super) enum LineState {
    Dialling(Dial),
    Online(Box<Online>),
    /// The stream is let go; what the server still says is heard.
    Parting(Box<Parting>),
    /// Until the time of the next try, or the person's word.
    Waiting(Pin<Box<Sleep>>),
    /// Until the person's word; without a stream, also for the moment between two states.
    Stopped,
    /// For good.
    Ended,
}

/// What happens on a line.
pub(super) enum Happening {
    Command(CommandId, Command),
    /// The front end is gone.
    Left,
    Timer(Timer),
    Task(TaskId, TaskEvent),
    Dialled(Box<Result<Established, EstablishError>>),
    /// The time of the next try has come.
    Due,
    Stream(OnStream),
    /// Something that the server says while it is left.
    Word(Words),
}

/// One account and its connection.
pub(super) struct Line {
    pub(super) options: SessionOptions,
    commands: UnboundedReceiver<(CommandId, Command)>,
    pub(super) events: UnboundedSender<Event>,
    pub(super) own: LocalAccount,
    pub(super) core: Protocol,
    pub(super) state: LineState,
    pub(super) timers: Timers,
    pub(super) tasks: Tasks,
    pub(super) backoff: Backoff,
    /// When the present connection was begun.
    pub(super) since: Instant,
    /// Where the server sent us at the end of the last stream, and how often it did so since one held.
    pub(super) moved: Option<String>,
    pub(super) moves: usize,
    /// Whether commands are looked at before everything else: every other time.
    commands_first: bool,
}

impl Line {
    /// A line that is about to connect.
    pub(super) fn new(
        own: LocalAccount,
        folder: Option<Folder>,
        options: SessionOptions,
        commands: UnboundedReceiver<(CommandId, Command)>,
        events: UnboundedSender<Event>,
    ) -> Self {
        Self {
            options,
            commands,
            events,
            core: Protocol::new(own.clone()),
            own,
            state: LineState::Stopped,
            timers: Timers::default(),
            tasks: Tasks::new(folder, HttpPolicy::default(), Pace::default()),
            backoff: Backoff::default(),
            since: Instant::now(),
            moved: None,
            moves: 0,
            commands_first: true,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, LineState::Ended)
    }

    /// What happens next. What waits to be written is written meanwhile.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Happening> {
        if let LineState::Parting(parting) = &mut self.state {
            return parting.poll(cx).map(Happening::Word);
        }
        let commands_first = self.commands_first;
        self.commands_first = !commands_first;
        for commands in [commands_first, !commands_first] {
            let polled = match commands {
                true => self.poll_command(cx),
                false => self.poll_rest(cx),
            };
            if polled.is_ready() {
                return polled;
            }
        }
        Poll::Pending
    }

    fn poll_command(&mut self, cx: &mut Context<'_>) -> Poll<Happening> {
        self.commands.poll_recv(cx).map(|command| match command {
            Some((id, command)) => Happening::Command(id, command),
            None => Happening::Left,
        })
    }

    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<Happening> {
        if let Poll::Ready(timer) = self.timers.poll(cx) {
            return Poll::Ready(Happening::Timer(timer));
        }
        if let Poll::Ready((task, event)) = self.tasks.poll(cx) {
            return Poll::Ready(Happening::Task(task, event));
        }
        match &mut self.state {
            LineState::Dialling(dial) => dial.as_mut().poll(cx).map(Box::new).map(Happening::Dialled),
            LineState::Online(online) => online.poll(cx).map(Happening::Stream),
            LineState::Waiting(until) => until.as_mut().poll(cx).map(|()| Happening::Due),
            LineState::Parting(_) | LineState::Stopped | LineState::Ended => Poll::Pending,
        }
    }

    /// What arrived, and what can be read behind it without waiting, in one transaction; then all effects,
    /// acknowledgements among them. What was read last comes back if it is no input.
    pub(super) fn take_in(
        &mut self,
        shared: &mut Shared,
        first: Input,
    ) -> Result<(Option<End>, Option<OnStream>), StoreError> {
        let Self {
            core, state, moved, ..
        } = self;
        let mut last = None;
        let more = || {
            let LineState::Online(online) = state else {
                return None;
            };
            match online.read_now()? {
                OnStream::Arrived(arrived) => Some(arrived.into_input(moved)),
                other => {
                    last = Some(other);
                    None
                }
            }
        };
        let effects = shared.transact(core, first, more)?;
        Ok((self.execute(effects), last))
    }

    /// One input, one transaction; then its effects.
    pub(super) fn feed(&mut self, shared: &mut Shared, input: Input) -> Result<Option<End>, StoreError> {
        let command = match &input {
            Input::Command(id, _) => Some(*id),
            _ => None,
        };
        match shared.transact(&mut self.core, input, || None) {
            Ok(effects) => Ok(self.execute(effects)),
            Err(error) => {
                // Whoever asked waits for the answer.
                if let Some(command) = command {
                    let result = Err(store_failure(&error));
                    self.tell(Event::Done { command, result });
                }
                Err(error)
            }
        }
    }

    /// In order, and none of them waits: what is sent stands in a queue, which keeps the order.
    fn execute(&mut self, effects: Vec<Effect>) -> Option<End> {
        let mut end = None;
        for effect in effects {
            match effect {
                Effect::Tell(event) => self.tell(event),
                Effect::Wake(timer, after) => self.timers.set(timer, after),
                Effect::Sleep(timer) => self.timers.unset(timer),
                Effect::Send(element) => {
                    // After a failure nothing more is written, but everything
                    // else of this turn still happens.
                    if let LineState::Online(online) = &mut self.state
                        && !matches!(end, Some(End::Lost(_)))
                    {
                        online.outgoing.push(element);
                    }
                }
                Effect::Start(task, what) => self.tasks.start(task, what),
                Effect::Cancel(task) => self.tasks.cancel(task),
                Effect::Close(why) => end = Some(End::Stopped(why)),
                Effect::Abort(failure) => end = Some(End::Lost(failure)),
            }
        }
        end
    }

    pub(super) fn tell(&self, event: Event) {
        // A front end that is gone wants to know nothing more.
        let _ = self.events.send(event);
    }
}

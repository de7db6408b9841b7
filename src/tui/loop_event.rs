//! What can happen to the screen while it sleeps.

use std::io;

use tokio::time::{Instant, sleep_until};

use super::desk::{Desk, DeskTold};
use super::host::{HostAnswer, Live};
use super::input::{Keyboard, Typed};
use api::Event;

/// What happened.
pub(super) enum LoopEvent {
    Typed(Typed),
    /// The terminal's size may be another one.
    Resized,
    /// Something wants us to stop until somebody wants us to go on.
    Stop,
    /// We go on: the terminal was somebody else's meanwhile.
    Continued,
    Event(Event),
    /// What was asked of the desk.
    Desk(DeskTold),
    SessionEnded,
    Answer(HostAnswer),
    /// The program behind the screen is gone.
    Deserted,
    /// A signal that ends programs, or the terminal went away.
    Ended,
    Tick,
    Frame,
}

/// What the terminal brought; its end is the end.
pub(super) fn typed(typed: io::Result<Typed>) -> LoopEvent {
    typed.map_or(LoopEvent::Ended, LoopEvent::Typed)
}

/// The next thing from the terminal; never while it is not ours.
pub(super) async fn next(keyboard: &mut Keyboard, taken: bool) -> LoopEvent {
    match taken {
        true => typed(keyboard.next().await),
        false => std::future::pending().await,
    }
}

/// The session's next event; for ever if there is no session, or it has ended and that was told.
pub(super) async fn heard(live: &mut Option<Live>, ended: bool) -> Option<Event> {
    match live {
        Some(live) if !ended => live.events.recv().await,
        _ => std::future::pending().await,
    }
}

/// What the desk tells next; for ever nothing before there is one.
pub(super) async fn told(desk: &mut Option<Desk>) -> DeskTold {
    match desk {
        Some(desk) => desk.next().await,
        None => std::future::pending().await,
    }
}

/// Sleeps until then; for ever without a time.
pub(super) async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

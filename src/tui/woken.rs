//! What can happen to the screen while it sleeps.

use std::io;

use crossterm::event::Event as TerminalEvent;
use tokio::time::{Instant, sleep_until};

use super::front::{Answer, Live};
use crate::api::Event;

/// What happened.
pub(super) enum Woken {
    Terminal(TerminalEvent),
    Event(Event),
    SessionEnded,
    Answer(Answer),
    /// The program behind the screen is gone.
    Deserted,
    /// SIGINT, SIGTERM, SIGHUP, or the terminal went away.
    Ended,
    Tick,
    Frame,
}

/// What the terminal's stream brought; its end is the end.
pub(super) fn terminal(event: Option<io::Result<TerminalEvent>>) -> Woken {
    match event {
        Some(Ok(event)) => Woken::Terminal(event),
        Some(Err(_)) | None => Woken::Ended,
    }
}

/// The session's next event; for ever if there is no session, or it has ended and that was told.
pub(super) async fn heard(live: &mut Option<Live>, ended: bool) -> Option<Event> {
    match live {
        Some(live) if !ended => live.events.recv().await,
        _ => std::future::pending().await,
    }
}

/// Sleeps until then; for ever without a time.
pub(super) async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

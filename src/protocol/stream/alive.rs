//! Whether the server is still there: judged by time in which nothing at all was read, never by
//! how much is unacknowledged.

use std::time::Duration;

use crate::counters::{Acks, Counters};
use crate::effect::{Effect, Timer};
use crate::turn::{ACK_PATIENCE, Turn};
use model::{StreamFailure, Timestamp};

/// How often a quiet stream is looked at.
const SILENCE: Duration = Duration::from_secs(240);

/// When something arrived last.
#[derive(Debug)]
pub(crate) struct Alive(Timestamp);

impl Alive {
    pub(crate) fn new() -> Self {
        Self(Timestamp::UNIX_EPOCH)
    }

    /// A connection was made.
    pub(crate) fn begin(&mut self, turn: &mut Turn<'_>) {
        self.0 = turn.now;
        turn.wake(Timer::Silence, silence(turn.counters));
    }

    /// No acknowledgement came in time. While the server has other things to say its acknowledgement may
    /// stand behind them; if nothing at all came, the connection is dead, whatever TCP says.
    pub(crate) fn on_ack_timeout(&self, turn: &mut Turn<'_>) {
        if let Some(left) = self.goes_on(turn).filter(|_| turn.counters.acks != Acks::Unknown) {
            turn.wake(Timer::Ack, left);
            return;
        }
        turn.effects.push(Effect::Abort(StreamFailure::Silent.into()));
    }

    /// Something was read lately on the open stream: how long it may be silent from now on.
    pub(crate) fn goes_on(&self, turn: &Turn<'_>) -> Option<Duration> {
        let quiet = turn.now.duration_since(self.0).unsigned_abs();
        let left = ACK_PATIENCE.saturating_sub(quiet);
        Some(left).filter(|left| turn.counters.online && !left.is_zero())
    }

    /// Something arrived.
    pub(crate) fn heard(&mut self, now: Timestamp) {
        self.0 = now;
    }

    /// The silence timer: ask for a sign of life if nothing was heard for its length.
    pub(crate) fn on_silence(&self, turn: &mut Turn<'_>) {
        if !turn.counters.online {
            return;
        }
        let quiet = turn.now.duration_since(self.0).unsigned_abs();
        let silence = silence(turn.counters);
        if quiet >= silence || silence < SILENCE {
            turn.ask_for_ack();
            turn.wake(Timer::Silence, silence);
        } else {
            turn.wake(Timer::Silence, silence.saturating_sub(quiet));
        }
    }
}

/// How long a quiet stream is left alone: less where the server says that it would take us for dead.
fn silence(counters: &Counters) -> Duration {
    let idle = counters.limits.idle_seconds.unwrap_or(u32::MAX);
    Duration::from_secs(u64::from(idle / 2).max(10)).min(SILENCE)
}

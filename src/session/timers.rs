//! The timers of a line's core, and how long to wait before the next try.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rand_core::Rng;
use tokio::time::{Instant, Sleep, sleep_until};

use protocol::Timer;

/// The timers that are set; each value at most once.
#[derive(Default)]
pub(super) struct Timers {
    set: BTreeMap<Timer, Instant>,
    /// Until the first of them, and when that is.
    sleep: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, after: Duration) {
        self.set.insert(timer, Instant::now() + after);
    }

    pub(super) fn unset(&mut self, timer: Timer) {
        self.set.remove(&timer);
    }

    /// The next one, taken out, when its time has come.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Timer> {
        let first = self.set.iter().min_by_key(|(_, at)| **at);
        let Some((timer, at)) = first.map(|(timer, at)| (*timer, *at)) else {
            self.sleep = None;
            return Poll::Pending;
        };
        if self.sleep.as_ref().is_none_or(|(until, _)| *until != at) {
            self.sleep = Some((at, Box::pin(sleep_until(at))));
        }
        if let Some((_, sleep)) = &mut self.sleep {
            ready!(sleep.as_mut().poll(cx));
        }
        self.sleep = None;
        self.set.remove(&timer);
        Poll::Ready(timer)
    }
}

/// Reconnection: doubling from one second to five minutes, each wait a random length between half of it and
/// all of it, so that a server that comes back is not run over by everybody at once.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    tries: u32,
}

impl Backoff {
    const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(300);

    /// The wait before the next try.
    pub(super) fn next(&mut self, rng: &mut (impl Rng + ?Sized)) -> Duration {
        let whole = Self::FIRST
            .saturating_mul(1 << self.tries.min(16))
            .min(Self::LONGEST);
        self.tries += 1;
        let half = whole / 2;
        half + half.mul_f64(f64::from(rng.next_u32()) / f64::from(u32::MAX))
    }

    /// The connection held: start again from the shortest wait.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng;

    #[test]
    fn the_wait_doubles_up_to_five_minutes_and_starts_anew_after_a_reset() {
        let mut rng = rand_chacha::ChaCha20Rng::from_seed([1; 32]);
        let mut backoff = Backoff::default();
        for tries in 0..40_u32 {
            let whole = Duration::from_secs(1 << tries.min(16)).min(Duration::from_secs(300));
            let wait = backoff.next(&mut rng);
            assert!(wait >= whole / 2 && wait <= whole, "try {tries}: {wait:?}");
        }
        backoff.reset();
        assert!(backoff.next(&mut rng) <= Duration::from_secs(1));
    }
}

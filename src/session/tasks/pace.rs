//! How often is told how far a task has come, and how long it waits before it tries again.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use protocol::{TaskEvent, TaskId};

/// The times of a task.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two words about how far it has come.
    pub telling: Duration,
    /// The first wait after a broken line; each next one is twice as long,
    pub first_wait: Duration,
    /// up to this.
    pub longest_wait: Duration,
    /// So many tries in a row that brought nothing new are the end of it.
    pub tries: u32,
    /// So often it is tried at all.
    pub most_tries: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            telling: Duration::from_millis(250),
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(30),
            tries: 8,
            most_tries: 500,
        }
    }
}

impl Pace {
    /// How long to wait after so many tries that brought nothing new.
    fn wait(&self, tries: u32) -> Duration {
        let doubled = self
            .first_wait
            .saturating_mul(1 << tries.saturating_sub(1).min(16));
        doubled.min(self.longest_wait)
    }
}

/// How often it was tried, and whether that still makes sense.
#[derive(Default)]
pub(super) struct Tries {
    in_vain: u32,
    all: u32,
    furthest: u64,
}

impl Tries {
    /// The line broke with so many bytes here: how long to wait, or None: it is over.
    pub(super) fn again(&mut self, pace: &Pace, reached: u64) -> Option<Duration> {
        if reached > self.furthest {
            self.furthest = reached;
            self.in_vain = 0;
        }
        self.in_vain += 1;
        self.all += 1;
        (self.in_vain <= pace.tries && self.all <= pace.most_tries).then(|| pace.wait(self.in_vain))
    }
}

/// Tells what becomes of one task.
pub(super) struct Teller {
    task: TaskId,
    told: UnboundedSender<(TaskId, TaskEvent)>,
    every: Duration,
    last: Option<Instant>,
}

impl Teller {
    pub(super) fn new(task: TaskId, told: UnboundedSender<(TaskId, TaskEvent)>, pace: Pace) -> Self {
        Self {
            task,
            told,
            every: pace.telling,
            last: None,
        }
    }

    pub(super) fn tell(&self, event: TaskEvent) {
        // A session that is gone wants to know nothing more.
        let _ = self.told.send((self.task, event));
    }

    /// Some times a second at most; what is left out is in the next one, or in the end.
    pub(super) fn progress(&mut self, done: u64, total: Option<u64>) {
        let now = Instant::now();
        if self
            .last
            .is_some_and(|last| now.duration_since(last) < self.every)
        {
            return;
        }
        self.last = Some(now);
        self.tell(TaskEvent::Progress { done, total });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_goes_on_is_tried_for_long() {
        let pace = Pace {
            tries: 3,
            most_tries: 6,
            ..Pace::default()
        };
        let mut tries = Tries::default();
        let seconds = |wait: Option<Duration>| wait.map(|wait| wait.as_secs());
        assert_eq!(seconds(tries.again(&pace, 0)), Some(1));
        assert_eq!(seconds(tries.again(&pace, 0)), Some(2));
        assert_eq!(seconds(tries.again(&pace, 0)), Some(4));
        // A byte more, and the host is worth its tries again.
        assert_eq!(seconds(tries.again(&pace, 1)), Some(1));
        assert_eq!(seconds(tries.again(&pace, 1)), Some(2));
        // From the beginning is not further.
        assert_eq!(seconds(tries.again(&pace, 0)), Some(4));
        assert_eq!(tries.again(&pace, 100), None, "it has been tried too often");
        let mut tries = Tries::default();
        for _ in 0..3 {
            assert!(tries.again(&pace, 0).is_some());
        }
        assert_eq!(tries.again(&pace, 0), None);
    }

    #[test]
    fn the_wait_has_an_end() {
        assert_eq!(Pace::default().wait(60), Duration::from_secs(30));
    }
}

//! A catch-up that fails: what came since is still in the archive, so it is tried again, later and later.

use crate::iq::Refusal;
use std::time::Duration;

/// After the first failure, and at most.
const FIRST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(1800);

/// Conditions that say that there is no archive for us.
const NONE: [&str; 5] = [
    "service-unavailable",
    "feature-not-implemented",
    "forbidden",
    "not-allowed",
    "not-authorized",
];

/// Whether there is none that could be asked again.
pub(super) fn is_none(why: Option<&Refusal>) -> bool {
    why.is_some_and(|why| NONE.iter().any(|none| why.is(none)))
}

/// How often it failed in a row.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failures(u32);

impl Failures {
    pub(super) fn are_none(self) -> bool {
        self.0 == 0
    }

    /// One more; how long to wait.
    pub(super) fn add(&mut self) -> Duration {
        let wait = FIRST.saturating_mul(1 << self.0.min(8)).min(LONGEST);
        self.0 = self.0.saturating_add(1);
        wait
    }
}

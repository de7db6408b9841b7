//! A device of somebody as people see it: its key and what is thought of it.

use jiff::Timestamp;

use super::Clean;
use crate::omemo::{Dialect, Fingerprint, Trust};

/// A device of ours that was silent for longer is one that somebody may have given up.
const STALE_DAYS: i64 = 42;

/// Code points of the name that this device is given (XEP-0384 0.9 §devices: fewer than 53).
pub const LONGEST_DEVICE_NAME: usize = 52;

/// One device of one JID, or one key of it that no known device has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceKey {
    /// None for a key that was shown by a device which holds another one (its trust says what became of it).
    pub device: Option<u32>,
    /// None while no bundle or message showed it.
    pub fingerprint: Option<Fingerprint>,
    /// None while there is no key.
    pub trust: Option<Trust>,
    /// On the newest device list.
    pub active: bool,
    /// It is the device that this program is.
    pub this: bool,
    pub first_seen: Timestamp,
    /// A message from it was opened last at.
    pub last_seen: Option<Timestamp>,
    /// What its owner calls it, if its key signed that (XEP-0384 0.9 §devices).
    pub label: Option<Clean>,
    /// The dialects in which it publishes keys now, the better one first; it is written to in the first.
    pub dialects: Vec<Dialect>,
    /// It published OMEMO 2 before and does not any more.
    pub lowered: bool,
}

impl DeviceKey {
    /// Whether it is on the list, is not this one, and was not heard of for six weeks.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        let seen = self.last_seen.unwrap_or(self.first_seen);
        self.active && !self.this && now.duration_since(seen).as_hours() / 24 >= STALE_DAYS
    }
}

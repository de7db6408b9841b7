//! A device of somebody as people see it: its key and what is thought of it.

use jiff::Timestamp;

use super::Clean;
use omemo::{Dialect, Ed25519Fingerprint, Fingerprint, Trust};

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
    /// The same key in the form that OMEMO 2 publishes and its clients show; None
    /// while it was not seen there.
    pub ed25519: Option<Ed25519Fingerprint>,
    /// None while there is no key.
    pub trust: Option<Trust>,
    /// On the newest device list.
    pub active: bool,
    /// What becomes of it when we write; None: it is not looked at (it left, or it is this one).
    pub fate: Option<Fate>,
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
    pub downgraded: bool,
}

/// What becomes of a device when its owner is written to, as far as what is stored tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It reads what is written.
    Written,
    /// No key of it was seen: it is asked for when we write.
    LookedUp,
    LeftOut(Why),
    /// Its keys cannot be had from the server. Only who asked there knows that.
    Unavailable,
}

/// Why a device is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Nobody decided about its key, or its key is not known and somebody will have to.
    Undecided,
    Distrusted,
    /// It writes to us and is on no list of theirs.
    NotListed,
    /// It writes to us and was taken off their list before.
    TakenOff,
}

/// The two forms in which clients show one fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Curve25519: every client of the legacy dialect.
    Legacy,
    /// Ed25519: Kaidan always, Converse.js where it speaks OMEMO 2.
    Omemo2,
}

impl DeviceKey {
    /// Whether it is written to though no list names it: it wrote to us first.
    pub fn wrote_first(&self) -> bool {
        !self.active && self.fate == Some(Fate::Written)
    }

    /// The form that the device's own program shows first: that of the better dialect that it speaks.
    pub fn form(&self) -> Form {
        match self.dialects.first() {
            Some(Dialect::Omemo2) if self.ed25519.is_some() => Form::Omemo2,
            _ => Form::Legacy,
        }
    }

    /// Whether it is on the list, is not this one, and was not heard of for six weeks.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        let seen = self.last_seen.unwrap_or(self.first_seen);
        self.active && !self.this && now.duration_since(seen).as_hours() / 24 >= STALE_DAYS
    }
}

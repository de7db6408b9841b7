//! A device of somebody as people see it: its key and what is thought of it.

use jiff::Timestamp;

use crate::omemo::{Fingerprint, Trust};

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
}

//! Who can read what is typed now: the truth line (screen.md's first principle), made from the store.

use super::ask::World;
use crate::model::{BareJid, DeviceKey};
use crate::store;

/// How a chat is protected, as the list shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shield {
    /// Every key that is written to is verified.
    Verified,
    /// Encrypted, not (all) verified.
    Encrypted,
    /// No keys known yet.
    NoKeys,
    /// IN CLEAR.
    Clear,
}

/// Whom the next message of a chat goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipients {
    /// The peer's active devices and keys.
    pub devices: Vec<DeviceKey>,
    /// Whether their device list was ever seen.
    pub list_known: bool,
    pub encrypted: bool,
    pub shield: Shield,
}

impl Recipients {
    /// # Errors
    /// The store's.
    pub fn read(world: &World<'_>, jid: &BareJid) -> store::Result<Self> {
        todo!("{:?}{jid}", world.now)
    }

    /// Keys of active devices that wait for a decision.
    pub fn undecided(&self) -> impl Iterator<Item = &DeviceKey> {
        self.devices.iter()
    }

    /// [`Recipients::words`], shorter where there is less room.
    pub fn words_in(&self, name: &str, columns: usize) -> String {
        todo!("{name}{columns}")
    }

    /// "to Bob · 3 devices · verified", "to Bob · IN CLEAR, the servers can read this", …
    pub fn words(&self, name: &str) -> String {
        todo!("{name}")
    }
}

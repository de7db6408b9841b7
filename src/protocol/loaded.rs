//! What is read from the store once and kept, because nobody but this core changes it. When a transaction
//! fails, the core goes, and this with it.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;

use omemo::OwnDevice;

/// What was read so far.
#[derive(Default)]
pub(crate) struct Loaded {
    /// Our own device, once there is one. It never changes.
    pub(crate) own_device: OnceCell<Arc<OwnDevice>>,
    /// Whether anybody stands on the block list; None: not looked at since that changed.
    pub(crate) blocks: Cell<Option<bool>>,
    /// The vault is known to be the newest there is: its ratchets may seal.
    pub(crate) seals: Cell<bool>,
    /// Whether anything that was said about a message waits for that; None: not looked at.
    pub(crate) early: Cell<Option<bool>>,
}

//! The core: one input and an open transaction go in, effects come out; the effects
//! run after the commit (law 3).
//!
//! [`Protocol::handle`] hands an input to `router`, which alone knows all parts:
//!
//! - `stream`: bind, stream management, whether the server is there, what it offers, why it ended the stream;
//! - `contacts`: the roster, who of it is here, who is blocked;
//! - `keys`: our device and everybody else's, and who may be written to;
//! - `messages`: all that is written, sealed, sent, sent again; all that arrives and what answers by itself;
//! - `archive`: catching up with what arrived while we were away;
//! - `rooms`: which rooms we are in, and who is in them;
//! - `reading`: who is told how far was read here, and what our other devices tell of it; `typing`: that
//!   we write.
//!
//! A part is lent no other. What must follow elsewhere it says as a value of `follow_ups`, what it asks the
//! server as one of `purpose`: the answer comes back to it. What every part uses:
//!
//! - `turn`: all that one input may touch; `counters`: what is acknowledged and what is not; `capabilities`:
//!   what server and account offer; `sizes`: how much at once;
//! - `loaded`: what is read once and kept;
//! - `iq`: which answer belongs to which question; `patience`: how long it may take; `pieces`: of one that
//!   comes in several; `refusals`: what it says instead; `questions`: what others ask;
//! - `topic`: what a node is about that tells of itself;
//! - `batch`: several inputs in one transaction; `commands`: what a front end asks; `notices`: what is told
//!   beside it all, gathered;
//! - `in_room`: who is in a room, as it says, and whether we are; values only;
//! - `acquaintance`: who may know that we are here; `block_list`: whom we do not hear;
//! - `accounts`: which accounts there are, before and beside the core of any.
//!
//! There is no clock and no socket here: time and randomness are arguments, so a whole conversation can
//! be played in a test, byte for byte. What returns a [`store::Result`] fails as the store does, and
//! then nothing of its step stays.

#![deny(missing_docs)]

mod accounts;
mod acquaintance;
mod archive;
mod batch;
mod block_list;
mod capabilities;
mod commands;
mod contacts;
mod counters;
mod device_address;
mod effect;
mod files;
mod follow_ups;
mod following;
mod in_room;
mod input;
mod iq;
mod keys;
mod loaded;
mod messages;
mod notices;
mod patience;
mod pieces;
mod purpose;
mod questions;
mod reading;
mod refusals;
mod rooms;
mod router;
mod sizes;
mod stream;
mod task;
mod topic;
mod turn;
mod typing;

pub use accounts::change_accounts;
pub use batch::Batch;
pub use effect::{Effect, Timer};
pub use input::{Ended, Input};
pub use messages::retry::refusal;
pub use task::{Download, Task, TaskEvent, TaskId, Upload};
pub use turn::LocalAccount;

use capabilities::Capabilities;
use counters::Counters;
use in_room::InRooms;
use iq::Iqs;
use loaded::Loaded;
use model::Timestamp;
use notices::Notices;
use omemo::CryptoRng;
use router::Core;
use store::{Result, Transaction};

/// The protocol state of one account. What must outlive the process is in the store.
pub struct Protocol {
    own: LocalAccount,
    counters: Counters,
    iqs: Iqs,
    notices: Notices,
    capabilities: Capabilities,
    rooms: InRooms,
    loaded: Loaded,
    parts: Core,
}

impl Protocol {
    /// The core of one account, not connected.
    pub fn new(own: LocalAccount) -> Self {
        Self {
            own,
            counters: Counters::new(),
            iqs: Iqs::default(),
            notices: Notices::default(),
            capabilities: Capabilities::default(),
            rooms: InRooms::default(),
            loaded: Loaded::default(),
            parts: Core::default(),
        }
    }

    /// Whether the server forgets what it sent as soon as it did, since nothing on this
    /// stream is acknowledged to it.
    pub fn is_told_once(&self) -> bool {
        self.counters.acks == counters::Acks::Ping
    }

    /// Handles one input inside `tx`. The caller commits and then runs the effects in order; if it cannot
    /// commit, this core is of no more use and is made anew.
    ///
    /// # Errors
    /// The store's; nothing of the transaction may be committed then.
    pub fn handle(
        &mut self,
        input: Input,
        tx: &Transaction<'_>,
        now: Timestamp,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<Effect>> {
        let mut batch = self.batch(tx, rng);
        batch.handle(input, now)?;
        batch.finish()
    }

    /// Begins to handle several inputs inside `tx`.
    pub fn batch<'a>(&'a mut self, tx: &'a Transaction<'a>, rng: &'a mut dyn CryptoRng) -> Batch<'a> {
        Batch::new(self, tx, rng)
    }
}

//! What a session is started for.

use model::{AccountId, Sharing};

/// Which resource the stream binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// The account's own, the same at every start: `listen` and the screen.
    Stored,
    /// A new random one: one-shot commands.
    Random,
}

/// What a session is for.
#[derive(Debug, Clone, Copy)]
pub struct SessionOptions {
    pub account: AccountId,
    /// Sends presence, takes in offline messages, resumes streams.
    pub presence: bool,
    pub resource: Resource,
    /// How many days back the archive is read by itself; None: it is not asked at all.
    pub archive: Option<u16>,
    /// What others are told of the person.
    pub sharing: Sharing,
    /// Tries again after a lost or failed connection.
    pub reconnect: bool,
    /// When it has stopped (wrong password, bad certificate, an error of the store) it says so
    /// and goes on handling commands, until `Command::Connect` or `Command::SetPassword` makes
    /// it try once more: the screen.
    pub stay: bool,
}

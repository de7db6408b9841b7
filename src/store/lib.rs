//! The database: the only place that names rusqlite. One [`Writer`] (the
//! session's), any number of [`Reader`]s.
//!
//! Every change happens inside a [`Transaction`], which the session opens for what it read together
//! and commits before any effect of it runs (law 3). What can be read from a `Reader` can be read inside a
//! `Transaction` too: both are [`Reads`].
//!
//! A read is finished before it returns, so no reader holds the write-ahead log open between calls. A change
//! of a row that is not there is [`StoreError::Missing`], unless its function says that it does nothing then.

pub mod about;
pub mod accounts;
pub mod answers;
pub mod archive;
pub mod blocked;
pub mod bookmarks;
pub mod chats;
mod codes;
pub mod contacts;
pub mod copies;
pub mod deleted;
pub mod displayed;
pub mod drafts;
mod error;
pub mod events;
mod failures;
pub mod file;
pub mod files;
pub mod held;
pub mod in_private;
pub mod invitations;
pub mod left;
pub mod messages;
mod migrations;
pub mod omemo;
mod open;
pub mod opt_outs;
pub mod outbox;
pub mod policies;
mod positions;
pub mod presences;
mod private_names;
pub mod reactions;
mod room_words;
pub mod rooms;
mod rows;
pub mod sealed;
mod settings;
mod spelling;
pub mod stream;
pub mod timeline;
mod way;
pub mod wizard;

#[cfg(test)]
mod tests;

pub use error::StoreError;
pub use messages::read_state;
pub use open::{Reader, Reads, Transaction, Writer};
pub use rows::statements;
pub use way::Way;

/// Result of every store function.
pub type Result<T> = std::result::Result<T, StoreError>;

//! The database: the only place that names rusqlite. One [`Writer`] (the session's), any number of [`Reader`]s.
//!
//! Every change happens inside a [`Transaction`], which the session opens for one input of the protocol core and
//! commits before any effect of it runs (law 3). What can be read from a `Reader` can be read inside a
//! `Transaction` too: both are [`Reads`].

pub mod accounts;
pub mod chats;
pub mod contacts;
mod error;
pub mod messages;
mod migrations;
pub mod omemo;
mod open;
pub mod outbox;
pub mod stream;

pub use error::StoreError;
pub use open::{Reader, Reads, Transaction, Writer};

/// Result of every store function.
pub type Result<T> = std::result::Result<T, StoreError>;

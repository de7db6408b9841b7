//! The async shell around the core: connection, guard, one select loop, one transaction per input.

pub mod connection;
pub mod guard;
mod handle;

pub use handle::{Resource, SessionHandle, SessionOptions, spawn};

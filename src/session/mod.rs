//! The async shell around the core: connection, guard, one select loop, one transaction per input.

mod authenticate;
pub mod connection;
mod dial;
pub mod dns;
mod failure;
pub mod guard;
pub mod registration;
pub mod tls;
mod wire;
mod handle;
mod run;
mod timers;

pub use handle::{Resource, SessionHandle, SessionOptions, spawn};

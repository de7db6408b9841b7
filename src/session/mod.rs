//! The async shell around the core: connection, guard, one select loop, one transaction per input.

mod authenticate;
pub mod connection;
mod dial;
pub mod dns;
mod failure;
pub mod guard;
mod handle;
pub mod registration;
mod run;
mod timers;
pub mod tls;
mod validity;
mod wire;

pub use handle::{Resource, SessionHandle, SessionOptions, spawn};

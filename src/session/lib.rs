//! The async shell around the core: connection, guard, one select loop, one transaction per input.

mod authenticate;
pub mod connection;
mod dial;
pub mod dns;
mod failure;
pub mod guard;
mod handle;
mod moves;
mod online;
mod options;
mod parting;
pub mod registration;
mod run;
mod target;
mod timers;
pub mod tls;
mod validity;
mod wire;

pub use handle::{SessionHandle, spawn};
pub use options::{Resource, SessionOptions};

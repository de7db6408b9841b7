//! The async shell around the core: one select loop, one transaction for each input, its effects after the commit; timers
//! and reconnection.

mod handle;
mod online;
mod options;
mod parting;
mod run;
mod timers;

pub use handle::{SessionHandle, spawn};
pub use options::{Resource, SessionOptions};

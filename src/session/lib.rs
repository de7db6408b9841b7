//! The async shell around the core: one select loop over the lines of all accounts, one transaction for each
//! input, or for what was read together, its effects after the commit; timers and reconnection.

mod arrived;
mod ends;
mod engine;
mod handle;
mod life;
mod line;
mod online;
mod options;
mod outgoing;
mod parting;
mod read_ahead;
mod shared;
pub mod tasks;
mod timers;

pub use handle::{EngineHandle, LineHandle, SessionHandle, spawn, spawn_all};
pub use options::{Resource, SessionOptions};

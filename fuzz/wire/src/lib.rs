//! What stands between the bytes of others and the engine, under the names that it has in the program.

pub use {model, omemo, stanza};

#[path = "../../../src/net/guard/mod.rs"]
pub mod guard;

/// The room in which the program has it.
pub mod net {
    pub use crate::guard;
}

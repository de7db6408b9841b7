//! What stands between the bytes of others and the engine, under the names that it has in the program.

pub use {model, omemo, stanza};

#[path = "../../../src/net/guard/mod.rs"]
pub mod guard;

/// The room in which the program has it.
pub mod net {
    pub use crate::guard;
}

#[path = "../../../src/files/pictures/probe.rs"]
mod probe;
#[allow(dead_code, reason = "what only the process that decodes needs")]
#[path = "../../../src/files/pictures/wire.rs"]
mod wire;

/// The room of files, as far as it reads what others made without a decoder.
pub mod files {
    /// What a picture says of itself, and the pipes.
    pub mod pictures {
        pub use crate::probe::{MOST_PIXELS, PictureProbe, probe};
        pub use crate::wire::{DecoderAnswer, Pixels, Request, DecoderTask};
    }
}

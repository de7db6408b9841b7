//! The core: one input and an open transaction go in, effects come out; the effects run after the commit (law 3).

#![deny(missing_docs)]

mod effect;
mod input;
pub mod sasl;

pub use effect::{Effect, Timer};
pub use input::Input;

//! Pictures that others made, looked at by a process that has nothing to lose.
//!
//! - `probe`: what kind of picture it is and how large, from its first bytes;
//! - `wire`: what goes over the two pipes;
//! - `child`: this program once more, with a picture, a pipe to answer on, and nothing else: no keys, no
//!   environment, no files, no network, a bound on memory and on time;
//! - `decoder`: the side that asks, and believes no answer;
//! - `thumbnail`: what was made once, kept beside the picture and as it is.
//!
//! Decoders of pictures have been the way into more programs than any other part. A thread would share the
//! vault's memory, so it is a process.

mod child;
mod decoder;
mod probe;
mod thumbnail;
mod wire;

pub use child::{ARGUMENT, serve};
pub use decoder::{Decoder, Jpeg, PictureError};
pub use probe::{MOST_PIXELS, PictureProbe, probe};
pub use thumbnail::thumbnail;
pub use wire::{DecoderAnswer, DecoderTask, Pixels, Request};

#[cfg(test)]
mod tests;

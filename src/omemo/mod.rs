//! OMEMO: the engine. (Module page to be written by the engine's author: what OMEMO is, the two dialects, the promises,
//! an Ana/Bob story as a doctest.)
//!
//! Knows no XMPP, no XML, no async, no clock, no database and nothing else of this program. Clock and random source
//! are arguments, so tests are byte-exact.

#![deny(missing_docs)]

mod bundle;
mod device;
mod dialect;
mod error;
mod keys;
mod letter;
mod payload;
mod primitives;
mod ratchet;
mod record;
mod session;
mod trust;
mod wire;
mod x3dh;

#[cfg(test)]
mod tests;

pub use bundle::{Bundle, VerifiedBundle};
pub use device::{OwnDevice, PreKeyPair, SignedPreKeyPair};
pub use dialect::Dialect;
pub use error::{BundleError, OpenError, RecordError};
pub use keys::{DeviceId, Fingerprint, IdentityKey, IdentityKeyPair, PreKeyId, PublicKey, SignedPreKeyId};
pub use letter::{
    Content, KeyExchange, Letter, LetterKey, LocalKeys, Opened, Recipient, key_exchange, open, seal,
    seal_key_transport,
};
pub use rand_core::CryptoRng;
pub use session::SessionRecord;
pub use trust::{Policy, Trust};

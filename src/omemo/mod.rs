//! OMEMO: the engine.
//!
//! OMEMO (XEP-0384) lets the devices of several people write to each other so that nobody in between can read, alter or
//! invent a message. Each device has a long-lived identity key, which people compare once; each pair of devices has a
//! session: X3DH begins it, even while the other one is offline, and the double ratchet gives every message a key of its own
//! that is gone after use. A letter is encrypted once, and its key is encrypted for each receiving device.
//!
//! This module knows no XMPP, no XML, no async, no clock, no database and nothing else of this program. Values go in and
//! come out; random source and time are arguments, so tests are exact to the byte. It trusts nothing that it reads.
//!
//! # Two dialects
//!
//! [`Dialect::Legacy`] (XEP-0384 0.3) is what nearly every client speaks; [`Dialect::Omemo2`] (0.8 and later) is the newer
//! one. They share X3DH, ratchet and identity key (so a fingerprint is the same in both), and differ in a table of
//! constants, in the encoding of messages and in the payload. What is sealed in one cannot be opened in the other.
//!
//! # Promises
//!
//! - A failed [`open`] changes nothing: records are values, and the caller stores [`Opened::record`] only on success.
//! - No message is opened twice, and no message key seals twice, as long as the caller stores a record before what was
//!   sealed with it leaves. Messages may come in any order, a chain late, or never.
//! - Whatever comes from outside, the work and the room that it takes are bounded before they begin; nothing panics.
//! - Keys are wiped when they are dropped, have no `Debug`, and are compared in constant time.
//! - What a bundle holds is checked before it is used, [`Bundle::verify`]; a session cannot be had without.
//!
//! What it does not promise: *who* holds an identity key. That is what [`Trust`] is about, and the caller asks it before
//! sealing.
//!
//! # Ana writes to Bob
//!
//! ```
//! use susurro::omemo::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
//! let rng = &mut rng;
//! let ana = OwnDevice { id: DeviceId::random(rng), identity: IdentityKeyPair::generate(rng) };
//! let bob = OwnDevice { id: DeviceId::random(rng), identity: IdentityKeyPair::generate(rng) };
//!
//! // Bob publishes a bundle. He keeps the secret halves, and the signature, so as to publish the same bytes again.
//! let signed = SignedPreKeyPair::generate(SignedPreKeyId(1), rng);
//! let signature = signed.sign(&bob.identity, Dialect::Legacy, rng);
//! let prekeys: Vec<_> = (1..=100).map(|id| PreKeyPair::generate(PreKeyId(id), rng)).collect();
//! let public: Vec<_> = prekeys.iter().map(|key| (key.id, key.public())).collect();
//! let bundle: Bundle = bob.bundle(&signed, &signature, &public);
//!
//! // Ana fetches it, while Bob sleeps. Whose key it is she asks him: "Is it 867ac0d7 a5d441b6 …?"
//! let verified = bundle.verify()?;
//! assert_eq!(verified.identity().fingerprint(), bob.identity.public().fingerprint());
//! let mut to_bob = SessionRecord::initiate(&ana, &verified, None, rng);
//! let mut recipients = [Recipient { jid: "bob@mired.test", device: bob.id, record: &mut to_bob }];
//! let letter = seal(Dialect::Legacy, &ana, b"Come at eight.", &mut recipients, rng);
//!
//! // Until Bob has answered, everything she sends is a key exchange, from which he can make the session.
//! assert!(letter.keys[0].kex && to_bob.is_unanswered());
//! // Before the letter leaves, she stores the record.
//! let stored = to_bob.to_bytes();
//!
//! // Bob wakes up. The letter says which of his keys it needs; he loads those.
//! let needs = key_exchange(letter.dialect, &letter.keys[0].bytes)?;
//! let opening = prekeys.into_iter().filter(|key| key.id == needs.prekey).collect::<Vec<_>>();
//! let local = LocalKeys { own: &bob, signed_prekeys: &[signed], prekeys: &opening };
//! let opened = open(&letter, &local, None, None, rng)?;
//! let Content::Payload(text) = &opened.content else { panic!("an empty letter") };
//! assert_eq!(text.as_slice(), b"Come at eight.");
//! assert_eq!(opened.identity, ana.identity.public());
//!
//! // In one transaction he stores message and record, and marks the prekey as spent. An empty letter completes the session.
//! assert_eq!(opened.spent, Some(needs.prekey));
//! let mut to_ana = opened.record;
//! let mut recipients = [Recipient { jid: "ana@mired.test", device: ana.id, record: &mut to_ana }];
//! let answer = seal_key_transport(Dialect::Legacy, &bob, &mut recipients, rng);
//!
//! let record = SessionRecord::from_bytes(&stored)?;
//! let local = LocalKeys { own: &ana, signed_prekeys: &[], prekeys: &[] };
//! let opened = open(&answer, &local, Some(record), Some(bob.identity.public()), rng)?;
//! assert!(matches!(opened.content, Content::KeyTransport) && !opened.record.is_unanswered());
//!
//! // The same letter a second time is recognised, and nothing comes of it.
//! let again = open(&answer, &local, Some(opened.record), Some(bob.identity.public()), rng);
//! assert!(matches!(again, Err(OpenError::Duplicate)));
//! # Ok(())
//! # }
//! ```

#![deny(missing_docs)]

mod bundle;
mod device;
mod dialect;
mod error;
mod keys;
mod label;
mod letter;
mod payload;
mod primitives;
mod ratchet;
mod record;
mod session;
mod state;
mod trust;
mod wire;
mod x3dh;

#[cfg(test)]
mod tests;
#[cfg(all(fuzzing, not(test)))]
pub mod tests;

pub use bundle::{Bundle, VerifiedBundle};
pub use device::{LocalKeys, OwnDevice, PreKeyPair, SignedPreKeyPair};
pub use dialect::Dialect;
pub use error::{BundleError, OpenError, RecordError};
pub use keys::{DeviceId, Fingerprint, IdentityKey, IdentityKeyPair, PreKeyId, PublicKey, SignedPreKeyId};
pub use letter::{
    Content, KeyExchange, Letter, LetterKey, Opened, Recipient, key_exchange, open, seal, seal_key_transport,
};
pub use rand_core::CryptoRng;
pub use session::SessionRecord;
pub use trust::{Policy, Trust};

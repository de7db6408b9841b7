//! OMEMO: the engine.
//!
//! OMEMO (XEP-0384) lets the devices of several people write to each other so that nobody in between can
//! read, alter or invent a message. Each device has a long-lived identity key, which people compare once;
//! each pair of devices has a session: X3DH begins it, even while the other one is offline, and the double
//! ratchet gives every message a key of its own that is gone after use. A letter is encrypted once, and its
//! key is encrypted for each receiving device.
//!
//! This module knows no XMPP, no XML, no async, no clock, no database and nothing else of this program.
//! Values go in and come out; random source and time are arguments, so tests are exact to the byte. It
//! trusts nothing that it reads.
//!
//! # Two dialects
//!
//! [`Dialect::Legacy`] (XEP-0384 0.3) is what nearly every client speaks; [`Dialect::Omemo2`] (0.8 and later)
//! is the newer one. They share X3DH, ratchet and identity key (so a fingerprint is the same in both), and
//! differ in a table of constants, in the encoding of messages and in the payload. What is sealed in one
//! cannot be opened in the other.
//!
//! # Promises
//!
//! - A failed [`open`] changes nothing: records are values, and the caller stores
//!   [`Opened::record`] only on success.
//! - No message is opened twice, and no message key seals twice, as long as the caller stores a record before
//!   what was sealed with it leaves. Messages may come in any order, a chain late, or never.
//! - Whatever comes from outside, the work and the room that it takes are bounded before
//!   they begin; nothing panics.
//! - Keys are wiped when they are dropped, have no `Debug`, and are compared in constant time.
//! - What a bundle holds is checked before it is used, [`Bundle::verify`]; a session cannot be had without.
//!
//! What it does not promise: *who* holds an identity key. That is what [`Trust`] is about, and the
//! caller asks it before sealing.
//!
//! # Ana writes to Bob
//!
//! ```
//! use susurro_omemo::*;
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
//! let bundle: Bundle = bob.bundle_in(Dialect::Legacy, &signed, &signature, &public);
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
//!
//! # To each device in its own dialect
//!
//! Bob has a phone that speaks legacy OMEMO alone and a boat computer that speaks OMEMO 2. What Ana writes
//! becomes two letters, which may travel in one stanza. The payload of OMEMO 2 is not the bare text but an
//! envelope (XEP-0420) that names sender, recipient and time; to the engine it is a row of bytes.
//!
//! ```
//! use susurro_omemo::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
//! # let rng = &mut rng;
//! # let mut device = || OwnDevice { id: DeviceId::random(rng), identity: IdentityKeyPair::generate(rng) };
//! let (ana, phone, boat) = (device(), device(), device());
//! # let rng = &mut rand_core::UnwrapErr(getrandom::SysRng);
//!
//! // A device that speaks both would publish two bundles with the same keys, each with a signature of its own: what is
//! // signed is the encoded key, and the encodings differ.
//! let mut publish = |device: &OwnDevice, dialect| {
//!     let signed = SignedPreKeyPair::generate(SignedPreKeyId(1), rng);
//!     let prekey = PreKeyPair::generate(PreKeyId(7), rng);
//!     let signature = signed.sign(&device.identity, dialect, rng);
//!     let bundle = device.bundle_in(dialect, &signed, &signature, &[(prekey.id, prekey.public())]);
//!     (bundle, [signed], [prekey])
//! };
//! let (phones_bundle, phones_signed, phones_prekeys) = publish(&phone, Dialect::Legacy);
//! let (boats_bundle, boats_signed, boats_prekeys) = publish(&boat, Dialect::Omemo2);
//!
//! // A record speaks the dialect of the bundle that it comes from.
//! # let rng = &mut rand_core::UnwrapErr(getrandom::SysRng);
//! let mut to_phone = SessionRecord::initiate(&ana, &phones_bundle.verify()?, None, rng);
//! let mut to_boat = SessionRecord::initiate(&ana, &boats_bundle.verify()?, None, rng);
//! assert_eq!(to_boat.dialect(), Dialect::Omemo2);
//!
//! let text = "Come at eight.";
//! let envelope = format!("<envelope xmlns='urn:xmpp:sce:1'><content><body xmlns='jabber:client'>{text}</body>…");
//! let mut recipients = [
//!     Recipient { jid: "bob@mired.test", device: phone.id, record: &mut to_phone },
//!     Recipient { jid: "bob@mired.test", device: boat.id, record: &mut to_boat },
//! ];
//! // Each letter takes of the recipients those that speak its dialect.
//! let legacy = seal(Dialect::Legacy, &ana, text.as_bytes(), &mut recipients, rng);
//! let omemo2 = seal(Dialect::Omemo2, &ana, envelope.as_bytes(), &mut recipients, rng);
//! assert_eq!((legacy.keys.len(), legacy.iv.len()), (1, 12));
//! assert_eq!((omemo2.keys.len(), omemo2.iv.len()), (1, 0));
//!
//! let local = LocalKeys { own: &boat, signed_prekeys: &boats_signed, prekeys: &boats_prekeys };
//! let opened = open(&omemo2, &local, None, None, rng)?;
//! assert!(matches!(&opened.content, Content::Payload(bytes) if bytes.as_slice() == envelope.as_bytes()));
//!
//! // The boat answers with an empty letter, and with that the session is complete: the next letter is no key exchange.
//! let mut to_ana = opened.record;
//! let mut recipients = [Recipient { jid: "ana@mired.test", device: ana.id, record: &mut to_ana }];
//! let answer = seal_key_transport(Dialect::Omemo2, &boat, &mut recipients, rng);
//! let anas = LocalKeys { own: &ana, signed_prekeys: &[], prekeys: &[] };
//! to_boat = open(&answer, &anas, Some(to_boat), Some(boat.identity.public()), rng)?.record;
//! let mut recipients = [Recipient { jid: "bob@mired.test", device: boat.id, record: &mut to_boat }];
//! let next = seal(Dialect::Omemo2, &ana, envelope.as_bytes(), &mut recipients, rng);
//! assert!(!next.keys[0].kex);
//! let opened = open(&next, &local, Some(to_ana), Some(ana.identity.public()), rng)?;
//! assert_eq!(opened.counter, 0);
//!
//! // On the phone Ana is the same Ana: one identity key, one fingerprint, in both dialects.
//! let local = LocalKeys { own: &phone, signed_prekeys: &phones_signed, prekeys: &phones_prekeys };
//! let on_the_phone = open(&legacy, &local, None, None, rng)?;
//! assert!(matches!(&on_the_phone.content, Content::Payload(bytes) if bytes.as_slice() == text.as_bytes()));
//! assert_eq!(on_the_phone.identity.fingerprint(), opened.identity.fingerprint());
//! # Ok(())
//! # }
//! ```

#![deny(missing_docs)]

mod bundle;
mod device;
mod dialect;
mod error;
mod fingerprint;
mod keys;
mod label;
mod message;
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
#[cfg(all(fuzzing, not(test)))]
pub mod tests;

pub use bundle::{Bundle, VerifiedBundle};
pub use device::{LocalKeys, OwnDevice, PreKeyPair, SignedPreKeyPair};
pub use dialect::Dialect;
pub use error::{BundleError, OpenError, RecordError};
pub use fingerprint::{Ed25519Fingerprint, Fingerprint};
pub use keys::{DeviceId, IdentityKey, IdentityKeyPair, PreKeyId, PublicKey, SignedPreKeyId};
pub use message::{
    Content, EncryptedKey, EncryptedMessage, KeyExchange, Opened, Recipient, key_exchange, open, seal,
    seal_key_transport,
};
pub use primitives::digest;
pub use rand_core::CryptoRng;
pub use record::SessionRecord;
pub use trust::{Policy, Trust};

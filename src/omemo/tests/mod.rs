//! What the tests of the engine share: people with devices, a scripted random source, the vectors. A fuzzer's
//! build has of the tests only this and `fuzz`.

#![cfg_attr(not(test), allow(dead_code, clippy::all))]

#[cfg(test)]
mod bundles;
pub mod fuzz;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod json;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod records;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod transcripts;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod wire;

use std::collections::VecDeque;
use std::convert::Infallible;

use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, SeedableRng, TryCryptoRng, TryRng};

use super::*;

/// A random source that gives exactly what it was told, draw by draw; anything else is a failure of the test.
#[derive(Default)]
pub(super) struct Script(VecDeque<Vec<u8>>);

impl Script {
    pub(super) fn push(&mut self, draw: &[u8]) {
        self.0.push_back(draw.to_vec());
    }
    pub(super) fn assert_spent(&self) {
        assert!(self.0.is_empty(), "{} draws were not made", self.0.len());
    }
}

impl TryRng for Script {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        panic!("only fill_bytes is drawn from")
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        panic!("only fill_bytes is drawn from")
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        let draw = self.0.pop_front().expect("one draw more than scripted");
        assert_eq!(draw.len(), out.len(), "a draw of another length than scripted");
        out.copy_from_slice(&draw);
        Ok(())
    }
}

impl TryCryptoRng for Script {}

pub(super) fn seeded(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// How many cases of a random test are tried: so many, or fewer if PROPTEST_CASES says
/// so, as `make mutants` does.
#[cfg(test)]
pub(super) fn cases(full: u32) -> u32 {
    let wished = std::env::var("PROPTEST_CASES").ok();
    let wished = wished.and_then(|wished| wished.parse().ok());
    wished.map_or(full, |wished: u32| wished.min(full))
}

pub(super) fn unhex(text: &str) -> Vec<u8> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    assert!(rest.is_empty(), "an odd number of digits");
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a hex digit") as u8;
    pairs
        .iter()
        .map(|[high, low]| digit(*high) << 4 | digit(*low))
        .collect()
}

pub(super) fn unhex_array<const N: usize>(text: &str) -> [u8; N] {
    unhex(text).try_into().unwrap()
}

/// A device with one signed prekey and a few one-time prekeys.
pub(super) struct Person {
    pub(super) own: OwnDevice,
    pub(super) signed_prekeys: Vec<SignedPreKeyPair>,
    pub(super) prekeys: Vec<PreKeyPair>,
}

impl Person {
    pub(super) fn new(id: u32, rng: &mut dyn CryptoRng) -> Self {
        let identity = IdentityKeyPair::generate(rng);
        Self {
            own: OwnDevice {
                id: DeviceId::new(id).unwrap(),
                identity,
            },
            signed_prekeys: vec![SignedPreKeyPair::generate(SignedPreKeyId(1), rng)],
            prekeys: (1..=8)
                .map(|id| PreKeyPair::generate(PreKeyId(id), rng))
                .collect(),
        }
    }

    pub(super) fn local(&self) -> LocalKeys<'_> {
        LocalKeys {
            own: &self.own,
            signed_prekeys: &self.signed_prekeys,
            prekeys: &self.prekeys,
        }
    }

    pub(super) fn bundle(&self, dialect: Dialect, rng: &mut dyn CryptoRng) -> Bundle {
        let signed = &self.signed_prekeys[0];
        let signature = signed.sign(&self.own.identity, dialect, rng);
        let prekeys: Vec<_> = self.prekeys.iter().map(|key| (key.id, key.public())).collect();
        self.own.bundle_in(dialect, signed, &signature, &prekeys)
    }

    pub(super) fn verified(&self, dialect: Dialect, rng: &mut dyn CryptoRng) -> VerifiedBundle {
        self.bundle(dialect, rng).verify().unwrap()
    }

    pub(super) fn spend(&mut self, spent: Option<PreKeyId>) {
        self.prekeys.retain(|key| Some(key.id) != spent);
    }
}

/// A letter with this text to one device.
pub(super) fn letter(
    from: &Person,
    to: &Person,
    record: &mut SessionRecord,
    text: &str,
    rng: &mut dyn CryptoRng,
) -> EncryptedMessage {
    let dialect = record.dialect();
    let mut recipients = [Recipient {
        jid: "bob@mired.test",
        device: to.own.id,
        record,
    }];
    seal(dialect, &from.own, text.as_bytes(), &mut recipients, rng)
}

pub(super) fn text(opened: &Opened) -> &str {
    match &opened.content {
        Content::Payload(bytes) => std::str::from_utf8(bytes).unwrap(),
        Content::KeyTransport => "",
    }
}

/// Ana and Bob with a session in which both have spoken once.
pub(super) fn acquainted(dialect: Dialect, seed: u64) -> (Person, SessionRecord, Person, SessionRecord) {
    let mut rng = seeded(seed);
    let (ana, mut bob) = (Person::new(1, &mut rng), Person::new(2, &mut rng));
    let bundle = bob.verified(dialect, &mut rng);
    let mut anas = SessionRecord::initiate(&ana.own, &bundle, None, &mut rng);
    let hello = letter(&ana, &bob, &mut anas, "hello", &mut rng);
    let opened = open(&hello, &bob.local(), None, None, &mut rng).ok().unwrap();
    bob.spend(opened.spent);
    let mut bobs = opened.record;
    let answer = letter(&bob, &ana, &mut bobs, "hello yourself", &mut rng);
    let opened = open(&answer, &ana.local(), Some(anas), None, &mut rng)
        .ok()
        .unwrap();
    (ana, opened.record, bob, bobs)
}

pub(super) const DIALECTS: [Dialect; 2] = [Dialect::Legacy, Dialect::Omemo2];

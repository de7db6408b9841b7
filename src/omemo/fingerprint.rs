//! Fingerprints: what people compare of an identity key. There are two forms of one key, and
//! clients differ in which they show.
//!
//! The Curve25519 form is that of the legacy dialect and what XEP-0384 §security asks for in both. The
//! Ed25519 form is the `ik` that OMEMO 2 publishes, and what Kaidan shows of every key and Converse.js of
//! those of OMEMO 2. The second gives the first; the first fits two of the second (the sign bit), so
//! which one it is has to be seen.

use super::Dialect;
use super::keys::{IdentityKey, IdentityKeyPair, PeerIdentity};

/// The 32 bytes of the Curve25519 identity key, shown as 64 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Reads what people type or paste: any case, spaces and line ends between, an
    /// optional leading `05` at 66 digits.
    pub fn parse(text: &str) -> Option<Self> {
        // Without its blanks the longest form has 66 digits; nobody types hundreds of blanks between them.
        if text.len() > 1024 {
            return None;
        }
        let digits: Vec<u8> = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()?;
        let digits = match digits.len() {
            64 => digits.as_slice(),
            66 => digits.strip_prefix(&[0, 5])?,
            _ => return None,
        };
        let mut key = [0; 32];
        let (pairs, _) = digits.as_chunks::<2>();
        for (byte, [high, low]) in key.iter_mut().zip(pairs) {
            *byte = high << 4 | low;
        }
        Some(Self(key))
    }
    /// 64 lower-case hex digits.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
    /// Eight groups of eight digits with a space between.
    pub fn grouped(&self) -> String {
        grouped(&self.0)
    }
    /// The identity key with this fingerprint.
    pub fn identity_key(&self) -> IdentityKey {
        IdentityKey(self.0)
    }
}

/// The 32 bytes of the identity key as OMEMO 2 publishes it, sign bit included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ed25519Fingerprint(pub [u8; 32]);

impl Ed25519Fingerprint {
    /// 64 lower-case hex digits.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }
    /// Eight groups of eight digits with a space between.
    pub fn grouped(&self) -> String {
        grouped(&self.0)
    }
}

impl IdentityKey {
    /// The fingerprint in the form that every dialect shows.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(self.0)
    }
}

impl IdentityKeyPair {
    /// The public half as OMEMO 2 publishes it.
    pub fn ed25519(&self) -> Ed25519Fingerprint {
        Ed25519Fingerprint(*self.encoded(Dialect::Omemo2))
    }
}

impl PeerIdentity {
    /// The Ed25519 form, if this dialect shows it.
    pub(super) fn ed25519(&self, dialect: Dialect) -> Option<Ed25519Fingerprint> {
        (dialect == Dialect::Omemo2).then_some(Ed25519Fingerprint(self.encoded))
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|value| char::from_digit(u32::from(value), 16))
        .collect()
}

fn grouped(bytes: &[u8; 32]) -> String {
    let mut grouped = String::with_capacity(71);
    for (place, digit) in hex(bytes).chars().enumerate() {
        if place > 0 && place.is_multiple_of(8) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

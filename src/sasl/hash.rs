//! The three hash functions of SCRAM and what RFC 5802 §2.2 builds on them.

use hmac::{Hmac, KeyInit, Mac};
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

/// The hash of a SCRAM mechanism, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hash {
    /// RFC 5802.
    Sha1,
    /// RFC 7677.
    Sha256,
    /// draft-melnikov-scram-sha-512.
    Sha512,
}

impl Hash {
    /// Its output in bytes.
    pub fn size(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// H(data).
    pub(super) fn digest(self, data: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        })
    }

    /// HMAC(key, data).
    pub(super) fn mac(self, key: &[u8], data: &[u8]) -> Zeroizing<Vec<u8>> {
        match self {
            Self::Sha1 => mac_of(Hmac::<Sha1>::new_from_slice(key), data),
            Self::Sha256 => mac_of(Hmac::<Sha256>::new_from_slice(key), data),
            Self::Sha512 => mac_of(Hmac::<Sha512>::new_from_slice(key), data),
        }
    }

    /// Hi(password, salt, rounds), which is PBKDF2: the heavy part.
    pub(super) fn hi(self, password: &[u8], salt: &[u8], rounds: u32) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(vec![0; self.size()]);
        match self {
            Self::Sha1 => pbkdf2_hmac::<Sha1>(password, salt, rounds, &mut out),
            Self::Sha256 => pbkdf2_hmac::<Sha256>(password, salt, rounds, &mut out),
            Self::Sha512 => pbkdf2_hmac::<Sha512>(password, salt, rounds, &mut out),
        }
        out
    }
}

/// HMAC takes a key of any length, so the error arm is never reached; empty, it would fail every comparison.
fn mac_of<M: Mac, E>(mac: Result<M, E>, data: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(
        mac.map(|mac| mac.chain_update(data).finalize().into_bytes().to_vec())
            .unwrap_or_default(),
    )
}

//! Our own device: identity, signed prekeys, one-time prekeys, and when to renew them.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{Bundle, DeviceId, Dialect, IdentityKeyPair, PreKeyId, PublicKey, SignedPreKeyId};

/// Identity and id of our device on one account.
pub struct OwnDevice {
    /// The id that we publish.
    pub id: DeviceId,
    /// The identity key pair.
    pub identity: IdentityKeyPair,
}

/// A one-time prekey of ours. Zeroised on drop, no Debug.
pub struct PreKeyPair {
    /// Its id.
    pub id: PreKeyId,
    _secret: Zeroizing<[u8; 32]>,
}

impl PreKeyPair {
    /// Makes a key for this id.
    pub fn generate(_id: PreKeyId, _rng: &mut dyn CryptoRng) -> Self {
        todo!()
    }
    /// From the store.
    pub fn from_secret(_id: PreKeyId, _secret: &[u8; 32]) -> Self {
        todo!()
    }
    /// For the store.
    pub fn secret(&self) -> Zeroizing<[u8; 32]> {
        todo!()
    }
    /// The public half.
    pub fn public(&self) -> PublicKey {
        todo!()
    }
}

/// A signed prekey of ours, with its signature for each dialect. Zeroised on drop, no Debug.
pub struct SignedPreKeyPair {
    /// Its id.
    pub id: SignedPreKeyId,
    _secret: Zeroizing<[u8; 32]>,
}

impl SignedPreKeyPair {
    /// Makes a key for this id.
    pub fn generate(_id: SignedPreKeyId, _rng: &mut dyn CryptoRng) -> Self {
        todo!()
    }
    /// From the store.
    pub fn from_secret(_id: SignedPreKeyId, _secret: &[u8; 32]) -> Self {
        todo!()
    }
    /// For the store.
    pub fn secret(&self) -> Zeroizing<[u8; 32]> {
        todo!()
    }
    /// The public half.
    pub fn public(&self) -> PublicKey {
        todo!()
    }
    /// XEdDSA signature (64 bytes) by `identity` over the encoded public key of this dialect (legacy: 33 bytes,
    /// OMEMO 2: 32 bytes).
    pub fn sign(&self, _identity: &IdentityKeyPair, _dialect: Dialect, _rng: &mut dyn CryptoRng) -> [u8; 64] {
        todo!()
    }
}

impl OwnDevice {
    /// How many one-time prekeys we publish.
    pub const PREKEYS: usize = 100;
    /// Refilled before fewer than this many are left.
    pub const PREKEYS_LEAST: usize = 25;
    /// Age of the signed prekey, in days, at which a new one is made.
    pub const SIGNED_PREKEY_DAYS: i64 = 7;
    /// The replaced signed prekeys are kept for this many days after they were made.
    pub const SIGNED_PREKEY_KEPT_DAYS: i64 = 30;

    /// The bundle to publish. `signature` is the stored signature of `signed` for this dialect, so that publishing
    /// again gives identical bytes.
    pub fn bundle(
        &self,
        _signed: &SignedPreKeyPair,
        _signature: &[u8; 64],
        _prekeys: &[(PreKeyId, PublicKey)],
    ) -> Bundle {
        todo!()
    }
}

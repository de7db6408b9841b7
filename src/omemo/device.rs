//! Our own device: identity, signed prekeys, one-time prekeys, and when to renew them.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::keys::KeyPair;
use super::{Bundle, DeviceId, Dialect, IdentityKeyPair, PreKeyId, PublicKey, SignedPreKeyId, wire};

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
    pub(super) pair: KeyPair,
}

impl PreKeyPair {
    /// Makes a key for this id.
    pub fn generate(id: PreKeyId, rng: &mut dyn CryptoRng) -> Self {
        Self {
            id,
            pair: KeyPair::generate(rng),
        }
    }
    /// From the store.
    pub fn from_secret(id: PreKeyId, secret: &[u8; 32]) -> Self {
        Self {
            id,
            pair: KeyPair::from_secret(Zeroizing::new(*secret)),
        }
    }
    /// For the store.
    pub fn secret(&self) -> Zeroizing<[u8; 32]> {
        self.pair.secret.clone()
    }
    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.pair.public
    }
}

/// A signed prekey of ours, with its signature for each dialect. Zeroised on drop, no Debug.
pub struct SignedPreKeyPair {
    /// Its id.
    pub id: SignedPreKeyId,
    pub(super) pair: KeyPair,
}

impl SignedPreKeyPair {
    /// Makes a key for this id.
    pub fn generate(id: SignedPreKeyId, rng: &mut dyn CryptoRng) -> Self {
        Self {
            id,
            pair: KeyPair::generate(rng),
        }
    }
    /// From the store.
    pub fn from_secret(id: SignedPreKeyId, secret: &[u8; 32]) -> Self {
        Self {
            id,
            pair: KeyPair::from_secret(Zeroizing::new(*secret)),
        }
    }
    /// For the store.
    pub fn secret(&self) -> Zeroizing<[u8; 32]> {
        self.pair.secret.clone()
    }
    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.pair.public
    }
    /// XEdDSA signature (64 bytes) by `identity` over the encoded public key of this dialect (legacy:
    /// 33 bytes, OMEMO 2: 32 bytes).
    pub fn sign(&self, identity: &IdentityKeyPair, dialect: Dialect, rng: &mut dyn CryptoRng) -> [u8; 64] {
        identity.sign(&wire::encode_key(dialect, &self.pair.public.0), rng)
    }
}

impl OwnDevice {
    /// How many one-time prekeys we publish.
    pub const PREKEYS: usize = 100;
    /// Refilled before fewer than this many are left.
    pub const PREKEYS_LEAST: usize = 25;
    /// Age of the signed prekey, in days, at which a new one is made.
    pub const SIGNED_PREKEY_DAYS: i64 = 7;
    /// The replaced signed prekeys are kept for this many days after they were replaced.
    pub const SIGNED_PREKEY_KEPT_DAYS: i64 = 30;

    /// The bundle to publish in `dialect`. `signature` is the stored signature of `signed` for it, so that
    /// publishing again gives identical bytes.
    pub fn bundle_in(
        &self,
        dialect: Dialect,
        signed: &SignedPreKeyPair,
        signature: &[u8; 64],
        prekeys: &[(PreKeyId, PublicKey)],
    ) -> Bundle {
        Bundle {
            dialect,
            identity: wire::encode_identity(dialect, self.identity.encoded(dialect)),
            signed_prekey_id: signed.id.0,
            signed_prekey: wire::encode_key(dialect, &signed.pair.public.0),
            signature: signature.to_vec(),
            prekeys: prekeys
                .iter()
                .map(|(id, key)| (id.0, wire::encode_key(dialect, &key.0)))
                .collect(),
        }
    }
}

/// What of ours opening a letter needs.
pub struct LocalKeys<'a> {
    /// Our device.
    pub own: &'a OwnDevice,
    /// The signed prekeys that the letter's key exchanges name and that we have.
    pub signed_prekeys: &'a [SignedPreKeyPair],
    /// The one-time prekeys that they name and that we have.
    pub prekeys: &'a [PreKeyPair],
}

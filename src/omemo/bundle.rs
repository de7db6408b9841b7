//! A device's published bundle, and what must hold before it may be used.

use rand_core::CryptoRng;

use super::{BundleError, Dialect, IdentityKey, PreKeyId, PublicKey, SignedPreKeyId};

/// A bundle as read or as published; nothing about it is checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The dialect that it was published in.
    pub dialect: Dialect,
    /// The identity key exactly as on the wire: legacy 33 bytes, OMEMO 2 32 bytes (Ed25519 form, sign bit included).
    pub identity: Vec<u8>,
    /// Id of the signed prekey.
    pub signed_prekey_id: u32,
    /// The signed prekey exactly as on the wire (legacy 33 bytes, OMEMO 2 32 bytes).
    pub signed_prekey: Vec<u8>,
    /// Its signature.
    pub signature: Vec<u8>,
    /// The one-time prekeys, exactly as on the wire.
    pub prekeys: Vec<(u32, Vec<u8>)>,
}

/// A bundle whose lengths, points, ids and signature are good.
#[derive(Debug, Clone)]
pub struct VerifiedBundle {
    _identity: IdentityKey,
}

impl Bundle {
    /// Checks everything (threat 27): lengths, contributory points, ids, no duplicate or zero prekeys, the signature (legacy:
    /// with the sign bit rule). A bundle without a usable prekey is refused.
    pub fn verify(&self) -> Result<VerifiedBundle, BundleError> {
        todo!()
    }
}

impl VerifiedBundle {
    /// Whose bundle it is.
    pub fn identity(&self) -> IdentityKey {
        todo!()
    }
    /// One prekey by random choice.
    pub fn pick(&self, _rng: &mut dyn CryptoRng) -> (PreKeyId, PublicKey) {
        todo!()
    }
    /// Id of the signed prekey.
    pub fn signed_prekey_id(&self) -> SignedPreKeyId {
        todo!()
    }
}

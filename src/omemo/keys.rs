//! Identity keys, prekeys' ids, device ids and fingerprints.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Id of a device within one account: 1 ..= 2^31-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(u32);

impl DeviceId {
    /// None unless 1 <= id <= 2^31-1.
    pub fn new(_id: u32) -> Option<Self> {
        todo!()
    }
    /// A random id in the permitted range.
    pub fn random(_rng: &mut dyn CryptoRng) -> Self {
        todo!()
    }
    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

/// Id of a one-time prekey. Ours are 1 ..= 2^24-2; 0 is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PreKeyId(pub u32);

/// Id of a signed prekey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignedPreKeyId(pub u32);

/// A Curve25519 public key (u coordinate, 32 bytes little endian).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 32]);

/// The identity key of a device: its Curve25519 form, whichever dialect it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityKey(pub [u8; 32]);

impl IdentityKey {
    /// The fingerprint that people compare.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(self.0)
    }
}

/// The 32 bytes of the Curve25519 identity key, shown as 64 lower-case hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Reads what people type or paste: any case, spaces and line ends between, an optional leading `05` at 66 digits.
    pub fn parse(_text: &str) -> Option<Self> {
        todo!()
    }
    /// 64 lower-case hex digits.
    pub fn hex(&self) -> String {
        todo!()
    }
    /// Eight groups of eight digits with a space between.
    pub fn grouped(&self) -> String {
        todo!()
    }
    /// The identity key with this fingerprint.
    pub fn identity_key(&self) -> IdentityKey {
        IdentityKey(self.0)
    }
}

/// The identity key pair of our own device. Zeroised on drop, no Debug.
pub struct IdentityKeyPair {
    _secret: Zeroizing<[u8; 32]>,
}

impl IdentityKeyPair {
    /// A new random key pair.
    pub fn generate(_rng: &mut dyn CryptoRng) -> Self {
        todo!()
    }
    /// From the 32 bytes of the clamped private scalar.
    pub fn from_secret(_secret: &[u8; 32]) -> Self {
        todo!()
    }
    /// The private scalar, for the store.
    pub fn secret(&self) -> Zeroizing<[u8; 32]> {
        todo!()
    }
    /// The public half.
    pub fn public(&self) -> IdentityKey {
        todo!()
    }
}

//! Identity keys, prekeys' ids and device ids.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::Dialect;
use super::primitives::{self, Point, Secret};

/// The largest id of a device or prekey: 2^31 - 1 (XEP-0384 §devices, §bundles).
pub(super) const ID_MOST: u32 = 0x7fff_ffff;

/// Id of a device within one account: 1 ..= 2^31-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(u32);

impl DeviceId {
    /// None unless 1 <= id <= 2^31-1.
    pub fn new(id: u32) -> Option<Self> {
        (1..=ID_MOST).contains(&id).then_some(Self(id))
    }
    /// A random id in the permitted range.
    pub fn random(rng: &mut dyn CryptoRng) -> Self {
        loop {
            let id = u32::from_le_bytes(primitives::random(rng)) & ID_MOST;
            if let Some(id) = Self::new(id) {
                return id;
            }
        }
    }
    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

/// Id of a one-time prekey. Ours are 1 ..= 2^24-2; others may number from 0.
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

/// The identity key of another device in both of its forms. The dialect's own form goes into the
/// associated data bit by bit as it was received, since the sign bit of an Ed25519 key cannot be
/// had from its Curve25519 form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PeerIdentity {
    /// The Curve25519 form.
    pub(super) key: IdentityKey,
    /// Legacy: the same 32 bytes. OMEMO 2: the Ed25519 form.
    pub(super) encoded: [u8; 32],
}

impl PeerIdentity {
    /// The key as a point of prime order, None if it is none.
    pub(super) fn point(&self) -> Option<Point> {
        Some(Point::lift(&self.key.0)).filter(Point::is_prime_order)
    }
}

/// The identity key pair of our own device. Zeroised on drop, no Debug.
///
/// One secret serves both dialects. Its public halves are computed once, when the pair is made or loaded.
pub struct IdentityKeyPair {
    secret: Secret,
    public: IdentityKey,
    ed25519: [u8; 32],
}

impl IdentityKeyPair {
    /// A new random key pair.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self::from_secret(&primitives::random_secret(rng))
    }
    /// From the 32 bytes of the clamped private scalar.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        let (public, mut ed25519) = primitives::identity_public(secret);
        // XEdDSA signs with the key of sign bit 0, so that one is published.
        let [.., last] = &mut ed25519;
        *last &= 0x7f;
        Self {
            secret: Zeroizing::new(*secret),
            public: IdentityKey(public),
            ed25519,
        }
    }
    /// The private scalar, for the store.
    pub fn secret(&self) -> Zeroizing<[u8; 32]> {
        self.secret.clone()
    }
    /// The public half.
    pub fn public(&self) -> IdentityKey {
        self.public
    }
    /// The 32 bytes that stand for this key in the messages of `dialect` (before a prefix byte).
    pub(super) fn encoded(&self, dialect: Dialect) -> &[u8; 32] {
        match dialect {
            Dialect::Legacy => &self.public.0,
            Dialect::Omemo2 => &self.ed25519,
        }
    }
    /// What only this identity can make of these parts, for what it tells itself; it says nothing of the key.
    /// The parts are of known lengths.
    pub fn tag(&self, parts: &[&[u8]]) -> [u8; 16] {
        let key = primitives::hkdf::<32>(&[0; 32], &*self.secret, b"Susurro: what an identity tells itself");
        let tag = primitives::HmacKey::new(&key).tag(parts);
        tag.first_chunk().copied().unwrap_or_default()
    }
    /// X25519 between this identity and a key that came from outside.
    pub(super) fn agree_checked(&self, theirs: &Point) -> Option<Secret> {
        theirs.times_checked(&self.secret)
    }
    /// X25519 between this identity and a key whose order was checked.
    pub(super) fn agree(&self, theirs: &Point) -> Secret {
        theirs.times(&self.secret)
    }
    /// XEdDSA over `message`; draws 64 bytes.
    pub(super) fn sign(&self, message: &[u8], rng: &mut dyn CryptoRng) -> [u8; 64] {
        let nonce = Zeroizing::new(primitives::random(rng));
        primitives::xeddsa_sign(&self.secret, message, &nonce)
    }
    /// A peer whose library publishes its Ed25519 key with the true sign bit, as some do: only for tests.
    #[cfg(test)]
    pub(super) fn with_true_sign(secret: &[u8; 32]) -> Self {
        let (public, ed25519) = primitives::identity_public(secret);
        Self {
            secret: Zeroizing::new(*secret),
            public: IdentityKey(public),
            ed25519,
        }
    }
}

/// An X25519 key pair of which the public half is kept too, so that loading it costs nothing. Wiped on drop.
#[derive(Clone)]
pub(super) struct KeyPair {
    pub(super) secret: Secret,
    pub(super) public: PublicKey,
}

impl KeyPair {
    pub(super) fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self::from_secret(primitives::random_secret(rng))
    }
    pub(super) fn from_secret(secret: Secret) -> Self {
        let public = PublicKey(primitives::x25519_public(&secret));
        Self { secret, public }
    }
    /// X25519 with a key from outside; None if it contributes nothing.
    pub(super) fn agree_checked(&self, theirs: &Point) -> Option<Secret> {
        theirs.times_checked(&self.secret)
    }
    /// X25519 with a key that was checked before, see [`Point::times`].
    pub(super) fn agree(&self, theirs: &Point) -> Secret {
        theirs.times(&self.secret)
    }
}

//! A device's published bundle, and what must hold before it may be used.

use std::collections::HashSet;

use rand_core::CryptoRng;

use super::keys::{ID_MOST, PeerIdentity};
use super::primitives::Point;
use super::{BundleError, Dialect, IdentityKey, PreKeyId, PublicKey, SignedPreKeyId, primitives, wire};

/// More one-time prekeys than this are refused; clients publish 100.
const PREKEYS_MOST: usize = 1000;

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
    pub(super) dialect: Dialect,
    pub(super) identity: PeerIdentity,
    /// The same. This, the signed prekey and the first prekey are of prime order.
    pub(super) identity_point: Point,
    pub(super) signed_prekey_id: SignedPreKeyId,
    pub(super) signed_prekey: Point,
    first_prekey: (PreKeyId, PublicKey, Point),
    /// Plain points.
    other_prekeys: Vec<(PreKeyId, PublicKey)>,
}

impl Bundle {
    /// Checks everything: lengths, canonical and contributory points, ids (1 ..= 2^31-1), no duplicate or zero
    /// prekeys, the signature (legacy: with the sign bit rule). One bad prekey spoils the bundle: no honest client makes
    /// one. A bundle without a usable prekey is refused, and so is one with more than 1000.
    ///
    /// Identity key and signed prekey must be of prime order; of the one-time prekeys that is asked of the one that
    /// [`VerifiedBundle::pick`] takes, since it costs nearly as much as X25519.
    pub fn verify(&self) -> Result<VerifiedBundle, BundleError> {
        use BundleError::Malformed;
        let identity =
            wire::decode_identity(self.dialect, &self.identity).ok_or(Malformed("identity key"))?;
        let identity_point = identity.point().ok_or(Malformed("identity key"))?;
        let signed_prekey = wire::decode_key(self.dialect, &self.signed_prekey)
            .map(|key| Point::lift(&key.0))
            .filter(Point::is_prime_order)
            .ok_or(Malformed("signed prekey"))?;
        if !(1..=ID_MOST).contains(&self.signed_prekey_id) {
            return Err(Malformed("id of the signed prekey"));
        }
        let signature = self
            .signature
            .as_slice()
            .try_into()
            .map_err(|_| Malformed("length of the signature"))?;
        let is_signed = match self.dialect {
            Dialect::Legacy => identity_point.verify(&self.signed_prekey, signature),
            Dialect::Omemo2 => primitives::ed25519_verify(&identity.encoded, &self.signed_prekey, signature),
        };
        if !is_signed {
            return Err(BundleError::BadSignature);
        }
        let mut prekeys = self.checked_prekeys()?.into_iter();
        let (first_id, first_key) = prekeys.next().ok_or(BundleError::NoPreKeys)?;
        let first_point = Point::lift(&first_key.0);
        if !first_point.is_prime_order() {
            return Err(Malformed("prekey"));
        }
        Ok(VerifiedBundle {
            dialect: self.dialect,
            identity,
            identity_point,
            signed_prekey_id: SignedPreKeyId(self.signed_prekey_id),
            signed_prekey,
            first_prekey: (first_id, first_key, first_point),
            other_prekeys: prekeys.collect(),
        })
    }

    fn checked_prekeys(&self) -> Result<Vec<(PreKeyId, PublicKey)>, BundleError> {
        use BundleError::Malformed;
        if self.prekeys.len() > PREKEYS_MOST {
            return Err(Malformed("number of prekeys"));
        }
        let mut checked = Vec::with_capacity(self.prekeys.len());
        let mut ids = HashSet::with_capacity(self.prekeys.len());
        let mut keys = HashSet::with_capacity(self.prekeys.len());
        for (id, key) in &self.prekeys {
            let key = wire::decode_key(self.dialect, key).ok_or(Malformed("prekey"))?;
            if !(1..=ID_MOST).contains(id) {
                return Err(Malformed("id of a prekey"));
            }
            if !ids.insert(*id) || !keys.insert(key) {
                return Err(Malformed("a prekey given twice"));
            }
            checked.push((PreKeyId(*id), key));
        }
        Ok(checked)
    }
}

impl VerifiedBundle {
    /// Whose bundle it is.
    pub fn identity(&self) -> IdentityKey {
        self.identity.key
    }
    /// The dialect that it was published in.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }
    /// One prekey by random choice. Draws 8 bytes.
    ///
    /// One that is not of prime order is not used: the first one, which `verify` examined, takes its place.
    pub fn pick(&self, rng: &mut dyn CryptoRng) -> (PreKeyId, PublicKey) {
        let (id, key, _) = self.pick_checked(rng);
        (id, key)
    }
    /// As [`VerifiedBundle::pick`], ready to be multiplied.
    pub(super) fn pick_point(&self, rng: &mut dyn CryptoRng) -> (PreKeyId, Point) {
        let (id, _, point) = self.pick_checked(rng);
        (id, point)
    }
    fn pick_checked(&self, rng: &mut dyn CryptoRng) -> (PreKeyId, PublicKey, Point) {
        // The remainder favours some prekey by at most 2^-54, which tells nobody anything.
        let draw = u64::from_le_bytes(primitives::random(rng));
        let place = usize::try_from(draw % (self.other_prekeys.len() as u64 + 1)).unwrap_or(0);
        let chosen = place
            .checked_sub(1)
            .and_then(|place| self.other_prekeys.get(place));
        chosen
            .map(|(id, key)| (*id, *key, Point::lift(&key.0)))
            .filter(|(.., point)| point.is_prime_order())
            .unwrap_or(self.first_prekey)
    }
    /// Id of the signed prekey.
    pub fn signed_prekey_id(&self) -> SignedPreKeyId {
        self.signed_prekey_id
    }
}

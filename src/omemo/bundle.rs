//! A device's published bundle, and what must hold before it may be used.

use std::collections::{BTreeMap, HashSet};

use rand_core::CryptoRng;

use super::keys::{ID_MOST, PeerIdentity};
use super::primitives::Point;
use super::{
    BundleError, Dialect, Ed25519Fingerprint, IdentityKey, PreKeyId, PublicKey, SignedPreKeyId, primitives,
    wire,
};

/// More one-time prekeys than this are refused; clients publish 100.
const PREKEYS_MOST: usize = 1000;
/// So many prekeys are examined to find one of prime order. Clients publish none that is not, and examining
/// one costs nearly as much as X25519.
const EXAMINED_MOST: usize = 200;

/// A bundle as read or as published; nothing about it is checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The dialect that it was published in.
    pub dialect: Dialect,
    /// The identity key exactly as on the wire: legacy 33 bytes, OMEMO 2 32 bytes
    /// (Ed25519 form, sign bit included).
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
    /// Checks everything: lengths, canonical and contributory points, ids (0 ..= 2^31-1: some clients number
    /// from 0), the signature (legacy: with the sign bit rule). A one-time prekey that is no key is left out:
    /// it says nothing about the others, none of which is signed. A key given twice counts once; a number
    /// given to two keys counts for neither, since nobody knows which of them the device would find under it.
    /// A bundle without a usable prekey is refused, and so is one with more than 1000.
    ///
    /// Identity key and signed prekey must be of prime order; of the one-time prekeys that is asked of the
    /// one that [`VerifiedBundle::pick`] takes, since it costs nearly as much as X25519.
    pub fn verify(&self) -> Result<VerifiedBundle, BundleError> {
        use BundleError::Malformed;
        let identity =
            wire::decode_identity(self.dialect, &self.identity).ok_or(Malformed("identity key"))?;
        let identity_point = identity.point().ok_or(Malformed("identity key"))?;
        let signed_prekey = wire::decode_key(self.dialect, &self.signed_prekey)
            .map(|key| Point::lift(&key.0))
            .filter(Point::is_prime_order)
            .ok_or(Malformed("signed prekey"))?;
        if self.signed_prekey_id > ID_MOST {
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
        if self.prekeys.len() > PREKEYS_MOST {
            return Err(Malformed("number of prekeys"));
        }
        let mut prekeys = self.usable_prekeys();
        let examined = prekeys.iter().take(EXAMINED_MOST).enumerate();
        let (place, first_prekey) = examined
            .map(|(place, (id, key))| (place, (*id, *key, Point::lift(&key.0))))
            .find(|(_, (.., point))| point.is_prime_order())
            .ok_or(BundleError::NoPreKeys)?;
        // What stood before it is not of prime order.
        prekeys.drain(..=place);
        Ok(VerifiedBundle {
            dialect: self.dialect,
            identity,
            identity_point,
            signed_prekey_id: SignedPreKeyId(self.signed_prekey_id),
            signed_prekey,
            first_prekey,
            other_prekeys: prekeys,
        })
    }

    /// The prekeys that are plain points under a number of their own, in order.
    fn usable_prekeys(&self) -> Vec<(PreKeyId, PublicKey)> {
        let read = |(id, key): &(u32, Vec<u8>)| {
            let key = wire::decode_key(self.dialect, key)?;
            (*id <= ID_MOST).then_some((PreKeyId(*id), key))
        };
        let plain: Vec<(PreKeyId, PublicKey)> = self.prekeys.iter().filter_map(read).collect();
        let mut named: BTreeMap<PreKeyId, Option<PublicKey>> = BTreeMap::new();
        for (id, key) in &plain {
            let kept = named.entry(*id).or_insert(Some(*key));
            *kept = kept.filter(|kept| kept == key);
        }
        let mut seen = HashSet::with_capacity(plain.len());
        plain
            .into_iter()
            .filter(|(id, key)| named.get(id) == Some(&Some(*key)) && seen.insert(*key))
            .collect()
    }
}

impl VerifiedBundle {
    /// Whose bundle it is.
    pub fn identity(&self) -> IdentityKey {
        self.identity.key
    }
    /// The same key as OMEMO 2 published it, with its sign bit; None for a legacy
    /// bundle, which does not tell it.
    pub fn ed25519(&self) -> Option<Ed25519Fingerprint> {
        self.identity.ed25519(self.dialect)
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

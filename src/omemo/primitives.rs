//! The primitives, each behind one small function: X25519, Ed25519 verification,
//! XEdDSA signing, HKDF, HMAC, AES.
//!
//! The only file of this module that names the crates behind them. Nothing here
//! branches or indexes on a secret.

use aes_gcm::{
    AesGcm,
    aead::{AeadInOut, KeyInit as _, array::ArraySize},
    aes::{Aes128, Aes256},
};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7, consts};
use curve25519_dalek::{
    EdwardsPoint, MontgomeryPoint, Scalar, edwards::CompressedEdwardsY, scalar::clamp_integer,
    traits::IsIdentity,
};
use ed25519_dalek::{Signature, VerifyingKey};
use hmac::{Hmac, Mac};
use rand_core::CryptoRng;
use sha2::{Digest, Sha256, Sha512};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

/// 32 secret bytes, wiped when dropped.
pub(super) type Secret = Zeroizing<[u8; 32]>;

/// The u coordinates of the points of small order in canonical form, on the curve and on its twist. With them
/// X25519 gives zero whatever the secret is.
const LOW_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    [
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ],
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda,
        0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04,
        0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
];

/// p = 2^255 - 19, little endian.
const P: [u8; 32] = [
    0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
];

// ---
// random ---------------------------------------------------------------------------------------------------------

/// N random bytes.
pub(super) fn random<const N: usize>(rng: &mut dyn CryptoRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// A new X25519 secret, already clamped.
pub(super) fn random_secret(rng: &mut dyn CryptoRng) -> Secret {
    let mut secret = Zeroizing::new([0; 32]);
    rng.fill_bytes(secret.as_mut());
    *secret = clamp_integer(*secret);
    secret
}

// ---
// Curve25519 -----------------------------------------------------------------------------------------------------

/// The public key of a secret: fixed-base multiplication by table, on the Edwards form.
pub(super) fn x25519_public(secret: &[u8; 32]) -> [u8; 32] {
    EdwardsPoint::mul_base_clamped(*secret).to_montgomery().to_bytes()
}

/// The two public forms of an identity secret: the Curve25519 u coordinate, and the Ed25519
/// point with its true sign bit.
pub(super) fn identity_public(secret: &[u8; 32]) -> ([u8; 32], [u8; 32]) {
    let point = EdwardsPoint::mul_base_clamped(*secret);
    (point.to_montgomery().to_bytes(), point.compress().to_bytes())
}

/// A public key made ready for X25519: lifted to the Edwards form of the curve, on which a multiplication
/// takes three quarters of the time and a check of the order needs no lifting of its own. Public data only.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    u: [u8; 32],
    /// With sign bit 0, which u does not tell. None on the twist, where X25519 works too.
    edwards: Option<EdwardsPoint>,
}

impl Point {
    /// Costs a sixth of an X25519.
    pub(super) fn lift(u: &[u8; 32]) -> Self {
        Self {
            u: *u,
            edwards: MontgomeryPoint(*u).to_edwards(0),
        }
    }

    /// X25519 (RFC 7748) with a key that was found good by [`Point::is_prime_order`], or that gave a
    /// non-zero result before: then the result cannot be zero, since no clamped secret is a multiple of the
    /// order of either prime subgroup.
    pub(super) fn times(&self, secret: &[u8; 32]) -> Secret {
        let Some(point) = &self.edwards else {
            return Zeroizing::new(MontgomeryPoint(self.u).mul_clamped(*secret).to_bytes());
        };
        // The sign of the point changes that of the product, and so nothing about its u.
        let mut product = point.mul_clamped(*secret);
        let shared = Zeroizing::new(product.to_montgomery().to_bytes());
        product.zeroize();
        shared
    }

    /// X25519 with a key from outside; None if the key contributes nothing (the result is zero).
    pub(super) fn times_checked(&self, secret: &[u8; 32]) -> Option<Secret> {
        let shared = self.times(secret);
        let zero = shared.ct_eq(&[0; 32]);
        (!bool::from(zero)).then_some(shared)
    }

    /// Whether it is a point on the curve itself (not its twist) without any torsion, and not the neutral
    /// element. As every honestly made key is. Costs more than half an X25519; variable time.
    pub(super) fn is_prime_order(&self) -> bool {
        is_plain_point(&self.u) && self.edwards.as_ref().is_some_and(is_torsion_free)
    }

    /// Verification of a libsignal "curve25519 signature" under this key: bit 7 of byte 63 is the
    /// sign bit of its Ed25519 form.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let mut plain = *signature;
        let [.., last] = &mut plain;
        let is_negative = *last >> 7 == 1;
        *last &= 0x7f;
        self.edwards.is_some_and(|point| {
            VerifyingKey::from(if is_negative { -point } else { point })
                .verify_strict(message, &Signature::from_bytes(&plain))
                .is_ok()
        })
    }
}

/// The one encoding of a u coordinate (below p, so the high bit is clear), and not of small order. Cheap.
pub(super) fn is_plain_point(u: &[u8; 32]) -> bool {
    let below_p = u.iter().rev().cmp(P.iter().rev()).is_lt();
    below_p && !LOW_ORDER.contains(u)
}

fn is_torsion_free(point: &EdwardsPoint) -> bool {
    // order * P = (order - 1) * P + P; the scalar type holds nothing above order - 1.
    let rest = EdwardsPoint::vartime_double_scalar_mul_basepoint(&-Scalar::ONE, point, &Scalar::ZERO);
    (rest + point).is_identity()
}

/// The Curve25519 form of an Ed25519 public key; None unless that is a point in its one encoding and not of
/// small order. Cheap, as [`is_plain_point`]: torsion is looked for where the key is used.
pub(super) fn ed25519_to_plain_point(public: &[u8; 32]) -> Option<[u8; 32]> {
    let encoded = CompressedEdwardsY(*public);
    let point = encoded.decompress()?;
    let good = point.compress() == encoded && !point.is_small_order();
    good.then(|| point.to_montgomery().to_bytes())
}

/// Ed25519 verification (strict) under `public` exactly as given.
pub(super) fn ed25519_verify(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(public).is_ok_and(|key| {
        key.verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
    })
}

/// XEdDSA (Signal's specification): a signature that verifies under the Ed25519 form
/// of our key with sign bit 0.
///
/// `secret` is the clamped scalar; `nonce` 64 random bytes. If the sign bit of the true point is 1, scalar
/// and point are negated, without a branch.
pub(super) fn xeddsa_sign(secret: &[u8; 32], message: &[u8], nonce: &[u8; 64]) -> [u8; 64] {
    let clamped = Zeroizing::new(clamp_integer(*secret));
    let positive = Zeroizing::new(Scalar::from_bytes_mod_order(*clamped));
    let mut public = EdwardsPoint::mul_base(&positive).compress().to_bytes();
    let [.., last] = &mut public;
    let negate = Choice::from(*last >> 7);
    *last &= 0x7f;
    let negative = Zeroizing::new(-*positive);
    let key = Zeroizing::new(Scalar::conditional_select(&positive, &negative, negate));
    let key_bytes = Zeroizing::new(<[u8; 32]>::conditional_select(
        &clamped,
        negative.as_bytes(),
        negate,
    ));

    // hash1 of the specification: its prefix is the little-endian form of 2^256 - 2.
    let mut prefix = [0xff; 32];
    let [first, ..] = &mut prefix;
    *first = 0xfe;
    let r = Zeroizing::new(sha512_scalar(&[&prefix, key_bytes.as_ref(), message, nonce]));
    let big_r = EdwardsPoint::mul_base(&r).compress().to_bytes();
    let h = sha512_scalar(&[&big_r, &public, message]);
    let s = *r + h * *key;

    let mut signature = [0; 64];
    let (left, right) = signature.split_at_mut(32);
    left.copy_from_slice(&big_r);
    right.copy_from_slice(s.as_bytes());
    signature
}

fn sha512_scalar(parts: &[&[u8]]) -> Scalar {
    let mut hash = Sha512::new();
    for part in parts {
        hash.update(part);
    }
    let mut wide: [u8; 64] = hash.finalize().into();
    let scalar = Scalar::from_bytes_mod_order_wide(&wide);
    wide.zeroize();
    scalar
}

// --- key
// derivation -------------------------------------------------------------------------------------------------

/// HKDF-SHA256 (RFC 5869).
pub(super) fn hkdf<const N: usize>(salt: &[u8; 32], ikm: &[u8], info: &[u8]) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 255 * 32, "longer than HKDF-SHA256 can expand to") };
    let mut out = Zeroizing::new([0; N]);
    let expanded = hkdf::Hkdf::<Sha256>::new(Some(salt), ikm).expand(info, out.as_mut());
    debug_assert!(expanded.is_ok(), "the length is checked when compiling");
    out
}

/// SHA-256 over the parts, each with its length before it, so that what stands in one part cannot pass for
/// another's; the first 16 bytes of it.
pub fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let whole: [u8; 32] = hash.finalize().into();
    whole.first_chunk().copied().unwrap_or_default()
}

/// HMAC-SHA256 with a key of 32 bytes, ready for several messages.
#[derive(Clone)]
pub(super) struct HmacKey(Hmac<Sha256>);

impl HmacKey {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        // A key shorter than the block is filled up with zeros; so this cannot fail, as
        // a slice of any length could.
        let mut block = Zeroizing::new([0; 64]);
        if let Some(start) = block.first_chunk_mut::<32>() {
            *start = *key;
        }
        Self(Hmac::new((&*block).into()))
    }

    /// The tag of the parts in a row.
    pub(super) fn tag(&self, parts: &[&[u8]]) -> Secret {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        Zeroizing::new(mac.finalize().into_bytes().into())
    }
}

/// Compares in constant time; false if the lengths differ.
pub(super) fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

// ---
// AES ------------------------------------------------------------------------------------------------------------

/// AES-256-CBC with PKCS#7 padding.
pub(super) fn cbc_encrypt(key: &[u8; 32], iv: &[u8; 16], plaintext: &[u8]) -> Vec<u8> {
    cbc::Encryptor::<Aes256>::new(key.into(), iv.into()).encrypt_padded_vec::<Pkcs7>(plaintext)
}

/// The inverse of [`cbc_encrypt`]; None if length or padding is wrong. Call it
/// only on what a MAC vouches for.
pub(super) fn cbc_decrypt(key: &[u8; 32], iv: &[u8; 16], ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    cbc::Decryptor::<Aes256>::new(key.into(), iv.into())
        .decrypt_padded_vec::<Pkcs7>(ciphertext)
        .ok()
        .map(Zeroizing::new)
}

/// AES-128-GCM with a 12-byte IV: ciphertext and tag.
pub(super) fn gcm_encrypt(key: &[u8; 16], iv: &[u8; 12], plaintext: &[u8]) -> (Vec<u8>, [u8; 16]) {
    let mut buffer = plaintext.to_vec();
    let cipher = AesGcm::<Aes128, consts::U12>::new(key.into());
    match cipher.encrypt_inout_detached(iv.into(), &[], buffer.as_mut_slice().into()) {
        Ok(tag) => (buffer, tag.into()),
        // Only a plaintext of 64 GiB gets here; it does not leave in clear.
        Err(_) => (Vec::new(), [0; 16]),
    }
}

/// AES-128-GCM with a 12 or 16-byte IV; None if the tag does not fit or the IV has another length.
pub(super) fn gcm_decrypt(
    key: &[u8; 16],
    iv: &[u8],
    ciphertext: &[u8],
    tag: &[u8; 16],
) -> Option<Zeroizing<Vec<u8>>> {
    match iv.len() {
        12 => gcm_open::<consts::U12>(key, iv, ciphertext, tag),
        16 => gcm_open::<consts::U16>(key, iv, ciphertext, tag),
        _ => None,
    }
}

fn gcm_open<N: ArraySize>(
    key: &[u8; 16],
    iv: &[u8],
    ciphertext: &[u8],
    tag: &[u8; 16],
) -> Option<Zeroizing<Vec<u8>>> {
    let nonce = iv.try_into().ok()?;
    let mut buffer = Zeroizing::new(ciphertext.to_vec());
    AesGcm::<Aes128, N>::new(key.into())
        .decrypt_inout_detached(nonce, &[], buffer.as_mut_slice().into(), tag.into())
        .ok()?;
    Some(buffer)
}

/// [`Point::is_prime_order`] of a key as it is on the wire.
#[cfg(test)]
pub(super) fn is_prime_order(u: &[u8; 32]) -> bool {
    Point::lift(u).is_prime_order()
}

/// The same of an Ed25519 key; gives its Curve25519 form.
#[cfg(test)]
pub(super) fn ed25519_to_x25519(public: &[u8; 32]) -> Option<[u8; 32]> {
    ed25519_to_plain_point(public).filter(is_prime_order)
}

/// EdDSA by those who publish their key with its true sign bit, as python's libraries do.
#[cfg(test)]
pub(super) fn eddsa_sign(secret: &[u8; 32], message: &[u8], nonce: &[u8; 64]) -> [u8; 64] {
    let (_, public) = identity_public(secret);
    let r = sha512_scalar(&[nonce, message]);
    let big_r = EdwardsPoint::mul_base(&r).compress().to_bytes();
    let h = sha512_scalar(&[&big_r, &public, message]);
    let s = r + h * Scalar::from_bytes_mod_order(clamp_integer(*secret));
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&big_r);
    signature[32..].copy_from_slice(s.as_bytes());
    signature
}

/// X25519 with a key on the wire.
#[cfg(test)]
pub(super) fn x25519_checked(secret: &[u8; 32], public: &[u8; 32]) -> Option<Secret> {
    Point::lift(public).times_checked(secret)
}

/// Points that no honest key is, for the tests: (u coordinate, Ed25519 form).
#[cfg(test)]
pub(super) mod points {
    use super::{EdwardsPoint, MontgomeryPoint, Scalar};
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};

    /// Of order 1, 2, 4 and 8.
    pub(crate) fn small() -> impl Iterator<Item = ([u8; 32], [u8; 32])> {
        EIGHT_TORSION.iter().map(both)
    }

    /// Of large order, but with a part of small order.
    pub(crate) fn mixed() -> impl Iterator<Item = ([u8; 32], [u8; 32])> {
        let honest = ED25519_BASEPOINT_POINT * Scalar::from(0x1234_5678_9abc_def1_u64);
        EIGHT_TORSION
            .iter()
            .skip(1)
            .map(move |torsion| both(&(honest + torsion)))
    }

    pub(crate) fn is_on_curve(u: &[u8; 32]) -> bool {
        MontgomeryPoint(*u).to_edwards(0).is_some()
    }

    /// X25519 as RFC 7748 writes it, by the Montgomery ladder.
    pub(crate) fn ladder(secret: &[u8; 32], u: &[u8; 32]) -> [u8; 32] {
        MontgomeryPoint(*u).mul_clamped(*secret).to_bytes()
    }

    fn both(point: &EdwardsPoint) -> ([u8; 32], [u8; 32]) {
        (point.to_montgomery().to_bytes(), point.compress().to_bytes())
    }
}

//! The payload of a letter, and the key material that goes through the ratchet.
//!
//! ```text
//! legacy    key 16, IV 12 (16 from old clients): AES-128-GCM; material = key ‖ tag, the payload has no tag
//! OMEMO 2   key 32; HKDF-SHA256(salt = 0 * 32, key, "OMEMO Payload", 80) = cipher key ‖ auth key ‖ IV;
//!           AES-256-CBC; material = key ‖ HMAC-SHA256(auth key, ciphertext)[..16]
//! ```
//! The tag inside the ratchet binds the payload to the sender for each recipient: no
//! other recipient can alter it.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::primitives::{self, HmacKey, Secret};
use super::{Dialect, OpenError};

/// A payload sealed once for all devices.
pub(super) struct Sealed {
    /// Goes through each session.
    pub(super) material: Zeroizing<Vec<u8>>,
    /// Empty in OMEMO 2.
    pub(super) iv: Vec<u8>,
    pub(super) ciphertext: Vec<u8>,
}

/// Encrypts a payload under a fresh key. Draws the key (16 or 32 bytes), then for legacy the IV (12 bytes).
pub(super) fn seal(dialect: Dialect, plaintext: &[u8], rng: &mut dyn CryptoRng) -> Sealed {
    match dialect {
        Dialect::Legacy => {
            let key = Zeroizing::new(primitives::random::<16>(rng));
            let iv = primitives::random::<12>(rng);
            let (ciphertext, tag) = primitives::gcm_encrypt(&key, &iv, plaintext);
            Sealed {
                material: join(key.as_ref(), &tag),
                iv: iv.to_vec(),
                ciphertext,
            }
        }
        Dialect::Omemo2 => {
            let key = Zeroizing::new(primitives::random::<32>(rng));
            let keys = Omemo2Keys::derive(&key);
            let ciphertext = primitives::cbc_encrypt(&keys.cipher, &keys.iv, plaintext);
            let tag = keys.tag(&ciphertext);
            Sealed {
                material: join(key.as_ref(), &tag),
                iv: Vec::new(),
                ciphertext,
            }
        }
    }
}

/// The key material of an empty message, and its IV. Legacy: a fresh key alone, as Conversations
/// and Gajim send it, and an IV, since some refuse a header without one. A tag behind the key would
/// be taken for the end of a payload by Dino (0.4.5 to 0.5.1 at least), which then shows an empty
/// text. OMEMO 2: 32 zero bytes.
pub(super) fn empty(dialect: Dialect, rng: &mut dyn CryptoRng) -> (Zeroizing<Vec<u8>>, Vec<u8>) {
    match dialect {
        Dialect::Legacy => {
            let key = Zeroizing::new(primitives::random::<16>(rng));
            let iv = primitives::random::<12>(rng);
            (Zeroizing::new(key.to_vec()), iv.to_vec())
        }
        Dialect::Omemo2 => (Zeroizing::new(vec![0; 32]), Vec::new()),
    }
}

/// Whether this key material came with a payload, told by its length. In OMEMO 2 only: an empty message is 32
/// bytes there; in legacy some clients send as much with an empty message as with a text.
pub(super) fn is_missing(dialect: Dialect, material: &[u8]) -> bool {
    dialect == Dialect::Omemo2 && material.len() == 32 + 16
}

/// Decrypts a payload with the material that came through the ratchet.
///
/// Legacy material must be 32 bytes: with a bare key of 16 the tag would be in the payload, and every
/// recipient of the letter could have altered that.
pub(super) fn open(
    dialect: Dialect,
    material: &[u8],
    iv: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    match dialect {
        Dialect::Legacy => {
            let (key, tag) = material.split_first_chunk::<16>().ok_or(LENGTH)?;
            let tag = tag.try_into().map_err(|_| LENGTH)?;
            if !matches!(iv.len(), 12 | 16) {
                return Err(OpenError::Malformed("IV of neither 12 nor 16 bytes"));
            }
            primitives::gcm_decrypt(key, iv, ciphertext, tag).ok_or(OpenError::Damaged)
        }
        Dialect::Omemo2 => {
            let (key, tag) = material.split_first_chunk::<32>().ok_or(LENGTH)?;
            if tag.len() != 16 {
                return Err(LENGTH);
            }
            let keys = Omemo2Keys::derive(key);
            if !primitives::equal(&keys.tag(ciphertext), tag) {
                return Err(OpenError::Damaged);
            }
            primitives::cbc_decrypt(&keys.cipher, &keys.iv, ciphertext).ok_or(OpenError::Damaged)
        }
    }
}

const LENGTH: OpenError = OpenError::Malformed("length of the key material");

struct Omemo2Keys {
    cipher: Secret,
    auth: Secret,
    iv: [u8; 16],
}

impl Omemo2Keys {
    fn derive(key: &[u8; 32]) -> Self {
        let out = primitives::hkdf::<80>(&[0; 32], key, b"OMEMO Payload");
        let mut keys = Self {
            cipher: Secret::default(),
            auth: Secret::default(),
            iv: [0; 16],
        };
        if let Some((cipher, rest)) = out.split_first_chunk::<32>()
            && let Some((auth, iv)) = rest.split_first_chunk::<32>()
        {
            *keys.cipher = *cipher;
            *keys.auth = *auth;
            keys.iv.copy_from_slice(iv);
        }
        keys
    }

    fn tag(&self, ciphertext: &[u8]) -> [u8; 16] {
        let full = HmacKey::new(&self.auth).tag(&[ciphertext]);
        full.first_chunk().copied().unwrap_or_default()
    }
}

fn join(key: &[u8], tag: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut material = Zeroizing::new(Vec::with_capacity(key.len() + tag.len()));
    material.extend_from_slice(key);
    material.extend_from_slice(tag);
    material
}

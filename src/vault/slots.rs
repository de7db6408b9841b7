//! The slots of the header: ROOT, sealed under a key that one way of unlocking leads to.
//!
//! ```text
//! slot = 16-byte salt ‖ 24-byte nonce ‖ 32 bytes ROOT sealed ‖ 16-byte tag; an unused slot is 88 random bytes
//! KEK(kind, slot) = HKDF-SHA-256(input of that kind, slot salt, "susurro slot v1" ‖ kind)
//! ROOT = XChaCha20-Poly1305 open(KEK, nonce, aad = magic ‖ version ‖ salt ‖ parameters ‖ slot index)
//! ```
//!
//! Nothing in a slot says whether or how it is used: every slot is tried with every kind of input at hand.

use chacha20poly1305::{AeadInOut, Key, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use rand_core::CryptoRng;

use super::kdf::{KEY_LENGTH, SALT_LENGTH};
use super::keys::{Root, derive, page};
use super::process::Locked;
use super::{Result, VaultError};

/// How many slots a header has, used or not.
pub(super) const SLOTS: usize = 4;
/// Length of one slot in bytes.
pub(super) const SLOT_LENGTH: usize = SALT_LENGTH + NONCE_LENGTH + KEY_LENGTH + TAG_LENGTH;

const NONCE_LENGTH: usize = 24;
const TAG_LENGTH: usize = 16;

/// A way to unlock. The name goes into the KEK, so a slot of one kind never opens as another. (Device keys are to
/// come: passphrase and device key together, and the device key of an OS keyring.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Passphrase,
}

impl Kind {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Passphrase => b"passphrase",
        }
    }
}

/// The secret of one kind: K_pw for the passphrase.
pub(super) struct Input<'k> {
    pub(super) kind: Kind,
    pub(super) key: &'k [u8; KEY_LENGTH],
}

/// One slot as it stands in the header.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Slot {
    salt: [u8; SALT_LENGTH],
    nonce: [u8; NONCE_LENGTH],
    sealed: [u8; KEY_LENGTH],
    tag: [u8; TAG_LENGTH],
}

impl Slot {
    /// An unused slot.
    pub(super) fn unused(rng: &mut dyn CryptoRng) -> Self {
        let mut slot = Self {
            salt: [0; SALT_LENGTH],
            nonce: [0; NONCE_LENGTH],
            sealed: [0; KEY_LENGTH],
            tag: [0; TAG_LENGTH],
        };
        rng.fill_bytes(&mut slot.salt);
        rng.fill_bytes(&mut slot.nonce);
        rng.fill_bytes(&mut slot.sealed);
        rng.fill_bytes(&mut slot.tag);
        slot
    }

    /// Seals `root` for one way to unlock.
    pub(super) fn seal(root: &Root, input: &Input<'_>, aad: &[u8], rng: &mut dyn CryptoRng) -> Result<Self> {
        let mut slot = Self::unused(rng);
        let cipher = slot.cipher(input)?;
        // The plaintext is sealed where it is safe; only the ciphertext moves into the slot.
        let mut buffer = page([0; KEY_LENGTH])?;
        buffer.copy_from_slice(&*root.0);
        let tag = cipher
            .encrypt_inout_detached(&XNonce::from(slot.nonce), aad, buffer.as_mut_slice().into())
            .map_err(|_| VaultError::Internal("32 bytes are sealed"))?;
        slot.sealed.copy_from_slice(&*buffer);
        slot.tag.copy_from_slice(&tag);
        Ok(slot)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [&self.salt[..], &self.nonce, &self.sealed, &self.tag].concat()
    }

    pub(super) fn from_bytes(bytes: &[u8; SLOT_LENGTH]) -> Option<Self> {
        let (salt, rest) = bytes.split_first_chunk()?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (sealed, tag) = rest.split_first_chunk()?;
        Some(Self {
            salt: *salt,
            nonce: *nonce,
            sealed: *sealed,
            tag: tag.try_into().ok()?,
        })
    }

    fn cipher(&self, input: &Input<'_>) -> Result<XChaCha20Poly1305> {
        let mut kek = page([0; KEY_LENGTH])?;
        let info = [b"susurro slot v1".as_slice(), input.kind.name()];
        derive(input.key, Some(&self.salt), &info, &mut kek)?;
        Ok(XChaCha20Poly1305::new(<&Key>::from(&*kek)))
    }

    fn open(&self, input: &Input<'_>, aad: &[u8]) -> Result<Option<Locked<[u8; KEY_LENGTH]>>> {
        let cipher = self.cipher(input)?;
        let mut root = page(self.sealed)?;
        let opened = cipher.decrypt_inout_detached(
            &XNonce::from(self.nonce),
            aad,
            root.as_mut_slice().into(),
            &Tag::from(self.tag),
        );
        Ok(opened.is_ok().then_some(root))
    }
}

/// Tries every slot with every input and gives the ROOT that one of them holds; `aad(index)` is the associated data of
/// a slot. It goes on after a success: finding the first, the last or none takes the same derivations and the same
/// authentications, so the time does not tell which slot it was. (What differs is one block of ChaCha20.)
pub(super) fn open_any(
    slots: &[Slot; SLOTS],
    inputs: &[Input<'_>],
    aad: impl Fn(u8) -> Vec<u8>,
) -> Result<Option<Root>> {
    let mut found = None;
    for (index, slot) in (0u8..).zip(slots) {
        for input in inputs {
            let opened = slot.open(input, &aad(index))?;
            found = found.or(opened);
        }
    }
    Ok(found.map(Root))
}

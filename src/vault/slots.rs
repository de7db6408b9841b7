//! The key slots of the header: an area of fixed size, sealed under a key that one secret leads to.
//!
//! ```text
//! slot = 16-byte salt ‖ 24-byte nonce ‖ area, sealed ‖ 16-byte tag; an unused slot is as many random bytes
//! KEK  = HKDF-SHA-256(secret, slot salt, "susurro slot v" ‖ version of the header ‖ name of the secret's kind)
//! area = XChaCha20-Poly1305 open(KEK, nonce, AAD of the header)
//! ```
//!
//! Nothing in a slot says whether or how it is used: every slot is tried with every secret at hand. Salt and
//! nonce are fresh whenever a slot is sealed, so no KEK seals two areas.

use chacha20poly1305::{AeadInOut, Key, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use rand_core::CryptoRng;

use super::hardening::Locked;
use super::kdf::{KEY_LENGTH, SALT_LENGTH};
use super::keys::{derive, page};
use super::{Result, VaultError};

const NONCE_LENGTH: usize = 24;
const TAG_LENGTH: usize = 16;

/// Length of a slot without its area.
pub(super) const OVERHEAD: usize = SALT_LENGTH + NONCE_LENGTH + TAG_LENGTH;

/// Where a secret comes from. The name goes into the KEK, so what one kind sealed never opens
/// with another. (A secret of 32 random bytes, of a keyring or a key file, will be a kind of its
/// own that needs no Argon2id.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecretKind {
    /// K_pw: whatever is typed and goes through Argon2id.
    Passphrase,
    /// ROOT, which opens the directory of version 2.
    Root,
}

impl SecretKind {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Passphrase => b"passphrase",
            Self::Root => b"root",
        }
    }
}

/// A secret that may open a slot.
pub(super) struct SlotSecret<'k> {
    pub(super) kind: SecretKind,
    pub(super) key: &'k [u8; KEY_LENGTH],
}

/// What a slot is bound to beside its secret.
pub(super) struct Binding {
    /// The version of the header.
    pub(super) version: u8,
    pub(super) aad: Vec<u8>,
}

/// One slot as it stands in the header, with `N` bytes of area.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Slot<const N: usize> {
    salt: [u8; SALT_LENGTH],
    nonce: [u8; NONCE_LENGTH],
    sealed: [u8; N],
    tag: [u8; TAG_LENGTH],
}

impl<const N: usize> Slot<N> {
    /// An unused slot.
    pub(super) fn unused(rng: &mut dyn CryptoRng) -> Self {
        let mut slot = Self {
            salt: [0; SALT_LENGTH],
            nonce: [0; NONCE_LENGTH],
            sealed: [0; N],
            tag: [0; TAG_LENGTH],
        };
        rng.fill_bytes(&mut slot.salt);
        rng.fill_bytes(&mut slot.nonce);
        rng.fill_bytes(&mut slot.sealed);
        rng.fill_bytes(&mut slot.tag);
        slot
    }

    /// Seals `area` for one secret.
    pub(super) fn seal(
        area: &[u8; N],
        secret: &SlotSecret<'_>,
        binding: &Binding,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self> {
        let mut slot = Self::unused(rng);
        let cipher = slot.cipher(secret, binding)?;
        // The plaintext is sealed where it is safe; only the ciphertext moves into the slot.
        let mut buffer = page([0; N])?;
        buffer.copy_from_slice(area);
        let tag = cipher
            .encrypt_inout_detached(
                &XNonce::from(slot.nonce),
                &binding.aad,
                buffer.as_mut_slice().into(),
            )
            .map_err(|_| VaultError::Internal("a few hundred bytes are sealed"))?;
        slot.sealed.copy_from_slice(&*buffer);
        slot.tag.copy_from_slice(&tag);
        Ok(slot)
    }

    /// The area, if this slot was sealed for `secret` and is bound to the same.
    pub(super) fn open(&self, secret: &SlotSecret<'_>, binding: &Binding) -> Result<Option<Locked<[u8; N]>>> {
        let cipher = self.cipher(secret, binding)?;
        let mut area = page(self.sealed)?;
        let opened = cipher.decrypt_inout_detached(
            &XNonce::from(self.nonce),
            &binding.aad,
            area.as_mut_slice().into(),
            &Tag::from(self.tag),
        );
        Ok(opened.is_ok().then_some(area))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        [&self.salt[..], &self.nonce, &self.sealed, &self.tag].concat()
    }

    /// None: these are not as many bytes as a slot has.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
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

    fn cipher(&self, secret: &SlotSecret<'_>, binding: &Binding) -> Result<XChaCha20Poly1305> {
        let mut kek = page([0; KEY_LENGTH])?;
        let version = [b'0' + binding.version];
        let info = [b"susurro slot v".as_slice(), &version, secret.kind.name()];
        derive(secret.key, Some(&self.salt), &info, &mut kek)?;
        Ok(XChaCha20Poly1305::new(<&Key>::from(&*kek)))
    }
}

/// Tries every slot with every secret and gives the index and the area of one that opens; `binding(index)`
/// is what a slot is bound to. It goes on after a success: finding the first, the last or none takes the
/// same derivations and the same authentications, so the time does not tell which slot it was. (What differs
/// is a few blocks of ChaCha20.)
pub(super) fn open_any<const N: usize>(
    slots: &[Slot<N>],
    secrets: &[SlotSecret<'_>],
    binding: impl Fn(u8) -> Binding,
) -> Result<Option<(u8, Locked<[u8; N]>)>> {
    let mut found = None;
    for (index, slot) in (0u8..).zip(slots) {
        for secret in secrets {
            let opened = slot.open(secret, &binding(index))?;
            found = found.or(opened.map(|area| (index, area)));
        }
    }
    Ok(found)
}

//! How a file lies on the disk.
//!
//! ```text
//! header   "SUSF", version (1 byte), 3 bytes of nothing, the container's id (16), its clear length sealed (8 + 16)
//! chunks   each 65,536 bytes of the file sealed with a tag of 16; the last one may be shorter
//! ```
//!
//! The key is the file's own: HKDF-SHA-256 of the attachment key and the id, so a nonce needs to be no more
//! than the number of the chunk, with a mark on the last one: nothing can be left out, put elsewhere or cut
//! off. Behind the file come zeros up to a length that many files have (Padmé): sizes tell which file it is.
//! Nothing is given out before the tag of its chunk was looked at, and any chunk can be read alone.

mod read;
mod write;

use openssl::symm::{Cipher, decrypt_aead, encrypt_aead};
use zeroize::Zeroizing;

use crate::error::{FilesError, FilesResult};
use model::ContainerId;
use vault::AttachmentKey;

pub use read::Reader;
pub use write::{Contained, Writer};

/// Clear bytes of a chunk.
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
/// A chunk on the disk.
const SEALED: u64 = (CHUNK + TAG) as u64;
const MAGIC: &[u8; 8] = b"SUSF\x01\0\0\0";
/// Magic, id, sealed length.
const HEADER: usize = 8 + 16 + 8 + TAG;

/// The key of one container. It says what is sealed where, and opens it.
struct Seal {
    key: Zeroizing<[u8; 32]>,
    aad: [u8; 24],
}

/// What is sealed under a key: each stands for a nonce of its own.
#[derive(Clone, Copy)]
enum SealedPart {
    Length,
    Chunk { number: u32, last: bool },
}

impl SealedPart {
    fn nonce(self) -> [u8; 12] {
        let (kind, number) = match self {
            Self::Length => (2, 0),
            Self::Chunk { number, last } => (u8::from(last), number),
        };
        let mut nonce = [0; 12];
        let [.., a, b, c, d, e] = &mut nonce;
        [*a, *b, *c, *d] = number.to_be_bytes();
        *e = kind;
        nonce
    }
}

impl Seal {
    fn new(root: &AttachmentKey, id: ContainerId) -> FilesResult<Self> {
        let mut key = Zeroizing::new([0; 32]);
        root.of_container(&id.0, &mut key)
            .map_err(|_| FilesError::Cipher)?;
        let mut aad = [0; 24];
        for (to, from) in aad.iter_mut().zip(MAGIC.iter().chain(&id.0)) {
            *to = *from;
        }
        Ok(Self { key, aad })
    }

    /// Sealed, with the tag behind it.
    fn seal(&self, part: SealedPart, clear: &[u8]) -> FilesResult<Vec<u8>> {
        let mut tag = [0; TAG];
        let cipher = Cipher::aes_256_gcm();
        let nonce = part.nonce();
        let mut sealed = encrypt_aead(cipher, &*self.key, Some(&nonce), &self.aad, clear, &mut tag)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    fn open(&self, part: SealedPart, sealed: &[u8]) -> FilesResult<Zeroizing<Vec<u8>>> {
        let at = sealed.len().checked_sub(TAG).ok_or(FilesError::Damaged)?;
        let (body, tag) = sealed.split_at(at);
        let nonce = part.nonce();
        let cipher = Cipher::aes_256_gcm();
        decrypt_aead(cipher, &*self.key, Some(&nonce), &self.aad, body, tag)
            .map(Zeroizing::new)
            .map_err(|_| FilesError::Damaged)
    }
}

/// The length that a file of `length` bytes is given (Padmé): at most an eighth more, and the same for many.
fn padded(length: u64) -> u64 {
    let Some(exponent) = length.checked_ilog2().filter(|exponent| *exponent > 0) else {
        return length;
    };
    let bits = exponent.ilog2() + 1;
    let mask = (1_u64 << exponent.saturating_sub(bits)) - 1;
    length.checked_add(mask).map_or(length, |length| length & !mask)
}

/// How many chunks hold so many bytes: at least one.
fn chunks(padded: u64) -> u64 {
    padded.div_ceil(CHUNK as u64).max(1)
}

/// What a file of so many bytes takes on the disk.
fn on_disk(length: u64) -> u64 {
    let padded = padded(length);
    HEADER as u64 + padded + chunks(padded) * TAG as u64
}

#[cfg(test)]
mod tests;

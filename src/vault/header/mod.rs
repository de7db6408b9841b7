//! The header file: all that stands between the passphrase and the keys.
//!
//! ```text
//! content = "susurro\0" ‖ version u8 ‖ marks u8 ‖ 16-byte salt ‖ m u32 ‖ t u32 ‖ p u32 ‖ slots, as the version has them
//! file    = content ‖ SHA-256(content) ‖ content ‖ SHA-256(content)            (all figures little-endian)
//! ```
//!
//! The second copy counts only if the first does not check. The checksum is against decay, not against an
//! attacker: whoever can write the file can compute it. Against them stand the floor and cap of [`Params`]
//! and what each version authenticates.
//!
//! Marks: bit 0 says that the database was made, so that one that is missing is known to be lost. It is read
//! before anybody is asked for a passphrase, and authenticated once a slot opened.
//!
//! [`v1`] is read, never written: whatever seals a slot makes a header of version 2. Only the healing of a
//! copy leaves a header as it is, byte for byte: a failing disk is no moment for another form.

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use super::kdf::{PARAMS_LENGTH, Params, SALT_LENGTH};
use super::keys::Root;
use super::slots::{OVERHEAD, Slot, SlotSecret};
use super::{Result, VaultError};

pub(super) mod v1;
mod v2;

/// No header file is longer.
pub(super) const LONGEST_FILE: usize = 2 * (v2::CONTENT_LENGTH + HASH_LENGTH);

const MAGIC: &[u8; 8] = b"susurro\0";
/// The mark that the database was made.
const DATABASE_MADE: u8 = 1;
const HASH_LENGTH: usize = 32;
/// Length of the common fields.
const FIELDS_LENGTH: usize = MAGIC.len() + 2 + SALT_LENGTH + PARAMS_LENGTH;

/// What stands in clear in every version and stays when the passphrase changes.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) salt: [u8; SALT_LENGTH],
    pub(super) params: Params,
    /// Whether the database was made, so that a missing one is a lost one.
    pub(super) database_made: bool,
}

/// The content of a header.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Header {
    V1(Box<v1::HeaderV1>),
    V2(Box<v2::HeaderV2>),
}

/// A header read from its file.
pub(super) struct Read {
    pub(super) header: Header,
    /// Whether both copies check; if not, the file is to be written anew as soon as the
    /// passphrase is known to be right.
    pub(super) whole: bool,
}

/// A header that a secret has opened.
pub(super) struct OpenedHeader {
    pub(super) header: Header,
    pub(super) root: Root,
    /// What else was found; None in version 1.
    slot: Option<v2::OpenSlot>,
}

impl Header {
    /// A new header of version 2, whose one used slot `secret` opens. `made`: since when it is the secret, in
    /// seconds since 1970; 0 where nobody knows.
    pub(super) fn new(
        fields: Fields,
        root: &Root,
        secret: &SlotSecret<'_>,
        made: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self> {
        v2::HeaderV2::new(fields, root, secret, made, rng).map(|header| Self::V2(Box::new(header)))
    }

    pub(super) fn fields(&self) -> &Fields {
        match self {
            Self::V1(header) => &header.fields,
            Self::V2(header) => &header.fields,
        }
    }

    /// What one of the slots holds for one of the secrets.
    ///
    /// Errors: [`VaultError::Tampered`] where a slot opens, but the header around it is
    /// not the one that was written.
    pub(super) fn open(&self, secrets: &[SlotSecret<'_>]) -> Result<Option<OpenedHeader>> {
        let found = match self {
            Self::V1(header) => header.open(secrets)?.map(|root| (root, None)),
            Self::V2(header) => header.open(secrets)?.map(|(root, slot)| (root, Some(slot))),
        };
        Ok(found.map(|(root, slot)| OpenedHeader {
            header: self.clone(),
            root,
            slot,
        }))
    }

    /// The whole file.
    pub(super) fn to_file(&self) -> Vec<u8> {
        let mut copy = match self {
            Self::V1(header) => header.content(),
            Self::V2(header) => header.content(),
        };
        let hash = Sha256::digest(&copy);
        copy.extend_from_slice(&hash);
        copy.repeat(2)
    }

    /// Reads the file; of bytes after its end nothing is looked at.
    pub(super) fn from_file(file: &[u8]) -> Result<Read> {
        if let Some((content, whole)) = good_copy(file, v2::CONTENT_LENGTH) {
            let header = Self::V2(Box::new(v2::HeaderV2::from_content(content)?));
            return Ok(Read { header, whole });
        }
        let (content, whole) = good_copy(file, v1::CONTENT_LENGTH).ok_or_else(|| unreadable(file))?;
        let header = Self::V1(Box::new(v1::HeaderV1::from_content(content)?));
        Ok(Read { header, whole })
    }
}

impl OpenedHeader {
    /// The header with `secret` in place of the one that opened it. `made`: since when it is the secret; None
    /// where it is the same one, written down in another way.
    ///
    /// Version 1 had one way in, so there is nothing else that a header of version 2 in its place could lose.
    pub(super) fn resealed(
        &self,
        secret: &SlotSecret<'_>,
        made: Option<u64>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Header> {
        match (&self.header, &self.slot) {
            (Header::V1(header), _) => {
                let made = made.unwrap_or_default();
                Header::new(header.fields.clone(), &self.root, secret, made, rng)
            }
            (Header::V2(header), slot) => {
                let renewed = header.resealed(opened(slot)?, &self.root, secret, made, rng)?;
                Ok(Header::V2(Box::new(renewed)))
            }
        }
    }

    /// The header with the mark that the database was made; `secret` is the one that opened it. In version 2
    /// that needs none: what covers the mark hangs on ROOT.
    pub(super) fn marked(&self, secret: &SlotSecret<'_>, rng: &mut dyn CryptoRng) -> Result<Header> {
        match (&self.header, &self.slot) {
            (Header::V1(header), _) => {
                let fields = Fields {
                    database_made: true,
                    ..header.fields.clone()
                };
                Header::new(fields, &self.root, secret, 0, rng)
            }
            (Header::V2(header), slot) => {
                let marked = header.marked(opened(slot)?, &self.root, rng)?;
                Ok(Header::V2(Box::new(marked)))
            }
        }
    }
}

fn opened(slot: &Option<v2::OpenSlot>) -> Result<&v2::OpenSlot> {
    slot.as_ref()
        .ok_or(VaultError::Internal("an open header has an open slot"))
}

/// The content of the first copy that checks, and whether both do and say the same.
fn good_copy(file: &[u8], length: usize) -> Option<(&[u8], bool)> {
    let checked = |copy: &'_ [u8]| -> bool {
        copy.split_at_checked(length)
            .is_some_and(|(content, hash)| Sha256::digest(content).as_slice() == hash)
    };
    let copy_length = length + HASH_LENGTH;
    let first = file.get(..copy_length).filter(|copy| checked(copy));
    let second = file
        .get(copy_length..2 * copy_length)
        .filter(|copy| checked(copy));
    let whole = first.is_some() && first == second;
    Some((first.or(second)?.get(..length)?, whole))
}

/// Why a file is no header: where neither layout fits, it may be one of a version to come.
fn unreadable(file: &[u8]) -> VaultError {
    match file.strip_prefix(MAGIC) {
        Some([version, marks, ..]) if *version > v2::VERSION => VaultError::OtherVersion(*version, *marks),
        _ => VaultError::Damaged,
    }
}

/// The part of `content` that every version of the header has, and the rest.
fn read_fields(content: &[u8], version: u8) -> Result<(Fields, &[u8])> {
    let rest = content.strip_prefix(MAGIC).ok_or(VaultError::Damaged)?;
    let ([found, marks], rest) = rest.split_first_chunk().ok_or(VaultError::Damaged)?;
    if *found != version || marks & !DATABASE_MADE != 0 {
        return Err(VaultError::OtherVersion(*found, *marks));
    }
    let (salt, rest) = rest.split_first_chunk().ok_or(VaultError::Damaged)?;
    let (params, rest) = rest.split_first_chunk().ok_or(VaultError::Damaged)?;
    let fields = Fields {
        salt: *salt,
        params: Params::from_bytes(*params)?,
        database_made: marks & DATABASE_MADE != 0,
    };
    Ok((fields, rest))
}

impl Fields {
    fn marks(&self) -> u8 {
        if self.database_made { DATABASE_MADE } else { 0 }
    }

    /// magic ‖ version ‖ marks ‖ salt ‖ parameters.
    fn to_bytes(&self, version: u8) -> Vec<u8> {
        let head = [version, self.marks()];
        [&MAGIC[..], &head, &self.salt, &self.params.to_bytes()].concat()
    }
}

/// As many slots as `bytes` hold one behind the other; None where they do not come out even.
fn read_slots<const N: usize, const COUNT: usize>(bytes: &[u8]) -> Option<[Slot<N>; COUNT]> {
    let slots: Option<Vec<Slot<N>>> = bytes.chunks(OVERHEAD + N).map(Slot::from_bytes).collect();
    slots?.try_into().ok()
}

#[cfg(test)]
mod tests;

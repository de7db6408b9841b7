//! Version 2 of the header, 4860 bytes: eight slots that can be changed one by one, and a directory of them.
//!
//! ```text
//! content   = the common fields ‖ 8 slots with areas of 200 bytes ‖ the directory, a slot with 256 bytes that ROOT opens
//! area      = 32 bytes ROOT ‖ kind u8 ‖ flags u8 ‖ 166 zero bytes
//! directory = for each slot: kind u8 (0: unused) ‖ 7 zero bytes ‖ made u64 ‖ 16 zero bytes
//! AAD of a slot        = magic ‖ version ‖ salt ‖ parameters ‖ slot index
//! AAD of the directory = all that stands before it
//! ```
//!
//! - A slot covers nothing that ever changes around it: neither the marks nor the other slots. So a mark can
//!   be set and one secret be changed while the others, which nobody has at hand, stay byte for byte.
//! - The directory covers everything, whose-ever secrets it needs, under a key that hangs on ROOT: a
//!   header opens only in the very form in which somebody with ROOT wrote it. A slot that was put back
//!   from an older file is noticed.
//! - From outside, a used slot and an unused one look the same, of whatever kind; with ROOT, the directory
//!   tells which are free, what kind the others are and since when.
//! - One salt and one set of parameters: whatever is typed costs one run of Argon2id, whichever slot it fits.
//!
//! Zero bytes are room for later programs: they are written as zero, never looked at, and carried along when
//! something else is changed. What a program must know to use a slot goes into its kind or flags: a slot
//! whose kind or flags are unknown does not open.

use rand_core::CryptoRng;

use super::{FIELDS_LENGTH, Fields, MAGIC, Result, VaultError, read_fields, read_slots};
use crate::hardening::Locked;
use crate::kdf::KEY_LENGTH;
use crate::keys::{Root, page};
use crate::slots::{Binding, OVERHEAD, SecretKind, Slot, SlotSecret, open_any};

pub(super) const VERSION: u8 = 2;
pub(super) const SLOTS: usize = 8;
pub(super) const CONTENT_LENGTH: usize = FIELDS_LENGTH + SLOTS * (OVERHEAD + AREA) + OVERHEAD + DIRECTORY;

/// Length of what a slot holds.
pub(super) const AREA: usize = 200;
/// Length of what the directory says of one slot.
const ENTRY: usize = 32;
pub(super) const DIRECTORY: usize = SLOTS * ENTRY;

/// The kind of a slot that a passphrase opens: the one that its owner chose.
pub(super) const PASSPHRASE: u8 = 1;

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HeaderV2 {
    pub(super) fields: Fields,
    pub(super) slots: [Slot<AREA>; SLOTS],
    pub(super) directory: Slot<DIRECTORY>,
}

/// What a secret found in its slot and, with ROOT, in the directory.
pub(crate) struct OpenSlot {
    pub(super) index: u8,
    pub(super) area: Locked<[u8; AREA]>,
    pub(super) directory: Locked<[u8; DIRECTORY]>,
}

impl HeaderV2 {
    /// A header with one used slot; which one is left to chance, so that its place says nothing.
    pub(super) fn new(
        fields: Fields,
        root: &Root,
        secret: &SlotSecret<'_>,
        made: u64,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self> {
        let mut choice = [0u8];
        rng.fill_bytes(&mut choice);
        let header = Self {
            fields,
            slots: std::array::from_fn(|_| Slot::unused(rng)),
            directory: Slot::unused(rng),
        };
        let slot = OpenSlot {
            index: choice.first().map_or(0, |byte| byte % SLOTS as u8),
            area: new_area(root, PASSPHRASE)?,
            directory: page([0; DIRECTORY])?,
        };
        header.resealed(&slot, root, secret, Some(made), rng)
    }

    /// The same header with the area of `slot` sealed for `secret`, at the same index: any other that looks
    /// unused may be somebody's. All else stays, byte for byte, but for the directory.
    pub(super) fn resealed(
        &self,
        slot: &OpenSlot,
        root: &Root,
        secret: &SlotSecret<'_>,
        made: Option<u64>,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self> {
        let mut header = self.clone();
        let sealed = Slot::seal(&slot.area, secret, &self.binding(slot.index), rng)?;
        let mut directory = page([0; DIRECTORY])?;
        directory.copy_from_slice(&*slot.directory);
        let place = header.slots.get_mut(usize::from(slot.index));
        let entry = directory
            .as_chunks_mut::<ENTRY>()
            .0
            .get_mut(usize::from(slot.index));
        let (Some(place), Some(entry)) = (place, entry) else {
            return Err(VaultError::Internal("a slot has a place"));
        };
        *place = sealed;
        describe(entry, kind(&slot.area), made);
        header.with_directory(&directory, root, rng)
    }

    /// The same header with the mark that the database was made: no slot changes.
    pub(super) fn marked(&self, slot: &OpenSlot, root: &Root, rng: &mut dyn CryptoRng) -> Result<Self> {
        let mut header = self.clone();
        header.fields.database_made = true;
        header.with_directory(&slot.directory, root, rng)
    }

    /// The directory sealed anew over all that the header is by now.
    pub(super) fn with_directory(
        mut self,
        directory: &[u8; DIRECTORY],
        root: &Root,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self> {
        self.directory = Slot::seal(directory, &of_root(root), &self.covered(), rng)?;
        Ok(self)
    }

    pub(super) fn open(&self, secrets: &[SlotSecret<'_>]) -> Result<Option<(Root, OpenSlot)>> {
        let found = open_any(&self.slots, secrets, |index| self.binding(index))?;
        let Some((index, area)) = found.filter(|(_, area)| is_known(area)) else {
            return Ok(None);
        };
        let mut root = Root::empty()?;
        root.0
            .iter_mut()
            .zip(area.iter())
            .for_each(|(to, from)| *to = *from);
        let directory = self.directory.open(&of_root(&root), &self.covered())?;
        let slot = OpenSlot {
            index,
            area,
            directory: directory.ok_or(VaultError::Tampered)?,
        };
        Ok(Some((root, slot)))
    }

    pub(super) fn from_content(content: &[u8]) -> Result<Self> {
        let (fields, rest) = read_fields(content, VERSION)?;
        let (slots, directory) = rest
            .split_at_checked(SLOTS * (OVERHEAD + AREA))
            .ok_or(VaultError::Damaged)?;
        Ok(Self {
            fields,
            slots: read_slots(slots).ok_or(VaultError::Damaged)?,
            directory: Slot::from_bytes(directory).ok_or(VaultError::Damaged)?,
        })
    }

    pub(super) fn content(&self) -> Vec<u8> {
        let mut content = self.covered().aad;
        content.extend(self.directory.to_bytes());
        content
    }

    /// What a slot is bound to: all that never changes.
    pub(super) fn binding(&self, index: u8) -> Binding {
        let params = self.fields.params.to_bytes();
        Binding {
            version: VERSION,
            aad: [&MAGIC[..], &[VERSION], &self.fields.salt, &params, &[index]].concat(),
        }
    }

    /// What the directory is bound to: everything else.
    fn covered(&self) -> Binding {
        let mut aad = self.fields.to_bytes(VERSION);
        self.slots.iter().for_each(|slot| aad.extend(slot.to_bytes()));
        Binding {
            version: VERSION,
            aad,
        }
    }
}

fn of_root(root: &Root) -> SlotSecret<'_> {
    SlotSecret {
        kind: SecretKind::Root,
        key: &root.0,
    }
}

/// The area of a slot of this kind.
pub(super) fn new_area(root: &Root, kind: u8) -> Result<Locked<[u8; AREA]>> {
    let mut area = page([0; AREA])?;
    let bytes = root.0.iter().chain([&kind]);
    area.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    Ok(area)
}

fn kind(area: &[u8; AREA]) -> u8 {
    area.get(KEY_LENGTH).copied().unwrap_or_default()
}

/// Whether this program knows the kind and all flags, of which there are none yet.
fn is_known(area: &[u8; AREA]) -> bool {
    kind(area) == PASSPHRASE && area.get(KEY_LENGTH + 1) == Some(&0)
}

/// Writes down the kind of a slot and, where the secret is a new one, since when it is.
fn describe(entry: &mut [u8; ENTRY], kind: u8, made: Option<u64>) {
    let [place, _, _, _, _, _, _, _, rest @ ..] = entry;
    *place = kind;
    if let (Some(made), Some(time)) = (made, rest.first_chunk_mut()) {
        *time = made.to_le_bytes();
    }
}

#[cfg(test)]
mod tests;

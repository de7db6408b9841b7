//! Version 1 of the header, 844 bytes: read and opened, no longer written.
//!
//! ```text
//! content = the common fields ‖ 4 slots of 88 bytes, each for ROOT alone
//! AAD of a slot = magic ‖ version ‖ marks ‖ salt ‖ parameters ‖ slot index
//! ```
//!
//! The marks are in the AAD of the slots, so a mark could not be set without sealing every slot anew; and
//! nothing told whoever had ROOT which of the slots were in use. Hence version 2. The first programs made the
//! header alone, without the mark; they read a header with it as one of another version.

use super::{FIELDS_LENGTH, Fields, Result, VaultError, read_fields, read_slots};
use crate::kdf::KEY_LENGTH;
use crate::keys::Root;
use crate::slots::{Binding, OVERHEAD, Slot, SlotSecret, open_any};

pub(super) const VERSION: u8 = 1;
pub(super) const SLOTS: usize = 4;
pub(super) const CONTENT_LENGTH: usize = FIELDS_LENGTH + SLOTS * (OVERHEAD + KEY_LENGTH);

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HeaderV1 {
    pub(super) fields: Fields,
    pub(super) slots: [Slot<KEY_LENGTH>; SLOTS],
}

impl HeaderV1 {
    pub(super) fn from_content(content: &[u8]) -> Result<Self> {
        let (fields, slots) = read_fields(content, VERSION)?;
        Ok(Self {
            fields,
            slots: read_slots(slots).ok_or(VaultError::Damaged)?,
        })
    }

    pub(super) fn content(&self) -> Vec<u8> {
        let mut content = self.fields.to_bytes(VERSION);
        self.slots.iter().for_each(|slot| content.extend(slot.to_bytes()));
        content
    }

    pub(super) fn open(&self, secrets: &[SlotSecret<'_>]) -> Result<Option<Root>> {
        let found = open_any(&self.slots, secrets, |index| self.binding(index))?;
        Ok(found.map(|(_, root)| Root(root)))
    }

    pub(super) fn binding(&self, index: u8) -> Binding {
        let mut aad = self.fields.to_bytes(VERSION);
        aad.push(index);
        Binding {
            version: VERSION,
            aad,
        }
    }
}

#[cfg(test)]
impl HeaderV1 {
    /// What the programs of version 1 wrote.
    pub(crate) fn sealed(
        fields: Fields,
        root: &Root,
        secret: &SlotSecret<'_>,
        rng: &mut dyn rand_core::CryptoRng,
    ) -> Self {
        let mut header = Self {
            fields,
            slots: std::array::from_fn(|_| Slot::unused(rng)),
        };
        let mut choice = [0];
        rng.fill_bytes(&mut choice);
        let index = choice[0] % SLOTS as u8;
        let binding = header.binding(index);
        header.slots[usize::from(index)] = Slot::seal(&root.0, secret, &binding, rng).unwrap();
        header
    }
}

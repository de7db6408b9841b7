//! The header file: all that stands between the passphrase and the keys, 844 bytes.
//!
//! ```text
//! content = "susurro\0" ‖ version u8 ‖ marks u8 ‖ 16-byte salt ‖ m u32 ‖ t u32 ‖ p u32 ‖ 4 slots of 88 bytes
//! file    = content ‖ SHA-256(content) ‖ content ‖ SHA-256(content)            (all figures little-endian)
//! ```
//!
//! The second copy counts only if the first does not check. The checksum is against decay, not against an attacker:
//! whoever can write the file can compute it. Against them stand the floor and cap of [`Params`] and the associated
//! data of the slots, which covers everything else in the header.
//!
//! Marks: bit 0 says that the database was made, so that one that is missing is known to be lost. The first programs
//! made the header alone and left the byte 0; they read a header with a mark as one of another version.

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use super::kdf::{PARAMS_LENGTH, Params, SALT_LENGTH};
use super::keys::Root;
use super::slots::{Input, SLOT_LENGTH, SLOTS, Slot, open_any};
use super::{Result, VaultError};

/// Length of the whole file in bytes.
pub(super) const FILE_LENGTH: usize = 2 * COPY_LENGTH;

const MAGIC: &[u8; 8] = b"susurro\0";
const VERSION: u8 = 1;
/// The mark that the database was made.
const DATABASE_MADE: u8 = 1;
const HASH_LENGTH: usize = 32;
const CONTENT_LENGTH: usize = MAGIC.len() + 2 + SALT_LENGTH + PARAMS_LENGTH + SLOTS * SLOT_LENGTH;
const COPY_LENGTH: usize = CONTENT_LENGTH + HASH_LENGTH;

/// The content of a header of version 1.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) salt: [u8; SALT_LENGTH],
    pub(super) params: Params,
    /// Whether the database was made, so that a missing one is a lost one.
    pub(super) database_made: bool,
    slots: [Slot; SLOTS],
}

/// A header read from its file.
pub(super) struct Read {
    pub(super) header: Header,
    /// Whether both copies check; if not, the file is to be written anew as soon as the passphrase is known to be right.
    pub(super) whole: bool,
}

impl Header {
    /// A salt, parameters and four unused slots: what K_pw has to be derived from before anything can be sealed.
    pub(super) fn new(params: Params, database_made: bool, rng: &mut dyn CryptoRng) -> Self {
        let mut salt = [0; SALT_LENGTH];
        rng.fill_bytes(&mut salt);
        Self {
            salt,
            params,
            database_made,
            slots: std::array::from_fn(|_| Slot::unused(rng)),
        }
    }

    /// The same header with the mark that the database was made. All slots are anew, since each covers the mark: so
    /// `input` must be the only way in, as it is in this version.
    pub(super) fn marked(&self, root: &Root, input: &Input<'_>, rng: &mut dyn CryptoRng) -> Result<Self> {
        let mut header = Self {
            salt: self.salt,
            ..Self::new(self.params, true, rng)
        };
        header.seal(root, input, rng)?;
        Ok(header)
    }

    /// Seals `root` into one slot; which one is left to chance, so that its place says nothing.
    pub(super) fn seal(&mut self, root: &Root, input: &Input<'_>, rng: &mut dyn CryptoRng) -> Result<()> {
        let mut choice = [0u8];
        rng.fill_bytes(&mut choice);
        let index = choice.first().map_or(0, |byte| byte % SLOTS as u8);
        let sealed = Slot::seal(root, input, &self.associated_data(index), rng)?;
        if let Some(slot) = self.slots.get_mut(usize::from(index)) {
            *slot = sealed;
        }
        Ok(())
    }

    /// The ROOT that one of the slots holds for one of the inputs.
    pub(super) fn open(&self, inputs: &[Input<'_>]) -> Result<Option<Root>> {
        open_any(&self.slots, inputs, |index| self.associated_data(index))
    }

    /// The whole file.
    pub(super) fn to_file(&self) -> Vec<u8> {
        let mut copy = self.fields();
        for slot in &self.slots {
            copy.extend(slot.to_bytes());
        }
        let hash = Sha256::digest(&copy);
        copy.extend_from_slice(&hash);
        copy.repeat(2)
    }

    /// Reads the file; of bytes after its end nothing is looked at.
    pub(super) fn from_file(file: &[u8]) -> Result<Read> {
        let first = file.get(..COPY_LENGTH).and_then(checked);
        let second = file.get(COPY_LENGTH..FILE_LENGTH).and_then(checked);
        let whole = first.is_some() && first == second;
        let content = first.or(second).ok_or(VaultError::Damaged)?;
        Ok(Read {
            header: Self::from_content(content)?,
            whole,
        })
    }

    fn from_content(content: &[u8]) -> Result<Self> {
        let rest = content.strip_prefix(MAGIC).ok_or(VaultError::Damaged)?;
        let ([version, marks], rest) = rest.split_first_chunk().ok_or(VaultError::Damaged)?;
        if *version != VERSION || marks & !DATABASE_MADE != 0 {
            return Err(VaultError::OtherVersion(u16::from_le_bytes([*version, *marks])));
        }
        let (salt, rest) = rest.split_first_chunk().ok_or(VaultError::Damaged)?;
        let (params, rest) = rest.split_first_chunk().ok_or(VaultError::Damaged)?;
        let (slots, _) = rest.as_chunks::<SLOT_LENGTH>();
        let slots: Option<Vec<Slot>> = slots.iter().map(Slot::from_bytes).collect();
        Ok(Self {
            salt: *salt,
            params: Params::from_bytes(*params)?,
            database_made: marks & DATABASE_MADE != 0,
            slots: slots
                .and_then(|slots| slots.try_into().ok())
                .ok_or(VaultError::Damaged)?,
        })
    }

    /// magic ‖ version ‖ marks ‖ salt ‖ parameters.
    fn fields(&self) -> Vec<u8> {
        let version = [VERSION, if self.database_made { DATABASE_MADE } else { 0 }];
        let mut fields = Vec::with_capacity(COPY_LENGTH);
        for field in [&MAGIC[..], &version, &self.salt, &self.params.to_bytes()] {
            fields.extend_from_slice(field);
        }
        fields
    }

    fn associated_data(&self, index: u8) -> Vec<u8> {
        let mut data = self.fields();
        data.push(index);
        data
    }
}

/// The content of one copy, if its hash is right.
fn checked(copy: &[u8]) -> Option<&[u8]> {
    let (content, hash) = copy.split_at_checked(CONTENT_LENGTH)?;
    (Sha256::digest(content).as_slice() == hash).then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kdf::{KEY_LENGTH, Strength};
    use crate::slots::Kind;
    use proptest::prelude::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    const K_PW: Input<'static> = Input {
        kind: Kind::Passphrase,
        key: &[9; KEY_LENGTH],
    };

    fn sealed(seed: u64) -> (Header, Root) {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let root = Root::random(&mut rng).unwrap();
        let mut header = Header::new(
            Params::choose(Strength::Light).unwrap(),
            seed.is_multiple_of(2),
            &mut rng,
        );
        header.seal(&root, &K_PW, &mut rng).unwrap();
        (header, root)
    }

    /// `file` with the hashes of both copies made right again, as somebody would who tampers with it.
    fn rehashed(mut file: Vec<u8>) -> Vec<u8> {
        for copy in file.chunks_exact_mut(COPY_LENGTH) {
            let (content, hash) = copy.split_at_mut(CONTENT_LENGTH);
            hash.copy_from_slice(&Sha256::digest(content));
        }
        file
    }

    fn opens(file: &[u8]) -> Result<bool> {
        Header::from_file(file)?
            .header
            .open(&[K_PW])
            .map(|root| root.is_some())
    }

    #[test]
    fn the_file_is_844_bytes_and_reads_back_as_it_was() {
        let (header, root) = sealed(1);
        let file = header.to_file();
        assert_eq!((file.len(), FILE_LENGTH), (844, 844));
        let read = Header::from_file(&file).unwrap();
        assert!(read.whole && read.header == header);
        assert_eq!(*read.header.open(&[K_PW]).unwrap().unwrap().0, *root.0);
    }

    #[test]
    fn every_slot_can_be_the_used_one_and_the_others_look_like_chance() {
        let mut used = [0; SLOTS];
        for seed in 0..40 {
            let (header, root) = sealed(seed);
            let mut found = Vec::new();
            for index in 0..SLOTS {
                let mut only = header.clone();
                for other in (0..SLOTS).filter(|other| *other != index) {
                    only.slots[other] = Slot::unused(&mut ChaCha20Rng::seed_from_u64(seed + 1000));
                }
                if let Some(opened) = only.open(&[K_PW]).unwrap() {
                    assert_eq!(*opened.0, *root.0);
                    found.push(index);
                }
            }
            assert_eq!(found.len(), 1);
            used[found[0]] += 1;
        }
        assert!(used.iter().all(|count| *count > 0), "{used:?}");
    }

    #[test]
    fn a_slot_moved_to_another_place_does_not_open() {
        let (header, _) = sealed(2);
        let mut turned = header.clone();
        turned.slots.rotate_left(1);
        assert!(header.open(&[K_PW]).unwrap().is_some());
        assert!(turned.open(&[K_PW]).unwrap().is_none());
    }

    #[test]
    fn another_key_opens_nothing() {
        let (header, _) = sealed(3);
        let other = Input {
            kind: Kind::Passphrase,
            key: &[8; KEY_LENGTH],
        };
        assert!(header.open(&[other]).unwrap().is_none());
        assert!(header.open(&[]).unwrap().is_none());
    }

    #[test]
    fn one_flipped_bit_anywhere_is_healed_from_the_other_copy() {
        let (header, _) = sealed(4);
        let good = header.to_file();
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bad = good.clone();
                bad[at] ^= 1 << bit;
                let read = Header::from_file(&bad).unwrap();
                assert!(read.header == header && !read.whole, "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_flip_in_the_same_byte_of_both_copies_is_refused() {
        let (header, _) = sealed(5);
        let good = header.to_file();
        for at in 0..COPY_LENGTH {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            bad[at + COPY_LENGTH] ^= 0x10;
            assert!(
                matches!(Header::from_file(&bad), Err(VaultError::Damaged)),
                "byte {at}"
            );
        }
    }

    /// With the hashes put right, what is left is the AEAD: each byte of magic, version, salt, parameters and of the
    /// used slot counts; one of an unused slot cannot (it is random in any case).
    #[test]
    fn tampering_that_puts_the_hashes_right_never_opens_unless_it_hit_an_unused_slot() {
        let (header, _) = sealed(6);
        let good = header.to_file();
        let slots_at = CONTENT_LENGTH - SLOTS * SLOT_LENGTH;
        let mut harmless = [0; SLOTS];
        for at in 0..CONTENT_LENGTH {
            let mut bad = good.clone();
            bad[at] ^= 1;
            bad[at + COPY_LENGTH] ^= 1;
            match opens(&rehashed(bad)) {
                Ok(true) => harmless[(at.checked_sub(slots_at).unwrap()) / SLOT_LENGTH] += 1,
                Ok(false) | Err(VaultError::Damaged | VaultError::OtherVersion(_) | VaultError::Params) => (),
                Err(other) => panic!("byte {at}: {other}"),
            }
        }
        harmless.sort_unstable();
        assert_eq!(harmless, [0, SLOT_LENGTH, SLOT_LENGTH, SLOT_LENGTH]);
    }

    #[test]
    fn a_header_of_another_version_says_so() {
        let mut file = sealed(7).0.to_file();
        for copy in file.chunks_exact_mut(COPY_LENGTH) {
            copy[8] = 2;
        }
        assert!(matches!(opens(&rehashed(file)), Err(VaultError::OtherVersion(2))));
    }

    #[test]
    fn an_unknown_mark_is_another_version_and_a_mark_that_was_forged_opens_nothing() {
        for (seed, marks, opened) in [(8, 0, false), (8, 1, true), (9, 0, true), (9, 1, false)] {
            let mut file = sealed(seed).0.to_file();
            for copy in file.chunks_exact_mut(COPY_LENGTH) {
                copy[9] = marks;
            }
            assert_eq!(opens(&rehashed(file.clone())).unwrap(), opened, "{seed}, {marks}");
            for copy in file.chunks_exact_mut(COPY_LENGTH) {
                copy[9] |= 2;
            }
            assert!(matches!(
                opens(&rehashed(file)),
                Err(VaultError::OtherVersion(513 | 769))
            ));
        }
    }

    #[test]
    fn a_marked_header_differs_in_mark_and_slots_and_opens_with_the_same_key() {
        let (plain, root) = sealed(9);
        let rng = &mut ChaCha20Rng::seed_from_u64(12);
        let marked = plain.marked(&root, &K_PW, rng).unwrap();
        assert!(!plain.database_made && marked.database_made);
        assert!(plain.salt == marked.salt && plain.params == marked.params);
        assert!(plain.slots.iter().all(|slot| !marked.slots.contains(slot)));
        let read = Header::from_file(&marked.to_file()).unwrap().header;
        assert!(read == marked);
        assert_eq!(*read.open(&[K_PW]).unwrap().unwrap().0, *root.0);
    }

    #[test]
    fn two_whole_copies_that_differ_give_the_first_and_count_as_damage() {
        let (one, two) = (sealed(8).0, sealed(9).0);
        let file = [&one.to_file()[..COPY_LENGTH], &two.to_file()[..COPY_LENGTH]].concat();
        let read = Header::from_file(&file).unwrap();
        assert!(read.header == one && !read.whole);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(file in proptest::collection::vec(any::<u8>(), 0..2 * FILE_LENGTH)) {
            prop_assert!(matches!(Header::from_file(&file), Err(VaultError::Damaged)));
            prop_assert!(Header::from_file(&rehashed(file)).is_err());
        }

        #[test]
        fn damage_of_any_extent_gives_the_same_header_or_an_error(
            damage in proptest::collection::vec((0..FILE_LENGTH, any::<u8>()), 1..40),
        ) {
            let header = sealed(10).0;
            let mut file = header.to_file();
            for (at, byte) in damage {
                file[at] = byte;
            }
            if let Ok(read) = Header::from_file(&file) {
                prop_assert!(read.header == header);
            }
        }
    }
}

//! Both versions of the header as files: reading, decay, tampering, and what version 1 becomes.

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::kdf::{KEY_LENGTH, Strength};
use crate::slots::SecretKind;

pub(super) const K_PW: SlotSecret<'static> = SlotSecret {
    kind: SecretKind::Passphrase,
    key: &[9; KEY_LENGTH],
};
pub(super) const OTHER: SlotSecret<'static> = SlotSecret {
    kind: SecretKind::Passphrase,
    key: &[8; KEY_LENGTH],
};

pub(super) fn seeded(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub(super) fn fields(database_made: bool) -> Fields {
    Fields {
        salt: *b"sixteen of salt.",
        params: Params::choose(Strength::Light).unwrap(),
        database_made,
    }
}

/// Headers of both versions with and without the mark, which [`K_PW`] opens, and their ROOT.
fn each(seed: u64) -> Vec<(Header, Root)> {
    let mut headers = Vec::new();
    for made in [false, true] {
        let mut rng = seeded(seed);
        let root = Root::random(&mut rng).unwrap();
        let first = v1::HeaderV1::sealed(fields(made), &root, &K_PW, &mut rng);
        let second = Header::new(fields(made), &root, &K_PW, 0, &mut rng).unwrap();
        headers.push((Header::V1(Box::new(first)), Root(copy(&root))));
        headers.push((second, root));
    }
    headers
}

fn copy(root: &Root) -> crate::Locked<[u8; KEY_LENGTH]> {
    crate::Locked::new(*root.0).unwrap()
}

/// `file` with the hashes of both copies made right again, as somebody would who tampers with it.
pub(super) fn rehashed(mut file: Vec<u8>) -> Vec<u8> {
    let half = file.len() / 2;
    if half > HASH_LENGTH {
        for copy in file.chunks_exact_mut(half) {
            let (content, hash) = copy.split_at_mut(half - HASH_LENGTH);
            hash.copy_from_slice(&Sha256::digest(content));
        }
    }
    file
}

pub(super) fn opens(file: &[u8]) -> Result<Option<[u8; KEY_LENGTH]>> {
    let opened = Header::from_file(file)?.header.open(&[K_PW])?;
    Ok(opened.map(|opened| *opened.root.0))
}

#[test]
fn the_file_has_the_length_of_its_version_and_reads_back_as_it_was() {
    for ((header, root), length) in each(1).into_iter().zip([844, 4860, 844, 4860]) {
        let file = header.to_file();
        assert_eq!(file.len(), length);
        let read = Header::from_file(&file).unwrap();
        assert!(read.whole && read.header == header);
        assert_eq!(opens(&file).unwrap().unwrap(), *root.0);
        let longer = [file, vec![7; 5000]].concat();
        assert!(Header::from_file(&longer).unwrap().header == header);
    }
    assert_eq!(LONGEST_FILE, 4860);
}

#[test]
fn a_flipped_bit_anywhere_is_healed_from_the_other_copy() {
    for (header, _) in each(4) {
        let good = header.to_file();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            let read = Header::from_file(&bad).unwrap();
            assert!(read.header == header && !read.whole, "byte {at}");
        }
    }
}

#[test]
fn a_flip_in_the_same_byte_of_both_copies_is_refused() {
    for (header, _) in each(5) {
        let good = header.to_file();
        let half = good.len() / 2;
        for at in 0..half {
            let mut bad = good.clone();
            bad[at] ^= 0x10;
            bad[at + half] ^= 0x10;
            match Header::from_file(&bad) {
                Err(VaultError::Damaged) => assert_ne!(at, MAGIC.len()),
                // Nothing tells it from one of a version to come.
                Err(VaultError::OtherVersion(17 | 18, _)) => assert_eq!(at, MAGIC.len()),
                _ => panic!("byte {at}"),
            }
        }
    }
}

/// With the hashes put right, what is left is the AEAD. In version 2 every byte counts, those of unused slots
/// too; in version 1 all but those.
#[test]
fn tampering_that_puts_the_hashes_right_never_opens() {
    for (header, _) in each(6) {
        let good = header.to_file();
        let half = good.len() / 2;
        let mut harmless = 0;
        let step = if matches!(header, Header::V1(_)) { 1 } else { 5 };
        for at in (0..FIELDS_LENGTH).chain((FIELDS_LENGTH..half - HASH_LENGTH).step_by(step)) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            bad[at + half] ^= 1;
            match opens(&rehashed(bad)) {
                Ok(Some(_)) => harmless += 1,
                Ok(None)
                | Err(
                    VaultError::Damaged
                    | VaultError::OtherVersion(..)
                    | VaultError::Params
                    | VaultError::Tampered,
                ) => (),
                Err(other) => panic!("byte {at}: {other}"),
            }
        }
        match header {
            Header::V1(_) => assert_eq!(harmless, 3 * (OVERHEAD + KEY_LENGTH)),
            Header::V2(_) => assert_eq!(harmless, 0),
        }
    }
}

#[test]
fn a_header_of_another_version_says_so_whether_or_not_it_has_one_of_our_lengths() {
    for (header, _) in each(7) {
        let mut file = header.to_file();
        let half = file.len() / 2;
        for copy in file.chunks_exact_mut(half) {
            copy[8] = 3;
        }
        assert!(matches!(
            opens(&rehashed(file.clone())),
            Err(VaultError::OtherVersion(3, _))
        ));
        file.extend([0; 100]);
        assert!(matches!(opens(&file), Err(VaultError::OtherVersion(3, _))));
    }
}

#[test]
fn a_version_in_the_clothes_of_the_other_opens_nothing() {
    for (header, _) in each(8) {
        let mut file = header.to_file();
        let half = file.len() / 2;
        for copy in file.chunks_exact_mut(half) {
            copy[8] ^= 3;
        }
        assert!(opens(&rehashed(file)).is_err());
    }
}

#[test]
fn an_unknown_mark_is_another_version_and_a_mark_that_was_forged_opens_nothing() {
    for (header, root) in each(9) {
        let marks = header.fields().marks();
        for forged in [0, 1, 2, 3, 0x80] {
            let mut file = header.to_file();
            let half = file.len() / 2;
            for copy in file.chunks_exact_mut(half) {
                copy[9] = forged;
            }
            let opened = opens(&rehashed(file));
            match forged {
                own if own == marks => assert_eq!(opened.unwrap().unwrap(), *root.0),
                0 | 1 => assert!(matches!(opened, Ok(None) | Err(VaultError::Tampered))),
                _ => assert!(matches!(opened, Err(VaultError::OtherVersion(1 | 2, mark)) if mark == forged)),
            }
        }
    }
}

#[test]
fn two_whole_copies_that_differ_give_the_first_and_count_as_damage() {
    for ((one, _), (two, _)) in each(10).into_iter().zip(each(11)) {
        let (first, second) = (one.to_file(), two.to_file());
        let half = first.len() / 2;
        let file = [&first[..half], &second[..half]].concat();
        let read = Header::from_file(&file).unwrap();
        assert!(read.header == one && !read.whole);
    }
}

#[test]
fn a_mark_keeps_salt_and_parameters_and_opens_with_the_same_key_in_version_2() {
    for (header, root) in each(12) {
        let opened = header.open(&[K_PW]).unwrap().unwrap();
        let marked = opened.marked(&K_PW, &mut seeded(13)).unwrap();
        assert!(*marked.fields() == fields(true) && matches!(marked, Header::V2(_)));
        assert_eq!(opens(&marked.to_file()).unwrap().unwrap(), *root.0);
        assert!(marked.open(&[OTHER]).unwrap().is_none());
    }
}

#[test]
fn sealed_for_another_secret_only_that_opens_and_it_is_version_2_with_the_same_mark() {
    for (header, root) in each(14) {
        let opened = header.open(&[K_PW]).unwrap().unwrap();
        let changed = opened.resealed(&OTHER, Some(1), &mut seeded(15)).unwrap();
        assert!(changed.fields() == header.fields() && matches!(changed, Header::V2(_)));
        assert!(changed.open(&[K_PW]).unwrap().is_none());
        assert_eq!(*changed.open(&[OTHER]).unwrap().unwrap().root.0, *root.0);
    }
}

#[test]
fn another_secret_or_none_opens_nothing() {
    fn of_root(key: &[u8; KEY_LENGTH]) -> SlotSecret<'_> {
        SlotSecret {
            kind: SecretKind::Root,
            key,
        }
    }
    for (header, root) in each(16) {
        assert!(header.open(&[OTHER]).unwrap().is_none());
        assert!(header.open(&[]).unwrap().is_none());
        assert!(header.open(&[of_root(&root.0)]).unwrap().is_none());
        assert!(header.open(&[of_root(K_PW.key)]).unwrap().is_none());
        assert!(header.open(&[OTHER, K_PW]).unwrap().is_some());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(file in proptest::collection::vec(any::<u8>(), 0..2 * LONGEST_FILE)) {
        prop_assert!(matches!(Header::from_file(&file), Err(VaultError::Damaged)));
        prop_assert!(Header::from_file(&rehashed(file)).is_err());
    }

    /// Bytes of which both hashes are right, as only somebody makes them.
    #[test]
    fn any_content_with_right_hashes_is_read_or_refused_and_never_opens(
        content in proptest::collection::vec(any::<u8>(), v2::CONTENT_LENGTH),
        version in 0u8..4, first in any::<bool>(),
    ) {
        let length = if first { v1::CONTENT_LENGTH } else { v2::CONTENT_LENGTH };
        let head = fields(true).to_bytes(version);
        let copy = [&head, &content[head.len()..length], &[0; HASH_LENGTH]].concat();
        let opened = opens(&rehashed(copy.repeat(2)));
        prop_assert!(matches!(opened, Ok(None) | Err(VaultError::OtherVersion(..))));
    }

    #[test]
    fn damage_of_any_extent_gives_the_same_header_or_an_error(
        damage in proptest::collection::vec((0..LONGEST_FILE, any::<u8>()), 1..40),
    ) {
        for (header, _) in each(17) {
            let mut file = header.to_file();
            for (at, byte) in &damage {
                let at = at % file.len();
                file[at] = *byte;
            }
            if let Ok(read) = Header::from_file(&file) {
                prop_assert!(read.header == header);
            }
        }
    }
}

//! Slots beside one another: what a change touches, what it may not, and what cannot be put together.

use proptest::prelude::*;

use super::*;
use crate::header::tests::{K_PW, OTHER, fields, seeded};

const SLOT: usize = OVERHEAD + AREA;
const SLOTS_AT: usize = FIELDS_LENGTH;
const DIRECTORY_AT: usize = SLOTS_AT + SLOTS * SLOT;

fn new(seed: u64) -> (HeaderV2, Root) {
    let mut rng = seeded(seed);
    let root = Root::random(&mut rng).unwrap();
    let header = HeaderV2::new(fields(seed.is_multiple_of(2)), &root, &K_PW, 100, &mut rng).unwrap();
    (header, root)
}

fn open(header: &HeaderV2, secret: SlotSecret<'_>) -> Result<Option<(Root, OpenSlot)>> {
    HeaderV2::from_content(&header.content()).unwrap().open(&[secret])
}

fn opened(header: &HeaderV2, secret: SlotSecret<'_>) -> (Root, OpenSlot) {
    open(header, secret).unwrap().unwrap()
}

fn secret(key: &[u8; KEY_LENGTH]) -> SlotSecret<'_> {
    SlotSecret {
        kind: SecretKind::Passphrase,
        key,
    }
}

/// A second secret of this kind in slot `index`, as a later program will add one: by what the directory says.
fn with_second(
    header: &HeaderV2,
    way_in: SlotSecret<'_>,
    index: u8,
    key: &[u8; KEY_LENGTH],
    kind: u8,
) -> HeaderV2 {
    let (root, slot) = opened(header, way_in);
    assert_eq!(entries(&slot)[usize::from(index)], [0; ENTRY], "in use");
    let free = OpenSlot {
        index,
        area: new_area(&root, kind).unwrap(),
        directory: slot.directory,
    };
    let mut rng = seeded(u64::from(index) + 1000);
    header
        .resealed(&free, &root, &secret(key), Some(200), &mut rng)
        .unwrap()
}

fn entries(slot: &OpenSlot) -> Vec<[u8; ENTRY]> {
    slot.directory.as_chunks().0.to_vec()
}

fn entry(kind: u8, made: u64) -> [u8; ENTRY] {
    let mut entry = [0; ENTRY];
    entry[0] = kind;
    entry[8..16].copy_from_slice(&made.to_le_bytes());
    entry
}

/// The ranges of the content in which two headers differ, by slot (`SLOTS` is the
/// directory, `SLOTS + 1` the fields).
fn differing(one: &HeaderV2, two: &HeaderV2) -> Vec<usize> {
    let (one, two) = (one.content(), two.content());
    assert_eq!(one.len(), two.len());
    let mut parts: Vec<usize> = (0..one.len())
        .filter(|at| one[*at] != two[*at])
        .map(|at| match at {
            SLOTS_AT..DIRECTORY_AT => (at - SLOTS_AT) / SLOT,
            DIRECTORY_AT.. => SLOTS,
            _ => SLOTS + 1,
        })
        .collect();
    parts.dedup();
    parts.sort_unstable();
    parts
}

#[test]
fn every_slot_can_be_the_used_one_and_the_directory_says_which_since_when() {
    let mut used = [0; SLOTS];
    for seed in 0..80 {
        let (header, root) = new(seed);
        let (found, slot) = opened(&header, K_PW);
        assert_eq!(*found.0, *root.0);
        for (index, said) in entries(&slot).into_iter().enumerate() {
            let here = index == usize::from(slot.index);
            assert_eq!(said, if here { entry(PASSPHRASE, 100) } else { [0; ENTRY] });
        }
        used[usize::from(slot.index)] += 1;
    }
    assert!(used.iter().all(|count| *count > 0), "{used:?}");
}

#[test]
fn the_area_is_root_kind_and_zeros() {
    let (header, root) = new(1);
    let (_, slot) = opened(&header, K_PW);
    assert_eq!(slot.area[..32], *root.0);
    assert_eq!(slot.area[32], PASSPHRASE);
    assert_eq!(slot.area[33..], [0; AREA - 33]);
}

#[test]
fn a_second_secret_lives_beside_the_first_through_its_changes_and_the_mark() {
    let (header, root) = new(3);
    let (_, slot) = opened(&header, K_PW);
    let (first, second) = (slot.index, (slot.index + 3) % SLOTS as u8);
    let header = with_second(&header, K_PW, second, &[5; 32], PASSPHRASE);
    assert_eq!(opened(&header, secret(&[5; 32])).1.index, second);

    let (_, slot) = opened(&header, K_PW);
    let changed = header
        .resealed(&slot, &root, &OTHER, Some(300), &mut seeded(4))
        .unwrap();
    assert_eq!(differing(&header, &changed), [usize::from(first), SLOTS]);
    assert!(open(&changed, K_PW).unwrap().is_none());
    let (_, slot) = opened(&changed, secret(&[5; 32]));
    assert_eq!(slot.index, second);
    assert_eq!(entries(&slot)[usize::from(first)], entry(PASSPHRASE, 300));
    assert_eq!(entries(&slot)[usize::from(second)], entry(PASSPHRASE, 200));

    // By either secret, and neither slot is touched.
    let marked = changed.marked(&slot, &root, &mut seeded(5)).unwrap();
    assert_eq!(differing(&changed, &marked), [SLOTS, SLOTS + 1]);
    assert!(!changed.fields.database_made && marked.fields.database_made);
    for way_in in [OTHER, secret(&[5; 32])] {
        assert_eq!(*opened(&marked, way_in).0.0, *root.0);
    }

    // Written down in another way it is the same secret, as old as before.
    let (_, slot) = opened(&marked, OTHER);
    let again = marked
        .resealed(&slot, &root, &K_PW, None, &mut seeded(6))
        .unwrap();
    let (_, slot) = opened(&again, K_PW);
    assert_eq!(entries(&slot)[usize::from(first)], entry(PASSPHRASE, 300));
}

#[test]
fn what_a_later_program_put_into_the_zeros_is_carried_along() {
    let (header, root) = new(7);
    let (_, mut slot) = opened(&header, K_PW);
    let index = usize::from(slot.index);
    slot.area[34..].fill(7);
    let mine = index * ENTRY;
    slot.directory.fill(6);
    let later = header
        .resealed(&slot, &root, &K_PW, Some(1), &mut seeded(8))
        .unwrap();
    let (_, slot) = opened(&later, K_PW);
    let changed = later
        .resealed(&slot, &root, &OTHER, Some(2), &mut seeded(9))
        .unwrap();
    let (_, slot) = opened(&changed, OTHER);
    assert_eq!(slot.area[34..], [7; AREA - 34]);
    let mut expected = [6; DIRECTORY];
    expected[mine] = PASSPHRASE;
    expected[mine + 8..mine + 16].copy_from_slice(&2u64.to_le_bytes());
    assert_eq!(*slot.directory, expected);
}

#[test]
fn a_kind_or_a_flag_that_is_not_known_does_not_open_and_says_nothing_else() {
    let (header, root) = new(11);
    let (_, slot) = opened(&header, K_PW);
    let free = (slot.index + 1) % SLOTS as u8;
    for kind in [0, 2, 255] {
        let second = with_second(&header, K_PW, free, &[5; 32], kind);
        assert!(open(&second, secret(&[5; 32])).unwrap().is_none());
        assert!(open(&second, K_PW).unwrap().is_some());
    }
    let (_, mut slot) = opened(&header, K_PW);
    slot.area[33] = 1;
    let flagged = header
        .resealed(&slot, &root, &K_PW, None, &mut seeded(12))
        .unwrap();
    assert!(open(&flagged, K_PW).unwrap().is_none());
}

#[test]
fn a_slot_moved_to_another_index_does_not_open() {
    let (header, root) = new(13);
    let (_, slot) = opened(&header, K_PW);
    for by in 1..SLOTS {
        let mut turned = header.clone();
        turned.slots.rotate_left(by);
        // Whatever the directory says: the slot itself refuses.
        let turned = turned
            .with_directory(&slot.directory, &root, &mut seeded(14))
            .unwrap();
        assert!(open(&turned, K_PW).unwrap().is_none());
    }
}

#[test]
fn other_parameters_or_another_salt_open_nothing_even_with_the_same_key() {
    let (header, root) = new(15);
    let (_, slot) = opened(&header, K_PW);
    let mut dearer = header.clone();
    let mut params = header.fields.params.to_bytes();
    params[4] += 1;
    dearer.fields.params = crate::Params::from_bytes(params).unwrap();
    let mut salted = header.clone();
    salted.fields.salt[0] ^= 1;
    for forged in [dearer, salted] {
        let forged = forged
            .with_directory(&slot.directory, &root, &mut seeded(16))
            .unwrap();
        assert!(open(&forged, K_PW).unwrap().is_none());
    }
}

/// The old slot fits its place and its secret still: only the directory knows that it is not
/// the one that belongs there.
#[test]
fn a_slot_of_an_older_header_put_back_is_noticed_and_so_is_the_older_directory() {
    let (old, root) = new(17);
    let (_, slot) = opened(&old, K_PW);
    let new = old
        .resealed(&slot, &root, &OTHER, Some(1), &mut seeded(18))
        .unwrap();
    let index = usize::from(slot.index);
    let mut spliced = new.clone();
    spliced.slots[index] = old.slots[index].clone();
    assert!(matches!(open(&spliced, K_PW), Err(VaultError::Tampered)));
    let mut spliced = new.clone();
    spliced.directory = old.directory.clone();
    assert!(matches!(open(&spliced, OTHER), Err(VaultError::Tampered)));
    // Both of them are the old header, whole: nothing in a file can tell that it is not the newest.
    let mut rolled = new;
    rolled.slots[index] = old.slots[index].clone();
    rolled.directory = old.directory.clone();
    assert!(rolled == old && open(&rolled, K_PW).unwrap().is_some());
}

#[test]
fn slots_of_two_vaults_do_not_mix() {
    let ((one, _), (two, root)) = (new(19), new(21));
    for index in 0..SLOTS {
        let mut mixed = two.clone();
        mixed.slots[index] = one.slots[index].clone();
        let opened = open(&mixed, K_PW);
        assert!(!matches!(&opened, Ok(Some((found, _))) if *found.0 != *root.0));
    }
    let mut mixed = one;
    mixed.directory = two.directory;
    assert!(matches!(open(&mixed, K_PW), Err(VaultError::Tampered)));
}

/// Bytes of used and unused slots, counted: neither has a value that the other has not.
#[test]
fn a_used_slot_looks_like_an_unused_one() {
    let mut ones = [[0u32; 2]; SLOT];
    const ROUNDS: u32 = 256;
    for seed in 0..u64::from(ROUNDS) {
        let (header, _) = new(seed);
        let used = usize::from(opened(&header, K_PW).1.index);
        for (which, index) in [used, (used + 1) % SLOTS].into_iter().enumerate() {
            for (at, byte) in header.slots[index].to_bytes().iter().enumerate() {
                ones[at][which] += byte.count_ones();
            }
        }
    }
    // 2048 bits each, all of them fair: six standard deviations are 136. (The seeds
    // are fixed, so is the verdict.)
    let mean = ROUNDS * 4;
    assert!(ones.iter().flatten().all(|count| count.abs_diff(mean) < 136));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_change_keeps_every_byte_outside_of_its_slot_and_the_directory(
        seed in any::<u64>(), others in proptest::collection::btree_set(1..SLOTS as u8, 0..SLOTS), turn in 0..SLOTS,
    ) {
        let (mut header, root) = new(seed);
        let first = opened(&header, K_PW).1.index;
        let keys: Vec<[u8; 32]> = others.iter().map(|other| [100 + other; 32]).collect();
        for (other, key) in others.iter().zip(&keys) {
            header = with_second(&header, K_PW, (first + other) % SLOTS as u8, key, PASSPHRASE);
        }
        // Any of the secrets can be the one that changes.
        let ways = [*K_PW.key].into_iter().chain(keys.iter().copied()).collect::<Vec<_>>();
        let changing = ways[turn % ways.len()];
        let (_, slot) = opened(&header, secret(&changing));
        let changed = header.resealed(&slot, &root, &OTHER, Some(7), &mut seeded(seed ^ 1)).unwrap();
        prop_assert_eq!(differing(&header, &changed), [usize::from(slot.index), SLOTS]);
        for way in &ways {
            let found = open(&changed, secret(way)).unwrap();
            prop_assert_eq!(found.is_some(), *way != changing);
            prop_assert!(found.is_none_or(|(found, _)| *found.0 == *root.0));
        }
        prop_assert_eq!(*opened(&changed, OTHER).0.0, *root.0);
    }
}

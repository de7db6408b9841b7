//! A container gives back what was written, anywhere in it, and nothing that was changed.

use std::collections::HashSet;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::folder::Folder;
use crate::folder::tests::folder;

fn written(folder: &Folder, bytes: &[u8]) -> (ContainerId, Contained) {
    let mut writer = folder.create().unwrap();
    writer.write_all(bytes).unwrap();
    let id = writer.id();
    (id, writer.finish().unwrap())
}

fn all(folder: &Folder, id: ContainerId) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    folder.read(id)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Bytes that tell where they stand.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
}

#[test]
fn every_length_comes_back_whole_and_takes_what_is_said() {
    let (_place, folder) = folder();
    for length in [0, 1, 15, 16, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 300_000] {
        let bytes = pattern(length);
        let (id, written) = written(&folder, &bytes);
        assert_eq!(written.size, length as u64);
        assert_eq!(written.sha256, openssl::sha::sha256(&bytes));
        assert_eq!(all(&folder, id).unwrap(), bytes, "{length}");
        let on_disk = folder.size_of(id);
        assert_eq!(written.stored, on_disk, "{length}");
        let overhead = on_disk - padded(length as u64);
        assert!(overhead <= 48 + (length as u64).div_ceil(CHUNK as u64).max(1) * 16);
    }
}

#[test]
fn sizes_are_those_of_many_files() {
    for (length, padded_to) in [(0, 0), (1, 1), (9, 10), (1000, 1024), (1_000_001, 1_015_808)] {
        assert_eq!(padded(length), padded_to, "{length}");
    }
    for length in (0..2_000_000).step_by(997) {
        let padded = padded(length);
        assert!(
            padded >= length && padded - length <= length / 8 + 1,
            "{length}: {padded}"
        );
    }
}

#[test]
fn whatever_is_changed_on_the_disk_nothing_of_it_is_given_out() {
    let (_place, folder) = folder();
    let bytes = pattern(2 * CHUNK + 5);
    let (id, _) = written(&folder, &bytes);
    let good = folder.bytes_of(id);
    // A bit in the header, the sealed length, each chunk, the padding; something more, something less.
    for at in [
        0,
        9,
        30,
        HEADER + 3,
        HEADER + CHUNK + TAG + 9,
        good.len() - 20,
        good.len() - 1,
    ] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        folder.overwrite(id, &bad);
        let mut given = Vec::new();
        let read = folder.read(id).map(|mut reader| reader.read_to_end(&mut given));
        assert!(!matches!(read, Ok(Ok(_))), "{at}");
        assert!(bytes.starts_with(&given), "{at}");
    }
    for bad in [
        &good[..good.len() - 1],
        &good[..HEADER + CHUNK + TAG],
        &[&good[..], &[0]].concat(),
        &[],
    ] {
        folder.overwrite(id, bad);
        assert!(matches!(folder.read(id), Err(FilesError::Damaged)));
    }
    // Chunks in another order.
    let mut bad = good.clone();
    let (first, second) = (HEADER, HEADER + CHUNK + TAG);
    bad[first..second].copy_from_slice(&good[second..second + CHUNK + TAG]);
    folder.overwrite(id, &bad);
    assert!(all(&folder, id).is_err());
    // Another file's container under this name.
    let (other, _) = written(&folder, b"other");
    folder.overwrite(id, &folder.bytes_of(other));
    assert!(matches!(folder.read(id), Err(FilesError::Damaged)));
}

#[test]
fn nothing_of_a_file_stands_readable_on_the_disk_and_what_was_not_finished_is_gone() {
    let (place, folder) = folder();
    let canary = b"seven lanterns drift over quiet water".repeat(5000);
    let (id, _) = written(&folder, &canary);
    let bytes = folder.bytes_of(id);
    assert!(!bytes.windows(12).any(|window| window == &canary[..12]));
    let mut unfinished = folder.create().unwrap();
    unfinished.write_all(&canary).unwrap();
    drop(unfinished);
    assert_eq!(std::fs::read_dir(place.path().join("files")).unwrap().count(), 1);
    // Another key opens nothing.
    let stranger = Folder::open(place.path().join("files"), Arc::new(crate::folder::tests::key(9))).unwrap();
    assert!(matches!(stranger.read(id), Err(FilesError::Damaged)));
    assert_eq!(folder.sweep(&HashSet::from([id])).unwrap(), 0);
    assert_eq!(all(&folder, id).unwrap(), canary);
    assert_eq!(folder.sweep(&HashSet::new()).unwrap(), 1);
    assert!(matches!(folder.read(id), Err(FilesError::Absent)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_part_is_read_alone(length in 0_usize..200_000, parts in prop::collection::vec((0_usize..220_000, 0_usize..70_000), 1..6)) {
        let (_place, folder) = folder();
        let bytes = pattern(length);
        let (id, _) = written(&folder, &bytes);
        let mut reader = folder.read(id).unwrap();
        prop_assert_eq!(reader.len(), length as u64);
        for (at, count) in parts {
            reader.seek(SeekFrom::Start(at as u64)).unwrap();
            let mut part = Vec::new();
            reader.by_ref().take(count as u64).read_to_end(&mut part).unwrap();
            let end = (at + count).min(length);
            prop_assert_eq!(&part[..], bytes.get(at..end).unwrap_or_default());
        }
    }
}

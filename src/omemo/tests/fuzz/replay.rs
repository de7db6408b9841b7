//! Every file of the corpus and every finding of old, through the function that the fuzzer calls.

use std::fs;
use std::path::PathBuf;

/// The files of the folders for one target below `fuzz/`, by name.
fn files(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let mut found: Vec<_> = ["corpus", "regressions"]
        .iter()
        .filter_map(|folder| fs::read_dir(root.join(folder).join(target)).ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    found.sort();
    assert!(found.len() > 3, "no corpus for {target}");
    found
}

fn replay(target: &str, check: fn(&[u8])) {
    for (path, data) in files(target) {
        // Only told when the check fails.
        println!("{}", path.display());
        check(&data);
    }
}

#[test]
fn every_message_of_the_corpus_is_read_alike_by_two_readers() {
    replay("wire", super::wire::wire);
}

#[test]
fn every_record_of_the_corpus_is_refused_or_works() {
    replay("record", super::record::record);
}

#[test]
fn every_letter_of_the_corpus_is_refused_or_opens_once() {
    replay("hostile", super::hostile::hostile);
}

#[test]
fn every_life_of_the_corpus_keeps_the_laws() {
    replay("life", super::life::life);
}

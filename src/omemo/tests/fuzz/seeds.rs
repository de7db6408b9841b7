//! The first files of the corpus, made of true letters and records by a fixed random source.

use std::fs;
use std::path::PathBuf;

use rand_core::Rng;

use super::hostile::{scenes, written};
use crate::ratchet::ReceivingChain;
use crate::tests::{DIALECTS, acquainted, letter, seeded};
use crate::{Dialect, SessionRecord};

/// Target, name and bytes of every seed.
fn seeds() -> Vec<(&'static str, String, Vec<u8>)> {
    let mut all = Vec::new();
    for (place, dialect) in DIALECTS.into_iter().enumerate() {
        for (scene, of_dialect) in scenes()[place].iter().enumerate() {
            for (number, letter) in of_dialect.genuine.iter().enumerate() {
                let name = format!("seed-{dialect:?}-{scene}-{number}").to_lowercase();
                all.push(("wire", name.clone(), letter.keys[0].bytes.clone()));
                let known = (number % 2) as u8;
                all.push(("hostile", name, written(place, scene, known, letter)));
            }
        }
        for (name, record) in records(dialect) {
            let name = format!("seed-{dialect:?}-{name}").to_lowercase();
            all.push(("record", name, record.to_bytes().to_vec()));
        }
        for number in 0..12 {
            let mut bytes = vec![0; 20 + 15 * number];
            seeded(80 + number as u64).fill_bytes(&mut bytes);
            bytes[0] = place as u8;
            all.push(("life", format!("seed-{dialect:?}-{number}").to_lowercase(), bytes));
        }
    }
    all
}

/// Records at different times of a life.
fn records(dialect: Dialect) -> Vec<(&'static str, SessionRecord)> {
    let (ana, mut anas, bob, bobs) = acquainted(dialect, 81);
    let rng = &mut seeded(81);
    let fresh = SessionRecord::initiate(&ana.own, &bob.verified(dialect, rng), None, rng);
    let archived = SessionRecord::initiate(&ana.own, &bob.verified(dialect, rng), Some(anas.clone()), rng);
    let mut gaps = bobs.clone();
    for _ in 0..3 {
        letter(&ana, &bob, &mut anas, "lost", rng);
        let (_, bytes) = anas.encrypt(&ana.own, &[1; 32]);
        gaps.decrypt(&bob.own, &bytes, rng).unwrap();
    }
    let mut many = gaps.clone();
    let last: ReceivingChain = many.current.ratchet.receiving[0].clone();
    for number in 1..5 {
        let mut chain = last.clone();
        chain.ratchet_key.0[0] ^= number;
        many.current.ratchet.receiving.push(chain);
    }
    vec![
        ("answered", bobs),
        ("archived", archived),
        ("fresh", fresh),
        ("gaps", gaps),
        ("many", many),
    ]
}

fn place(target: &str, name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target)
        .join(name)
}

#[test]
fn the_seeds_of_the_corpus_are_of_this_engine() {
    for (target, name, bytes) in seeds() {
        let written = fs::read(place(target, &name)).unwrap_or_default();
        assert!(
            written == bytes,
            "{target}/{name} is stale: cargo test --lib write_the_seeds -- --ignored"
        );
    }
}

#[test]
#[ignore = "writes into fuzz/corpus"]
fn write_the_seeds() {
    for (target, name, bytes) in seeds() {
        let path = place(target, &name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

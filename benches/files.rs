//! Files at rest: what a container costs, what a byte anywhere in a large one costs, and the cipher alone
//! beside `openssl speed`.
//!
//! `cargo bench --bench files`. FOLDER says where the containers lie (here: where temporary files do).
//! Compare the cipher with `openssl speed -elapsed -evp aes-256-gcm -bytes 65536`, which is run too where
//! there is one: wall time both.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::io::{Read, Seek, SeekFrom, Write};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use openssl::symm::{Cipher, Crypter, Mode};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use susurro::files::Folder;
use susurro::vault::{AttachmentKey, Locked};

const GIB: u64 = 1 << 30;
const READS: usize = 2_000;
const CHUNK: usize = 64 * 1024;

fn main() {
    let place = match std::env::var_os("FOLDER") {
        Some(folder) => tempfile::tempdir_in(folder).unwrap(),
        None => tempfile::tempdir().unwrap(),
    };
    let key = Locked::new(AttachmentKey::of_bytes([7; 32])).unwrap();
    let folder = Folder::open(place.path().join("files"), Arc::new(key)).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let mut bytes = vec![0; CHUNK];
    rng.fill_bytes(&mut bytes);

    let begun = Instant::now();
    let mut writer = folder.create().unwrap();
    for _ in 0..GIB / CHUNK as u64 {
        writer.write_all(&bytes).unwrap();
    }
    let id = writer.id();
    let written = writer.finish().unwrap();
    rate("written, with SHA-256 and on the disk", GIB, begun);
    let over = written.stored as f64 / GIB as f64 - 1.0;
    println!("what a container of 1 GiB takes more: {:.4} %", over * 100.0);

    let mut reader = folder.read(id).unwrap();
    let begun = Instant::now();
    while reader.read(&mut bytes).unwrap() > 0 {}
    rate("read from end to end", GIB, begun);

    let mut times: Vec<_> = (0..READS)
        .map(|_| {
            let at = rng.next_u64() % GIB;
            let begun = Instant::now();
            reader.seek(SeekFrom::Start(at)).unwrap();
            reader.read_exact(&mut [0]).unwrap();
            begun.elapsed()
        })
        .collect();
    times.sort();
    let [half, most, worst] =
        [READS / 2, READS * 99 / 100, READS - 1].map(|at| times.get(at).copied().unwrap_or_default());
    println!("one byte anywhere in it: median {half:.1?}, 99 of 100 {most:.1?}, worst {worst:.1?}");
    cipher(&mut bytes);
}

/// AES-256-GCM in pieces, as uploads have it.
fn cipher(bytes: &mut [u8]) {
    let mut sealed = vec![0; CHUNK + 32];
    let mut crypter = Crypter::new(Cipher::aes_256_gcm(), Mode::Encrypt, &[1; 32], Some(&[2; 12])).unwrap();
    let begun = Instant::now();
    for _ in 0..4 * GIB / CHUNK as u64 {
        crypter.update(bytes, &mut sealed).unwrap();
    }
    crypter.finalize(&mut sealed).unwrap();
    rate("the cipher alone", 4 * GIB, begun);
    let arguments = [
        "speed",
        "-elapsed",
        "-seconds",
        "2",
        "-evp",
        "aes-256-gcm",
        "-bytes",
        "65536",
    ];
    match Command::new("openssl").args(arguments).output() {
        Ok(told) => {
            let told = String::from_utf8_lossy(&told.stdout).into_owned();
            for line in told.lines().filter(|line| line.starts_with("AES")) {
                println!("openssl speed, {line} bytes a second");
            }
        }
        Err(_) => println!("no openssl here to compare with"),
    }
}

fn rate(what: &str, bytes: u64, begun: Instant) {
    let seconds = begun.elapsed().as_secs_f64();
    println!("{what}: {:.2} GB/s", bytes as f64 / 1e9 / seconds);
}

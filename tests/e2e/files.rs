//! Files between our program and a client that shares no code with it: both ways, in either dialect, on either
//! server.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::peer::{Dialects, Peer};
use crate::support::prosody::{Options, Prosody};
use crate::support::susurro::Susurro;

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";

/// So many bytes that differ from one another.
fn content(length: usize) -> Vec<u8> {
    (0_u32..).flat_map(u32::to_le_bytes).take(length).collect()
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn file(of: &Susurro, name: &str, content: &[u8]) -> PathBuf {
    let path = of.profile().with_file_name(name);
    fs::write(&path, content).unwrap();
    path
}

/// The files of a chat, oldest first.
fn listed(of: &Susurro, jid: &str) -> Vec<Value> {
    of.run(&["file", "list", jid, "--json"]).expect(0).json()
}

/// What leaves is what was taken in, and the peer opens it; what the peer sends is opened here, and saved as it was.
fn both_ways(address: &Address, dialects: Dialects) {
    let ana = Susurro::with_account(address, "ana");
    let mut bob = Peer::speaking(dialects, address, "bob");
    for (size, name) in [(0, "nothing.bin"), (1, "one.bin"), (16 << 20, "much.bin")] {
        let content = content(size);
        let path = file(&ana, name, &content);
        ana.run(&["send", BOB, "--file", path.to_str().unwrap(), "--timeout", "600"])
            .expect(0);
        let body = bob.bodies(1).remove(0);
        assert!(body.starts_with("aesgcm://"), "{body}");
        assert!(
            !body.contains(name.split('.').next().unwrap()),
            "the name is told: {body}"
        );
        let fetched = bob.fetch(&body);
        assert_eq!(fetched["size"], size);
        assert_eq!(fetched["sha256"], hash(&content));
    }
    for (size, name) in [(0, "void.bin"), (1, "single.bin"), (16 << 20, "lots.bin")] {
        let content = content(size);
        let path = file(&ana, name, &content);
        bob.share(ANA, name, &path);
        let came = ana.receive(1);
        assert_eq!(came[0]["body"], Value::Null, "{came:?}");
        let files = listed(&ana, BOB);
        let newest = files.last().expect("a file");
        let id = newest["ref"].as_str().expect("a ref").to_owned();
        let out = ana.profile().with_file_name("saved.bin");
        let _ = fs::remove_file(&out);
        ana.run(&[
            "file",
            "get",
            BOB,
            &id,
            "--ref",
            "--output",
            out.to_str().unwrap(),
        ])
        .expect(0);
        assert_eq!(hash(&fs::read(&out).unwrap()), hash(&content), "{name}");
    }
}

fn prosody() -> Prosody {
    Prosody::with(Options {
        uploads: true,
        ..Options::default()
    })
}

#[test]
fn files_go_both_ways_in_the_old_dialect_on_prosody() {
    both_ways(&prosody().address(), Dialects::Legacy);
}

#[test]
fn files_go_both_ways_in_omemo_2_on_prosody() {
    both_ways(&prosody().address(), Dialects::Omemo2);
}

#[test]
fn files_go_both_ways_in_the_old_dialect_on_ejabberd() {
    both_ways(&Ejabberd::start().address(), Dialects::Legacy);
}

#[test]
fn files_go_both_ways_in_omemo_2_on_ejabberd() {
    both_ways(&Ejabberd::start().address(), Dialects::Omemo2);
}

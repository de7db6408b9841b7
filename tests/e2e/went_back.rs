//! A profile that is put back from a copy, on real servers: it is noticed before anything is sent, and both sides
//! read each other again.

use std::fs;
use std::path::Path;

use crate::support::Address;
use crate::support::ejabberd::Ejabberd;
use crate::support::prosody::Prosody;
use crate::support::susurro::{Susurro, bodies, body};

const ANA: &str = "ana@mired.test";
const BOB: &str = "bob@mired.test";
const NOTICE: &str = "an older copy of itself";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let into = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &into),
            false => drop(fs::copy(&path, &into).unwrap()),
        }
    }
}

fn put_back(address: &Address) {
    let (ana, bob) = (
        Susurro::with_account(address, "ana"),
        Susurro::with_account(address, "bob"),
    );
    ana.send_now(BOB, "hello bob");
    assert_eq!(body(&bob.receive(1)[0]), "hello bob");
    bob.send_now(ANA, "hello ana");
    assert_eq!(body(&ana.receive(1)[0]), "hello ana");
    let kept = ana.folder().join("kept");
    copy(&ana.profile(), &kept);
    ana.send_now(BOB, "since then");
    assert_eq!(body(&bob.receive(1)[0]), "since then");

    fs::remove_dir_all(ana.profile()).unwrap();
    copy(&kept, &ana.profile());
    let sent = ana.send(BOB, "after it").expect(0);
    assert!(sent.err.contains(NOTICE), "{}", sent.err);
    assert_eq!(body(&bob.receive(1)[0]), "after it");
    bob.send_now(ANA, "and back");
    assert_eq!(body(&ana.receive(1)[0]), "and back");
    assert_eq!(
        bodies(&ana.history(BOB)),
        ["hello bob", "hello ana", "after it", "and back"]
    );
    let quiet = ana.run(&["sync"]).expect(0);
    assert!(!quiet.err.contains(NOTICE), "{}", quiet.err);
}

#[test]
fn a_profile_that_was_put_back_is_noticed_on_prosody() {
    let server = Prosody::start();
    put_back(&server.address());
}

#[test]
fn a_profile_that_was_put_back_is_noticed_on_ejabberd() {
    let server = Ejabberd::start();
    put_back(&server.address());
}

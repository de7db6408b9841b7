//! Our engine against libomemo-c, the library behind most clients: what one seals the other opens, what one refuses the
//! other refuses.
//!
//! The programs are made from `benches/libomemo/`; `make setup` installs what that needs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

#[path = "support/libomemo.rs"]
mod libomemo;
#[path = "libomemo/lives.rs"]
mod lives;
#[path = "libomemo/parties.rs"]
mod parties;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use parties::{Message, Ours, Party, Refusal, Theirs};

/// `serve`, compiled once for all tests.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| libomemo::build("serve", Path::new(env!("CARGO_TARGET_TMPDIR"))))
}

fn both_ways(test: impl Fn(&mut dyn Party, &mut dyn Party)) {
    test(&mut Ours::new(), &mut Theirs::new());
    test(&mut Theirs::new(), &mut Ours::new());
}

/// The first begins a session with the second, and both have written.
fn acquaint(first: &mut dyn Party, second: &mut dyn Party) {
    let bundle = second.bundle(1);
    first.begin(&bundle);
    pass(first, second, true);
    pass(second, first, false);
}

fn pass(from: &mut dyn Party, to: &mut dyn Party, is_kex: bool) {
    let message = from.encrypt(b"the key and the tag of a payload");
    assert_eq!(message.is_kex, is_kex);
    assert_eq!(to.decrypt(&message).unwrap(), b"the key and the tag of a payload");
}

#[test]
fn either_begins_a_session_from_the_others_bundle_and_both_talk() {
    both_ways(|first, second| {
        acquaint(first, second);
        for _ in 0..5 {
            pass(first, second, false);
            pass(first, second, false);
            pass(second, first, false);
            first.restart();
            second.restart();
        }
    });
}

#[test]
fn until_it_is_answered_every_message_begins_the_same_session() {
    both_ways(|first, second| {
        let bundle = second.bundle(1);
        first.begin(&bundle);
        let sealed = [0, 1, 2].map(|number| (number, first.encrypt(&[number; 32])));
        for (number, message) in sealed.iter().rev() {
            assert!(message.is_kex);
            assert_eq!(second.decrypt(message).unwrap(), [*number; 32]);
        }
        assert_eq!(second.decrypt(&sealed[0].1), Err(Refusal::Duplicate));
        pass(second, first, false);
        pass(first, second, false);
    });
}

#[test]
fn both_skip_2000_messages_and_not_one_more() {
    both_ways(|first, second| {
        for (lost, opens) in [(2000, true), (2001, false)] {
            let (first, second) = (&mut *first, &mut *second);
            let bundle = second.bundle(if opens { 1 } else { 2 });
            first.begin(&bundle);
            pass(first, second, true);
            pass(second, first, false);
            for _ in 0..lost {
                first.encrypt(&[0; 32]);
            }
            let last = first.encrypt(&[7; 32]);
            assert_eq!(second.decrypt(&last).is_ok(), opens, "{lost} lost");
        }
    });
}

#[test]
fn both_keep_the_chains_of_the_same_number_of_ratchet_keys() {
    let late = |first: &mut dyn Party, second: &mut dyn Party| -> Vec<bool> {
        acquaint(first, second);
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(first.encrypt(b"late"));
            pass(first, second, false);
            pass(second, first, false);
        }
        held.iter()
            .map(|message| second.decrypt(message).is_ok())
            .collect()
    };
    let theirs = late(&mut Ours::new(), &mut Theirs::new());
    let ours = late(&mut Theirs::new(), &mut Ours::new());
    assert_eq!(ours, theirs);
    assert_eq!(ours, [false, false, false, true, true, true, true, true]);
}

#[test]
fn both_refuse_every_beginning_of_a_message_and_then_open_it() {
    both_ways(|first, second| {
        let bundle = second.bundle(1);
        first.begin(&bundle);
        let exchange = first.encrypt(b"hello");
        refuse_beginnings(second, &exchange);
        assert_eq!(second.decrypt(&exchange).unwrap(), b"hello");
        pass(second, first, false);
        let message = first.encrypt(b"hello again");
        refuse_beginnings(second, &message);
        assert_eq!(second.decrypt(&message).unwrap(), b"hello again");
    });
}

fn refuse_beginnings(party: &mut dyn Party, whole: &Message) {
    // Behind the ratchet message a key exchange may end early: the rest is the id that nobody asks for.
    let end = if whole.is_kex {
        lives::inner(whole).0.end
    } else {
        whole.bytes.len()
    };
    // Nothing at all cannot be said on a line.
    for length in 1..end {
        let cut = Message {
            is_kex: whole.is_kex,
            bytes: whole.bytes[..length].to_vec(),
        };
        assert_eq!(party.decrypt(&cut), Err(Refusal::Other), "{length} bytes of it");
    }
}

#[test]
fn both_refuse_another_version_and_a_message_of_somebody_else() {
    both_ways(|first, second| {
        acquaint(first, second);
        for version in [0x00, 0x23, 0x43, 0xff] {
            let mut message = first.encrypt(&[1; 32]);
            message.bytes[0] = version;
            assert_eq!(
                second.decrypt(&message),
                Err(Refusal::Other),
                "version {version:#x}"
            );
        }
        let (mut carol, mut dave) = (Ours::new(), Ours::new());
        acquaint(&mut carol, &mut dave);
        let foreign = carol.encrypt(&[2; 32]);
        assert_eq!(second.decrypt(&foreign), Err(Refusal::Other));
        pass(first, second, false);
    });
}

//! Our engine against libomemo-c, the library behind most clients: what one seals the other opens, what
//! one refuses the other refuses.
//!
//! The programs are made from `benches/libomemo/`; `make setup` installs what that needs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr
)]

mod damage;
mod differences;
#[path = "../support/libomemo.rs"]
mod libomemo;
mod lives;
mod parties;
mod peers;
mod twin;
mod wire;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use libomemo::Talk;
use parties::{Keys, Message, Ours, Party, Refusal};
use peers::{Peer, Program};
use susurro::omemo::Dialect;

const DIALECTS: [Dialect; 2] = [Dialect::Legacy, Dialect::Omemo2];

/// A device of libomemo-c: `serve`, compiled once for all tests.
fn start_libomemo_c() -> Talk {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    Talk::start(PROGRAM.get_or_init(|| libomemo::build("serve", Path::new(env!("CARGO_TARGET_TMPDIR")))))
}

const LIBOMEMO_C: Program = Program {
    start: start_libomemo_c,
    keep: None,
};

/// In both dialects, and whoever is first.
fn both_ways(test: impl Fn(Dialect, &mut dyn Party, &mut dyn Party)) {
    for dialect in DIALECTS {
        let [first, second] = [1, 2].map(|id| Keys::new(id, 7 + u64::from(id), 3));
        let theirs = |keys| Peer::new(LIBOMEMO_C, dialect, keys);
        test(dialect, &mut Ours::new(dialect, &first), &mut theirs(&second));
        test(dialect, &mut theirs(&first), &mut Ours::new(dialect, &second));
    }
}

/// The first begins a session with the second, and both have written.
fn acquaint(first: &mut dyn Party, second: &mut dyn Party) {
    let bundle = second.bundle(1);
    first.begin(&bundle).unwrap();
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
    both_ways(|_, first, second| {
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
    both_ways(|_, first, second| {
        let bundle = second.bundle(1);
        first.begin(&bundle).unwrap();
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

/// Whether the second opens a message of the first after so many were lost.
fn skips(first: &mut dyn Party, second: &mut dyn Party, lost: usize) -> bool {
    acquaint(first, second);
    for _ in 0..lost {
        first.encrypt(&[0; 32]);
    }
    second.decrypt(&first.encrypt(&[7; 32])).is_ok()
}

/// A difference: libomemo-c took over the legacy bound of 2000 for OMEMO 2; XEP-0384 asks for about 1000.
#[test]
fn both_skip_2000_messages_and_not_one_more_but_ours_1000_in_omemo_2() {
    let [first, second] = [1, 2].map(|id| Keys::new(id, 7 + u64::from(id), 3));
    for (dialect, lost, [ours, theirs]) in [
        (Dialect::Legacy, 2000, [true, true]),
        (Dialect::Legacy, 2001, [false, false]),
        (Dialect::Omemo2, 1000, [true, true]),
        (Dialect::Omemo2, 1001, [false, true]),
        (Dialect::Omemo2, 2000, [false, true]),
        (Dialect::Omemo2, 2001, [false, false]),
    ] {
        let mut party = Peer::new(LIBOMEMO_C, dialect, &first);
        assert_eq!(
            skips(&mut party, &mut Ours::new(dialect, &second), lost),
            ours,
            "{lost}"
        );
        let mut peer = Peer::new(LIBOMEMO_C, dialect, &second);
        assert_eq!(
            skips(&mut Ours::new(dialect, &first), &mut peer, lost),
            theirs,
            "{lost}"
        );
    }
}

#[test]
fn both_keep_the_chains_of_the_same_number_of_ratchet_keys() {
    both_ways(|_, first, second| {
        acquaint(first, second);
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(first.encrypt(b"late"));
            pass(first, second, false);
            pass(second, first, false);
        }
        let opened = held.iter().map(|message| second.decrypt(message).is_ok());
        let opened: Vec<_> = opened.collect();
        assert_eq!(opened, [false, false, false, true, true, true, true, true]);
    });
}

#[test]
fn both_refuse_every_beginning_of_a_message_and_then_open_it() {
    both_ways(|_, first, second| {
        let bundle = second.bundle(1);
        first.begin(&bundle).unwrap();
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
    for length in 0..whole.bytes.len() {
        let cut = Message {
            is_kex: whole.is_kex,
            bytes: whole.bytes[..length].to_vec(),
        };
        assert_eq!(party.decrypt(&cut), Err(Refusal::Other), "{length} bytes of it");
    }
}

#[test]
fn both_refuse_another_version_and_a_message_of_somebody_else() {
    both_ways(|dialect, first, second| {
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
        let [carol, dave] = [1, 2].map(|id| Keys::new(id, 70 + u64::from(id), 3));
        let (mut carol, mut dave) = (Ours::new(dialect, &carol), Ours::new(dialect, &dave));
        acquaint(&mut carol, &mut dave);
        let foreign = carol.encrypt(&[2; 32]);
        assert_eq!(second.decrypt(&foreign), Err(Refusal::Other));
        pass(first, second, false);
    });
}

#[test]
fn a_session_record_is_below_2_kib_before_skipped_keys() {
    for dialect in DIALECTS {
        let [mut ana, mut bob] = [1, 2].map(|id| Ours::new(dialect, &Keys::new(id, u64::from(id), 1)));
        acquaint(&mut ana, &mut bob);
        for _ in 0..10 {
            pass(&mut ana, &mut bob, false);
            pass(&mut bob, &mut ana, false);
        }
        let before = bob.record().len();
        assert!((400..2048).contains(&before), "{before}");
        for _ in 0..100 {
            ana.encrypt(b"lost");
        }
        pass(&mut ana, &mut bob, false);
        assert_eq!(bob.record().len(), before + 100 * 36);
    }
}

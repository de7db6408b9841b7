//! Our engine against python's oldmemo and twomemo, which slixmpp-omemo and Libervia stand on.
//!
//! They run as `support/engine_peer.py` in the environment that `make setup` makes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr
)]

#[path = "../support/libomemo.rs"]
mod libomemo;
mod lives;
#[path = "../libomemo/parties.rs"]
mod parties;
#[path = "../libomemo/peers.rs"]
mod peers;
#[path = "../libomemo/wire.rs"]
mod wire;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use libomemo::Talk;
use parties::{Keys, Message, Ours, Party};
use peers::{Peer, Program};
use susurro::omemo::Dialect;

const DIALECTS: [Dialect; 2] = [Dialect::Legacy, Dialect::Omemo2];

/// Processes that wait for their next device: python takes seconds to start.
static IDLE: Mutex<Vec<Talk>> = Mutex::new(Vec::new());

/// A device of python's libraries.
const PYTHON: Program = Program {
    start: start_python,
    keep: Some(|talk| IDLE.lock().unwrap().push(talk)),
};

fn start_python() -> Talk {
    if let Some(talk) = IDLE.lock().unwrap().pop() {
        return talk;
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let python = target.join("test-venv/bin/python");
    assert!(
        python.exists(),
        "{} is missing; `make setup` makes it",
        python.display()
    );
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/engine_peer.py");
    Talk::start_with(&python, &["-B", program])
}

/// A device of libomemo-c, to show how it and python's libraries fare.
fn start_libomemo_c() -> Talk {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    Talk::start(PROGRAM.get_or_init(|| libomemo::build("serve", Path::new(env!("CARGO_TARGET_TMPDIR")))))
}

const LIBOMEMO_C: Program = Program {
    start: start_libomemo_c,
    keep: None,
};

fn keys(id: u32) -> Keys {
    Keys::new(id, 17 + u64::from(id), 3)
}

/// The first begins a session with the second, and both have written.
fn acquaint(first: &mut dyn Party, second: &mut dyn Party) {
    let bundle = second.bundle(1);
    first.begin(&bundle).unwrap();
    pass(first, second);
    pass(second, first);
}

fn pass(from: &mut dyn Party, to: &mut dyn Party) {
    let message = from.encrypt(b"the key and the tag of a payload");
    assert_eq!(to.decrypt(&message).unwrap(), b"the key and the tag of a payload");
}

/// Whether the second opens a message of the first after so many were lost.
fn skips(first: &mut dyn Party, second: &mut dyn Party, lost: usize) -> bool {
    acquaint(first, second);
    for _ in 0..lost {
        first.encrypt(&[0; 32]);
    }
    second.decrypt(&first.encrypt(&[7; 32])).is_ok()
}

#[test]
fn either_begins_a_session_from_the_others_bundle_and_both_talk() {
    // Of these identities some have an Ed25519 form with sign bit 1, which python publishes as it is.
    let mut sign_bits = [0, 0];
    for seed in 0..6 {
        for dialect in DIALECTS {
            let [first, second] = [1, 2].map(|id| Keys::new(id, 100 + 2 * seed + u64::from(id), 3));
            let mut python = Peer::new(PYTHON, dialect, &second);
            let mut ours = Ours::new(dialect, &first);
            if dialect == Dialect::Omemo2 {
                sign_bits[usize::from(python.bundle(1).identity[31] >> 7)] += 1;
            }
            let (first, second): (&mut dyn Party, &mut dyn Party) = match seed % 2 {
                0 => (&mut ours, &mut python),
                _ => (&mut python, &mut ours),
            };
            acquaint(first, second);
            pass(first, second);
            first.restart();
            second.restart();
            pass(second, first);
            pass(second, first);
            pass(first, second);
        }
    }
    assert!(sign_bits.iter().all(|count| *count > 0), "{sign_bits:?}");
}

/// A difference: python's bound is 1000 in both dialects, ours 2000 in the legacy one, as libsignal's.
#[test]
fn python_skips_1000_messages_in_either_dialect() {
    for (dialect, lost, [ours, theirs]) in [
        (Dialect::Legacy, 1000, [true, true]),
        (Dialect::Legacy, 1001, [true, false]),
        (Dialect::Omemo2, 1000, [true, true]),
        (Dialect::Omemo2, 1001, [false, false]),
    ] {
        let mut party = Ours::new(dialect, &keys(1));
        assert_eq!(
            skips(&mut party, &mut Peer::new(PYTHON, dialect, &keys(2)), lost),
            theirs
        );
        let mut party = Peer::new(LIBOMEMO_C, dialect, &keys(1));
        assert_eq!(skips(&mut party, &mut Ours::new(dialect, &keys(2)), lost), ours);
    }
}

/// Which of four messages of one chain the second opens when they come after the
/// first message of the next chain.
fn late(first: &mut dyn Party, second: &mut dyn Party) -> Vec<bool> {
    acquaint(first, second);
    pass(first, second);
    let held: Vec<Message> = (0..4).map(|_| first.encrypt(b"late")).collect();
    pass(second, first);
    pass(first, second);
    held.iter()
        .map(|message| second.decrypt(message).is_ok())
        .collect()
}

/// A difference: python takes PN at its word, libomemo-c sends it one too low, and we send
/// it as the specification says.
#[test]
fn python_opens_every_late_message_of_ours_and_all_but_the_last_of_libomemo_c() {
    for dialect in DIALECTS {
        let mut ours = Ours::new(dialect, &keys(1));
        let mut peer = Peer::new(PYTHON, dialect, &keys(2));
        assert_eq!(late(&mut ours, &mut peer), [true; 4]);
        let mut libomemo = Peer::new(LIBOMEMO_C, dialect, &keys(1));
        let mut peer = Peer::new(PYTHON, dialect, &keys(2));
        assert_eq!(late(&mut libomemo, &mut peer), [true, true, true, false]);
        let mut libomemo = Peer::new(LIBOMEMO_C, dialect, &keys(1));
        assert_eq!(late(&mut libomemo, &mut Ours::new(dialect, &keys(2))), [true; 4]);
    }
}

/// A difference: python keeps the skipped keys of every chain of a session, the others those of five chains.
#[test]
fn python_opens_late_messages_of_any_chain_and_ours_of_the_last_five() {
    for dialect in DIALECTS {
        let old = |first: &mut dyn Party, second: &mut dyn Party| {
            acquaint(first, second);
            let mut held = Vec::new();
            for _ in 0..8 {
                held.push(first.encrypt(b"late"));
                pass(first, second);
                pass(second, first);
            }
            held.iter()
                .filter(|message| second.decrypt(message).is_ok())
                .count()
        };
        let (mut ours, mut peer) = (Ours::new(dialect, &keys(1)), Peer::new(PYTHON, dialect, &keys(2)));
        assert_eq!(old(&mut ours, &mut peer), 8);
        let (mut peer, mut ours) = (Peer::new(PYTHON, dialect, &keys(1)), Ours::new(dialect, &keys(2)));
        assert_eq!(old(&mut peer, &mut ours), 5);
    }
}

/// A difference: python has one session with a device, and a key exchange of the other side replaces
/// it. So what was written in the old one is lost to it; we archive old sessions. Whoever then writes
/// first brings both together.
#[test]
fn when_both_begin_at_once_python_forgets_its_session_and_we_follow() {
    for dialect in DIALECTS {
        let (mut ours, mut peer) = (Ours::new(dialect, &keys(1)), Peer::new(PYTHON, dialect, &keys(2)));
        let [of_ours, of_python] = [ours.bundle(1), peer.bundle(1)];
        ours.begin(&of_python).unwrap();
        let from_ours = ours.encrypt(&[1; 32]);
        peer.begin(&of_ours).unwrap();
        let from_python = peer.encrypt(&[2; 32]);
        assert_eq!(ours.decrypt(&from_python), Ok(vec![2; 32]));
        assert_eq!(peer.decrypt(&from_ours), Ok(vec![1; 32]));
        // We now write in python's session, which is gone there; it writes in ours, which we have.
        assert!(peer.decrypt(&ours.encrypt(&[3; 32])).is_err());
        pass(&mut peer, &mut ours);
        pass(&mut ours, &mut peer);
        pass(&mut peer, &mut ours);
    }
}

//! Session records as bytes.

use proptest::prelude::*;

use super::*;
use crate::ratchet::{ReceivingChain, Skipped};
use crate::record::ARCHIVED_MOST;

fn same(record: &SessionRecord) -> SessionRecord {
    let bytes = record.to_bytes();
    let read = SessionRecord::from_bytes(&bytes).unwrap();
    assert_eq!(*read.to_bytes(), *bytes);
    read
}

/// A record with archived states, five receiving chains and skipped keys.
fn rich(dialect: Dialect) -> (Person, SessionRecord, Person, SessionRecord) {
    let (ana, mut anas, bob, mut bobs) = acquainted(dialect, 20);
    let rng = &mut seeded(20);
    for round in 0..7 {
        for _ in 0..=round {
            letter(&ana, &bob, &mut anas, "lost", rng);
        }
        let sent = letter(&ana, &bob, &mut anas, "x", rng);
        bobs = open(&sent, &bob.local(), Some(bobs), None, rng)
            .ok()
            .unwrap()
            .record;
        let sent = letter(&bob, &ana, &mut bobs, "y", rng);
        anas = open(&sent, &ana.local(), Some(anas), None, rng)
            .ok()
            .unwrap()
            .record;
    }
    assert_eq!(bobs.current.ratchet.receiving.len(), 5);
    assert_eq!(bobs.current.ratchet.skipped(), 3 + 4 + 5 + 6 + 7);
    let bobs = SessionRecord::initiate(&bob.own, &ana.verified(dialect, rng), Some(bobs), rng);
    (ana, anas, bob, bobs)
}

#[test]
fn a_record_is_the_same_after_a_round_trip() {
    for dialect in DIALECTS {
        let (ana, mut anas, bob, bobs) = rich(dialect);
        let read = same(&bobs);
        assert_eq!(read.dialect(), dialect);
        assert_eq!(read.their_identity(), ana.own.identity.public());
        assert!(read.is_unanswered() && read.archived.len() == 1);
        let sent = letter(&ana, &bob, &mut anas, "still", &mut seeded(21));
        let opened = open(&sent, &bob.local(), Some(read), None, &mut seeded(22))
            .ok()
            .unwrap();
        assert_eq!(text(&opened), "still");
    }
}

#[test]
fn a_record_without_skipped_keys_and_archive_is_below_two_kibibytes() {
    for dialect in DIALECTS {
        let (ana, mut anas, bob, mut bobs) = acquainted(dialect, 23);
        let rng = &mut seeded(23);
        for _ in 0..10 {
            let sent = letter(&ana, &bob, &mut anas, "x", rng);
            bobs = open(&sent, &bob.local(), Some(bobs), None, rng)
                .ok()
                .unwrap()
                .record;
            let sent = letter(&bob, &ana, &mut bobs, "y", rng);
            anas = open(&sent, &ana.local(), Some(anas), None, rng)
                .ok()
                .unwrap()
                .record;
        }
        assert_eq!(anas.current.ratchet.receiving.len(), 5);
        assert!(anas.to_bytes().len() < 650, "{}", anas.to_bytes().len());
    }
}

#[test]
fn a_record_cut_short_or_too_long_is_refused() {
    for dialect in DIALECTS {
        let (.., record) = rich(dialect);
        let bytes = record.to_bytes();
        for length in 0..bytes.len() {
            assert!(SessionRecord::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        assert!(SessionRecord::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
    }
}

#[test]
fn a_record_is_written_into_a_place_that_is_large_enough_from_the_start() {
    for dialect in DIALECTS {
        let (ana, bob) = (Person::new(1, &mut seeded(27)), Person::new(2, &mut seeded(28)));
        let rng = &mut seeded(29);
        let fresh = SessionRecord::initiate(&ana.own, &bob.verified(dialect, rng), None, rng);
        let (.., rich) = rich(dialect);
        for record in [fresh, rich] {
            let bytes = record.to_bytes();
            let states = std::iter::once(&record.current).chain(&record.archived);
            let answered = states.filter(|state| state.unanswered.is_none()).count();
            // Room is left for what is not there: the prekey ids of an answered
            // state, an Ed25519 key in legacy.
            let spare = 8 * answered + if dialect == Dialect::Legacy { 32 } else { 0 };
            assert_eq!(bytes.capacity(), bytes.len() + spare);
        }
    }
}

#[test]
fn unknown_versions_dialects_and_flags_are_refused() {
    for dialect in DIALECTS {
        let (.., record) = rich(dialect);
        let bytes = record.to_bytes();
        let flags = if dialect == Dialect::Legacy { 35 } else { 67 };
        // A record of the other dialect has another length; the flags of an
        // answered initiator lack eight bytes.
        for (place, good) in [(0, &[1][..]), (1, &[dialect as u8]), (flags, &[2, 3, 6, 7])] {
            for value in 0..=255 {
                let mut changed = bytes.to_vec();
                changed[place] = value;
                let read = SessionRecord::from_bytes(&changed).is_ok();
                assert_eq!(read, good.contains(&value), "{value} at {place}");
            }
        }
    }
}

#[test]
fn a_record_that_no_life_leads_to_is_refused() {
    for dialect in DIALECTS {
        let (.., bobs) = rich(dialect);
        let refusal = |change: &dyn Fn(&mut Vec<ReceivingChain>)| {
            let mut record = bobs.clone();
            change(&mut record.archived[0].ratchet.receiving);
            SessionRecord::from_bytes(&record.to_bytes())
                .err()
                .map(|error| error.0)
        };
        assert_eq!(refusal(&|_| {}), None);
        assert_eq!(
            refusal(&|chains| chains[4].next = 3),
            Some("skipped keys out of order")
        );
        let with_keys = |counters: &'static [u32]| {
            move |chains: &mut Vec<ReceivingChain>| {
                let mut skipped = Skipped::default();
                for counter in counters {
                    skipped.push_stored(*counter, &[1; 32]);
                }
                chains[4].skipped = skipped;
                chains[4].next = 7;
            }
        };
        assert_eq!(refusal(&with_keys(&[0, 1, 4, 6])), None);
        for disorder in [&[0, 7][..], &[0, 0], &[0, 3, 3], &[4, 2], &[2, 6, 1], &[9]] {
            assert_eq!(
                refusal(&with_keys(disorder)),
                Some("skipped keys out of order"),
                "{disorder:?}"
            );
        }
        let twice = |chains: &mut Vec<ReceivingChain>| chains[1].ratchet_key = chains[0].ratchet_key;
        assert_eq!(refusal(&twice), Some("a ratchet key twice"));
        let six = |chains: &mut Vec<ReceivingChain>| chains.push(chains[0].clone());
        assert_eq!(refusal(&six), Some("more states or chains than allowed"));
        let full = |chains: &mut Vec<ReceivingChain>| {
            chains[4].next = 3000;
            // Full by itself, and the other chains have some.
            for counter in 10..10 + dialect.constants().skip_most {
                let (message, _) = chains[4].key.turn();
                chains[4].skipped.push(counter, message);
            }
        };
        assert_eq!(refusal(&full), Some("more skipped keys than allowed"));
    }
}

#[test]
fn a_new_session_for_ever_keeps_forty_states() {
    for dialect in DIALECTS {
        let rng = &mut seeded(24);
        let (ana, mut anas, bob, mut bobs) = acquainted(dialect, 24);
        let first = letter(&ana, &bob, &mut anas, "never seen", rng);
        for round in 0..ARCHIVED_MOST + 3 {
            let mut record = Some(anas);
            anas = SessionRecord::initiate(&ana.own, &bob.verified(dialect, rng), record.take(), rng);
            let sent = letter(&ana, &bob, &mut anas, "x", rng);
            let mut given = Some(bobs);
            SessionRecord::accept(&mut given, dialect, &bob.local(), &sent.keys[0].bytes, rng).unwrap();
            bobs = given.unwrap();
            assert_eq!(bobs.archived.len(), (round + 1).min(ARCHIVED_MOST));
        }
        same(&anas);
        same(&bobs);
        assert!(bobs.to_bytes().len() < 64 * 1024);
        // The first state of all is gone.
        assert_eq!(
            open(&first, &bob.local(), Some(bobs), None, rng).err(),
            Some(OpenError::Damaged)
        );
    }
}

#[test]
fn the_skipped_keys_of_the_whole_archive_are_bounded() {
    for dialect in DIALECTS {
        let rng = &mut seeded(25);
        let (ana, mut anas, bob, mut bobs) = acquainted(dialect, 25);
        let most = dialect.constants().skip_most as usize;
        for _ in 0..4 {
            for _ in 0..most {
                anas.encrypt(&ana.own, &[]);
            }
            let mut given = Some(bobs);
            let (kex, bytes) = anas.encrypt(&ana.own, &[0; 32]);
            if kex {
                SessionRecord::accept(&mut given, dialect, &bob.local(), &bytes, rng).unwrap();
            } else {
                given.as_mut().unwrap().decrypt(&bob.own, &bytes, rng).unwrap();
            }
            bobs = given.unwrap();
            assert_eq!(bobs.current.ratchet.skipped(), most);
            let archived: usize = bobs.archived.iter().map(|state| state.ratchet.skipped()).sum();
            assert!(archived <= most);
            anas = SessionRecord::initiate(&ana.own, &bob.verified(dialect, rng), Some(anas), rng);
        }
        same(&bobs);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(64), ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_no_record_or_a_record_that_is_stable(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(record) = SessionRecord::from_bytes(&bytes) {
            prop_assert_eq!(&*record.to_bytes(), &bytes);
        }
    }

    #[test]
    fn a_record_with_flipped_bytes_is_refused_or_works_without_panic(
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (ana, mut anas, bob, bobs) = rich(Dialect::Legacy);
        let mut bytes = bobs.to_bytes().to_vec();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(mut record) = SessionRecord::from_bytes(&bytes) {
            prop_assert_eq!(&*record.to_bytes(), &bytes);
            let rng = &mut seeded(26);
            let sent = letter(&ana, &bob, &mut anas, "x", rng);
            let _ = open(&sent, &bob.local(), Some(record.clone()), None, rng);
            for _ in 0..3 {
                letter(&bob, &ana, &mut record, "y", rng);
            }
        }
    }
}

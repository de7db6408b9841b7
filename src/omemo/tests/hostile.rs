//! What others may send us on purpose: absurd counters, bad points, changed bits,
//! bytes that are nothing at all.

use proptest::prelude::*;

use super::bundles::{bad_points, mixed_points};
use super::letters::opens;
use super::*;
use crate::ratchet::RECEIVING_MOST;
use crate::{primitives, wire};

/// Takes a ratchet message of `record` with this counter, by skipping; the MAC is right.
fn at_counter(from: &Person, record: &mut SessionRecord, counter: u32) -> Vec<u8> {
    while record.current.ratchet.sending.next < counter {
        let sending = &mut record.current.ratchet.sending;
        (_, sending.key) = sending.key.turn();
        sending.next += 1;
    }
    record.encrypt(&from.own, b"material").1
}

#[test]
fn as_many_messages_as_allowed_may_be_skipped_and_not_one_more() {
    for dialect in DIALECTS {
        let most = dialect.constants().skip_most;
        let (ana, mut anas, bob, mut bobs) = acquainted(dialect, 33);
        let rng = &mut seeded(33);
        let mut lost: Vec<_> = (0..3).map(|_| anas.encrypt(&ana.own, b"lost").1).collect();
        let far = at_counter(&ana, &mut anas.clone(), most + 1);
        let before = bobs.to_bytes();
        assert_eq!(
            bobs.decrypt(&bob.own, &far, rng).err(),
            Some(OpenError::TooManySkipped)
        );
        assert_eq!(*bobs.to_bytes(), *before);
        let near = at_counter(&ana, &mut anas, most);
        bobs.decrypt(&bob.own, &near, rng).unwrap();
        assert_eq!(bobs.current.ratchet.skipped(), most as usize);
        bobs.decrypt(&bob.own, &lost.pop().unwrap(), rng).unwrap();
        // Two more skipped ones push out the oldest: of the keys kept one was used, so one must go.
        let next = at_counter(&ana, &mut anas, most + 3);
        bobs.decrypt(&bob.own, &next, rng).unwrap();
        assert_eq!(bobs.current.ratchet.skipped(), most as usize);
        bobs.decrypt(&bob.own, &lost.pop().unwrap(), rng).unwrap();
        assert_eq!(
            bobs.decrypt(&bob.own, &lost.pop().unwrap(), rng).err(),
            Some(OpenError::Duplicate)
        );
        assert!(bobs.to_bytes().len() < 80 * 1024);
        // The same bounds in a chain that is known.
        let next = anas.current.ratchet.sending.next;
        let far = at_counter(&ana, &mut anas.clone(), next + most + 1);
        assert_eq!(
            bobs.decrypt(&bob.own, &far, rng).err(),
            Some(OpenError::TooManySkipped)
        );
        let near = at_counter(&ana, &mut anas, next + most);
        bobs.decrypt(&bob.own, &near, rng).unwrap();
    }
}

#[test]
fn archived_states_are_searched_as_far_as_the_work_is_bounded() {
    for dialect in DIALECTS {
        let most = dialect.constants().skip_most;
        let (ana, mut old, bob, mut bobs) = acquainted(dialect, 34);
        let rng = &mut seeded(34);
        let answer = letter(&bob, &ana, &mut bobs, "y", rng);
        // Her next ratchet key in this state is one that Bob does not know.
        old = opens(&answer, &ana, Some(old)).unwrap().record;
        let mut newer = old.clone();
        for archived in 1..=17_u32 {
            newer = SessionRecord::initiate(&ana.own, &bob.verified(dialect, rng), Some(newer), rng);
            let first = letter(&ana, &bob, &mut newer, "x", rng);
            bobs = opens(&first, &bob, Some(bobs)).unwrap().record;
            assert_eq!(bobs.archived.len() as u32, archived);
            let far = at_counter(&ana, &mut old.clone(), most);
            let before = bobs.to_bytes();
            match bobs.clone().decrypt(&bob.own, &far, rng) {
                Ok(_) => assert!(archived <= 16),
                Err(error) => assert_eq!((archived, error), (17, OpenError::Damaged)),
            }
            assert_eq!(*bobs.to_bytes(), *before);
        }
        // At an ordinary counter all of them are.
        let near = at_counter(&ana, &mut old, most / 2);
        bobs.decrypt(&bob.own, &near, rng).unwrap();
    }
}

#[test]
fn a_counter_near_the_end_of_its_range_is_refused_before_any_work() {
    for dialect in DIALECTS {
        let (ana, mut anas, bob, mut bobs) = acquainted(dialect, 34);
        let rng = &mut seeded(34);
        let before = bobs.to_bytes();
        // Known chain and unknown chain.
        let first = anas.encrypt(&ana.own, b"x").1;
        let mut known = bobs.clone();
        known.decrypt(&bob.own, &first, rng).unwrap();
        for counter in [u32::MAX, u32::MAX - 1, 1 << 31, 100_000] {
            let mut forger = anas.clone();
            forger.current.ratchet.sending.next = counter;
            let far = forger.encrypt(&ana.own, b"x").1;
            // No draw is scripted: the refusal comes before the ratchet turns.
            let none = &mut Script::default();
            assert_eq!(
                bobs.decrypt(&bob.own, &far, none).err(),
                Some(OpenError::TooManySkipped)
            );
            assert_eq!(
                known.decrypt(&bob.own, &far, none).err(),
                Some(OpenError::TooManySkipped)
            );
        }
        assert_eq!(*bobs.to_bytes(), *before);
        // Our own counter cannot overflow either.
        anas.current.ratchet.sending.next = u32::MAX;
        anas.encrypt(&ana.own, b"x");
        anas.encrypt(&ana.own, b"x");
    }
}

#[test]
fn many_ratchet_keys_leave_five_chains_whose_late_messages_open() {
    for dialect in DIALECTS {
        let (ana, mut anas, bob, mut bobs) = acquainted(dialect, 35);
        let rng = &mut seeded(35);
        let mut late = Vec::new();
        for _ in 0..8 {
            late.push(anas.encrypt(&ana.own, b"late").1);
            let on_time = anas.encrypt(&ana.own, b"on time").1;
            bobs.decrypt(&bob.own, &on_time, rng).unwrap();
            let answer = bobs.encrypt(&bob.own, b"answer").1;
            anas.decrypt(&ana.own, &answer, rng).unwrap();
            assert!(bobs.current.ratchet.receiving.len() <= RECEIVING_MOST);
        }
        for (age, message) in late.iter().rev().enumerate() {
            let opened = bobs.decrypt(&bob.own, message, rng);
            assert_eq!(opened.is_ok(), age < RECEIVING_MOST, "{age}");
            if age >= RECEIVING_MOST {
                assert_eq!(opened.err(), Some(OpenError::Damaged));
            }
        }
    }
}

#[test]
fn key_exchanges_without_a_good_prekey_id_or_points_are_refused() {
    for dialect in DIALECTS {
        let rng = &mut seeded(36);
        let (ana, bob) = (Person::new(1, rng), Person::new(2, rng));
        let mut anas = SessionRecord::initiate(&ana.own, &bob.verified(dialect, rng), None, rng);
        let honest = anas.encrypt(&ana.own, b"x").1;
        let read = wire::read_exchange(dialect, &honest).unwrap();
        let rebuilt = |prekey, identity: &[u8; 32], base_key, message: &[u8]| {
            let header = wire::ExchangeHeader {
                prekey: PreKeyId(prekey),
                signed_prekey: read.signed_prekey,
                identity,
                base_key,
                registration: Some(1),
            };
            wire::write_exchange(dialect, &header, message)
        };
        let (id, identity, base) = (read.prekey.0, &read.identity.encoded, read.base_key);
        assert_eq!(rebuilt(id, identity, base, read.message), honest);
        let accept = |bytes: &[u8]| {
            let mut record = None;
            let none = &mut Script::default();
            let error = SessionRecord::accept(&mut record, dialect, &bob.local(), bytes, none).err();
            assert!(record.is_none());
            error.expect("must be refused")
        };
        for prekey in [1 << 31, u32::MAX] {
            let refused = accept(&rebuilt(prekey, identity, base, read.message));
            assert_eq!(refused, OpenError::Malformed("prekey id out of range"));
        }
        for point in bad_points() {
            let refused = accept(&rebuilt(id, identity, PublicKey(point), read.message));
            assert!(matches!(refused, OpenError::Malformed(_)));
            let refused = accept(&rebuilt(id, &point, base, read.message));
            assert!(matches!(refused, OpenError::Malformed(_) | OpenError::Damaged));
        }
        for point in mixed_points() {
            let refused = accept(&rebuilt(id, &point, base, read.message));
            assert!(matches!(refused, OpenError::Malformed(_) | OpenError::Damaged));
        }
        assert!(matches!(
            accept(&rebuilt(id, identity, base, &[])),
            OpenError::Malformed(_)
        ));
        let other = anas.their_identity().0;
        assert!(matches!(
            accept(&rebuilt(id, &other, base, read.message)),
            OpenError::Damaged | OpenError::Malformed(_)
        ));
        let other = PublicKey(primitives::x25519_public(&[3; 32]));
        assert_eq!(
            accept(&rebuilt(id, identity, other, read.message)),
            OpenError::Damaged
        );
    }
}

#[test]
fn a_key_exchange_without_a_prekey_id_is_refused() {
    // No preKeyId at all: ids 5 and 6 only.
    let missing = key_exchange(Dialect::Legacy, &[0x33, 0x28, 1, 0x30, 1]);
    assert_eq!(
        missing.err(),
        Some(OpenError::Malformed("key exchange without a prekey id"))
    );
}

#[test]
fn a_message_longer_than_any_honest_one_is_refused_unread() {
    for dialect in DIALECTS {
        let (.., bob, mut bobs) = acquainted(dialect, 37);
        let long = vec![0x33; wire::MESSAGE_MOST + 1];
        let too_long = OpenError::Malformed("a key longer than any honest one");
        assert_eq!(
            bobs.decrypt(&bob.own, &long, &mut Script::default()).err(),
            Some(too_long.clone())
        );
        assert_eq!(key_exchange(dialect, &long).err(), Some(too_long));
    }
}

#[test]
fn every_flipped_bit_of_a_message_is_noticed_and_changes_nothing() {
    for dialect in DIALECTS {
        let (ana, mut anas, bob, mut bobs) = acquainted(dialect, 38);
        let rng = &mut seeded(38);
        let honest = anas.encrypt(&ana.own, &[7; 32]).1;
        let before = bobs.to_bytes();
        for bit in 0..honest.len() * 8 {
            let mut changed = honest.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let refused = bobs.decrypt(&bob.own, &changed, rng);
            assert!(refused.is_err(), "bit {bit}");
        }
        for length in 0..honest.len() {
            assert!(bobs.decrypt(&bob.own, &honest[..length], rng).is_err());
        }
        assert_eq!(*bobs.to_bytes(), *before);
        assert_eq!(*bobs.decrypt(&bob.own, &honest, rng).unwrap(), vec![7; 32]);
    }
}

/// Bytes that look like the start of what is read, then anything.
pub(super) fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let field =
        (0u8..8, 0u8..6, proptest::collection::vec(any::<u8>(), 0..40)).prop_map(|(field, kind, bytes)| {
            let mut out = vec![field << 3 | kind];
            if kind == 2 {
                out.push(bytes.len() as u8);
            }
            out.extend(bytes);
            out
        });
    (
        any::<bool>(),
        proptest::collection::vec(field, 0..8),
        proptest::collection::vec(any::<u8>(), 0..20),
    )
        .prop_map(|(version, fields, rest)| {
            [
                if version { vec![0x33] } else { Vec::new() },
                fields.concat(),
                rest,
            ]
            .concat()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(300), ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_open_and_never_panic(bytes in plausible(), kex: bool, iv in 0usize..20, omemo2: bool) {
        let dialect = DIALECTS[usize::from(omemo2)];
        let (ana, _, bob, bobs) = acquainted(dialect, 39);
        let key = EncryptedKey { jid: String::new(), rid: bob.own.id, kex, bytes: bytes.clone() };
        let letter =
            EncryptedMessage { dialect, sid: ana.own.id, keys: vec![key], iv: vec![0; iv], payload: Some(bytes.clone()) };
        let rng = &mut seeded(40);
        prop_assert!(open(&letter, &bob.local(), Some(bobs), None, rng).is_err());
        prop_assert!(open(&letter, &bob.local(), None, None, rng).is_err());
        prop_assert!(key_exchange(dialect, &bytes).is_err());
    }
}

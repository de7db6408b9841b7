//! What others may send us on purpose: bad bundles, bad points, absurd counters, bytes that are nothing at all.

use proptest::prelude::*;

use super::super::primitives::points;
use super::super::ratchet::RECEIVING_MOST;
use super::super::{primitives, wire};
use super::*;

/// Every encoding of a u coordinate with which X25519 gives zero, or that is not the one encoding of its point.
fn bad_points() -> Vec<[u8; 32]> {
    let mut points: Vec<[u8; 32]> = points::small().map(|(u, _)| u).collect();
    let mut p = [0xff; 32];
    (p[0], p[31]) = (0xed, 0x7f);
    for above in 0..=18 {
        let mut point = p;
        point[0] += above; // p ..= 2^255 - 1
        points.push(point);
    }
    let mut minus_one = p;
    minus_one[0] -= 1; // of order 4 on the twist
    points.push(minus_one);
    let high: Vec<_> = points.iter().map(|point| with_high_bit(*point)).collect();
    points.extend(high);
    points.push(with_high_bit(primitives::x25519_public(&[9; 32])));
    points
}

fn with_high_bit(mut point: [u8; 32]) -> [u8; 32] {
    point[31] |= 0x80;
    point
}

/// On the curve, of large order, but with a part of small order.
fn mixed_points() -> Vec<[u8; 32]> {
    points::mixed().map(|(u, _)| u).collect()
}

/// A u coordinate that belongs to the twist.
fn twist_point() -> [u8; 32] {
    let mut point = [0; 32];
    point[0] = 2;
    assert!(!points::is_on_curve(&point));
    point
}

#[test]
fn points_that_give_zero_or_have_two_encodings_are_not_plain() {
    for point in bad_points() {
        assert!(!primitives::is_plain_point(&point), "{point:02x?}");
        assert!(!primitives::is_prime_order(&point));
    }
    for (point, _) in points::small() {
        assert!(primitives::x25519_checked(&[9; 32], &point).is_none());
    }
    for point in mixed_points() {
        assert!(primitives::is_plain_point(&point) && !primitives::is_prime_order(&point));
    }
    assert!(primitives::is_plain_point(&twist_point()) && !primitives::is_prime_order(&twist_point()));
    for n in 1..50 {
        assert!(primitives::is_prime_order(&primitives::x25519_public(&[n; 32])));
    }
}

#[test]
fn ed25519_keys_outside_the_prime_subgroup_have_no_curve25519_form() {
    for (_, small) in points::small() {
        assert_eq!(primitives::ed25519_to_x25519(&small), None);
    }
    for (_, mixed) in points::mixed() {
        assert_eq!(primitives::ed25519_to_x25519(&mixed), None);
    }
    let (u, honest) = primitives::identity_public(&[9; 32]);
    assert_eq!(primitives::ed25519_to_x25519(&honest), Some(u));
    // p + k, which stands for y = k as k itself does, with either sign.
    for encoding in (0..19).flat_map(|k| [(0xed + k, 0x7f), (0xed + k, 0xff)]) {
        let mut doubled = [0xff; 32];
        (doubled[0], doubled[31]) = encoding;
        assert_eq!(primitives::ed25519_to_x25519(&doubled), None);
    }
    // y = 1 again, as p + 1.
    let mut neutral = [0xff; 32];
    (neutral[0], neutral[31]) = (0xee, 0x7f);
    assert_eq!(primitives::ed25519_to_x25519(&neutral), None);
}

// --- bundles --------------------------------------------------------------------------------------------------------

fn bundle(dialect: Dialect) -> Bundle {
    let rng = &mut seeded(30);
    Person::new(2, rng).bundle(dialect, rng)
}

/// Bundles that differ from an honest one in one point each.
fn spoilt(dialect: Dialect) -> Vec<(&'static str, Bundle)> {
    let good = bundle(dialect);
    let mut all = Vec::new();
    let mut spoil = |what, change: &dyn Fn(&mut Bundle)| {
        let mut bundle = good.clone();
        change(&mut bundle);
        all.push((what, bundle));
    };
    for (what, change) in [("short", 31), ("long", 34), ("empty", 0)] {
        spoil(what, &|bundle| bundle.identity.resize(change, 5));
        spoil(what, &|bundle| bundle.signed_prekey.resize(change, 5));
        spoil(what, &|bundle| bundle.prekeys[3].1.resize(change, 5));
        spoil(what, &|bundle| bundle.signature.resize(change, 5));
    }
    spoil("long signature", &|bundle| bundle.signature.push(0));
    for id in [0, 1 << 31, u32::MAX] {
        spoil("signed prekey id", &|bundle| bundle.signed_prekey_id = id);
        spoil("prekey id", &|bundle| bundle.prekeys[3].0 = id);
    }
    spoil("prekey id twice", &|bundle| {
        bundle.prekeys[3].0 = bundle.prekeys[0].0
    });
    spoil("prekey twice", &|bundle| {
        bundle.prekeys[3].1 = bundle.prekeys[0].1.clone()
    });
    spoil("too many", &|bundle| {
        bundle.prekeys = vec![bundle.prekeys[0].clone(); 1001]
    });
    for point in bad_points() {
        let encoded = wire::encode_key(dialect, &point);
        spoil("signed prekey point", &|bundle| {
            bundle.signed_prekey = encoded.clone()
        });
        spoil("prekey point", &|bundle| bundle.prekeys[7].1 = encoded.clone());
        if dialect == Dialect::Legacy {
            spoil("identity point", &|bundle| bundle.identity = encoded.clone());
        }
    }
    for point in mixed_points().into_iter().chain([twist_point()]) {
        let encoded = wire::encode_key(dialect, &point);
        spoil("signed prekey torsion", &|bundle| {
            bundle.signed_prekey = encoded.clone()
        });
        spoil("prekey torsion", &|bundle| bundle.prekeys[0].1 = encoded.clone());
        if dialect == Dialect::Legacy {
            spoil("identity torsion", &|bundle| bundle.identity = encoded.clone());
        }
    }
    for (_, point) in points::small().chain(points::mixed()) {
        if dialect == Dialect::Omemo2 {
            spoil("identity torsion", &|bundle| bundle.identity = point.to_vec());
        }
    }
    if dialect == Dialect::Legacy {
        spoil("prefix", &|bundle| bundle.identity[0] = 4);
        spoil("prefix", &|bundle| bundle.signed_prekey[0] = 4);
        spoil("prefix", &|bundle| bundle.prekeys[3].1[0] = 4);
    }
    all
}

#[test]
fn a_bundle_with_anything_wrong_is_refused() {
    for dialect in DIALECTS {
        bundle(dialect).verify().unwrap();
        for (what, bundle) in spoilt(dialect) {
            assert!(bundle.verify().is_err(), "{what}");
        }
        let mut none = bundle(dialect);
        none.prekeys.clear();
        assert_eq!(none.verify().err(), Some(BundleError::NoPreKeys));
    }
}

#[test]
fn a_bundle_signed_by_somebody_else_or_for_the_other_dialect_is_refused() {
    for dialect in DIALECTS {
        let good = bundle(dialect);
        for bit in 0..512 {
            let mut changed = good.clone();
            changed.signature[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                changed.verify().err(),
                Some(BundleError::BadSignature),
                "bit {bit}"
            );
        }
        let rng = &mut seeded(31);
        let other = Person::new(3, rng).bundle(dialect, rng);
        let swapped = Bundle {
            identity: other.identity.clone(),
            ..good.clone()
        };
        assert_eq!(swapped.verify().err(), Some(BundleError::BadSignature));
        let swapped = Bundle {
            signed_prekey: other.signed_prekey,
            ..good.clone()
        };
        assert_eq!(swapped.verify().err(), Some(BundleError::BadSignature));
    }
    // Signed by the owner, but no honest key.
    let rng = &mut seeded(30);
    let owner = Person::new(2, rng);
    for dialect in DIALECTS {
        for point in mixed_points() {
            let signed_prekey = wire::encode_key(dialect, &point);
            let signature = owner.own.identity.sign(&signed_prekey, rng).to_vec();
            let bundle = Bundle {
                signed_prekey,
                signature,
                ..bundle(dialect)
            };
            assert_eq!(
                bundle.verify().err(),
                Some(BundleError::Malformed("signed prekey"))
            );
        }
    }
    // 33 bytes are signed in one dialect, 32 in the other.
    let legacy = Bundle {
        signature: bundle(Dialect::Omemo2).signature,
        ..bundle(Dialect::Legacy)
    };
    assert_eq!(legacy.verify().err(), Some(BundleError::BadSignature));
}

#[test]
fn every_prekey_of_a_bundle_is_picked_but_never_one_with_torsion() {
    let rng = &mut seeded(32);
    let mut offered = bundle(Dialect::Legacy);
    offered.prekeys[5].1 = wire::encode_key(Dialect::Legacy, &mixed_points()[0]);
    let verified = offered.verify().unwrap();
    let mut picked: Vec<_> = (0..200).map(|_| verified.pick(rng).0.0).collect();
    picked.sort_unstable();
    picked.dedup();
    assert_eq!(picked, [1, 2, 3, 4, 5, 7, 8]);
}

// --- messages -------------------------------------------------------------------------------------------------------

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
    let (ana, mut anas, bob, mut bobs) = acquainted(Dialect::Legacy, 35);
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
        for prekey in [0, 1 << 31, u32::MAX] {
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
    // No preKeyId at all: base key, identity key, message and ids 5 and 6 only.
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
fn plausible() -> impl Strategy<Value = Vec<u8>> {
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
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_open_and_never_panic(bytes in plausible(), kex: bool, iv in 0usize..20, omemo2: bool) {
        let dialect = DIALECTS[usize::from(omemo2)];
        let (ana, _, bob, bobs) = acquainted(dialect, 39);
        let key = LetterKey { jid: String::new(), rid: bob.own.id, kex, bytes: bytes.clone() };
        let letter =
            Letter { dialect, sid: ana.own.id, keys: vec![key], iv: vec![0; iv], payload: Some(bytes.clone()) };
        let rng = &mut seeded(40);
        prop_assert!(open(&letter, &bob.local(), Some(bobs), None, rng).is_err());
        prop_assert!(open(&letter, &bob.local(), None, None, rng).is_err());
        prop_assert!(key_exchange(dialect, &bytes).is_err());
    }

    #[test]
    fn arbitrary_bundles_are_refused_without_panic(
        field in 0usize..4,
        bytes in proptest::collection::vec(any::<u8>(), 28..36),
        id: u32,
        omemo2: bool,
    ) {
        let mut bundle = bundle(DIALECTS[usize::from(omemo2)]);
        match field {
            0 => bundle.identity = bytes,
            1 => bundle.signed_prekey = bytes,
            2 => bundle.signature = [&bytes[..], &bytes[..]].concat(),
            _ => bundle.prekeys = vec![(id, bytes)],
        }
        // A random prekey may happen to be a point: it is not signed.
        prop_assert!(bundle.verify().is_err() || field == 3);
    }
}

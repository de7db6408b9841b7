//! Bad points and bad bundles, such as others may publish on purpose.

use proptest::prelude::*;

use super::*;
use crate::primitives::points;
use crate::{primitives, wire};

/// Every encoding of a u coordinate with which X25519 gives zero, or that is not
/// the one encoding of its point.
pub(super) fn bad_points() -> Vec<[u8; 32]> {
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
pub(super) fn mixed_points() -> Vec<[u8; 32]> {
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

// ---
// bundles --------------------------------------------------------------------------------------------------------

fn bundle(dialect: Dialect) -> Bundle {
    let rng = &mut seeded(30);
    Person::new(2, rng).bundle(dialect, rng)
}

/// Bundles that differ from an honest one in one point each, in something without which a
/// device cannot be written to.
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
        spoil(what, &|bundle| bundle.signature.resize(change, 5));
    }
    spoil("long signature", &|bundle| bundle.signature.push(0));
    for id in [1 << 31, u32::MAX] {
        spoil("signed prekey id", &|bundle| bundle.signed_prekey_id = id);
    }
    spoil("too many", &|bundle| {
        bundle.prekeys = vec![bundle.prekeys[0].clone(); 1001]
    });
    for point in bad_points() {
        let encoded = wire::encode_key(dialect, &point);
        spoil("signed prekey point", &|bundle| {
            bundle.signed_prekey = encoded.clone()
        });
        if dialect == Dialect::Legacy {
            spoil("identity point", &|bundle| bundle.identity = encoded.clone());
        }
    }
    for point in mixed_points().into_iter().chain([twist_point()]) {
        let encoded = wire::encode_key(dialect, &point);
        spoil("signed prekey torsion", &|bundle| {
            bundle.signed_prekey = encoded.clone()
        });
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
    }
    all
}

/// One-time prekeys that are none.
fn spoilt_prekeys(dialect: Dialect) -> Vec<(&'static str, (u32, Vec<u8>))> {
    let good = wire::encode_key(dialect, &primitives::x25519_public(&[77; 32]));
    let mut all = vec![
        ("id", (1 << 31, good.clone())),
        ("id", (u32::MAX, good.clone())),
        ("unreadable", (u32::MAX, Vec::new())),
    ];
    for length in [0, 31, 34] {
        let mut key = good.clone();
        key.resize(length, 5);
        all.push(("length", (50, key)));
    }
    for point in bad_points() {
        all.push(("point", (50, wire::encode_key(dialect, &point))));
    }
    for point in mixed_points().into_iter().chain([twist_point()]) {
        all.push(("torsion", (50, wire::encode_key(dialect, &point))));
    }
    if dialect == Dialect::Legacy {
        let [_, key @ ..] = good.as_slice() else {
            panic!("no key")
        };
        all.push(("prefix", (50, [&[4], key].concat())));
    }
    all
}

#[test]
fn a_prekey_that_is_none_is_left_out_and_one_good_one_is_enough() {
    let rng = &mut seeded(33);
    for dialect in DIALECTS {
        let honest = bundle(dialect);
        let good = honest.prekeys[2].clone();
        for (what, bad) in spoilt_prekeys(dialect) {
            for prekeys in [
                vec![bad.clone(), good.clone()],
                vec![good.clone(), bad.clone()],
                vec![bad.clone(), good.clone(), bad.clone()],
            ] {
                let bundle = Bundle {
                    prekeys,
                    ..honest.clone()
                };
                let verified = bundle.verify().unwrap_or_else(|error| panic!("{what}: {error}"));
                for _ in 0..20 {
                    assert_eq!(verified.pick(rng).0.0, good.0, "{what}");
                }
            }
            let alone = Bundle {
                prekeys: vec![bad],
                ..honest.clone()
            };
            assert_eq!(alone.verify().err(), Some(BundleError::NoPreKeys), "{what}");
        }
    }
}

#[test]
fn prekeys_are_numbered_from_zero_by_some() {
    let rng = &mut seeded(34);
    for dialect in DIALECTS {
        let mut bundle = bundle(dialect);
        bundle.signed_prekey_id = 0;
        bundle.prekeys.truncate(1);
        bundle.prekeys[0].0 = 0;
        let verified = bundle.verify().unwrap();
        assert_eq!(verified.signed_prekey_id(), SignedPreKeyId(0));
        assert_eq!(verified.pick(rng).0, PreKeyId(0));
        // A session that is begun with them says so: a field that is left out is no zero to its reader.
        let own = Person::new(5, rng).own;
        let (kex, bytes) = SessionRecord::initiate(&own, &verified, None, rng).encrypt(&own, &[7; 32]);
        assert!(kex);
        let read = wire::read_exchange(dialect, &bytes).unwrap();
        assert_eq!(
            (read.prekey, read.signed_prekey),
            (PreKeyId(0), SignedPreKeyId(0))
        );
        let field = |number: u8| [number << 3, 0];
        let numbers = match dialect {
            Dialect::Legacy => [field(1), field(6)],
            Dialect::Omemo2 => [field(1), field(2)],
        };
        for zero in numbers {
            assert!(bytes.windows(2).any(|two| two == zero), "{dialect:?} {zero:02x?}");
        }
    }
}

#[test]
fn of_prekeys_given_twice_one_counts_and_a_number_of_two_keys_counts_for_none() {
    for dialect in DIALECTS {
        let honest = bundle(dialect);
        let [a, b, c] = [0, 1, 2].map(|at| honest.prekeys[at].clone());
        let renumbered = |prekey: &(u32, Vec<u8>), id| (id, prekey.1.clone());
        let garbage = (a.0, vec![9; 3]);
        let cases = [
            ("twice the same", vec![a.clone(), a.clone()], Some(vec![a.0])),
            (
                "one key, two numbers",
                vec![a.clone(), renumbered(&a, 90), b.clone()],
                Some(vec![a.0, b.0]),
            ),
            (
                "one number, two keys",
                vec![a.clone(), renumbered(&b, a.0), c.clone()],
                Some(vec![c.0]),
            ),
            (
                "one number, two keys, and one of them again",
                vec![a.clone(), renumbered(&b, a.0), a.clone(), c.clone()],
                Some(vec![c.0]),
            ),
            ("nothing but that", vec![a.clone(), renumbered(&b, a.0)], None),
            (
                "a number of which only one key can be read",
                vec![garbage, a.clone()],
                Some(vec![a.0]),
            ),
        ];
        for (what, prekeys, expected) in cases {
            let bundle = Bundle {
                prekeys,
                ..honest.clone()
            };
            assert_eq!(picked(&bundle), expected, "{what}");
        }
    }
}

#[test]
fn the_form_of_omemo_2_is_the_one_that_was_published_with_its_sign_bit() {
    let rng = &mut seeded(36);
    let mut signs = [0, 0];
    for seed in 1..9 {
        let mut person = Person::new(2, rng);
        let secret = primitives::random_secret(rng);
        person.own.identity = crate::IdentityKeyPair::with_true_sign(&secret);
        let key = person.own.identity.public();
        let mut newer = person.bundle(Dialect::Omemo2, rng);
        newer.signature = primitives::eddsa_sign(&secret, &newer.signed_prekey, &[9; 64]).to_vec();
        let form = newer.verify().unwrap().ed25519().unwrap();
        assert_eq!(form.0.as_slice(), newer.identity, "{seed}");
        assert_eq!(form, person.own.identity.ed25519());
        assert_eq!(primitives::ed25519_to_x25519(&form.0), Some(key.0));
        signs[usize::from(form.0[31] >> 7)] += 1;
        // The other form tells nothing of it.
        assert_eq!(
            person.bundle(Dialect::Legacy, rng).verify().unwrap().ed25519(),
            None
        );
        // Whoever begins a session and whoever is begun with sees the same.
        let own = Person::new(5, rng).own;
        let record = SessionRecord::initiate(&own, &newer.verify().unwrap(), None, rng);
        assert_eq!(record.their_ed25519(), Some(form));
        let kept = SessionRecord::from_bytes(&record.to_bytes()).unwrap();
        assert_eq!(kept.their_ed25519(), Some(form));
    }
    assert!(signs[0] > 0 && signs[1] > 0, "{signs:?}");
    // Ours has none.
    assert_eq!(Person::new(2, rng).own.identity.ed25519().0[31] >> 7, 0);
}

/// The numbers of all prekeys that may be taken; None if the bundle cannot be used.
fn picked(bundle: &Bundle) -> Option<Vec<u32>> {
    let rng = &mut seeded(35);
    let verified = bundle.verify().ok()?;
    let ids: std::collections::BTreeSet<u32> = (0..200).map(|_| verified.pick(rng).0.0).collect();
    Some(ids.into_iter().collect())
}

#[test]
fn a_bundle_with_anything_wrong_in_what_is_needed_is_refused() {
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

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(300), ..ProptestConfig::default() })]

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

#[test]
fn a_bundle_may_hold_a_thousand_prekeys_and_not_one_more() {
    for dialect in DIALECTS {
        let rng = &mut seeded(32);
        let mut bundle = Person::new(2, rng).bundle(dialect, rng);
        bundle.prekeys = (1..=1000)
            .map(|id| {
                let key = PreKeyPair::generate(PreKeyId(id), rng).public();
                (id, wire::encode_key(dialect, &key.0))
            })
            .collect();
        let verified = bundle.verify().unwrap();
        // Every one of them may be picked.
        let (least, most) = (0..4000)
            .map(|_| verified.pick(rng).0.0)
            .fold((u32::MAX, 0), |(least, most), id| (least.min(id), most.max(id)));
        assert!(least < 20 && most > 980, "{least} {most}");
        for more in [1, 2, 500] {
            let mut bundle = bundle.clone();
            for id in 1001..1001 + more {
                let key = PreKeyPair::generate(PreKeyId(id), rng).public();
                bundle.prekeys.push((id, wire::encode_key(dialect, &key.0)));
            }
            assert_eq!(
                bundle.verify().err(),
                Some(BundleError::Malformed("number of prekeys"))
            );
        }
    }
}

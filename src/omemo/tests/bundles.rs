//! Bad points and bad bundles, such as others may publish on purpose.

use proptest::prelude::*;

use super::super::primitives::points;
use super::super::{primitives, wire};
use super::*;

/// Every encoding of a u coordinate with which X25519 gives zero, or that is not the one encoding of its point.
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

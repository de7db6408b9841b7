//! Each known difference between our engine and libomemo-c, shown by itself: what ours refuses and libomemo-c
//! accepts. The reasons are in `docs/omemo.md`.

use susurro::omemo::{Bundle, Dialect};

use crate::damage::{Difference, difference};
use crate::parties::{BadBundle, Keys, Message, Ours, Party, Refusal};
use crate::peers::Peer;
use crate::twin::Twin;
use crate::wire::{self, Field, Numbers, Parts};
use crate::{DIALECTS, LIBOMEMO_C};

fn twins(dialect: Dialect) -> [Twin; 2] {
    [1, 2].map(|id| Twin::new(dialect, &Keys::new(id, 40 + u64::from(id), 4)))
}

/// Bob knows the session, Ana does not know that: the next thing that she writes is a key exchange of it.
fn exchange_of_a_known_session(dialect: Dialect) -> ([Twin; 2], Message) {
    let [mut ana, mut bob] = twins(dialect);
    let bundle = bob.bundle(1);
    ana.begin(&bundle).unwrap();
    let first = ana.encrypt(&[1; 32]);
    assert_eq!(bob.decrypt(&first), Ok(vec![1; 32]));
    let second = ana.encrypt(&[2; 32]);
    ([ana, bob], second)
}

/// Ours refuses the changed message, libomemo-c reads the plain text of the true one in it.
fn only_theirs_opens(
    dialect: Dialect,
    bob: &mut Twin,
    message: &Message,
    expected: Difference,
    change: impl Fn(&Numbers, &mut Parts),
) {
    let mut parts = wire::take_apart(dialect, message).unwrap();
    change(&wire::numbers(dialect), &mut parts);
    let changed = parts.put_together();
    assert_eq!(difference(dialect, &changed), Some(expected));
    assert_eq!(bob.probe(&changed), [Err(Refusal::Other), Ok(vec![2; 32])]);
    assert_eq!(bob.probe(message), [Ok(vec![2; 32]), Ok(vec![2; 32])]);
}

fn set(fields: &mut [Field], wanted: u64, value: u64) {
    for field in fields {
        if let Field::Number(id, old) = field
            && *id == wanted
        {
            *old = value;
        }
    }
}

fn set_high_bit(parts: &mut Parts, wanted: u64) {
    for field in parts.exchange.as_mut().unwrap() {
        if let Field::Bytes(id, bytes) = field
            && *id == wanted
        {
            *bytes.last_mut().unwrap() |= 0x80;
        }
    }
}

#[test]
fn a_number_of_more_than_32_bits_is_not_cut_to_32() {
    for dialect in DIALECTS {
        let ([_, mut bob], message) = exchange_of_a_known_session(dialect);
        only_theirs_opens(
            dialect,
            &mut bob,
            &message,
            Difference::LongNumber,
            |numbers, parts| {
                set(parts.exchange.as_mut().unwrap(), numbers.prekey, 1 << 32 | 1);
            },
        );
    }
}

#[test]
fn a_key_exchange_names_a_prekey_even_if_the_session_is_known() {
    for dialect in DIALECTS {
        let ([_, mut bob], message) = exchange_of_a_known_session(dialect);
        for id in [1 << 31, u64::from(u32::MAX)] {
            only_theirs_opens(
                dialect,
                &mut bob,
                &message,
                Difference::PrekeyId,
                |numbers, parts| {
                    set(parts.exchange.as_mut().unwrap(), numbers.prekey, id);
                },
            );
        }
    }
    // In OMEMO 2 libomemo-c demands the field too.
    let ([_, mut bob], message) = exchange_of_a_known_session(Dialect::Legacy);
    only_theirs_opens(
        Dialect::Legacy,
        &mut bob,
        &message,
        Difference::PrekeyId,
        |numbers, parts| {
            let exchange = parts.exchange.as_mut().unwrap();
            exchange.retain(|field| field.id() != numbers.prekey);
        },
    );
}

#[test]
fn a_base_key_has_one_encoding() {
    for dialect in DIALECTS {
        let [mut ana, mut bob] = twins(dialect);
        let bundle = bob.bundle(1);
        ana.begin(&bundle).unwrap();
        let message = ana.encrypt(&[2; 32]);
        only_theirs_opens(
            dialect,
            &mut bob,
            &message,
            Difference::BaseKey,
            |numbers, parts| set_high_bit(parts, numbers.base_key),
        );
    }
}

#[test]
fn an_identity_is_compared_with_its_sign_bit() {
    let dialect = Dialect::Omemo2;
    let ([_, mut bob], message) = exchange_of_a_known_session(dialect);
    only_theirs_opens(
        dialect,
        &mut bob,
        &message,
        Difference::IdentitySign,
        |numbers, parts| set_high_bit(parts, numbers.identity),
    );
}

#[test]
fn a_new_session_is_proved_by_its_own_message() {
    for dialect in DIALECTS {
        let ([mut ana, mut bob], message) = exchange_of_a_known_session(dialect);
        let bundle = bob.bundle(2);
        ana.begin(&bundle).unwrap();
        let fresh = ana.encrypt(&[3; 32]);
        let [known, mut unproved] =
            [&message, &fresh].map(|message| wire::take_apart(dialect, message).unwrap());
        (unproved.ratchet, unproved.mac) = (known.ratchet, known.mac);
        let unproved = unproved.put_together();
        // libomemo-c now has a session that nobody proved to have begun, and has spent the prekey of it.
        assert_eq!(bob.probe(&unproved), [Err(Refusal::Other), Ok(vec![2; 32])]);
        assert_eq!(bob.decrypt(&fresh), Ok(vec![3; 32]));
    }
}

/// What both make of a bundle with something else in it.
fn begun(dialect: Dialect, spoil: impl FnOnce(&mut Bundle)) -> [Result<(), BadBundle>; 2] {
    let [mut ana, mut bob] = twins(dialect);
    let mut bundle = bob.bundle(1);
    spoil(&mut bundle);
    [ana.ours.begin(&bundle), ana.theirs.begin(&bundle)]
}

#[test]
fn a_prekey_is_a_point_of_the_curve_without_torsion_in_its_one_encoding() {
    for dialect in DIALECTS {
        assert_eq!(begun(dialect, |_| {}), [Ok(()), Ok(())]);
        let last = if dialect == Dialect::Legacy { 32 } else { 31 };
        for kind in 0..3 {
            let verdicts = begun(dialect, |bundle| {
                let key = &mut bundle.prekeys[0].1;
                if kind == 0 {
                    key[last] |= 0x80;
                } else {
                    // 0 is of order 2, and 2 is on the twist.
                    key[last - 31..].fill(0);
                    key[last - 31] = if kind == 1 { 0 } else { 2 };
                }
            });
            assert_eq!(verdicts, [Err(BadBundle), Ok(())]);
        }
    }
}

#[test]
fn what_the_signature_covers_both_refuse_when_it_is_damaged() {
    for dialect in DIALECTS {
        for bit in [0, 9, 130, 250] {
            for part in 0..3 {
                let verdicts = begun(dialect, |bundle| {
                    let parts = [
                        &mut bundle.identity,
                        &mut bundle.signed_prekey,
                        &mut bundle.signature,
                    ];
                    let bytes = parts.into_iter().nth(part).unwrap();
                    let last = bytes.len() - 1;
                    bytes[last - bit / 8] ^= 1 << (bit % 8);
                });
                assert_eq!(verdicts, [Err(BadBundle); 2], "{bit}");
            }
        }
    }
}

/// The first message of a chain, when so many keys of two chains each were skipped after it.
fn first_of_many_skipped(
    first: &mut dyn Party,
    second: &mut dyn Party,
    lost: usize,
) -> Result<Vec<u8>, Refusal> {
    crate::acquaint(first, second);
    let held = first.encrypt(&[9; 32]);
    for chain in 0..2 {
        for _ in chain..lost {
            first.encrypt(&[0; 32]);
        }
        crate::pass(first, second, false);
        crate::pass(second, first, false);
    }
    second.decrypt(&held)
}

#[test]
fn the_skipped_keys_of_a_session_are_bounded_not_those_of_each_chain() {
    for (dialect, lost) in [(Dialect::Legacy, 1500), (Dialect::Omemo2, 750)] {
        let [ana, bob] = [1, 2].map(|id| Keys::new(id, 40 + u64::from(id), 4));
        let ours = first_of_many_skipped(
            &mut Peer::new(LIBOMEMO_C, dialect, &ana),
            &mut Ours::new(dialect, &bob),
            lost,
        );
        let theirs = first_of_many_skipped(
            &mut Ours::new(dialect, &ana),
            &mut Peer::new(LIBOMEMO_C, dialect, &bob),
            lost,
        );
        // A key that is gone cannot be told from one that was used.
        assert_eq!(ours, Err(Refusal::Duplicate));
        assert_eq!(theirs, Ok(vec![9; 32]));
    }
}

#[test]
fn a_key_of_more_than_8_kib_is_refused_unread() {
    for dialect in DIALECTS {
        let [mut ana, mut bob] = twins(dialect);
        crate::acquaint(&mut ana, &mut bob);
        let long = ana.encrypt(&[1; 8192]);
        assert_eq!(bob.probe(&long), [Err(Refusal::Other), Ok(vec![1; 8192])]);
        let short = ana.encrypt(&[1; 8000]);
        assert_eq!(bob.decrypt(&short), Ok(vec![1; 8000]));
    }
}

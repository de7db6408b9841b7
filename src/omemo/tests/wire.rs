//! The bytes of `<key>`: what protobuf leaves open, what it forbids, and where our own bounds lie.

use proptest::prelude::*;

use super::*;
use crate::wire::{self, RatchetHeader};

/// A ratchet message with a MAC of nobody and a ciphertext of so many bytes.
fn message(dialect: Dialect, ciphertext: usize) -> Vec<u8> {
    let header = RatchetHeader {
        ratchet_key: SignedPreKeyPair::generate(SignedPreKeyId(1), &mut seeded(1)).public(),
        counter: 3,
        previous: 2,
    };
    let framed = wire::write_message(dialect, &header, &vec![7; ciphertext]);
    wire::attach_mac(dialect, framed, &vec![9; dialect.constants().mac_length])
}

/// The message with these bytes in front of its fields, where a reader must pass over what it does not know.
fn with_field(dialect: Dialect, field: &[u8]) -> Vec<u8> {
    let message = message(dialect, 48);
    match dialect {
        Dialect::Legacy => [&message[..1], field, &message[1..]].concat(),
        Dialect::Omemo2 => [field, &message].concat(),
    }
}

fn is_read(dialect: Dialect, bytes: &[u8]) -> bool {
    super::fuzz::wire::wire(bytes);
    wire::read_message(dialect, bytes).is_ok()
}

#[test]
fn a_message_of_eight_kibibytes_is_read_and_a_longer_one_is_not() {
    for dialect in DIALECTS {
        let longest = (7000..8192)
            .map(|ciphertext| message(dialect, ciphertext))
            .find(|message| message.len() == 8192)
            .unwrap();
        assert!(is_read(dialect, &longest));
        for length in [8193, 8194, 9000, 100_000] {
            assert!(!is_read(dialect, &message(dialect, length)));
            let longer = [&longest[..], &vec![0; length - 8192]].concat();
            let refused = wire::read_message(dialect, &longer).err();
            assert_eq!(
                refused,
                Some(OpenError::Malformed("a key longer than any honest one"))
            );
        }
    }
}

#[test]
fn fields_that_nobody_knows_are_passed_over_whatever_they_hold() {
    let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let known: [(&str, Vec<u8>); 7] = [
        ("a number", vec![9 << 3, 5]),
        ("the largest number", [&[9 << 3][..], &most].concat()),
        ("a number with needless bytes", vec![9 << 3, 0x80, 0x80, 0x00]),
        ("eight bytes", vec![9 << 3 | 1, 1, 2, 3, 4, 5, 6, 7, 8]),
        ("a text", vec![9 << 3 | 2, 3, b'a', b'b', b'c']),
        ("four bytes", vec![9 << 3 | 5, 1, 2, 3, 4]),
        (
            "a field with a large number",
            vec![0x80 | 5, 0x80, 0x01, 1, 2, 3, 4],
        ),
    ];
    for dialect in DIALECTS {
        for (what, field) in &known {
            assert!(is_read(dialect, &with_field(dialect, field)), "{what}");
        }
    }
}

#[test]
fn what_is_no_protobuf_is_refused() {
    let over = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
    let eleven = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
    let broken: [(&str, Vec<u8>); 9] = [
        ("a number beyond 64 bits", [&[9 << 3][..], &over].concat()),
        ("a number of eleven bytes", [&[9 << 3][..], &eleven].concat()),
        ("field zero, a number", vec![0, 5]),
        ("field zero, a text", vec![2, 1, b'a']),
        ("field zero, four bytes", vec![5, 1, 2, 3, 4]),
        ("the start of a group", vec![9 << 3 | 3]),
        ("the end of a group", vec![9 << 3 | 4]),
        ("a kind that there is not", vec![9 << 3 | 6, 1]),
        (
            "a text longer than the rest",
            [&[9 << 3 | 2][..], &[0xff, 0x7f]].concat(),
        ),
    ];
    for dialect in DIALECTS {
        for (what, field) in &broken {
            assert!(!is_read(dialect, &with_field(dialect, field)), "{what}");
        }
    }
}

#[test]
fn the_version_of_a_legacy_message_is_three_whatever_the_newest_version_is() {
    let honest = message(Dialect::Legacy, 48);
    for version in 0..=255u8 {
        let mut changed = honest.clone();
        changed[0] = version;
        assert_eq!(
            is_read(Dialect::Legacy, &changed),
            version >> 4 == 3,
            "{version:#x}"
        );
    }
    assert!(!is_read(Dialect::Legacy, &[]));
    assert!(!is_read(Dialect::Legacy, &honest[..8]));
}

#[test]
fn a_mac_of_another_length_is_refused_in_omemo_2() {
    for length in [0, 8, 15, 17, 32] {
        let framed = message(Dialect::Omemo2, 48)[20..].to_vec();
        let changed = wire::attach_mac(Dialect::Omemo2, framed, &vec![9; length]);
        assert!(!is_read(Dialect::Omemo2, &changed), "{length}");
    }
}

#[test]
fn a_field_that_is_missing_is_a_message_refused() {
    for dialect in DIALECTS {
        let (ana, bob) = (Person::new(1, &mut seeded(2)), Person::new(2, &mut seeded(3)));
        let rng = &mut seeded(4);
        let mut record = SessionRecord::initiate(&ana.own, &bob.verified(dialect, rng), None, rng);
        let (_, exchange) = record.encrypt(&ana.own, &[1; 32]);
        let fields: &[u8] = match dialect {
            Dialect::Legacy => &[1, 2, 3, 4, 6],
            Dialect::Omemo2 => &[1, 2, 3, 4, 5],
        };
        assert!(key_exchange(dialect, &exchange).is_ok());
        for field in fields {
            let without = without(dialect, &exchange, *field);
            assert!(key_exchange(dialect, &without).is_err(), "{field}");
            super::fuzz::wire::wire(&without);
        }
        // libsignal's registration id is nobody's business.
        if dialect == Dialect::Legacy {
            assert!(key_exchange(dialect, &without(dialect, &exchange, 5)).is_ok());
        }
    }
}

/// The key exchange without one of its fields. All of them are shorter than 2^14 and have small numbers.
fn without(dialect: Dialect, exchange: &[u8], field: u8) -> Vec<u8> {
    let start = usize::from(dialect == Dialect::Legacy);
    let mut out = exchange[..start].to_vec();
    let mut rest = &exchange[start..];
    while let [tag, after @ ..] = rest {
        let number = after.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
        let value = after[..number]
            .iter()
            .rev()
            .fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f));
        let length = 1 + number + if tag & 7 == 2 { value } else { 0 };
        if tag >> 3 != field {
            out.extend(&rest[..length]);
        }
        rest = &rest[length..];
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(500), ..ProptestConfig::default() })]

    #[test]
    fn two_readers_agree_about_any_bytes(bytes in super::hostile::plausible()) {
        super::fuzz::wire::wire(&bytes);
    }

    #[test]
    fn what_is_written_is_read_again(
        counter: u32, previous: u32, prekey in 0u32..=0x7fff_ffff, signed: u32,
        ciphertext in proptest::collection::vec(any::<u8>(), 0..300), omemo2: bool,
    ) {
        let dialect = DIALECTS[usize::from(omemo2)];
        let person = Person::new(1, &mut seeded(5));
        let key = person.signed_prekeys[0].public();
        let header = RatchetHeader { ratchet_key: key, counter, previous };
        let mac = vec![3; dialect.constants().mac_length];
        let framed = wire::write_message(dialect, &header, &ciphertext);
        let message = wire::attach_mac(dialect, framed.clone(), &mac);
        let read = wire::read_message(dialect, &message).ok().unwrap();
        prop_assert_eq!((read.ratchet_key, read.counter), (key, counter));
        prop_assert_eq!((read.ciphertext, read.mac), (&ciphertext[..], &mac[..]));
        prop_assert_eq!(read.authenticated, framed);
        let header = wire::ExchangeHeader {
            prekey: PreKeyId(prekey),
            signed_prekey: SignedPreKeyId(signed),
            identity: person.own.identity.encoded(dialect),
            base_key: key,
            registration: Some(counter),
        };
        let exchange = wire::write_exchange(dialect, &header, &message);
        let read = wire::read_exchange(dialect, &exchange).ok().unwrap();
        prop_assert_eq!((read.prekey.0, read.signed_prekey.0, read.base_key), (prekey, signed, key));
        prop_assert_eq!(&read.identity.encoded, person.own.identity.encoded(dialect));
        prop_assert_eq!(read.identity.key, person.own.identity.public());
        prop_assert_eq!(read.message, message);
    }
}

#[test]
fn an_exchange_is_told_from_a_message_by_its_first_field_in_either_dialect() {
    for dialect in DIALECTS {
        let (ana, bob, mut anas) = super::letters::strangers(dialect);
        let rng = &mut seeded(21);
        let exchange = letter(&ana, &bob, &mut anas, "hi", rng).keys.remove(0);
        let inner = wire::read_exchange(dialect, &exchange.bytes)
            .unwrap()
            .message
            .to_vec();
        let first = usize::from(dialect == Dialect::Legacy);
        assert_eq!((exchange.bytes[first], inner[first]), (0x08, 0x0a));
        for (bytes, expected) in [(&exchange.bytes, true), (&inner, false)] {
            assert_eq!(wire::is_exchange(dialect, bytes), Some(expected));
            for kex in [true, false] {
                let key = EncryptedKey {
                    kex,
                    bytes: bytes.clone(),
                    ..exchange.clone()
                };
                assert_eq!(key.is_exchange(dialect), expected, "whatever its attribute says");
            }
        }
        // Where the bytes tell nothing the attribute counts: an exchange without a
        // prekey, no protobuf, too long.
        for bytes in [Vec::new(), vec![0x33, 0x12, 0x01, 0x05], vec![0xff; 9000]] {
            for kex in [true, false] {
                let key = EncryptedKey {
                    kex,
                    bytes: bytes.clone(),
                    ..exchange.clone()
                };
                assert_eq!(key.is_exchange(dialect), kex, "{bytes:02x?}");
            }
        }
    }
}

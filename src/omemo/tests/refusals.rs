//! Letters that are refused, with what reason, and that nothing has changed then.

use super::letters::{opens, refused, strangers};
use super::*;
use crate::{payload, primitives};

#[test]
fn unknown_prekeys_of_either_kind_make_no_session() {
    for dialect in DIALECTS {
        let (ana, mut bob, mut anas) = strangers(dialect);
        let first = letter(&ana, &bob, &mut anas, "one", &mut seeded(5));
        let needs = key_exchange(dialect, &first.keys[0].bytes).unwrap();
        assert_eq!(needs.identity, ana.own.identity.public());
        assert_eq!(needs.signed_prekey, bob.signed_prekeys[0].id);
        let prekeys = std::mem::take(&mut bob.prekeys);
        assert_eq!(refused(&first, &bob, None), OpenError::UnknownPreKey);
        bob.prekeys = prekeys;
        bob.signed_prekeys.clear();
        assert_eq!(refused(&first, &bob, None), OpenError::UnknownPreKey);
    }
}

#[test]
fn letters_without_our_key_or_without_a_session_say_so() {
    for dialect in DIALECTS {
        let (ana, mut anas, bob, bobs) = acquainted(dialect, 8);
        let mut lost = letter(&ana, &bob, &mut anas, "hello?", &mut seeded(8));
        assert_eq!(refused(&lost, &bob, None), OpenError::NoSession);
        lost.keys[0].rid = DeviceId::new(77).unwrap();
        assert_eq!(
            opens(&lost, &bob, Some(bobs)).err(),
            Some(OpenError::NotForThisDevice)
        );
    }
}

#[test]
fn another_identity_key_is_refused_before_anything_is_tried() {
    for dialect in DIALECTS {
        let (ana, bob, mut anas) = strangers(dialect);
        let rng = &mut seeded(9);
        let begin = letter(&ana, &bob, &mut anas, "hi", rng);
        let known = IdentityKey([9; 32]);
        let ours = ana.own.identity.public();
        let error = open(&begin, &bob.local(), None, Some(known), rng).err();
        assert_eq!(error, Some(OpenError::IdentityChanged(ours)));
        // The device was re-installed: same id, another key.
        let record = opens(&begin, &bob, None).unwrap().record;
        let again = Person::new(1, rng);
        let mut agains = SessionRecord::initiate(&again.own, &bob.verified(dialect, rng), None, rng);
        let anew = letter(&again, &bob, &mut agains, "me again", rng);
        let changed = OpenError::IdentityChanged(again.own.identity.public());
        assert_eq!(refused(&anew, &bob, Some(&record)), changed);
        let error = open(&anew, &bob.local(), Some(record.clone()), Some(ours), rng).err();
        assert_eq!(error, Some(changed));
        let error = open(&begin, &bob.local(), Some(record), Some(known), rng).err();
        assert_eq!(error, Some(OpenError::IdentityChanged(ours)));
        // A new session does not inherit the states of another identity.
        let fresh = SessionRecord::initiate(&bob.own, &again.verified(dialect, rng), Some(anas), rng);
        assert!(fresh.archived.is_empty());
    }
}

#[test]
fn the_tag_must_have_come_through_the_ratchet() {
    let (ana, mut anas, bob, bobs) = acquainted(Dialect::Legacy, 10);
    let rng = &mut seeded(10);
    let sealed = payload::seal(Dialect::Legacy, b"body", rng);
    for length in [0, 15, 16, 17, 31, 33, 48] {
        let mut material = sealed.material.to_vec();
        material.resize(length, 0);
        let (kex, bytes) = anas.encrypt(&ana.own, &material);
        let key = EncryptedKey {
            jid: String::new(),
            rid: bob.own.id,
            kex,
            bytes,
        };
        let payload = Some([&sealed.ciphertext[..], &sealed.material[16..]].concat());
        let mut letter = EncryptedMessage {
            dialect: Dialect::Legacy,
            sid: ana.own.id,
            keys: vec![key],
            iv: sealed.iv.clone(),
            payload,
        };
        let refused = opens(&letter, &bob, Some(bobs.clone())).err();
        assert_eq!(
            refused,
            Some(OpenError::Malformed("length of the key material")),
            "{length}"
        );
        // Without a payload any length is a key transport.
        letter.payload = None;
        let opened = opens(&letter, &bob, Some(bobs.clone())).unwrap();
        assert!(matches!(opened.content, Content::KeyTransport));
        assert_ne!(*opened.record.to_bytes(), *bobs.to_bytes());
    }
}

#[test]
fn a_changed_payload_or_iv_is_refused_and_the_true_letter_opens_after() {
    for dialect in DIALECTS {
        let (ana, mut anas, bob, bobs) = acquainted(dialect, 11);
        let honest = letter(&ana, &bob, &mut anas, "the true words", &mut seeded(11));
        let mut changed = honest.clone();
        changed.payload.as_mut().unwrap()[3] ^= 1;
        assert_eq!(
            opens(&changed, &bob, Some(bobs.clone())).err(),
            Some(OpenError::Damaged)
        );
        changed.payload = Some(Vec::new());
        assert_eq!(
            opens(&changed, &bob, Some(bobs.clone())).err(),
            Some(OpenError::Damaged)
        );
        if dialect == Dialect::Legacy {
            for length in [0, 11, 13, 15, 17, 64] {
                let changed = EncryptedMessage {
                    iv: vec![1; length],
                    ..honest.clone()
                };
                let error = opens(&changed, &bob, Some(bobs.clone())).err();
                assert_eq!(error, Some(OpenError::Malformed("IV of neither 12 nor 16 bytes")));
            }
            let changed = EncryptedMessage {
                iv: vec![1; 16],
                ..honest.clone()
            };
            assert_eq!(
                opens(&changed, &bob, Some(bobs.clone())).err(),
                Some(OpenError::Damaged)
            );
        }
        assert_eq!(text(&opens(&honest, &bob, Some(bobs)).unwrap()), "the true words");
    }
}

#[test]
fn a_fellow_recipient_cannot_alter_the_letter_for_others() {
    let rng = &mut seeded(12);
    let (ana, mut to_bob, bob, bobs) = acquainted(Dialect::Legacy, 12);
    let eve = Person::new(3, rng);
    let mut to_eve = SessionRecord::initiate(&ana.own, &eve.verified(Dialect::Legacy, rng), None, rng);
    let mut recipients = [
        Recipient {
            jid: "bob@mired.test",
            device: bob.own.id,
            record: &mut to_bob,
        },
        Recipient {
            jid: "eve@mired.test",
            device: eve.own.id,
            record: &mut to_eve,
        },
    ];
    let mut letter = seal(Dialect::Legacy, &ana.own, b"pay Bob 10", &mut recipients, rng);
    assert_eq!(letter.keys.len(), 2);
    // Eve knows the key of the payload and encrypts other words under it.
    let mut eves = None;
    let material = SessionRecord::accept(
        &mut eves,
        Dialect::Legacy,
        &eve.local(),
        &letter.keys[1].bytes,
        rng,
    )
    .unwrap();
    let key = material[..16].try_into().unwrap();
    let iv = letter.iv.clone().try_into().unwrap();
    letter.payload = Some(primitives::gcm_encrypt(key, &iv, b"pay Eve 99").0);
    assert_eq!(
        refused(
            &EncryptedMessage {
                keys: letter.keys[..1].to_vec(),
                ..letter
            },
            &bob,
            Some(&bobs)
        ),
        OpenError::Damaged
    );
}

#[test]
fn a_record_of_the_other_dialect_opens_and_seals_nothing() {
    let (ana, mut anas, bob, _) = acquainted(Dialect::Legacy, 15);
    let (.., omemo2) = acquainted(Dialect::Omemo2, 15);
    let sent = letter(&ana, &bob, &mut anas, "x", &mut seeded(15));
    let error = opens(&sent, &bob, Some(omemo2)).err();
    assert_eq!(error, Some(OpenError::Malformed("record of the other dialect")));
    let before = anas.to_bytes();
    let mut recipients = [Recipient {
        jid: "",
        device: bob.own.id,
        record: &mut anas,
    }];
    assert!(
        seal(Dialect::Omemo2, &ana.own, b"", &mut recipients, &mut seeded(15))
            .keys
            .is_empty()
    );
    assert_eq!(*anas.to_bytes(), *before);
}

/// The same device, whose library writes the Ed25519 form of its identity key with the other sign bit.
fn with_the_other_sign(person: &Person) -> OwnDevice {
    OwnDevice {
        id: person.own.id,
        identity: IdentityKeyPair::with_true_sign(&person.own.identity.secret()),
    }
}

#[test]
fn the_other_sign_bit_of_an_identity_key_is_no_other_identity() {
    // The first seed whose key has the sign bit set.
    let (ana, bob, mut anas) = (70..)
        .map(|seed| {
            let rng = &mut seeded(seed);
            let (ana, bob) = (Person::new(1, rng), Person::new(2, rng));
            let anas = SessionRecord::initiate(&ana.own, &bob.verified(Dialect::Omemo2, rng), None, rng);
            (ana, bob, anas)
        })
        .find(|(ana, ..)| with_the_other_sign(ana).identity.encoded(Dialect::Omemo2)[31] & 0x80 != 0)
        .unwrap();
    let rng = &mut seeded(71);
    let first = letter(&ana, &bob, &mut anas, "before", rng);
    let record = opens(&first, &bob, None).unwrap().record;

    // Somebody on the way flips the bit: that is damage, and nobody need compare fingerprints.
    let mut second = letter(&ana, &bob, &mut anas, "damaged", rng);
    let key = ana.own.identity.encoded(Dialect::Omemo2);
    let bytes = &mut second.keys[0].bytes;
    let place = bytes.windows(32).position(|window| window == key).unwrap();
    bytes[place + 31] ^= 0x80;
    assert_eq!(refused(&second, &bob, Some(&record)), OpenError::Damaged);

    // The device itself now writes it so: a new session, to which nothing of the old one belongs.
    let own = with_the_other_sign(&ana);
    let again = Person { own, ..ana };
    let mut agains = SessionRecord::initiate(&again.own, &bob.verified(Dialect::Omemo2, rng), None, rng);
    let anew = letter(&again, &bob, &mut agains, "after", rng);
    let known = Some(again.own.identity.public());
    let opened = open(&anew, &bob.local(), Some(record), known, rng).ok().unwrap();
    assert_eq!(text(&opened), "after");
    assert!(opened.new_session && opened.record.archived.is_empty());
    let next = letter(&again, &bob, &mut agains, "and on", rng);
    assert_eq!(text(&opens(&next, &bob, Some(opened.record)).unwrap()), "and on");
}

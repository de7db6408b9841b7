//! How letters behave: phases of a session, repeated and late letters, several keys, refusals.

use std::cell::Cell;

use super::super::{payload, wire};
use super::*;

thread_local! {
    /// Every opening draws other keys: a ratchet key that comes twice would be a fault of the random source.
    static OPENINGS: Cell<u64> = const { Cell::new(1 << 32) };
}

fn opens(letter: &Letter, to: &Person, record: Option<SessionRecord>) -> Result<Opened, OpenError> {
    let seed = OPENINGS.replace(OPENINGS.get() + 1);
    open(letter, &to.local(), record, None, &mut seeded(seed))
}

/// Why opening failed, having checked that it would not have changed a record in place either.
fn refused(letter: &Letter, to: &Person, record: Option<&SessionRecord>) -> OpenError {
    let before = record.map(SessionRecord::to_bytes);
    let mut kept = record.cloned();
    for key in &letter.keys {
        let rng = &mut seeded(98);
        if key.kex {
            let _ = SessionRecord::accept(&mut kept, letter.dialect, &to.local(), &key.bytes, rng)
                .inspect(|_| kept = record.cloned());
        } else if let Some(kept) = &mut kept {
            let _ = kept
                .decrypt(&to.own, &key.bytes, rng)
                .inspect(|_| *kept = record.unwrap().clone());
        }
    }
    assert_eq!(kept.map(|record| record.to_bytes()), before);
    opens(letter, to, record.cloned()).err().expect("must be refused")
}

fn strangers(dialect: Dialect) -> (Person, Person, SessionRecord) {
    let mut rng = seeded(7);
    let (ana, bob) = (Person::new(1, &mut rng), Person::new(2, &mut rng));
    let record = SessionRecord::initiate(&ana.own, &bob.verified(dialect, &mut rng), None, &mut rng);
    (ana, bob, record)
}

#[test]
fn everything_is_a_key_exchange_until_the_first_answer_was_opened() {
    for dialect in DIALECTS {
        let (ana, bob, mut anas) = strangers(dialect);
        let rng = &mut seeded(1);
        let first = letter(&ana, &bob, &mut anas, "one", rng);
        let second = letter(&ana, &bob, &mut anas, "two", rng);
        assert!(first.keys[0].kex && second.keys[0].kex && anas.is_unanswered());

        let opened = opens(&first, &bob, None).unwrap();
        assert!(opened.new_session && opened.first_of_chain && opened.counter == 0);
        let mut bobs = opened.record;
        assert!(!bobs.is_unanswered());
        let opened = opens(&second, &bob, Some(bobs.clone())).unwrap();
        assert!(!opened.new_session && opened.spent.is_none() && !opened.first_of_chain);
        assert_eq!((text(&opened), opened.counter), ("two", 1));

        let answer = letter(&bob, &ana, &mut bobs, "yes", rng);
        assert!(!answer.keys[0].kex);
        anas = opens(&answer, &ana, Some(anas)).unwrap().record;
        assert!(!anas.is_unanswered());
        assert!(!letter(&ana, &bob, &mut anas, "three", rng).keys[0].kex);
    }
}

#[test]
fn two_that_begin_at_the_same_time_understand_each_other() {
    for dialect in DIALECTS {
        let rng = &mut seeded(2);
        let (ana, bob, mut anas) = strangers(dialect);
        let mut bobs = SessionRecord::initiate(&bob.own, &ana.verified(dialect, rng), None, rng);
        let from_ana = letter(&ana, &bob, &mut anas, "I first", rng);
        let from_bob = letter(&bob, &ana, &mut bobs, "no, I", rng);
        let opened = opens(&from_ana, &bob, Some(bobs)).unwrap();
        assert!(opened.new_session);
        bobs = opened.record;
        anas = opens(&from_bob, &ana, Some(anas)).unwrap().record;
        for round in 0..12 {
            let said = format!("round {round}");
            let (a, b) = (
                letter(&ana, &bob, &mut anas, &said, rng),
                letter(&bob, &ana, &mut bobs, &said, rng),
            );
            let (to_bob, to_ana) = (
                opens(&a, &bob, Some(bobs)).unwrap(),
                opens(&b, &ana, Some(anas)).unwrap(),
            );
            assert_eq!((text(&to_bob), text(&to_ana)), (&*said, &*said));
            (bobs, anas) = (to_bob.record, to_ana.record);
        }
        assert!(!anas.is_unanswered() && !bobs.is_unanswered());
        assert_eq!((anas.archived.len(), bobs.archived.len()), (1, 1));
    }
}

#[test]
fn a_new_session_archives_the_old_one_whose_late_letters_still_open() {
    for dialect in DIALECTS {
        let (ana, mut anas, bob, mut bobs) = acquainted(dialect, 3);
        let rng = &mut seeded(3);
        let late = letter(&ana, &bob, &mut anas, "late", rng);
        let later = letter(&ana, &bob, &mut anas, "later", rng);
        let mut renewed = SessionRecord::initiate(&ana.own, &bob.verified(dialect, rng), Some(anas), rng);
        assert!(renewed.is_unanswered());
        let begin = letter(&ana, &bob, &mut renewed, "anew", rng);
        let opened = opens(&begin, &bob, Some(bobs)).unwrap();
        assert!(opened.new_session);
        bobs = opened.record;
        let (new, old) = (bobs.current.base_key, bobs.archived[0].base_key);
        let opened = opens(&late, &bob, Some(bobs)).unwrap();
        assert_eq!(text(&opened), "late");
        // The state that opened a letter is the current one.
        assert_eq!(opened.record.current.base_key, old);
        assert_eq!(opened.record.archived[0].base_key, new);
        assert_eq!(refused(&late, &bob, Some(&opened.record)), OpenError::Duplicate);
        assert_eq!(refused(&begin, &bob, Some(&opened.record)), OpenError::Duplicate);
        let mut bobs = opened.record;
        // An answer on the old state reaches her there.
        let answer = letter(&bob, &ana, &mut bobs, "which one?", rng);
        assert_eq!(text(&opens(&answer, &ana, Some(renewed)).unwrap()), "which one?");
        assert_eq!(text(&opens(&later, &bob, Some(bobs)).unwrap()), "later");
    }
}

#[test]
fn a_key_exchange_is_found_by_its_base_key_when_its_prekey_is_gone() {
    for dialect in DIALECTS {
        let (ana, mut bob, mut anas) = strangers(dialect);
        let rng = &mut seeded(4);
        let first = letter(&ana, &bob, &mut anas, "one", rng);
        let second = letter(&ana, &bob, &mut anas, "two", rng);
        let opened = opens(&first, &bob, None).unwrap();
        bob.spend(opened.spent);
        bob.signed_prekeys.clear();
        assert_eq!(refused(&first, &bob, Some(&opened.record)), OpenError::Duplicate);
        assert_eq!(text(&opens(&second, &bob, Some(opened.record)).unwrap()), "two");
        assert_eq!(refused(&second, &bob, None), OpenError::UnknownPreKey);
    }
}

#[test]
fn unknown_prekeys_of_either_kind_make_no_session() {
    let (ana, mut bob, mut anas) = strangers(Dialect::Legacy);
    let first = letter(&ana, &bob, &mut anas, "one", &mut seeded(5));
    let needs = key_exchange(Dialect::Legacy, &first.keys[0].bytes).unwrap();
    assert_eq!(needs.identity, ana.own.identity.public());
    assert_eq!(needs.signed_prekey, bob.signed_prekeys[0].id);
    let prekeys = std::mem::take(&mut bob.prekeys);
    assert_eq!(refused(&first, &bob, None), OpenError::UnknownPreKey);
    bob.prekeys = prekeys;
    bob.signed_prekeys.clear();
    assert_eq!(refused(&first, &bob, None), OpenError::UnknownPreKey);
}

#[test]
fn each_of_several_keys_for_our_id_is_tried() {
    let (ana, mut anas, bob, bobs) = acquainted(Dialect::Legacy, 6);
    let rng = &mut seeded(6);
    let (_, mut other, ..) = acquainted(Dialect::Legacy, 600);
    let good = letter(&ana, &bob, &mut anas, "for you", rng);
    let mut foreign = letter(&ana, &bob, &mut other, "for somebody with the same id", rng).keys;
    let garbage = LetterKey {
        bytes: vec![0x33; 40],
        ..good.keys[0].clone()
    };
    let stranger = letter(&ana, &bob, &mut strangers(Dialect::Legacy).2, "x", rng).keys;
    let mut several = good.clone();
    several.keys = vec![
        garbage.clone(),
        foreign.remove(0),
        stranger[0].clone(),
        good.keys[0].clone(),
    ];
    let opened = opens(&several, &bob, Some(bobs.clone())).unwrap();
    assert_eq!(text(&opened), "for you");
    assert_eq!(
        refused(&several, &bob, Some(&opened.record)),
        OpenError::Duplicate
    );
    // Not endlessly many.
    several.keys = vec![garbage; 8];
    several.keys.push(good.keys[0].clone());
    assert!(matches!(
        refused(&several, &bob, Some(&bobs)),
        OpenError::Malformed(_)
    ));
}

#[test]
fn letters_without_our_key_or_without_a_session_say_so() {
    let (ana, mut anas, bob, bobs) = acquainted(Dialect::Legacy, 8);
    let mut lost = letter(&ana, &bob, &mut anas, "hello?", &mut seeded(8));
    assert_eq!(refused(&lost, &bob, None), OpenError::NoSession);
    lost.keys[0].rid = DeviceId::new(77).unwrap();
    assert_eq!(
        opens(&lost, &bob, Some(bobs)).err(),
        Some(OpenError::NotForThisDevice)
    );
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
        let key = LetterKey {
            jid: String::new(),
            rid: bob.own.id,
            kex,
            bytes,
        };
        let payload = Some([&sealed.ciphertext[..], &sealed.material[16..]].concat());
        let mut letter = Letter {
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
                let changed = Letter {
                    iv: vec![1; length],
                    ..honest.clone()
                };
                let error = opens(&changed, &bob, Some(bobs.clone())).err();
                assert_eq!(error, Some(OpenError::Malformed("IV of neither 12 nor 16 bytes")));
            }
            let changed = Letter {
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
    letter.payload = Some(super::super::primitives::gcm_encrypt(key, &iv, b"pay Eve 99").0);
    assert_eq!(
        refused(
            &Letter {
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
fn empty_letters_complete_a_session_and_have_the_sizes_that_others_want() {
    for dialect in DIALECTS {
        let (ana, bob, mut anas) = strangers(dialect);
        let rng = &mut seeded(13);
        let begin = letter(&ana, &bob, &mut anas, "hi", rng);
        let mut bobs = opens(&begin, &bob, None).unwrap().record;
        let mut recipients = [Recipient {
            jid: "ana@mired.test",
            device: ana.own.id,
            record: &mut bobs,
        }];
        let empty = seal_key_transport(dialect, &bob.own, &mut recipients, rng);
        assert_eq!(empty.payload, None);
        assert_eq!(empty.iv.len(), if dialect == Dialect::Legacy { 12 } else { 0 });
        let material = anas.clone().decrypt(&ana.own, &empty.keys[0].bytes, rng).unwrap();
        assert_eq!(material.len(), 32);
        assert_eq!(
            empty.keys[0].jid,
            if dialect == Dialect::Legacy {
                ""
            } else {
                "ana@mired.test"
            }
        );
        let opened = opens(&empty, &ana, Some(anas)).unwrap();
        assert!(matches!(opened.content, Content::KeyTransport) && opened.first_of_chain);
        assert!(!opened.record.is_unanswered());
    }
}

#[test]
fn the_length_of_the_last_chain_and_our_device_id_are_sent() {
    let (ana, mut anas, bob, mut bobs) = acquainted(Dialect::Legacy, 14);
    let rng = &mut seeded(14);
    for round in 1..4 {
        for n in 0..round {
            let sent = letter(&ana, &bob, &mut anas, "x", rng);
            let message = wire::read_message(Dialect::Legacy, &sent.keys[0].bytes).unwrap();
            assert_eq!(message.counter, n);
            // version, tag 1, length, 33 bytes of key, tag 2, counter, tag 3, PN
            assert_eq!(
                message.authenticated[36..40],
                [0x10, n as u8, 0x18, (round - 1).max(1) as u8]
            );
            bobs = opens(&sent, &bob, Some(bobs)).unwrap().record;
        }
        let answer = letter(&bob, &ana, &mut bobs, "y", rng);
        anas = opens(&answer, &ana, Some(anas)).unwrap().record;
    }
    let (ana, bob, mut anas) = strangers(Dialect::Legacy);
    let begin = letter(&ana, &bob, &mut anas, "hi", rng);
    // The registration id stands before the signed prekey id, both small here.
    assert!(begin.keys[0].bytes.ends_with(&[5 << 3, 1, 6 << 3, 1]));
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

#[test]
fn new_keys_are_trusted_blindly_until_one_was_verified() {
    let policy = Policy::BlindBeforeVerification;
    assert_eq!(policy.first_trust(&[]), Trust::Blind);
    assert_eq!(
        policy.first_trust(&[Trust::Blind, Trust::Undecided, Trust::Distrusted]),
        Trust::Blind
    );
    assert_eq!(
        policy.first_trust(&[Trust::Blind, Trust::Verified]),
        Trust::Undecided
    );
    assert!(Trust::Blind.may_seal() && Trust::Verified.may_seal());
    assert!(!Trust::Undecided.may_seal() && !Trust::Distrusted.may_seal());
}

#[test]
fn ids_and_fingerprints_outside_their_form_are_refused() {
    assert!(DeviceId::new(0).is_none() && DeviceId::new(1 << 31).is_none());
    assert!(DeviceId::new(1).is_some() && DeviceId::new((1 << 31) - 1).is_some());
    let mut script = Script::default();
    script.push(&[0, 0, 0, 0x80]); // zero once the top bit is off: drawn again
    script.push(&[7, 0, 0, 0]);
    assert_eq!(DeviceId::random(&mut script).get(), 7);
    let hex = "0123456789abcdef".repeat(4);
    assert!(Fingerprint::parse(&hex).is_some());
    for wrong in [
        "",
        "05",
        hex.trim_start_matches('0'),
        &format!("06{hex}"),
        &format!("{hex}00"),
        &hex.replace('f', "g"),
    ] {
        assert_eq!(Fingerprint::parse(wrong), None, "{wrong}");
    }
    assert_eq!(Fingerprint::parse(&" ".repeat(5000)), None);
}

//! How letters behave: phases of a session, repeated and late letters, several keys.

use std::cell::Cell;

use super::*;
use crate::wire;

thread_local! {
    /// Every opening draws other keys: a ratchet key that comes twice would be a fault of the random source.
    static OPENINGS: Cell<u64> = const { Cell::new(1 << 32) };
}

pub(super) fn opens(
    letter: &EncryptedMessage,
    to: &Person,
    record: Option<SessionRecord>,
) -> Result<Opened, OpenError> {
    let seed = OPENINGS.replace(OPENINGS.get() + 1);
    open(letter, &to.local(), record, None, &mut seeded(seed))
}

/// Why opening failed, having checked that it would not have changed a record in place either.
pub(super) fn refused(letter: &EncryptedMessage, to: &Person, record: Option<&SessionRecord>) -> OpenError {
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

pub(super) fn strangers(dialect: Dialect) -> (Person, Person, SessionRecord) {
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
        assert!(opened.new_session && !opened.heartbeat_due && opened.counter == 0);
        let mut bobs = opened.record;
        assert!(!bobs.is_unanswered());
        let opened = opens(&second, &bob, Some(bobs.clone())).unwrap();
        assert!(!opened.new_session && opened.spent.is_none() && !opened.heartbeat_due);
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
fn each_of_several_keys_for_our_id_is_tried() {
    let (ana, mut anas, bob, bobs) = acquainted(Dialect::Legacy, 6);
    let rng = &mut seeded(6);
    let (_, mut other, ..) = acquainted(Dialect::Legacy, 600);
    let good = letter(&ana, &bob, &mut anas, "for you", rng);
    let mut foreign = letter(&ana, &bob, &mut other, "for somebody with the same id", rng).keys;
    let garbage = EncryptedKey {
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
    several.keys.reverse(); // the most telling reason, not that of the last key
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
        // Behind a key of 16 bytes Dino 0.5 takes a tag for a payload, and shows its empty text.
        assert_eq!(material.len(), if dialect == Dialect::Legacy { 16 } else { 32 });
        assert_eq!(
            empty.keys[0].jid,
            if dialect == Dialect::Legacy {
                ""
            } else {
                "ana@mired.test"
            }
        );
        let opened = opens(&empty, &ana, Some(anas)).unwrap();
        assert!(matches!(opened.content, Content::KeyTransport) && !opened.heartbeat_due);
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

#[test]
fn a_payload_that_was_taken_away_is_missed_in_omemo_2() {
    for dialect in DIALECTS {
        let (ana, mut anas, bob, bobs) = acquainted(dialect, 18);
        let whole = letter(&ana, &bob, &mut anas, "the whole of it", &mut seeded(18));
        let mut cut = whole.clone();
        cut.payload = None;
        let opened = opens(&cut, &bob, Some(bobs.clone()));
        match dialect {
            Dialect::Omemo2 => {
                assert_eq!(opened.err(), Some(OpenError::Stripped));
            }
            // Its empty messages have the same length.
            Dialect::Legacy => assert!(matches!(opened.unwrap().content, Content::KeyTransport)),
        }
        // Nothing changed: the whole one still opens.
        assert_eq!(text(&opens(&whole, &bob, Some(bobs)).unwrap()), "the whole of it");
    }
}

#[test]
fn a_heartbeat_is_due_until_something_was_sealed_and_once_more_for_each_ratchet_key() {
    for dialect in DIALECTS {
        let (ana, mut anas, bob, mut bobs) = acquainted(dialect, 16);
        let rng = &mut seeded(16);
        for lost in [0, 53, 54, 80] {
            let mut due = Vec::new();
            let mut late = Vec::new();
            for n in 0..120 {
                let sent = letter(&ana, &bob, &mut anas, "x", rng);
                if n < lost {
                    late.push(sent);
                    continue;
                }
                let opened = opens(&sent, &bob, Some(bobs)).unwrap();
                bobs = SessionRecord::from_bytes(&opened.record.to_bytes()).unwrap();
                due.extend(opened.heartbeat_due.then_some(n));
                // What was due three times was at last sent, and is on its way.
                if due.len() == 3 && opened.heartbeat_due {
                    let _ = letter(&bob, &ana, &mut bobs, "beat", rng);
                }
            }
            for sent in late {
                let opened = opens(&sent, &bob, Some(bobs)).unwrap();
                assert!(!opened.heartbeat_due);
                bobs = opened.record;
            }
            let first = lost.max(53);
            assert_eq!(due, [first, first + 1, first + 2]);
            let answer = letter(&bob, &ana, &mut bobs, "y", rng);
            anas = opens(&answer, &ana, Some(anas)).unwrap().record;
        }
    }
}

#[test]
fn the_first_of_a_ratchet_key_is_answered_by_a_heartbeat_although_something_was_sealed_since() {
    for dialect in DIALECTS {
        let (ana, mut anas, bob, mut bobs) = acquainted(dialect, 19);
        let rng = &mut seeded(19);
        let mut due = Vec::new();
        for n in 0..60 {
            let sent = letter(&ana, &bob, &mut anas, "x", rng);
            let opened = opens(&sent, &bob, Some(bobs)).unwrap();
            bobs = opened.record;
            due.extend(opened.heartbeat_due.then_some(n));
            if n == 7 {
                let _ = letter(&bob, &ana, &mut bobs, "never arrives", rng);
            }
        }
        assert_eq!(due, [53]);
    }
}

#[test]
fn a_session_that_the_other_side_began_is_unused_until_something_was_sealed_with_it() {
    for dialect in DIALECTS {
        let (ana, bob, mut anas) = strangers(dialect);
        let rng = &mut seeded(17);
        assert!(!anas.is_unused());
        let first = letter(&ana, &bob, &mut anas, "one", rng);
        let mut bobs = opens(&first, &bob, None).unwrap().record;
        assert!(bobs.is_unused());
        let second = letter(&ana, &bob, &mut anas, "two", rng);
        bobs = opens(&second, &bob, Some(bobs)).unwrap().record;
        assert!(bobs.is_unused());
        let answer = letter(&bob, &ana, &mut bobs, "three", rng);
        assert!(!bobs.is_unused());
        // His chain begins anew with her next ratchet key; it is no first use.
        anas = opens(&answer, &ana, Some(anas)).unwrap().record;
        assert!(!anas.is_unused());
        let third = letter(&ana, &bob, &mut anas, "four", rng);
        bobs = opens(&third, &bob, Some(bobs)).unwrap().record;
        assert_eq!(bobs.current.ratchet.sending.next, 0);
        assert!(!bobs.is_unused());
        // A session that we begin in place of an unused one is not unused either, being ours.
        let again = SessionRecord::initiate(&bob.own, &ana.verified(dialect, rng), Some(bobs), rng);
        assert!(!again.is_unused());
    }
}

#[test]
fn the_oldest_skipped_keys_make_room_first_over_several_chains() {
    for dialect in DIALECTS {
        let (ana, mut anas, bob, mut bobs) = acquainted(dialect, 18);
        let rng = &mut seeded(18);
        for lost in [2, 3, 4] {
            for _ in 0..lost {
                letter(&ana, &bob, &mut anas, "lost", rng);
            }
            let sent = letter(&ana, &bob, &mut anas, "x", rng);
            bobs = opens(&sent, &bob, Some(bobs)).unwrap().record;
            let answer = letter(&bob, &ana, &mut bobs, "y", rng);
            anas = opens(&answer, &ana, Some(anas)).unwrap().record;
        }
        let kept = |most| {
            let mut ratchet = bobs.current.ratchet.clone();
            ratchet.bound_skipped(most);
            let chains = ratchet.receiving.iter();
            let kept: Vec<Vec<u32>> = chains
                .map(|chain| {
                    chain
                        .skipped
                        .entries()
                        .iter()
                        .map(|entry| entry.counter)
                        .collect()
                })
                .collect();
            kept[kept.len() - 3..].to_vec()
        };
        assert_eq!(kept(9), [vec![0, 1], vec![0, 1, 2], vec![0, 1, 2, 3]]);
        assert_eq!(kept(8), [vec![1], vec![0, 1, 2], vec![0, 1, 2, 3]]);
        assert_eq!(kept(5), [vec![], vec![2], vec![0, 1, 2, 3]]);
        assert_eq!(kept(3), [vec![], vec![], vec![1, 2, 3]]);
        assert_eq!(kept(0), [vec![], vec![], Vec::<u32>::new()]);
    }
}

#[test]
fn a_ratchet_knows_the_keys_that_it_heard_of_and_no_others() {
    for dialect in DIALECTS {
        let (ana, mut anas, bob, mut bobs) = acquainted(dialect, 19);
        let rng = &mut seeded(19);
        let first = bobs.current.ratchet.receiving[0].ratchet_key;
        let next = anas.current.ratchet.sending.ratchet.public;
        assert!(bobs.current.ratchet.knows(&first) && !bobs.current.ratchet.knows(&next));
        let sent = letter(&ana, &bob, &mut anas, "x", rng);
        bobs = opens(&sent, &bob, Some(bobs)).unwrap().record;
        let ratchet = &bobs.current.ratchet;
        assert!(ratchet.knows(&first) && ratchet.knows(&next));
        assert!(!ratchet.knows(&ratchet.sending.ratchet.public));
    }
}

#[test]
fn a_record_that_was_retired_seals_no_more_and_opens_what_is_late_beside_the_next_session() {
    for dialect in DIALECTS {
        let (mut ana, mut anas, bob, mut bobs) = acquainted(dialect, 60);
        let rng = &mut seeded(60);
        let late = letter(&ana, &bob, &mut anas, "late", rng);
        let later = letter(&ana, &bob, &mut anas, "later", rng);
        bobs.retire();
        let mut bobs = SessionRecord::from_bytes(&bobs.to_bytes()).unwrap();
        assert!(bobs.is_retired());
        assert!(letter(&bob, &ana, &mut bobs, "never", rng).keys.is_empty());
        let opened = open(&late, &bob.local(), Some(bobs), None, rng).ok().unwrap();
        assert_eq!(text(&opened), "late");
        assert!(opened.record.is_retired(), "what opened does not bring it back");
        let mut bobs =
            SessionRecord::initiate(&bob.own, &ana.verified(dialect, rng), Some(opened.record), rng);
        let base_key = bobs.base_key();
        let anew = letter(&bob, &ana, &mut bobs, "anew", rng);
        assert!(!bobs.is_retired() && anew.keys[0].kex);
        // It does not become the one that seals either.
        let opened = open(&later, &bob.local(), Some(bobs), None, rng).ok().unwrap();
        assert_eq!(text(&opened), "later");
        assert_eq!(opened.record.base_key(), base_key);
        let opened = open(&anew, &ana.local(), Some(anas), None, rng).ok().unwrap();
        assert_eq!(text(&opened), "anew");
        ana.spend(opened.spent);
    }
}

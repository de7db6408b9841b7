//! What is kept with a message: its earlier versions, reactions, that it was taken back; and what waits for
//! one.

use proptest::prelude::*;

use super::{at, chat, incoming, insert_new, jid};
use crate::about::corrections::{self, Corrected, Correction};
use crate::about::early::{self, Early, EarlyContent};
use crate::about::{self, retractions};
use crate::messages::{self, Inserted};
use crate::{Way, Writer, deleted, reactions};
use model::{Clean, MessageId, Peer, Protection, Retracted};

fn way(ms: i64) -> Way {
    Way {
        time: at(ms),
        protection: Protection::OmemoLegacy,
        device: Some(7),
        fingerprint: None,
        trust: None,
    }
}

fn correct(tx: &crate::Transaction<'_>, message: MessageId, id: &str, body: &str, ms: i64) -> Corrected {
    let body = Clean::new(body);
    let correction = Correction {
        id,
        server_id: None,
        body: &body,
        unstyled: false,
        way: way(ms),
    };
    corrections::apply(tx, message, &correction, true).unwrap()
}

fn body(tx: &crate::Transaction<'_>, message: MessageId) -> String {
    let row = messages::get(tx, message).unwrap().unwrap();
    row.body.map_or(String::new(), |body| body.as_str().to_owned())
}

fn versions(tx: &crate::Transaction<'_>, message: MessageId) -> Vec<(String, i64)> {
    let versions = corrections::versions(tx, message).unwrap();
    versions
        .into_iter()
        .map(|version| (version.body.as_str().to_owned(), version.time.as_millisecond()))
        .collect()
}

proptest! {
    // However a network mixes and repeats them: what was written last is shown, and each version stands at
    // its time.
    #[test]
    fn corrections_end_the_same_in_whatever_order_they_come(order in Just((1..6_i64).collect::<Vec<_>>()).prop_shuffle(), again in 1..6_i64) {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let (_, chat) = chat(&tx);
        let message = insert_new(&tx, &incoming(chat, "m", 0));
        for number in &order {
            correct(&tx, message, &format!("c{number}"), &format!("text {number}"), number * 10_000);
        }
        let repeated = correct(&tx, message, &format!("c{again}"), &format!("text {again}"), again * 10_000);
        prop_assert_eq!(repeated, Corrected::Known);
        prop_assert_eq!(body(&tx, message), "text 5");
        let expected: Vec<(String, i64)> = [("hello".to_owned(), 0)]
            .into_iter()
            .chain((1..5).map(|number| (format!("text {number}"), number * 10_000)))
            .collect();
        prop_assert_eq!(versions(&tx, message), expected);
        prop_assert_eq!(messages::get(&tx, message).unwrap().unwrap().edited, 5);
    }

    #[test]
    fn reactions_end_with_the_newest_set_in_whatever_order_they_come(order in Just((1..6_i64).collect::<Vec<_>>()).prop_shuffle()) {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let (_, chat) = chat(&tx);
        let message = insert_new(&tx, &incoming(chat, "m", 0));
        let bob = jid("bob@mired.test");
        let of = |number: i64| match number {
            // The one before the last takes everything back.
            4 => Vec::new(),
            number => vec![Clean::new(&format!("e{number}"))],
        };
        for number in order {
            reactions::set(&tx, message, &bob, &of(number), &way(number * 10_000)).unwrap();
        }
        prop_assert_eq!(reactions::of_author(&tx, message, &bob).unwrap(), of(5));
        let shown = messages::history(&tx, chat, None, 1).unwrap().remove(0).reactions;
        prop_assert_eq!(shown.len(), 1);
    }
}

#[test]
fn of_many_corrections_the_first_words_and_the_newest_stay() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let message = insert_new(&tx, &incoming(chat, "m", 0));
    for number in 1..=300 {
        correct(&tx, message, &format!("c{number}"), &format!("{number}"), number);
    }
    let kept = versions(&tx, message);
    assert_eq!(
        (kept.len(), kept[0].0.as_str(), kept[1].0.as_str()),
        (100, "hello", "201")
    );
    assert_eq!(body(&tx, message), "300");
    // What came while it was being printed is no less new for that.
    let edited = messages::get(&tx, message).unwrap().unwrap().edited;
    assert_eq!(edited, 300);
    correct(&tx, message, "c301", "301", 301);
    assert!(!messages::set_listened(&tx, message, true, edited).unwrap());
    assert!(corrections::undo(&tx, message, "c301").unwrap());
    assert!(corrections::undo(&tx, message, "c300").unwrap());
    assert!(!corrections::undo(&tx, message, "c300").unwrap());
    assert_eq!(body(&tx, message), "299");
}

// Threat 12.
#[test]
fn of_long_corrections_no_more_is_kept_than_each_further_one_can_read() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let message = insert_new(&tx, &incoming(chat, "m", 0));
    let long = |number: i64| format!("{number} {}", "x".repeat(60_000));
    let made = |number: i64| {
        correct(
            &tx,
            message,
            &format!("c{number}"),
            &long(number),
            number * 10_000,
        )
    };
    for number in 1..=50 {
        assert_eq!(made(number), Corrected::Newest);
    }
    let kept: Vec<i64> = versions(&tx, message).into_iter().map(|(_, time)| time).collect();
    assert_eq!(kept, [0, 460_000, 470_000, 480_000, 490_000]);
    assert_eq!(body(&tx, message), long(50));
    for number in [1, 20, 49, 50] {
        assert_eq!(made(number), Corrected::Known, "{number}");
    }
    assert!(corrections::undo(&tx, message, "c50").unwrap());
    assert_eq!(body(&tx, message), long(49));
}

#[test]
fn what_was_corrected_is_unread_and_unprinted_again_unless_it_is_old() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (account, chat) = chat(&tx);
    let message = insert_new(&tx, &incoming(chat, "m", 0));
    assert!(messages::set_listened(&tx, message, true, 0).unwrap());
    let waiting = |tx: &crate::Transaction<'_>| messages::unlistened(tx, account, None, 9).unwrap().len();
    assert_eq!(
        (waiting(&tx), messages::is_unread(&tx, message).unwrap()),
        (0, false)
    );
    correct(&tx, message, "c1", "two", 1);
    assert_eq!(
        (waiting(&tx), messages::is_unread(&tx, message).unwrap()),
        (1, true)
    );
    // What was printed before the correction came says nothing of its words.
    assert!(!messages::set_listened(&tx, message, true, 0).unwrap());
    assert!(messages::set_listened(&tx, message, true, 1).unwrap());
    let body = Clean::new("three");
    let old = Correction {
        id: "c2",
        server_id: None,
        body: &body,
        unstyled: false,
        way: way(2),
    };
    corrections::apply(&tx, message, &old, false).unwrap();
    assert_eq!(
        (waiting(&tx), messages::is_unread(&tx, message).unwrap()),
        (0, false)
    );
}

#[test]
fn what_was_taken_back_leaves_nothing_and_no_copy_brings_it_back() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (account, chat) = chat(&tx);
    let new = messages::NewMessage {
        protection: Protection::Clear,
        ..incoming(chat, "m", 0)
    };
    let message = insert_new(&tx, &new);
    let bob = jid("bob@mired.test");
    correct(&tx, message, "c1", "secret", 1);
    reactions::set(&tx, message, &bob, &[Clean::new("e")], &way(1)).unwrap();
    assert!(retractions::apply(&tx, message, Retracted::Author).unwrap());
    assert!(!retractions::apply(&tx, message, Retracted::Author).unwrap());
    let row = messages::get(&tx, message).unwrap().unwrap();
    assert_eq!(
        (row.body, row.retracted, row.edited),
        (None, Some(Retracted::Author), 0)
    );
    assert!(row.reactions.is_empty() && versions(&tx, message).is_empty());
    // Each version under its own id, and no other message that has one of them.
    let first = new.body.as_ref().unwrap().as_str();
    for (id, words, is_gone) in [("m", first, true), ("c1", "secret", true), ("m", "other", false)] {
        let copy = deleted::Copy {
            chat: &Peer::new(account, bob.clone()),
            sender: &bob,
            stanza_id: Some(id),
            server_id: None,
            said: deleted::Said::Words(words),
        };
        assert_eq!(deleted::is_deleted(&tx, &copy).unwrap(), is_gone, "{id}");
    }
}

#[test]
fn what_is_meant_is_found_by_its_own_id_by_a_correction_s_and_by_the_server_s() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let new = messages::NewMessage {
        server_id: Some("s1".to_owned()),
        ..incoming(chat, "m", 0)
    };
    let Inserted::New(message) = messages::insert(&tx, &new).unwrap() else {
        panic!("there was one already");
    };
    correct(&tx, message, "c1", "two", 1);
    for id in ["m", "c1", "s1"] {
        for author in [None, Some("bob@mired.test")] {
            assert_eq!(
                about::target(&tx, chat, id, author).unwrap(),
                Some(message),
                "{id}"
            );
        }
        assert_eq!(
            about::target(&tx, chat, id, Some("ana@mired.test")).unwrap(),
            None
        );
    }
    for id in ["", "x"] {
        assert_eq!(about::target(&tx, chat, id, None).unwrap(), None);
    }
}

#[test]
fn what_waits_is_taken_out_once_in_its_order_and_is_bounded() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let bob = jid("bob@mired.test");
    let early = |said: EarlyContent, id: &str, ms: i64| Early {
        author: jid("bob@mired.test"),
        said,
        stanza_id: id.to_owned(),
        server_id: None,
        way: way(ms),
    };
    let reactions = EarlyContent::Reactions(vec![Clean::new("a"), Clean::new("b")]);
    let second = early(reactions, "2", 2);
    let first = early(EarlyContent::Correction, "1", 1);
    let third = early(EarlyContent::Retraction, "3", 3);
    for each in [&second, &first, &second] {
        early::put(&tx, chat, "m", each).unwrap();
    }
    early::put(&tx, chat, "s", &third).unwrap();
    // Somebody else's message with the same id takes only what is thought of it.
    let ana = jid("ana@mired.test");
    early::put(&tx, chat, "n", &first).unwrap();
    early::put(&tx, chat, "n", &second).unwrap();
    let second = second.clone();
    assert_eq!(
        early::take(&tx, chat, &ana, [Some("n"), None]).unwrap(),
        std::slice::from_ref(&second)
    );
    assert_eq!(
        early::take(&tx, chat, &bob, [Some("n"), None]).unwrap(),
        std::slice::from_ref(&first)
    );
    assert_eq!(early::take(&tx, chat, &bob, [Some("x"), None]).unwrap(), []);
    assert_eq!(
        early::take(&tx, chat, &bob, [Some("m"), Some("s")]).unwrap(),
        [first, second, third]
    );
    assert_eq!(early::take(&tx, chat, &bob, [Some("m"), Some("s")]).unwrap(), []);
    for number in 0..700 {
        early::put(
            &tx,
            chat,
            &format!("t{number}"),
            &early(EarlyContent::Retraction, "", number),
        )
        .unwrap();
    }
    assert_eq!(
        early::take(&tx, chat, &bob, [Some("t0"), Some("t199")]).unwrap(),
        []
    );
    assert_eq!(
        early::take(&tx, chat, &bob, [Some("t200"), Some("t699")])
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn a_stamp_in_whole_seconds_does_not_make_a_correction_older_than_the_one_before_it() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let message = insert_new(&tx, &incoming(chat, "m", 0));
    correct(&tx, message, "c1", "one", 55_615);
    assert_eq!(correct(&tx, message, "c2", "two", 55_000), Corrected::Newest);
    assert_eq!(body(&tx, message), "two");
    assert_eq!(
        versions(&tx, message),
        [("hello".to_owned(), 0), ("one".to_owned(), 55_615)]
    );
    let bob = jid("bob@mired.test");
    for (emoji, ms) in [("a", 55_615), ("b", 55_000)] {
        reactions::set(&tx, message, &bob, &[Clean::new(emoji)], &way(ms)).unwrap();
    }
    assert_eq!(
        reactions::of_author(&tx, message, &bob).unwrap(),
        [Clean::new("b")]
    );
}

//! Where rows stand: what arrives below everything, what an archive brings at its time, and the order of the
//! rest never changes.

use proptest::prelude::*;

use super::{at as time, chat, incoming, insert_new, outgoing};
use crate::messages::{self, Inserted, NewMessage};
use crate::timeline::{self, Entry};
use crate::{Reads, Transaction, Writer, chats, deleted, displayed, events};
use model::{ChatId, MessageId, MessageState, Place, Position};

fn order(tx: &Transaction<'_>, chat: ChatId) -> Vec<MessageId> {
    let rows = messages::oldest(tx, chat, usize::MAX).unwrap();
    assert!(rows.windows(2).all(|pair| pair[0].position < pair[1].position));
    rows.iter().map(|row| row.id).collect()
}

fn append(tx: &Transaction<'_>, chat: ChatId, n: usize, ms: i64) -> MessageId {
    match messages::append(tx, &incoming(chat, &n.to_string(), ms)).unwrap() {
        Inserted::New(id) => id,
        Inserted::Duplicate(id) => panic!("a duplicate of {id:?}"),
    }
}

/// Times at which something could go wrong.
fn ms() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => 0..4_000_i64,
        1 => -4_000..0_i64,
        1 => Just(0),
        1 => Just(-62_135_596_800_000),
        1 => Just(253_402_207_200_000),
        1 => 4_398_046_511_103..4_398_046_511_106_i64,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_arrives_stands_last_and_what_an_archive_brings_at_its_second(rows in prop::collection::vec((ms(), any::<bool>()), 0..60)) {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let (_, chat) = chat(&tx);
        let mut before = Vec::new();
        for (n, (ms, arrives)) in rows.into_iter().enumerate() {
            let id = match arrives {
                true => append(&tx, chat, n, ms),
                false => insert_new(&tx, &incoming(chat, &n.to_string(), ms)),
            };
            let after = order(&tx, chat);
            if arrives {
                prop_assert_eq!(after.last(), Some(&id));
            }
            let rest: Vec<_> = after.iter().copied().filter(|row| *row != id).collect();
            prop_assert_eq!(&rest, &before, "nothing else changed its place");
            before = after;
        }
    }

    #[test]
    fn an_archive_is_in_the_order_of_its_seconds_and_within_one_in_its_own(times in prop::collection::vec(-9_000..9_000_i64, 0..60)) {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let (_, chat) = chat(&tx);
        let mut expected: Vec<(i64, MessageId)> = Vec::new();
        for (n, ms) in times.into_iter().enumerate() {
            let id = insert_new(&tx, &incoming(chat, &n.to_string(), ms));
            // Times before 1970 all count as that.
            expected.push((ms.max(0) / 1000, id));
        }
        expected.sort_unstable();
        let expected: Vec<_> = expected.into_iter().map(|(_, id)| id).collect();
        prop_assert_eq!(order(&tx, chat), expected);
    }
}

#[test]
fn where_there_is_no_room_what_stands_beneath_moves_on_with_all_that_is_remembered_of_it() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let rows: Vec<_> = [1_000, 2_000, 3_000]
        .map(|ms| insert_new(&tx, &incoming(chat, &ms.to_string(), ms)))
        .into();
    // As close as can be.
    let sql = "UPDATE messages SET position = (2000 << 20) - 1 WHERE id = ?1";
    tx.conn().execute(sql, [rows[0].0]).unwrap();
    let at = |id: MessageId| messages::get(&tx, id).unwrap().unwrap().position;
    messages::set_read(&tx, chat, at(rows[1])).unwrap();
    let place = |position| Some(Place { position, hidden: 2 });
    chats::set_place(&tx, chat, place(at(rows[2]))).unwrap();
    let sent = outgoing(chat, "sent", 2_000);
    let sent = insert_new(
        &tx,
        &NewMessage {
            state: MessageState::Sent,
            ..sent
        },
    );
    displayed::set(&tx, chat, "sent", true).unwrap();
    events::gap(&tx, ana, time(2_500), time(9_000)).unwrap();
    let stands = || {
        let page = timeline::oldest(&tx, chat, 9).unwrap();
        page.iter().position(|entry| matches!(entry, Entry::Event(_)))
    };
    assert_eq!(stands(), Some(3));
    let new = insert_new(&tx, &incoming(chat, "new", 1_500));
    assert_eq!(order(&tx, chat), [rows[0], new, rows[1], sent, rows[2]]);
    assert!(messages::get(&tx, sent).unwrap().unwrap().displayed);
    assert!(at(rows[1]) > Position(2000 << 20), "it moved");
    assert_eq!(stands(), Some(4), "and the line that nobody wrote with it");
    let unread = [rows[0], new, rows[1], rows[2]].map(|row| messages::is_unread(&tx, row).unwrap());
    assert_eq!(unread, [false, false, false, true]);
    let view = chats::view(&tx, chat).unwrap().unwrap();
    assert_eq!(
        (view.place, view.first_unread),
        (place(at(rows[2])), Some(at(rows[2])))
    );
}

/// Times run backwards where a server kept something, or a clock was set.
#[test]
fn what_was_read_and_deleted_makes_nothing_read_that_comes_after_it() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let received = append(&tx, chat, 1, 9_000);
    messages::set_read(&tx, chat, messages::get(&tx, received).unwrap().unwrap().position).unwrap();
    let write = |id: &str, ms| {
        let new = NewMessage {
            state: MessageState::Sent,
            ..outgoing(chat, id, ms)
        };
        match messages::append(&tx, &new).unwrap() {
            Inserted::New(id) | Inserted::Duplicate(id) => id,
        }
    };
    let sent = write("sent", 10_000);
    displayed::set(&tx, chat, "sent", true).unwrap();
    for gone in [received, sent] {
        assert!(deleted::message(&tx, gone).unwrap());
    }
    let new = append(&tx, chat, 2, 5_000);
    assert!(messages::is_unread(&tx, new).unwrap());
    let new = write("new", 6_000);
    assert!(!messages::get(&tx, new).unwrap().unwrap().displayed);
}

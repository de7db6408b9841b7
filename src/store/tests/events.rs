//! Lines that nobody wrote: one for each hole and one for what cannot be read, among the messages by their
//! times.

use proptest::prelude::*;

use super::{at, chat, incoming, insert_new, peer};
use crate::timeline::{self, Entry};
use crate::{Reads, StoreError, Transaction, Writer, chats, deleted, events, messages};
use model::{AccountId, ChatEvent, ChatEventKind, ChatId, MessageId, Position};

/// A chat as a person reads it: messages by their ids, holes, and what cannot be read, with their seconds.
fn read(tx: &Transaction<'_>, chat: ChatId) -> Vec<String> {
    let page = timeline::oldest(tx, chat, usize::MAX).unwrap();
    assert!(
        page.windows(2)
            .all(|pair| pair[0].position() < pair[1].position())
    );
    page.iter().map(said).collect()
}

fn said(entry: &Entry) -> String {
    let event = match entry {
        Entry::Message(message) => return message.stanza_id.clone(),
        Entry::Event(event) => event,
    };
    let seconds = [event.time, event.until].map(|time| time.as_second());
    match event.kind {
        ChatEventKind::Gap => format!("gap {seconds:?}"),
        ChatEventKind::BeforeDevice => format!("before {seconds:?}"),
        asks => format!("{asks:?}"),
    }
}

/// Bob's messages at these seconds, called by them.
fn says(tx: &Transaction<'_>, chat: ChatId, seconds: &[i64]) {
    for second in seconds {
        insert_new(tx, &incoming(chat, &second.to_string(), second * 1000));
    }
}

fn gap(tx: &Transaction<'_>, account: AccountId, from: i64, to: i64) -> Vec<ChatId> {
    events::gap(tx, account, at(from * 1000), at(to * 1000)).unwrap()
}

fn filled(tx: &Transaction<'_>, chat: ChatId, from: i64, to: i64) -> bool {
    events::filled_in(tx, chat, at(from * 1000), at(to * 1000)).unwrap()
}

#[test]
fn a_hole_stands_once_in_each_chat_with_a_person_that_has_messages() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let carols = chats::open(&tx, &peer(ana, "carol@mired.test")).unwrap().id;
    let empty = chats::open(&tx, &peer(ana, "dave@mired.test")).unwrap().id;
    let stranger = chats::open_request(&tx, &peer(ana, "eve@evil.test")).unwrap().id;
    let room = chats::open(&tx, &peer(ana, "room@rooms.test")).unwrap().id;
    tx.conn()
        .execute("UPDATE chats SET kind = 1 WHERE id = ?1", [room.0])
        .unwrap();
    for chat in [carols, stranger, room] {
        says(&tx, chat, &[1]);
    }
    says(&tx, bobs, &[10, 20, 30]);
    // Of the second in which the hole begins something is here.
    assert_eq!(gap(&tx, ana, 20, 25), [bobs, carols]);
    assert_eq!(read(&tx, bobs), ["10", "20", "gap [20, 25]", "30"]);
    assert_eq!(read(&tx, carols), ["1", "gap [20, 25]"]);
    for chat in [empty, stranger, room] {
        assert!(!read(&tx, chat).iter().any(|line| line.starts_with("gap")));
    }
    assert!(gap(&tx, ana, 20, 25).is_empty(), "it is there");
    assert!(gap(&tx, ana, 22, 24).is_empty(), "within the one that is there");
    assert!(
        gap(&tx, ana, 40, 40).is_empty() && gap(&tx, ana, 50, 40).is_empty(),
        "none"
    );
    assert!(
        events::gap(&tx, ana, at(40_000), at(40_999)).unwrap().is_empty(),
        "servers stamp seconds"
    );
    let other = AccountId(ana.0 + 1);
    assert!(gap(&tx, other, 20, 25).is_empty());
}

#[test]
fn holes_that_meet_are_one_which_stands_at_its_beginning() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    says(&tx, bobs, &[10, 20, 30, 40]);
    gap(&tx, ana, 20, 25);
    let stood = timeline::oldest(&tx, bobs, 9).unwrap()[2].position();
    assert_eq!(gap(&tx, ana, 25, 28), [bobs]);
    assert_eq!(read(&tx, bobs), ["10", "20", "gap [20, 28]", "30", "40"]);
    let stands = timeline::oldest(&tx, bobs, 9).unwrap()[2].position();
    assert_eq!(stands, stood, "only its end is another one");
    gap(&tx, ana, 32, 35);
    assert_eq!(
        read(&tx, bobs),
        ["10", "20", "gap [20, 28]", "30", "gap [32, 35]", "40"]
    );
    gap(&tx, ana, 12, 33);
    assert_eq!(read(&tx, bobs), ["10", "gap [12, 35]", "20", "30", "40"]);
}

#[test]
fn what_the_archive_fills_is_missing_no_more() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let carols = chats::open(&tx, &peer(ana, "carol@mired.test")).unwrap().id;
    says(&tx, bobs, &[10, 50]);
    says(&tx, carols, &[10]);
    gap(&tx, ana, 10, 50);
    assert!(!filled(&tx, bobs, 50, 90) && !filled(&tx, bobs, 1, 10));
    says(&tx, bobs, &[20, 30]);
    assert!(filled(&tx, bobs, 20, 30) && filled(&tx, carols, 20, 30));
    assert_eq!(
        read(&tx, bobs),
        ["10", "gap [10, 20]", "20", "30", "gap [30, 50]", "50"]
    );
    // Only what the archive has of Bob.
    assert!(filled(&tx, bobs, 0, 20));
    assert_eq!(read(&tx, bobs), ["10", "20", "30", "gap [30, 50]", "50"]);
    assert_eq!(read(&tx, carols), ["10", "gap [10, 20]", "gap [30, 50]"]);
    // What is left of it is shorter than what servers stamp.
    assert!(events::filled_in(&tx, bobs, at(30_400), at(60_000)).unwrap());
    assert_eq!(read(&tx, bobs), ["10", "20", "30", "50"]);
    assert!(!filled(&tx, bobs, 0, 90) && filled(&tx, carols, 0, 90));
    assert_eq!(read(&tx, carols), ["10"]);
}

#[test]
fn what_was_before_this_device_is_one_line_at_its_end() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, bobs) = chat(&tx);
    says(&tx, bobs, &[5, 30]);
    let before = |second: i64| events::before_device(&tx, bobs, at(second * 1000)).unwrap();
    assert!(before(10));
    let stood = timeline::oldest(&tx, bobs, 9).unwrap()[1].position();
    assert_eq!(read(&tx, bobs), ["5", "before [10, 10]", "30"]);
    // The archive backwards.
    assert!(before(3) && before(2) && !before(7));
    assert_eq!(read(&tx, bobs), ["5", "before [2, 10]", "30"]);
    assert_eq!(timeline::oldest(&tx, bobs, 9).unwrap()[1].position(), stood);
    // And forwards.
    assert!(before(20));
    says(&tx, bobs, &[15]);
    assert_eq!(read(&tx, bobs), ["5", "15", "before [2, 20]", "30"]);
    gap(&tx, AccountId(1), 1, 25);
    assert_eq!(
        read(&tx, bobs),
        ["gap [1, 25]", "5", "15", "before [2, 20]", "30"]
    );
}

#[test]
fn what_was_deleted_is_not_missed() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    says(&tx, bobs, &[10, 20]);
    gap(&tx, ana, 12, 15);
    deleted::chat(&tx, bobs, model::Timestamp::MAX).unwrap();
    assert_eq!(
        tx.conn()
            .query_row("SELECT count(*) FROM chat_events", [], |row| row.get(0)),
        Ok(0)
    );
    let bobs = chats::open(&tx, &peer(ana, "bob@mired.test")).unwrap().id;
    says(&tx, bobs, &[30]);
    assert!(gap(&tx, ana, 12, 20).is_empty());
    assert_eq!(gap(&tx, ana, 12, 25), [bobs]);
    assert_eq!(read(&tx, bobs), ["gap [20, 25]", "30"]);
}

#[test]
fn what_is_kept_no_longer_is_not_missed_either() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    says(&tx, bobs, &[10, 50]);
    gap(&tx, ana, 10, 20);
    gap(&tx, ana, 30, 40);
    events::before_device(&tx, bobs, at(5_000)).unwrap();
    deleted::set_not_before(&tx, bobs, at(20_000)).unwrap();
    assert_eq!(read(&tx, bobs), ["10", "gap [30, 40]", "50"]);
}

#[test]
fn a_hole_goes_with_the_last_message_and_what_cannot_be_read_stays_said() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let rows: Vec<MessageId> = [10, 20]
        .map(|second: i64| insert_new(&tx, &incoming(bobs, &second.to_string(), second * 1000)))
        .into();
    gap(&tx, ana, 10, 20);
    events::before_device(&tx, bobs, at(5_000)).unwrap();
    deleted::message(&tx, rows[1]).unwrap();
    assert_eq!(read(&tx, bobs), ["before [5, 5]", "10", "gap [10, 20]"]);
    deleted::message(&tx, rows[0]).unwrap();
    assert_eq!(read(&tx, bobs), ["before [5, 5]"]);
}

#[test]
fn a_line_is_no_message() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    says(&tx, bobs, &[10]);
    let newest = messages::history(&tx, bobs, None, 1).unwrap().remove(0);
    messages::set_read(&tx, bobs, newest.position).unwrap();
    gap(&tx, ana, 20, 30);
    let overview = chats::overview(&tx, ana).unwrap().remove(0);
    assert_eq!((overview.unread, overview.last.unwrap().time), (0, at(10_000)));
    assert_eq!(chats::view(&tx, bobs).unwrap().unwrap().first_unread, None);
    // And what arrives stands below it, whatever its time says.
    messages::append(&tx, &incoming(bobs, "late", 15_000)).unwrap();
    assert_eq!(read(&tx, bobs), ["10", "gap [20, 30]", "late"]);
}

#[test]
fn a_kind_that_is_not_known_is_an_error() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    says(&tx, bobs, &[10]);
    gap(&tx, ana, 20, 30);
    tx.conn().execute("UPDATE chat_events SET kind = 9", []).unwrap();
    let read = timeline::before(&tx, bobs, None, 9);
    assert!(matches!(read, Err(StoreError::Corrupt("chat event"))));
}

/// A message of this second, or a hole of this length, or something that cannot be read.
fn happening() -> impl Strategy<Value = (i64, i64)> {
    (0..60_i64, prop_oneof![3 => Just(0), 1 => 1..9_i64, 1 => Just(-1)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pages_of_entries_leave_none_out_and_show_none_twice(
        happened in prop::collection::vec(happening(), 0..50),
        limit in 1..9_usize,
    ) {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let (ana, bobs) = chat(&tx);
        let other = chats::open(&tx, &peer(ana, "carol@mired.test")).unwrap().id;
        says(&tx, other, &[7]);
        for (n, (second, length)) in happened.into_iter().enumerate() {
            match length {
                0 => { insert_new(&tx, &incoming(bobs, &n.to_string(), second * 1000)); }
                -1 => { events::before_device(&tx, bobs, at(second * 1000)).unwrap(); }
                _ => { gap(&tx, ana, second, second + length); }
            }
        }
        let all = timeline::oldest(&tx, bobs, usize::MAX).unwrap();
        prop_assert!(all.windows(2).all(|pair| pair[0].position() < pair[1].position()));
        // Holes do not meet.
        let holes: Vec<&ChatEvent> = all.iter().filter_map(|entry| match entry {
            Entry::Event(event) if event.kind == ChatEventKind::Gap => Some(event),
            _ => None,
        }).collect();
        prop_assert!(holes.windows(2).all(|pair| pair[0].until < pair[1].time));
        let (mut up, mut down, mut counted) = (Vec::new(), Vec::new(), Vec::new());
        let mut edge: Option<Position> = None;
        loop {
            let page = timeline::before(&tx, bobs, edge, limit).unwrap();
            let Some(first) = page.first() else { break };
            prop_assert!(page.len() <= limit);
            edge = Some(first.position());
            up.splice(0..0, page);
        }
        prop_assert_eq!(&up, &all);
        let mut page = timeline::oldest(&tx, bobs, limit).unwrap();
        while let Some(last) = page.last().map(Entry::position) {
            prop_assert!(page.len() <= limit);
            down.append(&mut page);
            page = timeline::after(&tx, bobs, last, limit).unwrap();
        }
        prop_assert_eq!(&down, &all);
        // Where only messages count, a page begins with one, but for the first.
        edge = None;
        loop {
            let page = timeline::messages_before(&tx, bobs, edge, limit).unwrap();
            let messages = page.iter().filter(|entry| entry.message().is_some()).count();
            prop_assert!(messages <= limit);
            let Some(first) = page.first().cloned() else { break };
            prop_assert!(messages < limit || first.message().is_some());
            counted.splice(0..0, page);
            edge = Some(first.position());
        }
        prop_assert_eq!(&counted, &all);
        for (n, entry) in all.iter().enumerate() {
            let at = entry.position();
            let here = timeline::nearest(&tx, bobs, at).unwrap();
            prop_assert_eq!(here.as_ref(), Some(entry));
            let above = timeline::nearest(&tx, bobs, Position(at.0 - 1)).unwrap();
            prop_assert_eq!(above.as_ref(), n.checked_sub(1).map(|n| &all[n]));
        }
    }
}

//! Who asked to go on without encryption: unread, printed once, and where it stands.

use crate::opt_outs::{self, Stand};
use crate::timeline::{self, Entry};
use crate::{Transaction, Writer, chats, messages};
use model::{AccountId, ChatEventId, ChatEventKind, ChatId, Clean, Direction, Position};

use super::{at, chat, incoming, insert_new, jid, peer};

const PAST: messages::Archived = messages::Archived::Past { behind: None };

fn asks(tx: &Transaction<'_>, chat: ChatId, why: &str, ms: i64, stand: Stand) -> ChatEventId {
    opt_outs::put(tx, chat, ChatEventKind::OptOut, (&Clean::new(why), at(ms)), stand).unwrap()
}

/// The history, oldest first.
fn shown(tx: &Transaction<'_>, chat: ChatId) -> Vec<String> {
    let page = timeline::before(tx, chat, None, 100).unwrap();
    page.into_iter()
        .map(|entry| match entry {
            Entry::Message(message) => message.stanza_id,
            Entry::Event(event) => event.reason.as_str().to_owned(),
        })
        .collect()
}

fn unread(tx: &Transaction<'_>, account: AccountId) -> u64 {
    let all = chats::overview(tx, account).unwrap();
    all.iter().map(|chat| chat.unread).sum()
}

fn position(tx: &Transaction<'_>, id: ChatEventId) -> Position {
    opt_outs::get(tx, id).unwrap().unwrap().1.position
}

fn unlistened(tx: &Transaction<'_>, account: AccountId, from: Option<&str>) -> Vec<ChatEventId> {
    let from = from.map(jid);
    let found = opt_outs::unlistened(tx, account, from.as_ref(), 9).unwrap();
    found.into_iter().map(|(_, event)| event.id).collect()
}

#[test]
fn a_chat_in_which_somebody_only_asks_is_not_silent() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let id = asks(&tx, bobs, "my phone is old", 5000, Stand::Live);
    assert_eq!(shown(&tx, bobs), ["my phone is old"]);
    assert_eq!(unread(&tx, ana), 1);
    assert!(opt_outs::is_unread(&tx, id).unwrap());
    assert_eq!(
        messages::first_unread(&tx, bobs).unwrap(),
        Some(position(&tx, id))
    );
    let last = chats::overview(&tx, ana).unwrap().remove(0).last.unwrap();
    assert_eq!(
        (last.time, last.direction, last.event, last.words),
        (
            at(5000),
            Direction::In,
            Some(ChatEventKind::OptOut),
            Some(Clean::new("my phone is old"))
        )
    );
    assert_eq!(
        opt_outs::get(&tx, id).unwrap().unwrap().0,
        peer(ana, "bob@mired.test")
    );
    // What stands below it is the last again.
    let row = insert_new(&tx, &incoming(bobs, "later", 6000));
    assert_eq!(shown(&tx, bobs), ["my phone is old", "later"]);
    assert_eq!(
        chats::overview(&tx, ana).unwrap()[0].last.as_ref().unwrap().event,
        None
    );
    assert_eq!(unread(&tx, ana), 2);
    // Up to there it is read, and there is nothing to read twice.
    assert!(messages::set_read(&tx, bobs, position(&tx, id)).unwrap());
    assert!(!messages::set_read(&tx, bobs, position(&tx, id)).unwrap());
    assert_eq!(
        (unread(&tx, ana), opt_outs::is_unread(&tx, id).unwrap()),
        (1, false)
    );
    assert!(messages::is_unread(&tx, row).unwrap());
}

#[test]
fn it_is_printed_once_and_was_read_then() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let carols = chats::open(&tx, &peer(ana, "carol@mired.test")).unwrap().id;
    insert_new(&tx, &incoming(bobs, "before", 1000));
    let [first, second] =
        [(bobs, 2000), (carols, 1500)].map(|(chat, ms)| asks(&tx, chat, "", ms, Stand::Live));
    assert_eq!(unlistened(&tx, ana, None), [first, second]);
    assert_eq!(unlistened(&tx, ana, Some("carol@mired.test")), [second]);
    assert_eq!(unlistened(&tx, AccountId(99), None), []);
    // Whoever has read it on the screen has not printed it.
    messages::set_read(&tx, carols, position(&tx, second)).unwrap();
    assert_eq!(unlistened(&tx, ana, None), [first, second]);
    opt_outs::set_listened(&tx, first).unwrap();
    assert_eq!((unread(&tx, ana), unlistened(&tx, ana, None)), (0, vec![second]));
}

#[test]
fn one_that_the_archive_brings_late_is_unread_below_what_was_read() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    insert_new(&tx, &incoming(bobs, "read", 9000));
    let newest = messages::history(&tx, bobs, None, 1).unwrap()[0].position;
    messages::set_read(&tx, bobs, newest).unwrap();
    asks(&tx, bobs, "late", 5000, Stand::Archived);
    assert_eq!(
        (shown(&tx, bobs), unread(&tx, ana)),
        (vec!["read".into(), "late".into()], 1)
    );
    // What is older than anybody waits for is read and printed, and makes nothing read that is not.
    messages::insert_archived(&tx, &incoming(bobs, "past", 8000), PAST).unwrap();
    asks(&tx, bobs, "long ago", 1000, Stand::Past);
    assert_eq!(shown(&tx, bobs), ["long ago", "past", "read", "late"]);
    assert_eq!(unread(&tx, ana), 1);
    messages::insert_archived(&tx, &incoming(bobs, "clock", 99_000), PAST).unwrap();
    assert!(unread(&tx, ana) >= 1, "the one that asks is still unread");
    assert_eq!(unlistened(&tx, ana, None).len(), 1);
}

#[test]
fn what_we_asked_for_elsewhere_is_no_news() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let said = (&Clean::new("mine"), at(1000));
    opt_outs::put(&tx, bobs, ChatEventKind::OwnOptOut, said, Stand::Live).unwrap();
    assert_eq!((shown(&tx, bobs), unread(&tx, ana)), (vec!["mine".into()], 0));
    assert_eq!(unlistened(&tx, ana, None), []);
    let last = chats::overview(&tx, ana).unwrap().remove(0).last.unwrap();
    assert_eq!(last.direction, Direction::Out);
}

/// Whatever somebody else counts is bounded.
#[test]
fn of_a_stranger_the_newest_alone_is_kept() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, _) = chat(&tx);
    let eve = chats::open_request(&tx, &peer(ana, "eve@evil.test")).unwrap().id;
    for n in 0..5 {
        asks(&tx, eve, &n.to_string(), n, Stand::Live);
    }
    assert_eq!(shown(&tx, eve), ["4"]);
    assert_eq!(
        chats::oldest_seen_request(&tx, ana).unwrap(),
        None,
        "it was not seen"
    );
    chats::accept(&tx, eve).unwrap();
    asks(&tx, eve, "5", 5, Stand::Live);
    assert_eq!(shown(&tx, eve), ["4", "5"]);
}

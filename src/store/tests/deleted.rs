//! What was deleted here does not come back, and nothing else is taken for it.

use super::{Place, account, at, chat, incoming, insert_new, jid, outgoing, peer};
use crate::deleted::{self, Copy, Said};
use crate::{Transaction, Writer, chats, messages, outbox};
use model::{AccountId, Clean, MessageState, Timestamp, UnreadableReason};

const BOB: &str = "bob@mired.test";
/// Later than everything here.
const NOW: Timestamp = Timestamp::MAX;

/// Whether a copy of Bob's with these ids and words is left out.
fn left_out(
    tx: &Transaction<'_>,
    account: AccountId,
    ids: (Option<&str>, Option<&str>),
    body: Option<&str>,
) -> bool {
    let bob = peer(account, BOB);
    let copy = Copy {
        chat: &bob,
        sender: &bob.address,
        stanza_id: ids.0,
        server_id: ids.1,
        said: body.map_or(Said::Closed(None), Said::Words),
    };
    deleted::is_deleted(tx, &copy).unwrap()
}

#[test]
fn a_deleted_message_is_gone_and_known_by_either_id() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let mut new = incoming(bobs, "m1", 1000);
    new.server_id = Some("s1".to_owned());
    let id = insert_new(&tx, &new);
    let other = insert_new(&tx, &incoming(bobs, "m2", 2000));
    assert!(!left_out(&tx, ana, (Some("m1"), Some("s1")), Some("hello")));
    assert!(deleted::message(&tx, id).unwrap());
    assert!(!deleted::message(&tx, id).unwrap(), "twice");
    let left: Vec<_> = messages::history(&tx, bobs, None, 10).unwrap();
    assert_eq!(left.iter().map(|row| row.id).collect::<Vec<_>>(), [other]);
    for ids in [
        (Some("m1"), None),
        (None, Some("s1")),
        (Some("other"), Some("s1")),
    ] {
        assert!(left_out(&tx, ana, ids, Some("hello")), "{ids:?}");
    }
}

/// Ids are chosen by others, who use them again.
#[test]
fn another_message_under_the_id_of_a_deleted_one_is_no_copy_of_it() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let readable = insert_new(&tx, &incoming(bobs, "1", 1000));
    let mut new = incoming(bobs, "2", 2000);
    (new.body, new.unreadable) = (None, Some(UnreadableReason::NoSession));
    let unreadable = insert_new(&tx, &new);
    deleted::message(&tx, readable).unwrap();
    deleted::message(&tx, unreadable).unwrap();
    assert!(left_out(&tx, ana, (Some("1"), None), Some("hello")));
    assert!(!left_out(
        &tx,
        ana,
        (Some("1"), None),
        Some("the meeting is cancelled")
    ));
    assert!(!left_out(&tx, ana, (Some("1"), None), None));
    assert!(left_out(&tx, ana, (Some("2"), None), None));
    assert!(
        !left_out(&tx, ana, (Some("2"), None), Some("")),
        "words that nobody saw"
    );
    assert!(!left_out(&tx, ana, (None, None), Some("hello")));
    assert!(!left_out(&tx, ana, (Some(""), Some("")), Some("hello")));
    // What bounds the parts cannot be moved.
    assert!(!left_out(&tx, ana, (Some("1h"), None), Some("ello")));
}

#[test]
fn a_deleted_chat_takes_everything_with_it_and_keeps_what_an_archive_needs() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    for n in 1..=3_i64 {
        insert_new(&tx, &incoming(bobs, &format!("m{n}"), n * 1000));
    }
    let queued = insert_new(&tx, &outgoing(bobs, "q", 2500));
    outbox::push(&tx, ana, bobs, queued, false).unwrap();
    chats::set_draft(&tx, bobs, &Clean::new("half a")).unwrap();
    chats::set_encrypted(&tx, bobs, false).unwrap();
    chats::set_current(&tx, ana, bobs).unwrap();
    assert_eq!(deleted::not_before(&tx, &peer(ana, BOB)).unwrap(), None);
    assert_eq!(deleted::chat(&tx, bobs, NOW).unwrap(), Some(4));
    assert_eq!(deleted::chat(&tx, bobs, NOW).unwrap(), None, "twice");
    assert_eq!(chats::by_peer(&tx, &peer(ana, BOB)).unwrap(), None);
    assert_eq!(chats::current(&tx, ana).unwrap(), None);
    assert_eq!(outbox::all(&tx, ana).unwrap(), []);
    for n in 1..=3 {
        assert!(left_out(&tx, ana, (Some(&format!("m{n}")), None), Some("hello")));
    }
    assert_eq!(deleted::not_before(&tx, &peer(ana, BOB)).unwrap(), Some(at(3000)));
    assert_eq!(
        deleted::not_before(&tx, &peer(ana, "carol@mired.test")).unwrap(),
        None
    );
    // Begun again it is encrypted, and the position never goes back.
    let again = chats::open(&tx, &peer(ana, BOB)).unwrap();
    assert!(again.encrypted && again.id != bobs);
    insert_new(&tx, &incoming(again.id, "n1", 500));
    deleted::chat(&tx, again.id, NOW).unwrap();
    assert_eq!(deleted::not_before(&tx, &peer(ana, BOB)).unwrap(), Some(at(3000)));
}

#[test]
fn of_a_chat_that_stays_what_is_kept_no_longer_does_not_come_back_either() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let not_before = || deleted::not_before(&tx, &peer(ana, BOB)).unwrap();
    assert_eq!(not_before(), None);
    for (set, then) in [(2000, 2000), (1000, 2000), (4000, 4000)] {
        deleted::set_not_before(&tx, bobs, at(set)).unwrap();
        assert_eq!(not_before(), Some(at(then)));
    }
    // It outlives the chat, whichever says more.
    insert_new(&tx, &incoming(bobs, "m1", 3000));
    deleted::chat(&tx, bobs, NOW).unwrap();
    assert_eq!(not_before(), Some(at(4000)));
    let again = chats::open(&tx, &peer(ana, BOB)).unwrap().id;
    deleted::set_not_before(&tx, again, at(3500)).unwrap();
    assert_eq!(not_before(), Some(at(4000)));
    // An empty one too.
    deleted::set_not_before(&tx, again, at(5000)).unwrap();
    deleted::chat(&tx, again, NOW).unwrap();
    assert_eq!(not_before(), Some(at(5000)));
    // What was stored under a clock that ran ahead says nothing of a time to come.
    let again = chats::open(&tx, &peer(ana, BOB)).unwrap().id;
    insert_new(&tx, &incoming(again, "m2", 9000));
    deleted::chat(&tx, again, at(6000)).unwrap();
    assert_eq!(not_before(), Some(at(6000)));
}

#[test]
fn the_ids_themselves_are_not_kept() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bobs) = chat(&tx);
    let mut new = incoming(bobs, "an-id-to-forget", 1000);
    new.server_id = Some("a-server-id-to-forget".to_owned());
    insert_new(&tx, &new);
    deleted::chat(&tx, bobs, NOW).unwrap();
    use crate::Reads as _;
    for (sql, what) in [
        ("SELECT hash FROM deleted_messages", 3),
        ("SELECT hash FROM deleted_chats", 1),
    ] {
        let mut statement = tx.conn().prepare(sql).unwrap();
        let hashes: Vec<Vec<u8>> = statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(hashes.len(), what);
        for hash in hashes {
            let text = String::from_utf8_lossy(&hash);
            assert!(!text.contains("forget") && !text.contains("bob"), "{text}");
        }
    }
    // Another account has another key.
    let other = crate::accounts::add(
        &tx,
        &jid("other@mired.test"),
        "x",
        &model::AccountOptions::default(),
        "r",
    )
    .unwrap();
    assert!(!left_out(
        &tx,
        other,
        (Some("an-id-to-forget"), None),
        Some("hello")
    ));
    assert!(left_out(&tx, ana, (Some("an-id-to-forget"), None), Some("hello")));
}

#[test]
fn closing_writes_the_file_anew_once_after_a_deletion() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let bobs = chats::open(&tx, &peer(ana, BOB)).unwrap().id;
    for n in 0..2000 {
        insert_new(&tx, &incoming(bobs, &format!("m{n}"), n));
    }
    tx.commit().unwrap();
    let size = || std::fs::metadata(&place.path).unwrap().len();
    writer.close().unwrap();
    let full = size();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    let chat = chats::by_peer(&tx, &peer(ana, BOB)).unwrap().unwrap();
    assert_eq!(deleted::chat(&tx, chat.id, NOW).unwrap(), Some(2000));
    tx.commit().unwrap();
    writer.close().unwrap();
    // Pages that are only freed stay in the file.
    assert!(size() < full * 2 / 3, "{} of {full}", size());
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    let owed: i64 = {
        use crate::Reads as _;
        tx.conn()
            .query_row("SELECT owed FROM deletions", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(owed, 0);
    let sent = messages::insert(&tx, &{
        let chat = chats::open(&tx, &peer(ana, BOB)).unwrap();
        let mut row = outgoing(chat.id, "new", 1);
        row.state = MessageState::Sent;
        row
    });
    assert!(sent.is_ok());
}

//! Up to where was read, and who knows: it only moves forward, by whatever way it is told.

use super::{at, chat, incoming, insert_new, jid, outgoing};
use crate::about::corrections::{self, Correction};
use crate::messages::{self, NewMessage};
use crate::read_state::{self, Announced, Unmarked, Unsynced};
use crate::{Reads, Transaction, Way, Writer, chats};
use model::{AccountId, ChatId, Clean, MessageId, Peer, Position, Protection};

/// From Bob, under this id of the server and of his own.
fn named(chat: ChatId, id: &str, ms: i64) -> NewMessage {
    NewMessage {
        server_id: Some(format!("s-{id}")),
        markable: true,
        ..incoming(chat, id, ms)
    }
}

fn position(r: &impl Reads, id: MessageId) -> Position {
    messages::get(r, id).unwrap().unwrap().position
}

fn unread(r: &impl Reads, account: AccountId) -> u64 {
    chats::overview(r, account).unwrap()[0].unread
}

fn due(r: &impl Reads, account: AccountId) -> Vec<String> {
    let due = read_state::unsynced(r, account, &[]).unwrap();
    due.into_iter().map(|due| due.server_id).collect()
}

/// Which marker is due, by the id that it names.
fn marker(tx: &Transaction<'_>, account: AccountId) -> Option<Option<String>> {
    let due = read_state::unmarked(tx, account).unwrap();
    due.into_iter().next().map(|due| due.asked.map(|(id, _)| id))
}

#[test]
fn what_is_read_here_is_told_once_by_the_newest_message_that_has_an_id() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bob) = chat(&tx);
    insert_new(&tx, &named(bob, "1", 1000));
    let second = insert_new(&tx, &named(bob, "2", 2000));
    let third = insert_new(&tx, &incoming(bob, "3", 3000));
    assert_eq!((unread(&tx, ana), due(&tx, ana)), (3, vec![]));
    let third = position(&tx, third);
    assert!(read_state::read_here(&tx, bob, third).unwrap());
    assert!(!read_state::read_here(&tx, bob, third).unwrap());
    let expected = Unsynced {
        chat: bob,
        peer: jid("bob@mired.test"),
        position: position(&tx, second),
        server_id: "s-2".to_owned(),
    };
    assert_eq!(read_state::unsynced(&tx, ana, &[]).unwrap(), [expected]);
    assert_eq!(read_state::unsynced(&tx, ana, &[bob]).unwrap(), []);
    let expected = Unmarked {
        chat: bob,
        peer: jid("bob@mired.test"),
        read: third,
        asked: Some(("2".to_owned(), Protection::OmemoLegacy)),
        request: false,
    };
    assert_eq!(read_state::unmarked(&tx, ana).unwrap(), [expected]);
    read_state::set_synced(&tx, bob, position(&tx, second)).unwrap();
    read_state::set_marked(&tx, bob, third).unwrap();
    assert_eq!((due(&tx, ana), marker(&tx, ana)), (vec![], None));
    // Neither goes back, whatever is said.
    read_state::set_synced(&tx, bob, Position(1)).unwrap();
    read_state::set_marked(&tx, bob, Position(1)).unwrap();
    read_state::read_here(&tx, bob, Position(1)).unwrap();
    assert_eq!(
        (due(&tx, ana), marker(&tx, ana), unread(&tx, ana)),
        (vec![], None, 0)
    );
}

#[test]
fn what_an_archive_brought_as_read_is_not_told() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bob) = chat(&tx);
    messages::insert_archived(
        &tx,
        &named(bob, "1", 1000),
        messages::Archived::Past { behind: None },
    )
    .unwrap();
    assert_eq!(
        (unread(&tx, ana), due(&tx, ana), marker(&tx, ana)),
        (0, vec![], None)
    );
}

/// Another device tells it now; whether anything was unread.
fn elsewhere(tx: &Transaction<'_>, chat: ChatId, server_id: &str) -> bool {
    let heard = read_state::read_elsewhere(tx, chat, server_id, Announced::Now);
    heard.unwrap().read
}

#[test]
fn what_another_device_has_read_is_read_and_neither_told_nor_marked_again() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bob) = chat(&tx);
    for (id, ms) in [("1", 1000), ("2", 2000), ("3", 3000)] {
        insert_new(&tx, &named(bob, id, ms));
    }
    assert!(elsewhere(&tx, bob, "s-2"));
    assert_eq!(unread(&tx, ana), 1);
    let left = messages::unread(&tx, bob, 10).unwrap();
    let left: Vec<&str> = left.iter().map(|row| row.stanza_id.as_str()).collect();
    assert_eq!(left, ["3"]);
    assert!(!elsewhere(&tx, bob, "s-1"));
    assert_eq!(unread(&tx, ana), 1);
    // That up to the second was read here as well is news to nobody.
    let second = messages::find(&tx, bob, &jid("bob@mired.test"), "2", None)
        .unwrap()
        .unwrap();
    read_state::read_here(&tx, bob, position(&tx, second)).unwrap();
    assert_eq!((due(&tx, ana), marker(&tx, ana)), (vec![], None));
    read_state::read_all_here(&tx, bob).unwrap();
    assert_eq!(
        (due(&tx, ana), marker(&tx, ana)),
        (vec!["s-3".to_owned()], Some(Some("3".to_owned())))
    );
}

#[test]
fn an_id_that_is_not_here_waits_for_its_message_and_is_forgotten_with_a_newer_one() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bob) = chat(&tx);
    insert_new(&tx, &named(bob, "1", 1000));
    assert!(!elsewhere(&tx, bob, "s-3"));
    assert_eq!(unread(&tx, ana), 1);
    for (id, ms) in [("2", 2000), ("3", 3000), ("4", 4000)] {
        messages::insert_archived(&tx, &named(bob, id, ms), messages::Archived::News).unwrap();
    }
    assert_eq!(unread(&tx, ana), 1);
    elsewhere(&tx, bob, "s-7");
    elsewhere(&tx, bob, "s-4");
    insert_new(&tx, &named(bob, "7", 7000));
    assert_eq!(unread(&tx, ana), 1);
    // Ours learns its id later, and another device has read up to it.
    let ours = insert_new(&tx, &outgoing(bob, "8", 8000));
    elsewhere(&tx, bob, "s-8");
    assert_eq!(unread(&tx, ana), 1);
    messages::set_server_id(&tx, ours, "s-8").unwrap();
    assert_eq!(unread(&tx, ana), 0);
}

// Threat 14.
#[test]
fn an_id_of_another_chat_reads_nothing() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bob) = chat(&tx);
    let carol = chats::open(&tx, &Peer::new(ana, jid("carol@mired.test")))
        .unwrap()
        .id;
    insert_new(&tx, &named(bob, "1", 1000));
    insert_new(&tx, &named(carol, "2", 1000));
    elsewhere(&tx, carol, "s-1");
    assert!(!read_state::marked_elsewhere(&tx, carol, &jid("carol@mired.test"), "1").unwrap());
    let unread: Vec<u64> = chats::overview(&tx, ana)
        .unwrap()
        .iter()
        .map(|chat| chat.unread)
        .collect();
    assert_eq!(unread, [1, 1]);
}

#[test]
fn a_marker_of_another_device_names_one_message_of_the_other_side() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bob) = chat(&tx);
    let from = jid("bob@mired.test");
    insert_new(&tx, &named(bob, "1", 1000));
    insert_new(&tx, &outgoing(bob, "ours", 1500));
    for ms in [2000, 3000] {
        insert_new(&tx, &incoming(bob, "twice", ms));
    }
    for id in ["twice", "ours", "none", ""] {
        assert!(
            !read_state::marked_elsewhere(&tx, bob, &from, id).unwrap(),
            "{id}"
        );
    }
    assert_eq!(unread(&tx, ana), 3);
    assert!(read_state::marked_elsewhere(&tx, bob, &from, "1").unwrap());
    assert_eq!((unread(&tx, ana), marker(&tx, ana)), (2, None));
}

#[test]
fn a_program_that_names_a_correction_has_read_its_words_and_no_later_ones() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bob) = chat(&tx);
    let first = insert_new(&tx, &named(bob, "1", 1000));
    insert_new(&tx, &named(bob, "2", 2000));
    assert!(elsewhere(&tx, bob, "s-2"));
    let correct = |id: &str, ms| {
        let server_id = format!("s-{id}");
        let correction = Correction {
            id,
            server_id: Some(&server_id),
            body: &Clean::new(id),
            unstyled: false,
            way: Way {
                time: at(ms),
                protection: Protection::Clear,
                device: None,
                fingerprint: None,
                trust: None,
            },
        };
        corrections::apply(&tx, first, &correction, true).unwrap();
    };
    correct("c1", 3000);
    correct("c2", 9000);
    assert_eq!(unread(&tx, ana), 1);
    elsewhere(&tx, bob, "s-c1");
    assert_eq!(unread(&tx, ana), 1);
    elsewhere(&tx, bob, "s-c2");
    assert_eq!(unread(&tx, ana), 0);
}

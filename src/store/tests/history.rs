//! The history: what comes back, paging, marks.

use super::{at, chat, incoming, insert_new, jid, opened, outgoing, peer};
use crate::messages::{self, NewMessage, Opened};
use crate::{Reads, StoreError, Transaction, Writer, chats};
use model::{
    Author, ChatId, Clean, Direction, Fingerprint, Left, Message, MessageFailure, MessageId, MessageState,
    Peer, Position, Protection, Trust, UnreadableReason,
};

fn unreadable(chat: ChatId, stanza_id: &str, reason: UnreadableReason) -> NewMessage {
    NewMessage {
        body: None,
        unreadable: Some(reason),
        ..incoming(chat, stanza_id, 5)
    }
}

pub(super) fn with_server_id(message: NewMessage, server_id: &str) -> NewMessage {
    NewMessage {
        server_id: Some(server_id.to_owned()),
        ..message
    }
}

#[test]
fn a_message_comes_back_as_it_was_stored() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let new = NewMessage {
        device: Some(77),
        unstyled: true,
        markable: false,
        fingerprint: Some(Fingerprint([7; 32])),
        trust: Some(Trust::Blind),
        body: Some(Clean::new(
            "two\nlines, ünïcode, 'quotes' and \"; DROP TABLE messages\"",
        )),
        ..with_server_id(incoming(chat, "id-1", -1), "server-1")
    };
    let id = insert_new(&tx, &new);
    let expected = Message {
        id,
        chat,
        peer: peer(ana, "bob@mired.test"),
        author: new.author,
        stanza_id: new.stanza_id,
        server_id: new.server_id,
        time: new.time,
        body: new.body,
        unreadable: None,
        protection: new.protection,
        fingerprint: new.fingerprint,
        trust: new.trust,
        state: new.state,
        failure: None,
        unstyled: true,
        position: Position(1),
        device: Some(77),
        left: Left::Not,
        displayed: false,
        asked: false,
        mention: false,
        in_room: false,
        archived: false,
        retracted: None,
        moderated: None,
        edited: 0,
        reply_to: None,
        reactions: Vec::new(),
        files: Vec::new(),
    };
    assert_eq!(messages::get(&tx, id).unwrap(), Some(expected.clone()));
    assert_eq!(messages::history(&tx, chat, None, 1).unwrap(), vec![expected]);
    assert_eq!(messages::get(&tx, MessageId(id.0 + 1)).unwrap(), None);
}

#[test]
fn authors_come_back_as_they_were_stored() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let occupant = |occupant_id: Option<&str>, real: Option<&str>| Author::Occupant {
        nick: Clean::line("Carol"),
        occupant_id: occupant_id.map(str::to_owned),
        real: real.map(jid),
    };
    let authors = [
        (Author::Us, "ana@mired.test"),
        (Author::Contact(jid("bob@mired.test")), "bob@mired.test"),
        (occupant(None, None), "bob@mired.test"),
        (occupant(Some("dd72603d"), None), "bob@mired.test"),
        (
            occupant(Some("dd72603d"), Some("carol@mired.test")),
            "carol@mired.test",
        ),
    ];
    for (n, (author, sender)) in authors.into_iter().enumerate() {
        let row = NewMessage {
            author: author.clone(),
            ..incoming(chat, &format!("{n}"), 1)
        };
        let id = insert_new(&tx, &row);
        let found = messages::get(&tx, id).unwrap().unwrap();
        assert_eq!(found.author, author);
        assert_eq!(found.from(&jid("ana@mired.test")), &jid(sender));
        // What copies of it are looked for by.
        let named = messages::find(&tx, chat, &jid(sender), &format!("{n}"), None);
        assert_eq!(named.unwrap(), Some(id));
    }
}

fn every_reason() -> [UnreadableReason; 13] {
    use UnreadableReason::{
        Damaged, Distrusted, IdentityChanged, Malformed, NoSession, NotForThisDevice, NotXml,
        OtherEncryption, OtherEnvelope, Oversized, Repeated, TooManySkipped, UnknownPreKey,
    };
    [
        NotForThisDevice,
        NoSession,
        UnknownPreKey,
        IdentityChanged,
        Distrusted,
        Damaged,
        Malformed,
        OtherEncryption,
        OtherEnvelope,
        TooManySkipped,
        Repeated,
        NotXml,
        Oversized,
    ]
}

#[test]
fn every_value_of_every_enum_survives() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    use MessageState::{Delivered, Failed, Queued, Received, Sent};
    let mut n = 0;
    let mut round = |new: NewMessage| {
        n += 1;
        let id = insert_new(
            &tx,
            &NewMessage {
                stanza_id: format!("{n}"),
                ..new.clone()
            },
        );
        let found = messages::get(&tx, id).unwrap().unwrap();
        assert_eq!((found.author, found.protection), (new.author, new.protection));
        assert_eq!(
            (found.unreadable, found.trust, found.state),
            (new.unreadable, new.trust, new.state)
        );
    };
    for reason in every_reason() {
        round(unreadable(chat, "", reason));
    }
    for state in [Received, Queued, Sent, Delivered, Failed] {
        round(NewMessage {
            state,
            ..outgoing(chat, "", 1)
        });
    }
    for protection in [Protection::Clear, Protection::OmemoLegacy, Protection::Omemo2] {
        round(NewMessage {
            protection,
            ..incoming(chat, "", 1)
        });
    }
    for trust in [Trust::Undecided, Trust::Blind, Trust::Verified, Trust::Distrusted] {
        round(NewMessage {
            trust: Some(trust),
            ..incoming(chat, "", 1)
        });
    }
}

#[test]
fn a_number_that_stands_for_nothing_is_corrupt() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let id = insert_new(&tx, &incoming(chat, "1", 1));
    for (change, what) in [
        ("protection = -1", "protection"),
        ("trust = 4", "trust"),
        ("direction = 2", "direction"),
        ("sender = 'a@b@c'", "address"),
        ("time = 9223372036854775807", "time"),
    ] {
        tx.conn()
            .execute_batch(&format!("SAVEPOINT s; UPDATE messages SET {change}"))
            .unwrap();
        let got = messages::get(&tx, id);
        assert!(
            matches!(got, Err(StoreError::Corrupt(said)) if said == what),
            "{change}"
        );
        assert!(
            messages::history(&tx, chat, None, 9).is_err(),
            "nothing is half read"
        );
        tx.conn().execute_batch("ROLLBACK TO s; RELEASE s").unwrap();
    }
}

#[test]
fn a_row_has_a_body_or_a_reason_and_not_both() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let neither = NewMessage {
        body: None,
        ..incoming(chat, "1", 1)
    };
    let both = NewMessage {
        unreadable: Some(UnreadableReason::Damaged),
        ..incoming(chat, "2", 1)
    };
    assert!(matches!(
        messages::insert(&tx, &neither),
        Err(StoreError::Sqlite(_))
    ));
    assert!(matches!(messages::insert(&tx, &both), Err(StoreError::Sqlite(_))));
}

/// Rows with times in disorder and many of the same second, where the order of arrival counts.
fn disorder(tx: &Transaction<'_>, chat: ChatId) -> Vec<MessageId> {
    let mut rows: Vec<(i64, MessageId)> = (0..60)
        .map(|n: i64| {
            let second = n * 7919 % 13;
            let ms = second * 1000 + (60 - n) * 13;
            (second, insert_new(tx, &incoming(chat, &format!("m{n}"), ms)))
        })
        .collect();
    rows.sort_unstable();
    rows.into_iter().map(|(_, id)| id).collect()
}

#[test]
fn history_pages_backwards_without_a_gap_or_a_repetition() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let other = chats::open(&tx, &peer(ana, "carol@mired.test")).unwrap().id;
    insert_new(&tx, &incoming(other, "m0", 6));
    let expected = disorder(&tx, chat);
    for size in [1, 7, 60, 1000] {
        let mut pages: Vec<MessageId> = Vec::new();
        let mut before = None;
        loop {
            let page = messages::history(&tx, chat, before, size).unwrap();
            assert!(page.len() <= size);
            let Some(oldest) = page.first() else { break };
            before = Some(oldest.position);
            pages.splice(0..0, page.iter().map(|row| row.id));
        }
        assert_eq!(pages, expected, "pages of {size}");
    }
    assert!(messages::history(&tx, chat, None, 0).unwrap().is_empty());
    assert_eq!(messages::history(&tx, chat, None, usize::MAX).unwrap().len(), 60);
}

#[test]
fn a_state_and_its_reason_change_together() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let id = insert_new(&tx, &outgoing(chat, "1", 1));
    let state = || {
        messages::get(&tx, id)
            .unwrap()
            .map(|row| (row.state, row.failure))
            .unwrap()
    };
    let why = MessageFailure::Refused(Clean::new("the server says no"));
    messages::set_state(&tx, id, MessageState::Failed, Some(&why)).unwrap();
    assert_eq!(state(), (MessageState::Failed, Some(why)));
    messages::set_state(&tx, id, MessageState::Sent, None).unwrap();
    assert_eq!(state(), (MessageState::Sent, None));
}

#[test]
fn an_unreadable_row_becomes_readable_once_and_is_listened_to_again() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let id = insert_new(&tx, &unreadable(chat, "1", UnreadableReason::NoSession));
    assert!(messages::set_listened(&tx, id, false, 0).unwrap());
    let body = Clean::new("now it can be read");
    let fingerprint = Some(Fingerprint([3; 32]));
    let opened = Opened {
        fingerprint,
        trust: Some(Trust::Verified),
        ..opened(&body)
    };
    messages::set_readable(&tx, id, &opened).unwrap();
    let row = messages::get(&tx, id).unwrap().unwrap();
    assert_eq!((row.body.as_ref(), row.unreadable), (Some(&body), None));
    assert_eq!((row.fingerprint, row.trust), (fingerprint, Some(Trust::Verified)));
    assert_eq!(messages::unlistened(&tx, ana, None, 9).unwrap(), vec![row]);
    let second = messages::set_readable(&tx, id, &super::opened(&Clean::new("something else")));
    assert!(matches!(second, Err(StoreError::Missing(_))));
    assert_eq!(messages::get(&tx, id).unwrap().unwrap().body, Some(body));
}

#[test]
fn a_row_that_was_printed_as_unreadable_and_is_readable_by_now_stays_to_be_printed() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let id = insert_new(&tx, &unreadable(chat, "1", UnreadableReason::Damaged));
    let waits = || messages::unlistened(&tx, ana, None, 9).unwrap().len();
    let unread = || chats::overview(&tx, ana).unwrap()[0].unread;
    // The true copy comes between printing the row and marking it.
    messages::set_readable(&tx, id, &opened(&Clean::new("the words"))).unwrap();
    assert!(!messages::set_listened(&tx, id, false, 0).unwrap());
    assert_eq!((waits(), unread()), (1, 1));
    assert!(messages::set_listened(&tx, id, true, 0).unwrap());
    assert_eq!((waits(), unread()), (0, 0));
    assert!(!messages::set_listened(&tx, MessageId(999), true, 0).unwrap());
}

#[test]
fn listen_gets_each_inbound_row_once_in_the_order_of_the_rows() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let carol = jid("carol@mired.test");
    let other = chats::open(&tx, &Peer::new(ana, carol.clone())).unwrap().id;
    let late = insert_new(&tx, &incoming(chat, "1", 900));
    insert_new(&tx, &outgoing(chat, "2", 2));
    let hers = insert_new(
        &tx,
        &NewMessage {
            author: Author::Contact(carol.clone()),
            ..incoming(other, "3", 3)
        },
    );
    let last = insert_new(&tx, &unreadable(chat, "4", UnreadableReason::Damaged));
    let ids = |from, limit| -> Vec<MessageId> {
        messages::unlistened(&tx, ana, from, limit)
            .unwrap()
            .iter()
            .map(|row| row.id)
            .collect()
    };
    assert_eq!(ids(None, 9), [late, hers, last]);
    assert_eq!(ids(None, 2), [late, hers]);
    assert_eq!(ids(Some(&carol), 9), [hers]);
    assert!(messages::set_listened(&tx, hers, true, 0).unwrap());
    assert_eq!(ids(Some(&carol), 9), []);
    assert_eq!(ids(None, 9), [late, last]);
    let row = messages::get(&tx, late).unwrap().unwrap();
    assert_eq!((row.direction(), row.time), (Direction::In, at(900)));
}

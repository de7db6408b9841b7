//! Every message appears once, and no id that others choose hides another one (law 9).

use super::history::with_server_id;
use super::{account, chat, incoming, insert_new, jid, outgoing, peer};
use crate::copies::{self, Ids};
use crate::messages::{self, Inserted, NewMessage};
use crate::omemo::{is_opened, set_opened};
use crate::{Transaction, Writer, chats};
use model::{ChatId, Clean, MessageId, MessageState, Protection, UnreadableReason};

fn clear(chat: ChatId, stanza_id: &str, body: &str, ms: i64) -> NewMessage {
    NewMessage {
        protection: Protection::Clear,
        body: Some(Clean::new(body)),
        ..incoming(chat, stanza_id, ms)
    }
}

/// The three copies of one message, as the roads bring them: live without the server's id, from the archive
/// with it, and by a road that lost the sender's own id.
fn copies(chat: ChatId) -> [NewMessage; 3] {
    let live = clear(chat, "origin-1", "hello", 10);
    let archived = with_server_id(clear(chat, "origin-1", "hello", 11), "server-1");
    let renamed = with_server_id(clear(chat, "", "hello", 12), "server-1");
    [live, archived, renamed]
}

#[test]
fn a_message_in_clear_appears_once_whichever_roads_brought_it_in_any_order() {
    // The live and the renamed copy share nothing; only a road with both ids between them ties them together.
    for order in [[0, 1, 2], [1, 0, 2], [1, 2, 0], [2, 1, 2], [0, 1, 0], [1, 1, 2]] {
        let mut writer = Writer::in_memory().unwrap();
        let tx = writer.transaction().unwrap();
        let (_, chat) = chat(&tx);
        let copies = copies(chat);
        let first = insert_new(&tx, &copies[order[0]]);
        for next in &order[1..] {
            let again = messages::insert(&tx, &copies[*next]).unwrap();
            assert_eq!(again, Inserted::Duplicate(first), "order {order:?}, copy {next}");
        }
        let rows = messages::history(&tx, chat, None, 10).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(
            rows[0].time, copies[order[0]].time,
            "the first copy stays as it is"
        );
    }
}

#[test]
fn an_id_that_was_used_before_hides_no_other_words() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let other = chats::open(&tx, &peer(ana, "carol@mired.test")).unwrap().id;
    let first = insert_new(&tx, &clear(chat, "1", "good morning", 1));
    insert_new(&tx, &clear(chat, "1", "the meeting is cancelled", 2));
    insert_new(&tx, &clear(other, "1", "good morning", 3));
    insert_new(&tx, &outgoing(chat, "1", 4));
    // What is encrypted is told apart by its session: the store takes every one, of whatever words.
    let sealed = [5, 6].map(|ms| insert_new(&tx, &incoming(chat, "1", ms)));
    assert_ne!(sealed[0], sealed[1]);
    // Nor does it hide the same words in clear, or stand for them.
    insert_new(&tx, &clear(chat, "1", "hello", 7));
    let again = messages::insert(&tx, &clear(chat, "1", "good morning", 8)).unwrap();
    assert_eq!(again, Inserted::Duplicate(first));
    let bob = jid("bob@mired.test");
    let newest = messages::find(&tx, chat, &bob, "1", None).unwrap();
    assert!(
        messages::in_chat(&tx, chat, "1", 9)
            .unwrap()
            .iter()
            .any(|row| Some(row.id) == newest)
    );
    assert_eq!(messages::find(&tx, chat, &bob, "no such", None).unwrap(), None);
    assert_eq!(messages::in_chat(&tx, chat, "no such", 9).unwrap(), []);
    assert_eq!(messages::history(&tx, chat, None, 10).unwrap().len(), 6);
}

#[test]
fn messages_without_an_id_are_different_messages() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let nameless = with_server_id(clear(chat, "", "hello", 1), "");
    insert_new(&tx, &nameless);
    insert_new(&tx, &nameless);
    assert_eq!(
        messages::find(&tx, chat, &jid("bob@mired.test"), "", Some("")).unwrap(),
        None
    );
    assert_eq!(messages::in_chat(&tx, chat, "", 9).unwrap(), []);
    assert_eq!(messages::anywhere(&tx, "", 9).unwrap(), []);
    let rows = messages::history(&tx, chat, None, 10).unwrap();
    assert_eq!(rows.iter().filter(|row| row.server_id.is_none()).count(), 2);
}

#[test]
fn a_server_id_belongs_to_one_row_and_hides_nothing_encrypted() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let server_id = |id| messages::get(&tx, id).unwrap().unwrap().server_id;
    let first = insert_new(&tx, &clear(chat, "1", "one", 1));
    let second = insert_new(&tx, &clear(chat, "2", "two", 2));
    messages::set_server_id(&tx, first, "server-1").unwrap();
    messages::set_server_id(&tx, second, "server-1").unwrap();
    assert_eq!(
        (server_id(first).as_deref(), server_id(second)),
        (Some("server-1"), None)
    );
    // Our server vouches that this is the first one, whatever it looks like now.
    let renamed = with_server_id(clear(chat, "3", "three", 3), "server-1");
    assert_eq!(
        messages::insert(&tx, &renamed).unwrap(),
        Inserted::Duplicate(first)
    );
    let sealed = insert_new(&tx, &with_server_id(incoming(chat, "4", 4), "server-1"));
    assert_eq!(server_id(sealed), None);
    let found = messages::find(&tx, chat, &jid("bob@mired.test"), "no such", Some("server-1"));
    assert_eq!(found.unwrap(), Some(first));
}

fn closed_row(tx: &Transaction<'_>, chat: ChatId, id: &str, mark: Option<u8>) -> MessageId {
    let row = NewMessage {
        body: None,
        unreadable: Some(UnreadableReason::Damaged),
        ..incoming(chat, id, 1)
    };
    let row = insert_new(tx, &row);
    if let Some(mark) = mark {
        copies::set_mark(tx, row, &[mark; 16]).unwrap();
    }
    row
}

#[test]
fn what_stayed_closed_is_known_by_its_mark_under_its_id() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let bob = jid("bob@mired.test");
    let first = closed_row(&tx, chat, "1", Some(7));
    let second = closed_row(&tx, chat, "1", Some(8));
    closed_row(&tx, chat, "1", None);
    let closed = |stanza_id, marks: &[u8]| {
        let ids = Ids {
            occupant: None,
            chat,
            from: bob.as_str(),
            stanza_id,
            server_id: None,
        };
        let marks: Vec<_> = marks.iter().map(|mark| [*mark; 16]).collect();
        copies::closed(&tx, &ids, &marks).unwrap().same
    };
    assert_eq!(closed(Some("1"), &[7]), Some(first));
    assert_eq!(closed(Some("1"), &[9, 8]), Some(second));
    assert_eq!(closed(Some("1"), &[9]), None);
    assert_eq!(closed(Some("1"), &[]), None);
    assert_eq!(closed(Some("2"), &[7]), None);
    assert_eq!(closed(None, &[7]), None);
    // One that can be read meanwhile is none of them.
    messages::set_readable(&tx, first, &super::opened(&Clean::new("words"))).unwrap();
    assert_eq!(closed(Some("1"), &[7]), None);
}

#[test]
fn a_receipt_names_the_one_row_that_waits_for_it() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (_, chat) = chat(&tx);
    let ana = jid("ana@mired.test");
    let waiting = || copies::waiting(&tx, chat, &ana, "1").unwrap();
    let sent = |ms| NewMessage {
        state: MessageState::Sent,
        ..outgoing(chat, "1", ms)
    };
    let first = insert_new(&tx, &sent(1));
    insert_new(&tx, &incoming(chat, "1", 1));
    // Never written to a stream: it waits for nobody's answer.
    insert_new(&tx, &outgoing(chat, "1", 1));
    assert_eq!(waiting(), Some(first));
    let second = insert_new(&tx, &sent(2));
    assert_eq!(waiting(), None, "nobody can say which is meant");
    messages::set_state(&tx, first, MessageState::Delivered, None).unwrap();
    assert_eq!(waiting(), Some(second));
    messages::set_state(&tx, second, MessageState::Delivered, None).unwrap();
    assert_eq!(waiting(), None);
}

#[test]
fn opened_letters_are_remembered_for_each_account() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    for _ in 0..2 {
        set_opened(&tx, ana, &[1; 16]).unwrap();
    }
    assert!(is_opened(&tx, ana, &[1; 16]).unwrap());
    assert!(!is_opened(&tx, ana, &[2; 16]).unwrap());
    assert!(!is_opened(&tx, model::AccountId(ana.0 + 1), &[1; 16]).unwrap());
}

//! What left this machine, what is taken back, what is found by its id.

use rusqlite::Connection;

use super::{at, chat, incoming, insert_new, outgoing, peer};
use crate::left::{self, Withdrawn};
use crate::{Writer, chats, messages, migrations, outbox, stream};
use model::{Left, MessageFailure, MessageState};

#[test]
fn what_was_never_written_to_a_stream_is_taken_back_and_keeps_its_words() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let waiting = insert_new(&tx, &outgoing(chat, "1", 1));
    let row = outbox::push(&tx, ana, chat, waiting, false).unwrap();
    // Sealed, and still here.
    outbox::set_sealed(&tx, row, "<message/>").unwrap();
    assert_eq!(
        left::withdraw(&tx, waiting, &MessageFailure::TakenBack).unwrap(),
        Withdrawn::Done
    );
    assert_eq!(outbox::by_message(&tx, waiting).unwrap(), None);
    let message = messages::get(&tx, waiting).unwrap().unwrap();
    assert_eq!(
        (message.state, message.left),
        (MessageState::Failed, Left::TakenBack)
    );
    assert_eq!(message.failure, Some(MessageFailure::TakenBack));
    assert_eq!(message.body.unwrap().as_str(), "hello");

    let written = insert_new(&tx, &outgoing(chat, "2", 2));
    let row = outbox::push(&tx, ana, chat, written, false).unwrap();
    outbox::set_sealed(&tx, row, "<message/>").unwrap();
    left::set_written(&tx, row).unwrap();
    assert_eq!(
        left::withdraw(&tx, written, &MessageFailure::TakenBack).unwrap(),
        Withdrawn::MayHaveLeft
    );
    assert!(outbox::by_message(&tx, written).unwrap().is_some());
    let message = messages::get(&tx, written).unwrap().unwrap();
    assert_eq!(
        (message.state, message.left),
        (MessageState::Queued, Left::Perhaps)
    );

    let theirs = insert_new(&tx, &incoming(chat, "3", 3));
    assert_eq!(
        left::withdraw(&tx, theirs, &MessageFailure::TakenBack).unwrap(),
        Withdrawn::NotOurs
    );
    left::remove(&tx, written).unwrap();
    assert_eq!(outbox::all(&tx, ana).unwrap(), []);
}

#[test]
fn our_messages_are_found_by_their_id_in_whichever_chat() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, bob) = chat(&tx);
    let carol = chats::open(&tx, &peer(ana, "carol@mired.test")).unwrap().id;
    let one = insert_new(&tx, &outgoing(bob, "same", 1));
    let other = insert_new(&tx, &outgoing(carol, "same", 2));
    let alone = insert_new(&tx, &outgoing(carol, "alone", 3));
    let theirs = insert_new(&tx, &incoming(bob, "alone", 4));
    assert_eq!(left::by_stanza_id(&tx, ana, "same", 2).unwrap(), [one, other]);
    assert_eq!(left::by_stanza_id(&tx, ana, "alone", 2).unwrap(), [alone]);
    assert_eq!(left::by_stanza_id(&tx, ana, "", 2).unwrap(), []);
    let ids = |rows: Vec<model::Message>| {
        let mut ids: Vec<_> = rows.into_iter().map(|row| row.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(messages::anywhere(&tx, "same", 9).unwrap()), [one, other]);
    assert_eq!(messages::anywhere(&tx, "same", 1).unwrap().len(), 1);
    assert_eq!(ids(messages::anywhere(&tx, "alone", 9).unwrap()), [alone, theirs]);
    assert_eq!(ids(messages::in_chat(&tx, bob, "alone", 9).unwrap()), [theirs]);
    assert_eq!(left::written_after(&tx, ana, one).unwrap(), Some(other));
    let newest = left::newest(&tx).unwrap();
    assert_eq!(left::written_after(&tx, ana, newest).unwrap(), None);
}

#[test]
fn what_failed_is_counted_until_it_is_taken_back() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let ids = [1, 2, 3].map(|n| insert_new(&tx, &outgoing(chat, &n.to_string(), n)));
    for id in &ids[..2] {
        messages::set_state(&tx, *id, MessageState::Failed, None).unwrap();
    }
    assert_eq!(left::failed(&tx, ana, 9).unwrap(), [ids[1], ids[0]]);
    left::withdraw(&tx, ids[1], &MessageFailure::TakenBack).unwrap();
    assert_eq!(left::failed(&tx, ana, 9).unwrap(), [ids[0]]);
}

#[test]
fn how_much_a_server_takes_is_kept_and_replaced() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, _) = chat(&tx);
    assert_eq!(stream::too_large(&tx, ana).unwrap(), None);
    stream::set_too_large(&tx, ana, u32::MAX, at(1)).unwrap();
    stream::set_too_large(&tx, ana, 70_000, at(2)).unwrap();
    assert_eq!(stream::too_large(&tx, ana).unwrap(), Some((70_000, at(2))));
}

/// Reasons of rows of schema 5, and how far such a row has gone.
const REASONS: &[(&str, i64)] = &[
    (
        "Cannot encrypt to bob@mired.test because they publish no OMEMO keys.",
        0,
    ),
    (
        "Not sent: encryption was turned on before it could go out in clear. Send it again.",
        0,
    ),
    (
        "bob@mired.test asked to go on without encryption. Nothing was sent.",
        0,
    ),
    ("Taken back before it was sent.", 1),
    ("It could not be sent in time and was withdrawn.", 1),
    (
        "bob@mired.test could not be reached: their server answered \"gone\".",
        2,
    ),
    (
        "Not sent again: a key that it was encrypted to is no longer trusted.",
        2,
    ),
    (
        "Perhaps not sent: encryption was turned on before the server confirmed it.",
        2,
    ),
];

#[test]
fn schema_six_knows_of_older_rows_what_their_reasons_say() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrations::apply(&mut conn, &migrations::ALL[..5]).unwrap();
    conn.execute_batch(
        "INSERT INTO accounts (jid, password, resource) VALUES ('ana@mired.test', x'00', 'r');
         INSERT INTO chats (account, peer, encrypted) VALUES (1, 'bob@mired.test', 1);",
    )
    .unwrap();
    let insert = "INSERT INTO messages (account, chat, sender, direction, stanza_id, time, body, protection, state, failure)
                  VALUES (1, 1, 'ana@mired.test', 1, ?1, 700, 'body', 1, ?2, ?3)";
    for (number, (reason, _)) in REASONS.iter().enumerate() {
        conn.execute(insert, (format!("f{number}"), 4, reason)).unwrap();
    }
    for (id, state, stanza) in [
        ("waits", 1, None),
        ("sealed", 1, Some("<message/>")),
        ("sent", 2, None),
    ] {
        conn.execute(insert, (id, state, None::<String>)).unwrap();
        if state == 1 {
            let outbox = "INSERT INTO outbox (account, chat, message, clear, stanza)
                          VALUES (1, 1, last_insert_rowid(), 0, ?1)";
            conn.execute(outbox, [stanza]).unwrap();
        }
    }
    migrations::apply(&mut conn, &migrations::ALL[..6]).unwrap();
    let gone = |id: &str| -> i64 {
        let sql = "SELECT gone FROM messages WHERE stanza_id = ?1";
        conn.query_row(sql, [id], |row| row.get(0)).unwrap()
    };
    for (number, (reason, expected)) in REASONS.iter().enumerate() {
        assert_eq!(gone(&format!("f{number}")), *expected, "{reason}");
    }
    assert_eq!(["waits", "sealed", "sent"].map(gone), [0, 2, 0]);
}

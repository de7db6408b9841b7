//! Accounts, contacts, chats, outbox, stream: each function.

use super::{account, at, chat, incoming, insert_new, jid, opened, outgoing, peer};
use crate::accounts;
use crate::outbox::{self, Outgoing};
use crate::stream::{self, Resumable};
use crate::{StoreError, Writer, blocked, chats, contacts, deleted, messages};
use model::{
    AccountId, AccountOptions, ChatId, Clean, Contact, MessageFailure, MessageId, MessageState, Subscription,
    Timestamp,
};

fn contact(name: &str) -> Contact {
    Contact {
        jid: jid(name),
        name: Some(Clean::new("A name")),
        in_roster: true,
        subscription: Subscription::Both,
        asked: false,
        requests: false,
    }
}

#[test]
fn an_account_comes_back_as_it_was_added() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let options = AccountOptions {
        server: Some(("xmpp.mired.test".to_owned(), 5223)),
        direct_tls: true,
        ca_pem: Some("-----BEGIN CERTIFICATE-----".to_owned()),
        allow_plain: true,
    };
    let id = accounts::add(&tx, &jid("Ana@Mired.test"), "pässword", &options, "susurro.x").unwrap();
    let found = accounts::get(&tx, id).unwrap().unwrap();
    assert_eq!((found.id, found.jid.as_str()), (id, "ana@mired.test"));
    assert_eq!(found.password.as_str(), "pässword");
    assert_eq!(found.options, options);
    assert_eq!(
        (found.resource.as_str(), found.proved, found.mechanism),
        ("susurro.x", false, None)
    );

    accounts::set_password(&tx, id, "another").unwrap();
    accounts::set_proved(&tx, id).unwrap();
    accounts::set_mechanism(&tx, id, "SCRAM-SHA-256-PLUS").unwrap();
    let found = accounts::by_jid(&tx, &jid("ana@mired.test")).unwrap().unwrap();
    assert_eq!((found.password.as_str(), found.proved), ("another", true));
    assert_eq!(found.mechanism.as_deref(), Some("SCRAM-SHA-256-PLUS"));
    assert_eq!(accounts::all(&tx).unwrap().len(), 1);
    assert!(accounts::by_jid(&tx, &jid("bob@mired.test")).unwrap().is_none());
}

#[test]
fn an_unproved_account_is_replaced_and_a_proved_one_is_not() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (first, old_chat) = chat(&tx);
    let second = account(&tx);
    assert_ne!(first, second, "an id is never used twice");
    assert!(accounts::get(&tx, first).unwrap().is_none());
    assert!(chats::get(&tx, old_chat).unwrap().is_none());
    accounts::set_proved(&tx, second).unwrap();
    let again = accounts::add(
        &tx,
        &jid("ana@mired.test"),
        "x",
        &AccountOptions::default(),
        "susurro.2",
    );
    assert!(matches!(again, Err(StoreError::Sqlite(_))));
    assert_eq!(
        accounts::get(&tx, second).unwrap().unwrap().password.as_str(),
        "secret of ana"
    );
}

#[test]
fn changing_what_is_not_there_is_an_error() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let missing = |result: Result<(), StoreError>| matches!(result, Err(StoreError::Missing(_)));
    let (account, chat, message) = (AccountId(9), ChatId(9), MessageId(9));
    assert!(missing(accounts::set_password(&tx, account, "x")));
    assert!(missing(accounts::set_proved(&tx, account)));
    assert!(missing(accounts::set_mechanism(&tx, account, "x")));
    assert!(missing(chats::set_encrypted(&tx, chat, false)));
    assert!(missing(messages::set_state(
        &tx,
        message,
        MessageState::Sent,
        None
    )));
    let words = Clean::new("x");
    assert!(missing(messages::set_readable(&tx, message, &opened(&words))));
    assert!(missing(outbox::set_sealed(&tx, 9, "<message/>")));
    assert!(missing(outbox::set_sequence(&tx, 9, 1)));
    assert!(matches!(
        messages::insert(&tx, &incoming(chat, "a", 1)),
        Err(StoreError::Missing("chat"))
    ));
}

#[test]
fn a_removed_account_leaves_no_row_in_any_table() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let message = insert_new(&tx, &outgoing(chat, "out", 1));
    outbox::push(&tx, ana, chat, message, false).unwrap();
    contacts::put(&tx, ana, &contact("bob@mired.test")).unwrap();
    stream::put(&tx, ana, &resumable()).unwrap();
    super::answers::fill(&tx, ana);
    fill_omemo_tables(&tx, ana);
    crate::sealed::put(&tx, message, &[super::sealed::sealed_for("bob@mired.test", 7)]).unwrap();
    let gone = chats::open(&tx, &peer(ana, "dave@mired.test")).unwrap().id;
    insert_new(&tx, &outgoing(gone, "gone", 1));
    deleted::chat(&tx, gone, model::Timestamp::MAX).unwrap();
    blocked::put(&tx, ana, &jid("eve@evil.test").into(), true).unwrap();
    stream::set_too_large(&tx, ana, 1, "2026-11-20T12:00:00Z".parse().unwrap()).unwrap();
    crate::held::push(&tx, ana, at(1), "<message/>").unwrap();
    let tables = tables_with_rows(&tx);
    assert!(
        tables.iter().all(|(_, rows)| *rows > 0),
        "the test misses a table: {tables:?}"
    );
    accounts::remove(&tx, ana).unwrap();
    let tables = tables_with_rows(&tx);
    assert!(tables.iter().all(|(_, rows)| *rows == 0), "rows stay: {tables:?}");
    accounts::remove(&tx, ana).unwrap();
}

/// One row in each table that the types of the engine are needed for, or that has no function yet.
fn fill_omemo_tables(tx: &super::Transaction<'_>, account: AccountId) {
    use crate::Reads;
    let sql = format!(
        "INSERT INTO archive_ranges (account, archive, first_id, first_time, last_id, last_time, is_start)
             VALUES ({id}, 'ana@mired.test', 'x', 1, 'y', 2, 0);
         INSERT INTO message_versions (message, body, time, protection, replaced_by) SELECT max(id), 'before', 1, 1, 'c' FROM messages;
         INSERT INTO early_contents (account, chat, target, author, content, stanza_id, time, protection)
             SELECT {id}, max(id), 'x', 'bob@mired.test', 'y', 'z', 1, 1 FROM chats;
         INSERT INTO reactions (message, author, emoji, time, protection) SELECT max(id), 'bob@mired.test', '+', 1, 1 FROM messages;
         INSERT INTO chat_events (account, chat, position, kind, time) SELECT {id}, max(id), 1, 0, 1 FROM chats;
         INSERT INTO files (account, message, number, state) SELECT {id}, max(id), 0, 0 FROM messages;
         INSERT INTO rooms (chat, own_nick, autojoin) SELECT max(id), 'ana', 1 FROM chats;
         INSERT INTO room_members (chat, jid, affiliation) SELECT max(chat), 'bob@mired.test', 1 FROM rooms;
         INSERT INTO omemo_own_device (account, device, identity, created) VALUES ({id}, 1, zeroblob(32), 1);
         INSERT INTO omemo_signed_prekeys (account, id, secret, signature, created) VALUES ({id}, 1, zeroblob(32), zeroblob(64), 1);
         INSERT INTO omemo_prekeys (account, id, secret, public, spent)
             VALUES ({id}, 1, zeroblob(32), zeroblob(32), 1);
         INSERT INTO omemo_base_keys VALUES ({id}, zeroblob(32), 1);
         INSERT INTO omemo_opened (account, payload) VALUES ({id}, zeroblob(16));
         INSERT INTO too_large (account, bytes, time) VALUES ({id}, 1, 1);
         INSERT INTO omemo_devices (account, jid, dialect, device, active, first_seen)
             VALUES ({id}, 'bob@mired.test', 0, 1, 1, 1);
         INSERT INTO omemo_device_lists (account, jid, dialect, seen) VALUES ({id}, 'bob@mired.test', 0, 1);
         INSERT INTO omemo_sessions (account, jid, dialect, device, record)
             VALUES ({id}, 'bob@mired.test', 0, 1, zeroblob(9));
         INSERT INTO omemo_trust (account, jid, identity, trust, first_seen)
             VALUES ({id}, 'bob@mired.test', zeroblob(32), 1, 1);",
        id = account.0
    );
    tx.conn().execute_batch(&sql).unwrap();
}

fn tables_with_rows(tx: &super::Transaction<'_>) -> Vec<(String, i64)> {
    use crate::Reads;
    // What the wizard keeps belongs to no account and goes when there is one.
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'wizard'";
    let mut statement = tx.conn().prepare(sql).unwrap();
    let names: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(names.len() >= 13, "{names:?}");
    names
        .into_iter()
        .map(|name| {
            let sql = format!("SELECT count(*) FROM {name}");
            let rows = tx.conn().query_row(&sql, [], |row| row.get(0)).unwrap();
            (name, rows)
        })
        .collect()
}

#[test]
fn a_contact_is_put_replaced_and_removed() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let mut bob = contact("bob@mired.test");
    contacts::put(&tx, ana, &bob).unwrap();
    assert_eq!(contacts::get(&tx, ana, &bob.jid).unwrap(), Some(bob.clone()));
    for subscription in [
        Subscription::None,
        Subscription::To,
        Subscription::From,
        Subscription::Both,
    ] {
        bob = Contact {
            name: None,
            subscription,
            asked: true,
            ..bob
        };
        contacts::put(&tx, ana, &bob).unwrap();
        assert_eq!(contacts::all(&tx, ana).unwrap(), vec![bob.clone()]);
    }
    contacts::remove(&tx, ana, &bob.jid).unwrap();
    assert_eq!(contacts::get(&tx, ana, &bob.jid).unwrap(), None);
}

#[test]
fn a_pending_request_outlives_a_put_and_a_new_roster() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    let (bob, carol) = (contact("bob@mired.test"), contact("carol@mired.test"));
    contacts::put(&tx, ana, &carol).unwrap();
    contacts::put(&tx, ana, &bob).unwrap();
    assert!(contacts::set_request(&tx, ana, &bob.jid, true).unwrap());
    contacts::put(&tx, ana, &bob).unwrap();
    assert!(contacts::get(&tx, ana, &bob.jid).unwrap().unwrap().requests);

    let dave = contact("dave@mired.test");
    assert_eq!(contacts::seen(&tx, ana).unwrap(), None);
    let first = Timestamp::from_second(7).unwrap();
    contacts::replace_all(&tx, ana, std::slice::from_ref(&dave), first).unwrap();
    assert_eq!(contacts::seen(&tx, ana).unwrap(), Some(first));
    let stranger = Contact {
        name: None,
        in_roster: false,
        subscription: Subscription::None,
        requests: true,
        ..bob.clone()
    };
    assert_eq!(contacts::all(&tx, ana).unwrap(), vec![stranger, dave]);
    contacts::replace_all(&tx, ana, std::slice::from_ref(&bob), first).unwrap();
    assert_eq!(
        contacts::all(&tx, ana).unwrap(),
        vec![Contact {
            requests: true,
            ..bob.clone()
        }]
    );
    contacts::set_request(&tx, ana, &bob.jid, false).unwrap();
    assert_eq!(contacts::all(&tx, ana).unwrap(), vec![bob]);
}

#[test]
fn a_thousand_strangers_may_ask_and_no_more() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    contacts::put(&tx, ana, &contact("bob@mired.test")).unwrap();
    for n in 0..contacts::STRANGERS {
        assert!(contacts::set_request(&tx, ana, &jid(&format!("s{n}@spam.test")), true).unwrap());
    }
    let one_more = jid("one-more@spam.test");
    assert!(!contacts::set_request(&tx, ana, &one_more, true).unwrap());
    assert!(contacts::get(&tx, ana, &one_more).unwrap().is_none());
    assert!(
        contacts::set_request(&tx, ana, &jid("s7@spam.test"), true).unwrap(),
        "is there already"
    );
    assert!(
        contacts::set_request(&tx, ana, &jid("bob@mired.test"), true).unwrap(),
        "is no stranger"
    );
    assert!(contacts::set_request(&tx, ana, &jid("s7@spam.test"), false).unwrap());
    assert!(contacts::get(&tx, ana, &jid("s7@spam.test")).unwrap().is_none());
    assert!(contacts::set_request(&tx, ana, &one_more, true).unwrap());
}

#[test]
fn a_chat_is_made_once_and_encrypted() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, id) = chat(&tx);
    let bob = peer(ana, "bob@mired.test");
    let found = chats::get(&tx, id).unwrap().unwrap();
    assert_eq!((&found.peer, found.encrypted), (&bob, true));
    chats::set_encrypted(&tx, id, false).unwrap();
    let again = chats::open(&tx, &bob).unwrap();
    assert_eq!(
        (again.id, again.encrypted),
        (id, false),
        "opening changes nothing"
    );
    assert_eq!(chats::by_peer(&tx, &bob).unwrap(), Some(again.clone()));
    assert_eq!(chats::all(&tx, ana).unwrap(), vec![again]);
    assert_eq!(chats::by_peer(&tx, &peer(ana, "carol@mired.test")).unwrap(), None);
    assert!(chats::open(&tx, &peer(AccountId(99), "bob@mired.test")).is_err());
}

#[test]
fn we_wrote_to_a_peer_once_a_row_went_out_that_has_not_failed() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let wrote = || contacts::wrote_to(&tx, &peer(ana, "bob@mired.test")).unwrap();
    insert_new(&tx, &incoming(chat, "in", 1));
    assert!(!wrote());
    let id = insert_new(&tx, &outgoing(chat, "out", 2));
    assert!(wrote());
    messages::set_state(&tx, id, MessageState::Failed, Some(&MessageFailure::Blocked)).unwrap();
    assert!(!wrote());
    messages::set_state(&tx, id, MessageState::Delivered, None).unwrap();
    assert!(wrote());
    assert!(!contacts::wrote_to(&tx, &peer(ana, "carol@mired.test")).unwrap());
}

#[test]
fn an_outbox_row_waits_is_sealed_once_and_goes() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let (ana, chat) = chat(&tx);
    let first = insert_new(&tx, &outgoing(chat, "1", 1));
    let second = insert_new(&tx, &outgoing(chat, "2", 2));
    let a = outbox::push(&tx, ana, chat, second, true).unwrap();
    let b = outbox::push(&tx, ana, chat, first, false).unwrap();
    let row = |id, message, clear| Outgoing {
        id,
        chat,
        message,
        about: None,
        clear,
        stanza: None,
        sequence: None,
        blamed: 0,
    };
    assert_eq!(
        outbox::all(&tx, ana).unwrap(),
        vec![row(a, second, true), row(b, first, false)]
    );
    assert!(
        outbox::push(&tx, ana, chat, first, false).is_err(),
        "a message stands there once"
    );

    assert!(
        outbox::set_sequence(&tx, a, 1).is_err(),
        "what was not sealed was not sent"
    );
    outbox::set_sealed(&tx, a, "<message id='2'/>").unwrap();
    assert!(outbox::set_sealed(&tx, a, "<message id='other'/>").is_err());
    outbox::set_sequence(&tx, a, u32::MAX).unwrap();
    let sealed = outbox::by_message(&tx, second).unwrap().unwrap();
    assert_eq!(sealed.stanza.as_deref(), Some("<message id='2'/>"));
    assert_eq!(sealed.sequence, Some(u32::MAX));
    assert_eq!(outbox::waiting(&tx, ana).unwrap(), vec![row(b, first, false)]);

    outbox::clear_sequences(&tx, ana).unwrap();
    assert_eq!(outbox::by_message(&tx, second).unwrap().unwrap().sequence, None);
    outbox::remove(&tx, a).unwrap();
    assert_eq!(outbox::by_message(&tx, second).unwrap(), None);
    assert_eq!(outbox::all(&tx, ana).unwrap(), vec![row(b, first, false)]);
}

fn resumable() -> Resumable {
    Resumable {
        sm_id: "sm-1".to_owned(),
        bound: "ana@mired.test/susurro.1".to_owned(),
        location: Some("[::1]:5222".to_owned()),
        inbound: 0,
        outbound: u32::MAX,
        vouches: true,
    }
}

#[test]
fn a_stream_is_put_counted_and_cleared() {
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    let ana = account(&tx);
    stream::set_counters(&tx, ana, 1, 2).unwrap();
    assert_eq!(
        stream::get(&tx, ana).unwrap(),
        None,
        "counters alone make no stream"
    );
    stream::put(&tx, ana, &resumable()).unwrap();
    assert_eq!(stream::get(&tx, ana).unwrap(), Some(resumable()));
    stream::set_counters(&tx, ana, u32::MAX, 0).unwrap();
    let counted = Resumable {
        inbound: u32::MAX,
        outbound: 0,
        ..resumable()
    };
    assert_eq!(stream::get(&tx, ana).unwrap(), Some(counted));
    let next = Resumable {
        sm_id: "sm-2".to_owned(),
        location: None,
        ..resumable()
    };
    stream::put(&tx, ana, &next).unwrap();
    assert_eq!(stream::get(&tx, ana).unwrap(), Some(next));
    stream::clear(&tx, ana).unwrap();
    assert_eq!(stream::get(&tx, ana).unwrap(), None);
}

#[test]
fn what_was_typed_in_the_wizard_is_kept_until_there_is_an_account() {
    use crate::wizard;
    use model::AccountDraft;
    let mut writer = Writer::in_memory().unwrap();
    let tx = writer.transaction().unwrap();
    assert_eq!(wizard::get(&tx).unwrap(), None);
    let mut typed = AccountDraft {
        make: true,
        address: "ana@mired".to_owned(),
        server: "127.0.0.1:".to_owned(),
        direct_tls: true,
        ca_file: "~/ca.pem".to_owned(),
        allow_plain: true,
    };
    wizard::put(&tx, &typed).unwrap();
    typed.address.push_str(".test");
    typed.make = false;
    wizard::put(&tx, &typed).unwrap();
    assert_eq!(wizard::get(&tx).unwrap(), Some(typed));
    let ana = account(&tx);
    assert!(wizard::get(&tx).unwrap().is_some(), "it is not proved yet");
    accounts::set_proved(&tx, ana).unwrap();
    assert_eq!(wizard::get(&tx).unwrap(), None);
}

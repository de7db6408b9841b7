//! Addresses that earlier versions stored in another spelling.

use rusqlite::Connection;

use super::{NewMessage, Place, account, at, incoming, insert_new, jid};
use crate::{Reads, Transaction, accounts, chats, events, messages, timeline};
use model::{AccountId, Author, BareJid, Clean, Peer};

const OLD: &str = "bob@xn--bcher-kva.test";

fn bob() -> BareJid {
    jid("bob@bücher.test")
}

/// What is written under `new` stands under `old` from now on, as an earlier version would have left it.
fn spell(conn: &Connection, new: &str, old: &str) {
    for (table, column) in [
        ("accounts", "jid"),
        ("contacts", "jid"),
        ("chats", "peer"),
        ("messages", "sender"),
        ("omemo_devices", "jid"),
        ("omemo_device_lists", "jid"),
        ("omemo_sessions", "jid"),
        ("omemo_trust", "jid"),
    ] {
        let sql = format!("UPDATE {table} SET {column} = ?2 WHERE {column} = ?1");
        conn.execute(&sql, [new, old]).unwrap();
    }
}

/// A message of Bob's with these ids and this text.
fn letter(tx: &Transaction<'_>, account: AccountId, id: &str, server_id: &str, body: &str) {
    let chat = chats::open(tx, &Peer::new(account, bob())).unwrap().id;
    let row = NewMessage {
        author: Author::Contact(bob()),
        server_id: Some(server_id.to_owned()),
        body: Some(Clean::new(body)),
        ..incoming(chat, id, 1)
    };
    insert_new(tx, &row);
}

fn bodies(tx: &Transaction<'_>, account: AccountId) -> Vec<String> {
    let chat = chats::by_peer(tx, &Peer::new(account, bob())).unwrap().unwrap();
    let rows = messages::history(tx, chat.id, None, 100).unwrap();
    assert!(rows.iter().all(|row| row.author == Author::Contact(bob())));
    rows.iter()
        .map(|row| row.body.as_ref().unwrap().as_str().to_owned())
        .collect()
}

/// The trust in each key of Bob's, by the key's first byte.
fn trusted(tx: &Transaction<'_>) -> Vec<(u8, i64)> {
    let sql = "SELECT identity, trust FROM omemo_trust WHERE jid = 'bob@bücher.test' ORDER BY identity";
    let mut statement = tx.conn().prepare(sql).unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get::<_, [u8; 32]>(0)?[0], row.get(1)?)))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

fn trust(tx: &Transaction<'_>, account: AccountId, jid: &str, key: u8, trust: i64) {
    tx.conn()
        .execute(
            "INSERT INTO omemo_trust (account, jid, identity, trust, first_seen) VALUES (?1, ?2, ?3, ?4, 0)",
            rusqlite::params![account.0, jid, [key; 32], trust],
        )
        .unwrap();
}

#[test]
fn everything_under_the_other_spelling_is_found_under_the_normal_one() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    let account = account(&tx);
    letter(&tx, account, "1", "s1", "one");
    trust(&tx, account, OLD, 7, 2);
    spell(tx.conn(), "bob@bücher.test", OLD);
    spell(tx.conn(), "ana@mired.test", "ana@xn--bcher-kva.test");
    tx.commit().unwrap();
    writer.close().unwrap();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    assert_eq!(accounts::all(&tx).unwrap()[0].jid.as_str(), "ana@bücher.test");
    assert_eq!(bodies(&tx, account), ["one"]);
    assert_eq!(trusted(&tx), [(7, 2)]);
    assert_eq!(chats::all(&tx, account).unwrap().len(), 1);
}

/// They were two contacts, with a chat each: nothing of either is lost, not even a row
/// whose id the other chat has too.
#[test]
fn two_chats_that_were_one_address_become_one_with_all_their_rows() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    let account = account(&tx);
    letter(&tx, account, "1", "s1", "one");
    letter(&tx, account, "2", "s2", "two");
    let old = chats::open(&tx, &Peer::new(account, bob())).unwrap().id;
    tx.conn()
        .execute("UPDATE chats SET draft = 'half a line', encrypted = 1", [])
        .unwrap();
    for (key, old, new) in [(1, 3, 1), (2, 1, 2), (3, 0, 1)] {
        trust(&tx, account, OLD, key, old);
        trust(&tx, account, "bob@bücher.test", key, new);
    }
    trust(&tx, account, OLD, 4, 2);
    let sql = "UPDATE chats SET peer = ?2 WHERE peer = ?1";
    tx.conn().execute(sql, ["bob@bücher.test", OLD]).unwrap();
    let sql = "UPDATE messages SET sender = ?2 WHERE sender = ?1";
    tx.conn().execute(sql, ["bob@bücher.test", OLD]).unwrap();
    letter(&tx, account, "1", "s3", "three, with the id of one");
    letter(&tx, account, "4", "s2", "four, with the server's id of two");
    tx.conn()
        .execute(
            "UPDATE chats SET encrypted = 0 WHERE peer = 'bob@bücher.test'",
            [],
        )
        .unwrap();
    tx.commit().unwrap();
    writer.close().unwrap();
    for _ in 0..2 {
        let mut writer = place.writer();
        assert_eq!(writer.faults().unwrap(), 0);
        let tx = writer.transaction().unwrap();
        let mut found = bodies(&tx, account);
        found.sort();
        assert_eq!(
            found,
            [
                "four, with the server's id of two",
                "one",
                "three, with the id of one",
                "two"
            ]
        );
        // Refused counts most, then verified.
        assert_eq!(trusted(&tx), [(1, 3), (2, 2), (3, 1), (4, 2)]);
        let all = chats::all(&tx, account).unwrap();
        assert_eq!(all.len(), 1);
        assert!(all[0].encrypted && all[0].id != old);
        let draft: String = tx
            .conn()
            .query_row("SELECT draft FROM chats", [], |row| row.get(0))
            .unwrap();
        assert_eq!(draft, "half a line");
        drop(tx);
        writer.close().unwrap();
    }
}

/// Lines that nobody wrote stand in one order with the rows of both.
#[test]
fn lines_that_nobody_wrote_come_along_and_nothing_stands_where_another_does() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    let account = account(&tx);
    let hole = |from: i64| events::gap(&tx, account, at(from), at(from + 5_000)).unwrap();
    letter(&tx, account, "1", "s1", "one");
    hole(1);
    let sql = "UPDATE chats SET peer = ?2 WHERE peer = ?1";
    tx.conn().execute(sql, ["bob@bücher.test", OLD]).unwrap();
    let sql = "UPDATE messages SET sender = ?2 WHERE sender = ?1";
    tx.conn().execute(sql, ["bob@bücher.test", OLD]).unwrap();
    letter(&tx, account, "2", "s2", "two");
    hole(10_000);
    tx.commit().unwrap();
    writer.close().unwrap();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    assert_eq!(bodies(&tx, account).len(), 2);
    let chat = chats::by_peer(&tx, &Peer::new(account, bob())).unwrap().unwrap();
    let page = timeline::oldest(&tx, chat.id, 9).unwrap();
    assert!(
        page.windows(2)
            .all(|pair| pair[0].position() < pair[1].position())
    );
    let lines = page.iter().filter(|entry| entry.message().is_none()).count();
    // The later one stands in both.
    assert_eq!((page.len(), lines), (5, 3));
}

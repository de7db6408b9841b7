//! Schema 7 makes chats, messages and the outbox anew: every row is there as it was and where it was.

use proptest::prelude::*;
use rusqlite::{Connection, params};

use crate::migrations;

/// Rows of schema 6 at which something could go wrong: times in disorder, a row that arrived below a
/// later one, one that was read below one that was not, an unreadable one, one to be shown as it is, a
/// failed one, ids of rows that are gone.
const OF_SCHEMA_SIX: &str = "
    INSERT INTO accounts (jid, password, resource) VALUES ('ana@mired.test', x'00', 'r');
    INSERT INTO chats (account, peer, encrypted) VALUES (1, 'gone@mired.test', 1);
    DELETE FROM chats;
    INSERT INTO chats (account, peer, encrypted, draft, place_hidden, opted_out, request) VALUES
        (1, 'bob@mired.test', 1, 'half a word', 3, 'because', 0), (1, 'eve@mired.test', 0, '', 0, NULL, 1),
        (1, 'nobody@mired.test', 1, '', 0, NULL, 0), (1, 'carol@mired.test', 1, '', 0, NULL, 0);
    INSERT INTO messages (id, account, chat, sender, direction, stanza_id, server_id, time, moved, body, unreadable, protection,
            fingerprint, trust, state, failure, gone, mark, listened, unread) VALUES
        (10, 1, 2, 'bob@mired.test', 0, 'b1', 's1', 5000, NULL, 'first', NULL, 2, CAST(printf('%032d', 1) AS BLOB), 2, 0, NULL, 0, CAST(printf('%016d', 2) AS BLOB), 1, 0),
        (11, 1, 2, 'bob@mired.test', 0, 'b2', NULL, 1000, 5, 'below', NULL, 0, NULL, NULL, 6, NULL, 0, NULL, 1, 0),
        (12, 1, 2, 'bob@mired.test', 0, 'b2', NULL, 900, NULL, NULL, 5, 1, NULL, NULL, 0, NULL, 0, CAST(printf('%016d', 3) AS BLOB), 0, 1),
        (13, 1, 2, 'ana@mired.test', 1, 'a1', NULL, 6100, NULL, 'mine', NULL, 2, NULL, NULL, 4, 'no way', 2, NULL, 0, 0),
        (14, 1, 2, 'ana@mired.test', 1, 'a2', NULL, 6000, NULL, 'waits', NULL, 2, NULL, NULL, 1, NULL, 0, NULL, 0, 0),
        (15, 1, 2, 'bob@mired.test', 0, '', NULL, -7000, 9, 'new', NULL, 2, NULL, NULL, 0, NULL, 0, NULL, 0, 1),
        (16, 1, 3, 'eve@mired.test', 0, 'e1', NULL, 1, NULL, 'hello', NULL, 0, NULL, NULL, 0, NULL, 0, NULL, 0, 1),
        (17, 1, 5, 'carol@mired.test', 0, 'c1', NULL, 253402207200000, NULL, 'far', NULL, 0, NULL, NULL, 0, NULL, 0, NULL, 1, 0),
        (18, 1, 5, 'carol@mired.test', 0, 'c2', NULL, -62135596800000, NULL, 'old', NULL, 0, NULL, NULL, 0, NULL, 0, NULL, 1, 0),
        (40, 1, 5, 'carol@mired.test', 0, 'gone', NULL, 1, NULL, 'gone', NULL, 0, NULL, NULL, 0, NULL, 0, NULL, 1, 0);
    DELETE FROM messages WHERE id = 40;
    UPDATE chats SET place = 11 WHERE id = 2;
    UPDATE accounts SET current_chat = 2;
    INSERT INTO accounts (jid, password, resource) VALUES ('never@mired.test', x'00', 'r');
    INSERT INTO omemo_own_device (account, device, identity, created) VALUES (1, 5, CAST(printf('%032d', 5) AS BLOB), 900);
    INSERT INTO outbox (id, account, chat, message, clear, stanza, sequence, blamed) VALUES (8, 1, 2, 14, 1, '<message/>', 7, 2);
    INSERT INTO outbox (id, account, chat, message, clear) VALUES (9, 1, 2, 13, 0);
    DELETE FROM outbox WHERE id = 9;
    INSERT INTO message_recipients VALUES (13, 'bob@mired.test', 8, CAST(printf('%032d', 4) AS BLOB), 2, 1);";

type Values = Vec<Vec<rusqlite::types::Value>>;

fn rows(conn: &Connection, sql: &str) -> Values {
    let mut all = conn.prepare(sql).unwrap();
    let width = all.column_count();
    let rows = all
        .query_map([], |row| (0..width).map(|at| row.get(at)).collect())
        .unwrap();
    rows.map(Result::unwrap).collect()
}

fn numbers(conn: &Connection, sql: &str) -> Vec<i64> {
    let mut all = conn.prepare(sql).unwrap();
    let rows = all.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn migrated(check: impl Fn(&Connection, &Connection)) {
    let six = || {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.pragma_update(None, "foreign_keys", true).unwrap();
        migrations::apply(&mut conn, &migrations::ALL[..6]).unwrap();
        conn.execute_batch(OF_SCHEMA_SIX).unwrap();
        conn
    };
    let (before, mut after) = (six(), six());
    migrations::apply(&mut after, &migrations::ALL[..7]).unwrap();
    check(&before, &after);
}

#[test]
fn every_row_is_there_as_it_was() {
    migrated(|before, after| {
        for sql in [
            "SELECT id, account, chat, sender, direction, stanza_id, server_id, time, body, unreadable, protection, fingerprint, trust,
                 gone, mark, listened FROM messages ORDER BY id",
            "SELECT id, account, peer, encrypted, draft, place_hidden, opted_out, request FROM chats ORDER BY id",
            "SELECT id, account, chat, message, clear, stanza, sequence, blamed FROM outbox ORDER BY id",
            "SELECT * FROM message_recipients",
            "SELECT id, jid, password, current_chat FROM accounts",
            "SELECT seq FROM sqlite_sequence WHERE name IN ('accounts', 'chats', 'messages', 'outbox') ORDER BY name",
        ] {
            assert_eq!(rows(after, sql), rows(before, sql), "{sql}");
        }
        let states = "SELECT id * 100 + state * 10 + unstyled FROM messages ORDER BY id";
        assert_eq!(
            numbers(after, states),
            [1000, 1101, 1200, 1340, 1410, 1500, 1600, 1700, 1800]
        );
        let failed = "SELECT id FROM messages WHERE failure = 0 AND failure_detail = 'no way'";
        assert_eq!(numbers(after, failed), [13]);
        assert_eq!(
            numbers(after, "SELECT id FROM messages WHERE failure IS NOT NULL"),
            [13]
        );
        assert_eq!(
            numbers(after, "SELECT enabled FROM accounts WHERE label = ''"),
            [1, 1]
        );
        let online = "SELECT coalesce(first_online, -1) FROM accounts ORDER BY id";
        assert_eq!(numbers(after, online), [900, -1]);
        assert_eq!(numbers(after, "PRAGMA foreign_keys"), [1], "as they were");
        assert!(rows(after, "PRAGMA foreign_key_check").is_empty());
        let check: String = after
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(check, "ok");
    });
}

#[test]
fn every_row_is_where_it_was_and_what_was_unread_is() {
    migrated(|before, after| {
        let order = numbers(before, "SELECT id FROM messages ORDER BY chat, standing, id");
        assert_eq!(order, [12, 10, 11, 13, 14, 15, 16, 18, 17], "as it was meant");
        assert_eq!(
            numbers(after, "SELECT id FROM messages ORDER BY chat, position"),
            order
        );
        assert_eq!(numbers(after, "SELECT min(position) > 0 FROM messages"), [1]);
        let place = "SELECT m.id FROM chats c JOIN messages m ON m.chat = c.id AND m.position = c.place";
        assert_eq!(numbers(after, place), [11]);
        let unread = "SELECT m.id FROM messages m JOIN chats c ON c.id = m.chat
                      WHERE m.direction = 0 AND (m.fresh = 1 OR m.position > c.read_position) ORDER BY m.id";
        assert_eq!(
            numbers(after, unread),
            numbers(before, "SELECT id FROM messages WHERE unread = 1 ORDER BY id")
        );
    });
}

#[test]
fn what_cannot_be_is_refused() {
    migrated(|_, after| {
        for wrong in [
            "UPDATE messages SET body = NULL WHERE id = 10",
            "UPDATE messages SET unreadable = 1 WHERE id = 10",
            "UPDATE messages SET position = (SELECT position FROM messages WHERE id = 11) WHERE id = 10",
            "UPDATE messages SET device = 0 WHERE id = 10",
            "UPDATE messages SET failure_detail = 'x' WHERE id = 10",
            "UPDATE messages SET chat = 99 WHERE id = 10",
            "UPDATE outbox SET content = 'x'",
            "UPDATE outbox SET message = NULL",
            "UPDATE chats SET kind = 2 WHERE id = 2",
            "UPDATE chats SET policy = 3",
            "INSERT INTO chats (account, peer) VALUES (1, 'bob@mired.test')",
            "UPDATE accounts SET enabled = 2",
        ] {
            assert!(after.execute_batch(wrong).is_err(), "{wrong}");
        }
        // One may be in private with several occupants of a room, and send what has no row.
        after
            .execute_batch(
                "INSERT INTO chats (account, peer, kind, nick) VALUES (1, 'room@mired.test', 1, ''),
                     (1, 'room@mired.test', 2, 'ana'), (1, 'room@mired.test', 2, 'bob');
                 INSERT INTO outbox (account, chat, content, target, clear) VALUES (1, 2, 'x', 10, 0), (1, 2, 'y', NULL, 0)",
            )
            .unwrap();
    });
}

/// What hangs on a row or a chat goes with it; a draft about it stays, and is about nothing then.
#[test]
fn what_is_about_a_row_goes_with_it() {
    migrated(|_, after| {
        after
            .execute_batch(
                "INSERT INTO message_versions (message, body, time, protection, replaced_by) VALUES (10, 'frist', 1, 0, 'c1');
                 INSERT INTO reactions (message, author, emoji, time, protection) VALUES (10, 'bob@mired.test', '', 1, 0);
                 INSERT INTO files (account, message, number, state) VALUES (1, 10, 0, 0);
                 INSERT INTO early_contents (account, chat, target, author, content, stanza_id, time, protection)
                     VALUES (1, 2, 'b9', 'bob@mired.test', 'x', 'r1', 1, 0);
                 INSERT INTO chat_events (account, chat, position, kind, time) VALUES (1, 2, 1, 0, 1);
                 INSERT INTO archive_ranges (account, archive, chat, first_id, first_time, last_id, last_time, is_start)
                     VALUES (1, 'ana@mired.test', 2, 'f', 1, 'l', 2, 0);
                 UPDATE chats SET draft_about = 10, draft_corrects = 1 WHERE id = 2;
                 DELETE FROM messages WHERE id = 10;",
            )
            .unwrap();
        let left = |table| numbers(after, &format!("SELECT count(*) FROM {table}"));
        for table in ["message_versions", "reactions", "files"] {
            assert_eq!(left(table), [0], "{table}");
        }
        let drafts = "SELECT id FROM chats WHERE draft_about IS NULL AND draft = 'half a word'";
        assert_eq!(numbers(after, drafts), [2]);
        after.execute_batch("DELETE FROM chats WHERE id = 2").unwrap();
        for table in ["early_contents", "chat_events", "archive_ranges", "outbox"] {
            assert_eq!(left(table), [0], "{table}");
        }
    });
}

/// As somebody who chooses the times can have it.
#[test]
fn a_hundred_thousand_rows_of_one_second_keep_their_order() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrations::apply(&mut conn, &migrations::ALL[..6]).unwrap();
    conn.execute_batch(
        "INSERT INTO accounts (jid, password, resource) VALUES ('ana@mired.test', x'00', 'r');
         INSERT INTO chats (account, peer, encrypted) VALUES (1, 'bob@mired.test', 1);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
         INSERT INTO messages (account, chat, sender, direction, stanza_id, time, body, protection, state)
         SELECT 1, 1, 'bob@mired.test', 0, '', 7000 + (i * 7919) % 1000, 'x', 1, 0 FROM n;",
    )
    .unwrap();
    migrations::apply(&mut conn, &migrations::ALL[..7]).unwrap();
    let ordered =
        "SELECT count(*) FROM messages m JOIN messages n ON n.id = m.id + 1 WHERE n.position > m.position";
    assert_eq!(numbers(&conn, ordered), [99_999]);
    assert_eq!(
        numbers(&conn, "SELECT max(position) < 8000 << 20 FROM messages"),
        [1]
    );
}

/// Times and places that cannot be, and those that lie close together.
fn wild() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => 0..5_000_i64,
        1 => -5_000..0_i64,
        1 => prop::sample::select(vec![i64::MIN, -62_135_596_800_000, 0, 4_000_000_000, 253_402_207_200_000, i64::MAX]),
    ]
}

/// Of a row: the chat, time, where it was moved to, whether it came in, was read, and is deleted.
type Old = (i64, i64, Option<i64>, bool, bool, bool);

fn old() -> impl Strategy<Value = Old> {
    let kinds = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.2));
    (1..4_i64, wild(), prop::option::of(wild()), kinds)
        .prop_map(|(chat, time, moved, (came, read, gone))| (chat, time, moved, came, read, gone))
}

fn of_old_rows(rows: &[Old], places: &[usize]) -> Connection {
    let mut conn = Connection::open_in_memory().unwrap();
    conn.pragma_update(None, "foreign_keys", true).unwrap();
    migrations::apply(&mut conn, &migrations::ALL[..6]).unwrap();
    conn.execute_batch(
        "INSERT INTO accounts (jid, password, resource) VALUES ('ana@mired.test', x'00', 'r');
         INSERT INTO chats (account, peer) VALUES (1, 'b@mired.test'), (1, 'c@mired.test'), (1, 'd@mired.test'), (1, 'e@mired.test')",
    )
    .unwrap();
    for (chat, time, moved, came, read, _) in rows {
        let sql = "INSERT INTO messages (account, chat, sender, direction, stanza_id, time, moved, body, protection, state, unread)
                   VALUES (1, ?1, 'b@mired.test', ?2, '', ?3, ?4, 'x', 1, ?2, ?5)";
        conn.execute(sql, params![chat, !came, time, moved, *came && !read])
            .unwrap();
    }
    for place in places {
        let sql = "UPDATE chats SET place = ?1 WHERE id = (SELECT chat FROM messages WHERE id = ?1)";
        conn.execute(sql, [*place as i64]).unwrap();
    }
    for (n, _) in rows.iter().enumerate().filter(|(_, row)| row.5) {
        conn.execute("DELETE FROM messages WHERE id = ?1", [n as i64 + 1])
            .unwrap();
    }
    conn
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_stood_where_it_stands_there_and_is_unread_as_it_was(
        rows in prop::collection::vec(old(), 0..40),
        places in prop::collection::vec(1..40_usize, 0..4),
    ) {
        let (before, mut after) = (of_old_rows(&rows, &places), of_old_rows(&rows, &places));
        migrations::apply(&mut after, &migrations::ALL[..7]).unwrap();
        prop_assert_eq!(
            numbers(&after, "SELECT id FROM messages ORDER BY chat, position"),
            numbers(&before, "SELECT id FROM messages ORDER BY chat, standing, id")
        );
        prop_assert_eq!(
            numbers(&after, "SELECT m.id FROM messages m JOIN chats c ON c.id = m.chat
                             WHERE m.direction = 0 AND (m.fresh = 1 OR m.position > c.read_position) ORDER BY m.id"),
            numbers(&before, "SELECT id FROM messages WHERE unread = 1 ORDER BY id")
        );
        prop_assert_eq!(
            numbers(&after, "SELECT m.id FROM chats c JOIN messages m ON m.chat = c.id AND m.position = c.place ORDER BY c.id"),
            numbers(&before, "SELECT place FROM chats WHERE place IS NOT NULL ORDER BY id")
        );
        prop_assert_eq!(numbers(&after, "SELECT count(*) FROM messages WHERE position <= 0"), [0]);
    }
}

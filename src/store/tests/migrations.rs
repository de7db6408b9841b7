//! Migrations: version and change in one transaction, newer schemas refused.

use std::fs;

use rusqlite::Connection;

use super::{Place, account, key};
use crate::{Reader, Reads, StoreError, Writer, migrations};

fn table_count(conn: &Connection) -> i64 {
    let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'";
    conn.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn the_numbers_ascend_from_one_without_a_gap() {
    for (position, (number, sql)) in (1..).zip(migrations::ALL) {
        assert_eq!(*number, position);
        assert!(
            !sql.contains("BEGIN") && !sql.contains("COMMIT"),
            "the loop has the transaction"
        );
    }
    assert_eq!(migrations::known(), migrations::ALL.len() as i64);
}

#[test]
fn a_migration_that_fails_half_way_leaves_the_version_before_it() {
    let mut conn = Connection::open_in_memory().unwrap();
    let broken = [
        (1, "CREATE TABLE one (x INTEGER) STRICT;"),
        (
            2,
            "CREATE TABLE two (x INTEGER) STRICT; INSERT INTO two VALUES (1); INSERT INTO nowhere VALUES (1);",
        ),
    ];
    assert!(migrations::apply(&mut conn, &broken).is_err());
    assert_eq!((migrations::version(&conn).unwrap(), table_count(&conn)), (1, 1));
    // Corrected, it goes on where it was; and a second run does nothing.
    let mended = [
        (1, "this is never run again"),
        (2, "CREATE TABLE two (x INTEGER) STRICT;"),
    ];
    for _ in 0..2 {
        migrations::apply(&mut conn, &mended).unwrap();
        assert_eq!((migrations::version(&conn).unwrap(), table_count(&conn)), (2, 2));
    }
}

#[test]
fn a_process_killed_inside_a_migration_leaves_the_version_before_it() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    account(&tx);
    tx.commit().unwrap();
    let tx = writer.transaction().unwrap();
    // Enough to spill into the log before the commit.
    let sql = "PRAGMA cache_size = 2; CREATE TABLE half (x BLOB) STRICT; PRAGMA user_version = 2;
               WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
               INSERT INTO half SELECT randomblob(4000) FROM n;";
    tx.conn().execute_batch(sql).unwrap();
    // What the disk holds at this moment is what a killed process leaves.
    let after = Place::new();
    let wal = |place: &Place| place.path.with_extension("db-wal");
    assert!(fs::metadata(wal(&place)).unwrap().len() > 100_000, "it did spill");
    fs::copy(&place.path, &after.path).unwrap();
    fs::copy(wal(&place), wal(&after)).unwrap();
    drop(tx);
    let mut writer = after.writer();
    assert_eq!(writer.faults().unwrap(), 0);
    let tx = writer.transaction().unwrap();
    assert_eq!(migrations::version(tx.conn()).unwrap(), migrations::known());
    assert!(tx.conn().prepare("SELECT * FROM half").is_err());
    assert_eq!(crate::accounts::all(&tx).unwrap().len(), 1);
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    tx.conn().execute_batch("PRAGMA user_version = 99").unwrap();
    tx.commit().unwrap();
    writer.close().unwrap();
    let before = fs::read(&place.path).unwrap();
    for error in [
        Writer::open(&place.path, &key(1)).err(),
        Reader::open(&place.path, &key(1)).err(),
    ] {
        assert!(
            matches!(error, Some(StoreError::Newer { found: 99, known }) if known == migrations::known())
        );
    }
    assert_eq!(fs::read(&place.path).unwrap(), before);
}

#[test]
fn a_database_of_another_program_is_refused() {
    let place = Place::new();
    let mut writer = place.writer();
    let tx = writer.transaction().unwrap();
    tx.conn().execute_batch("PRAGMA application_id = 5").unwrap();
    tx.commit().unwrap();
    writer.close().unwrap();
    assert!(matches!(
        Writer::open(&place.path, &key(1)),
        Err(StoreError::Unreadable)
    ));
    assert!(matches!(
        Reader::open(&place.path, &key(1)),
        Err(StoreError::Unreadable)
    ));
}

#[test]
fn schema_two_keeps_the_rows_of_a_long_history_and_counts_none_as_unread() {
    const ROWS: i64 = 100_000;
    let mut conn = Connection::open_in_memory().unwrap();
    migrations::apply(&mut conn, &migrations::ALL[..1]).unwrap();
    conn.execute_batch(&format!(
        "INSERT INTO accounts (jid, password, resource) VALUES ('ana@mired.test', x'00', 'r');
         INSERT INTO chats (account, peer, encrypted) VALUES (1, 'bob@mired.test', 1), (1, 'carol@mired.test', 0);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
         INSERT INTO messages (account, chat, sender, direction, stanza_id, time, body, protection, state)
         SELECT 1, 1 + i % 2, 'bob@mired.test', i % 3 = 0, 'id ' || i, i * 700, 'body ' || i, 1, 0 FROM n;"
    ))
    .unwrap();
    let sums = |conn: &Connection| -> (i64, i64, i64) {
        let sql =
            "SELECT count(*), sum(time + chat * 7 + direction), sum(length(body || stanza_id)) FROM messages";
        conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
    };
    let before = sums(&conn);
    migrations::apply(&mut conn, &migrations::ALL[..2]).unwrap();
    assert_eq!(migrations::version(&conn).unwrap(), 2);
    assert_eq!(sums(&conn), before);
    let count = |sql: &str| -> i64 { conn.query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(count("SELECT count(*) FROM messages"), ROWS);
    assert_eq!(count("SELECT count(*) FROM messages WHERE unread = 1"), 0);
    assert_eq!(
        count("SELECT count(*) FROM chats WHERE draft = '' AND place IS NULL AND encrypted = 2 - id"),
        2
    );
    assert_eq!(
        count("SELECT count(*) FROM messages WHERE direction = 1"),
        ROWS / 3,
        "by the new index"
    );
    let check: String = conn
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    assert!(
        !conn
            .prepare("PRAGMA foreign_key_check")
            .unwrap()
            .exists([])
            .unwrap()
    );
}

/// A row in every table of schema 2 that schema 3 touches or stands beside.
const OF_SCHEMA_TWO: &str = "INSERT INTO accounts (jid, password, resource) VALUES ('ana@mired.test', x'00', 'r');
         INSERT INTO chats (account, peer, encrypted) VALUES (1, 'bob@mired.test', 1), (1, 'carol@mired.test', 0);
         INSERT INTO messages (account, chat, sender, direction, stanza_id, time, body, protection, state)
             VALUES (1, 1, 'bob@mired.test', 0, 'id', 700, 'body', 1, 0);
         INSERT INTO omemo_own_device VALUES (1, 77, randomblob(32), 5);
         INSERT INTO omemo_signed_prekeys VALUES (1, 1, randomblob(32), randomblob(64), 5), (1, 2, randomblob(32), randomblob(64), 6);
         INSERT INTO omemo_prekeys VALUES (1, 1, randomblob(32), randomblob(32), 0), (1, 2, randomblob(32), randomblob(32), 1);
         INSERT INTO omemo_devices VALUES (1, 'bob@mired.test', 0, 8, randomblob(32), 1, 5, 6),
             (1, 'bob@mired.test', 0, 9, NULL, 0, 5, NULL);
         INSERT INTO omemo_device_lists VALUES (1, 'bob@mired.test', 0, 7);
         INSERT INTO omemo_sessions VALUES (1, 'bob@mired.test', 0, 8, randomblob(900));
         INSERT INTO omemo_trust VALUES (1, 'bob@mired.test', randomblob(32), 2, 5);";

/// Tables and their columns in schema 2.
const COLUMNS: &[(&str, &str)] = &[
    ("omemo_own_device", "account, device, identity, created"),
    ("omemo_signed_prekeys", "account, id, secret, signature, created"),
    ("omemo_prekeys", "account, id, secret, public, spent"),
    (
        "omemo_devices",
        "account, jid, dialect, device, identity, active, first_seen, last_seen",
    ),
    ("omemo_device_lists", "account, jid, dialect, seen"),
    ("omemo_sessions", "account, jid, dialect, device, record"),
    ("omemo_trust", "account, jid, identity, trust, first_seen"),
    ("chats", "id, account, peer, encrypted, draft, place"),
    (
        "messages",
        "id, chat, sender, direction, stanza_id, time, body, protection, state, unread",
    ),
];

fn rows(conn: &Connection) -> Vec<Vec<Vec<rusqlite::types::Value>>> {
    let of_table = |(table, columns): &(&str, &str)| {
        let mut all = conn
            .prepare(&format!("SELECT {columns} FROM {table} ORDER BY 1, 2, 3, 4"))
            .unwrap();
        let width = all.column_count();
        let rows = all
            .query_map([], |row| (0..width).map(|at| row.get(at)).collect())
            .unwrap();
        rows.map(Result::unwrap).collect()
    };
    COLUMNS.iter().map(of_table).collect()
}

#[test]
fn schema_three_keeps_keys_devices_and_sessions_and_says_nothing_new_of_them() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrations::apply(&mut conn, &migrations::ALL[..2]).unwrap();
    conn.execute_batch(OF_SCHEMA_TWO).unwrap();
    let before = rows(&conn);
    assert!(before.iter().all(|table| !table.is_empty()));
    migrations::apply(&mut conn, &migrations::ALL[..3]).unwrap();
    assert_eq!(migrations::version(&conn).unwrap(), 3);
    assert_eq!(rows(&conn), before);
    let count = |sql: &str| -> i64 { conn.query_row(sql, [], |row| row.get(0)).unwrap() };
    for (new, rows) in [
        ("omemo_signed_prekeys WHERE signature2 IS NULL", 2),
        ("omemo_own_device WHERE label = '' AND label_signature IS NULL", 1),
        (
            "omemo_devices WHERE label IS NULL AND label_signature IS NULL AND lowering_told = 0",
            2,
        ),
        ("chats WHERE opted_out IS NULL", 2),
    ] {
        assert_eq!(count(&format!("SELECT count(*) FROM {new}")), rows, "{new}");
    }
    let check: String = conn
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    // What a signature is was fixed with it.
    for wrong in [
        "UPDATE omemo_signed_prekeys SET signature2 = x'00'",
        "UPDATE omemo_own_device SET label_signature = x'00'",
        "UPDATE omemo_devices SET lowering_told = 2",
    ] {
        assert!(conn.execute_batch(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn schema_four_erases_spent_prekeys_and_takes_active_devices_for_listed_ones() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrations::apply(&mut conn, &migrations::ALL[..2]).unwrap();
    conn.execute_batch(OF_SCHEMA_TWO).unwrap();
    migrations::apply(&mut conn, &migrations::ALL[..3]).unwrap();
    let before = rows(&conn);
    migrations::apply(&mut conn, &migrations::ALL[..4]).unwrap();
    assert_eq!(migrations::version(&conn).unwrap(), 4);
    let after = rows(&conn);
    for (at, (table, _)) in COLUMNS.iter().enumerate() {
        if *table == "omemo_prekeys" {
            assert_eq!(after[at], before[at][..1], "the one that was not spent");
        } else {
            assert_eq!(after[at], before[at], "{table}");
        }
    }
    let count = |sql: &str| -> i64 { conn.query_row(sql, [], |row| row.get(0)).unwrap() };
    for (what, rows) in [
        ("omemo_prekeys WHERE spent_at IS NULL", 1),
        ("omemo_devices WHERE listed = 1 AND device = 8", 1),
        ("omemo_devices WHERE listed = 0 AND device = 9", 1),
        ("omemo_base_keys", 0),
    ] {
        assert_eq!(count(&format!("SELECT count(*) FROM {what}")), rows, "{what}");
    }
    for wrong in [
        "INSERT INTO omemo_base_keys VALUES (1, x'00', 1)",
        "UPDATE omemo_devices SET listed = 2",
    ] {
        assert!(conn.execute_batch(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn schema_six_keeps_every_row_in_its_place_and_lets_two_have_one_id() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrations::apply(&mut conn, &migrations::ALL[..2]).unwrap();
    conn.execute_batch(OF_SCHEMA_TWO).unwrap();
    conn.execute_batch(
        "INSERT INTO messages (account, chat, sender, direction, stanza_id, server_id, time, body, protection, state)
         VALUES (1, 1, 'bob@mired.test', 0, 'late', 's', 5000, 'late', 0, 0),
                (1, 1, 'bob@mired.test', 0, 'early', NULL, 900, 'early', 0, 0);",
    )
    .unwrap();
    migrations::apply(&mut conn, &migrations::ALL[..5]).unwrap();
    let before = rows(&conn);
    migrations::apply(&mut conn, &migrations::ALL[..6]).unwrap();
    assert_eq!(rows(&conn), before);
    let order = |conn: &Connection| -> Vec<String> {
        let sql = "SELECT stanza_id FROM messages WHERE chat = 1 ORDER BY standing, id";
        let mut all = conn.prepare(sql).unwrap();
        let rows = all.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    assert_eq!(order(&conn), ["id", "early", "late"]);
    conn.execute_batch(
        "INSERT INTO messages (account, chat, sender, direction, stanza_id, time, body, protection, state, moved)
         VALUES (1, 1, 'bob@mired.test', 0, 'late', 1000, 'another', 0, 0, 5)",
    )
    .unwrap();
    assert_eq!(order(&conn), ["id", "early", "late", "late"]);
    for wrong in [
        "UPDATE messages SET mark = x'00'",
        "INSERT INTO omemo_opened (account, payload) VALUES (1, x'00')",
        "UPDATE messages SET server_id = 's'",
    ] {
        assert!(conn.execute_batch(wrong).is_err(), "{wrong}");
    }
    let check: String = conn
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
}

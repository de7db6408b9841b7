//! The key and the settings of a connection, each of them read back (design §4).
//!
//! The order is part of it: SQLCipher logs to standard error until it is told not to, and wipes freed memory
//! only once it is told to; both come before the key, so that no copy of the key is logged or left behind.

use std::fmt::Write as _;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use zeroize::Zeroizing;

use super::{Result, StoreError};
use vault::DatabaseKey;

/// How long a connection waits for a lock that another one holds. Transactions are short, and one process has
/// the profile, so whoever waits longer has met something that is wrong.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// Statements kept prepared on each connection: more than this module has.
const PREPARED: usize = 128;

/// Settings of every connection: name, what is set, what must be read back.
const SETTINGS: &[(&str, &str, &str)] = &[
    // What spills goes to memory, never to a file.
    ("temp_store", "MEMORY", "2"),
    // Deleted content is overwritten in the pages.
    ("secure_delete", "ON", "1"),
    // A schema that somebody tampered with may not call functions.
    ("trusted_schema", "OFF", "0"),
    ("foreign_keys", "ON", "1"),
    // With NORMAL a power cut can undo the last commits, and a ratchet that was
    // rolled back would use a key twice.
    ("synchronous", "FULL", "2"),
];

/// Settings that have a meaning for a file only.
const FILE_SETTINGS: &[(&str, &str, &str)] = &[
    // The file is never mapped; a file that shrinks does not become a signal.
    ("mmap_size", "0", "0"),
];

/// What needs no key and must stand before it, in memory too.
pub(super) fn quiet(conn: &Connection) -> Result<()> {
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(PREPARED);
    set(conn, "cipher_log_level", "NONE")?;
    check(conn, "cipher_log_level", "NONE")?;
    for (config, name, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, "defensive", true),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, "dqs_dml", false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, "dqs_ddl", false),
        // A plan never depends on what is bound. Without it this build (SQLITE_ENABLE_STAT4)
        // parses and plans a cached statement anew for every other value, which took most of the
        // time of every read and insert.
        (DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, "qpsg", true),
    ] {
        if conn.set_db_config(config, on)? != on {
            return Err(StoreError::Setting(name));
        }
    }
    Ok(())
}

/// Makes SQLite wipe what it frees; before the key, so that no copy of that stays. It holds for the whole
/// process, and costs two system calls around every allocation.
pub(super) fn wipe(conn: &Connection) -> Result<()> {
    if wipes() {
        set(conn, "cipher_memory_security", "ON")?;
    }
    Ok(())
}

#[cfg(not(test))]
const fn wipes() -> bool {
    true
}

#[cfg(test)]
thread_local! {
    /// Unit tests ask for it where they are about it: it would take most of the time of all the others.
    pub(super) static WIPES: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

#[cfg(test)]
fn wipes() -> bool {
    WIPES.get()
}

/// Gives SQLCipher the raw key and asks the first question, which fails unless the key fits.
///
/// The statement is wiped here, and inside SQLite by `cipher_memory_security`; an error of it is not passed
/// on, since rusqlite's errors can quote the statement.
pub(super) fn unlock(conn: &Connection, key: &DatabaseKey) -> Result<()> {
    let mut sql = Zeroizing::new(String::with_capacity(96));
    sql.push_str("PRAGMA key = \"x'");
    for byte in key.expose() {
        write!(sql, "{byte:02x}").map_err(|_| StoreError::Setting("key"))?;
    }
    sql.push_str("'\"");
    conn.execute_batch(&sql).map_err(|_| StoreError::Setting("key"))?;
    // The file format of SQLCipher 4, whatever the default of a later one is.
    set(conn, "cipher_compatibility", "4")?;
    // Without SQLCipher in the library the key would be ignored without a word.
    check(conn, "cipher_status", "1")?;
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(())
}

/// Sets and checks everything that every connection to a file has.
pub(super) fn harden_file(conn: &Connection) -> Result<()> {
    set_all(conn, FILE_SETTINGS)?;
    harden(conn)?;
    if wipes() {
        // Reports 0 before the first query, so it is asked last.
        check(conn, "cipher_memory_security", "1")?;
    }
    Ok(())
}

/// Sets and checks everything that every connection has.
pub(super) fn harden(conn: &Connection) -> Result<()> {
    set_all(conn, SETTINGS)
}

fn set_all(conn: &Connection, settings: &[(&'static str, &'static str, &'static str)]) -> Result<()> {
    settings.iter().try_for_each(|(name, value, expected)| {
        set(conn, name, value)?;
        check(conn, name, expected)
    })
}

/// Sets one pragma to a word of this file.
pub(super) fn set(conn: &Connection, name: &'static str, value: &'static str) -> Result<()> {
    conn.execute_batch(&format!("PRAGMA {name} = {value}"))?;
    Ok(())
}

/// Reads one pragma back.
pub(super) fn check(conn: &Connection, name: &'static str, expected: &'static str) -> Result<()> {
    if read(conn, name)? == expected {
        Ok(())
    } else {
        Err(StoreError::Setting(name))
    }
}

/// The value of a pragma as text.
pub(super) fn read(conn: &Connection, name: &'static str) -> Result<String> {
    let value = conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))?;
    Ok(match value {
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text,
        _ => String::new(),
    })
}

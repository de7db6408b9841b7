//! The numbered migrations and the one loop that applies them, version and change in one transaction.
//!
//! A migration that was released is never edited: a change of the schema is the next number. The version is
//! SQLite's `user_version`.

use rusqlite::{Connection, TransactionBehavior};

use super::{Result, StoreError};

/// Every migration: its number, ascending from 1, and its statements.
pub(super) const ALL: &[(i64, &str)] = &[
    (1, include_str!("migrations/1.sql")),
    (2, include_str!("migrations/2.sql")),
    (3, include_str!("migrations/3.sql")),
    (4, include_str!("migrations/4.sql")),
    (5, include_str!("migrations/5.sql")),
    (6, include_str!("migrations/6.sql")),
    (7, include_str!("migrations/7.sql")),
    (8, include_str!("migrations/8.sql")),
    (9, include_str!("migrations/9.sql")),
    (10, include_str!("migrations/10.sql")),
];

/// The schema that this program writes.
pub(super) fn known() -> i64 {
    ALL.last().map_or(0, |(number, _)| *number)
}

/// The schema of an open database; 0 for an empty one.
pub(super) fn version(conn: &Connection) -> Result<i64> {
    Ok(conn.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Refuses a database of a newer program.
pub(super) fn refuse_newer(conn: &Connection) -> Result<i64> {
    let (found, known) = (version(conn)?, known());
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    Ok(found)
}

/// Applies those of `migrations` that are missing, each with its number in one transaction.
///
/// Foreign keys are off meanwhile, as SQLite asks where a table is made anew (it would take what hangs on a
/// dropped one for deleted), and checked before the commit.
pub(super) fn apply(conn: &mut Connection, migrations: &[(i64, &str)]) -> Result<()> {
    let enforced: bool = conn.query_row("PRAGMA foreign_keys", [], |row| row.get(0))?;
    for (number, sql) in migrations {
        if version(conn)? >= *number {
            continue;
        }
        conn.pragma_update(None, "foreign_keys", false)?;
        let applied = apply_one(conn, *number, sql);
        conn.pragma_update(None, "foreign_keys", enforced)?;
        applied?;
    }
    Ok(())
}

fn apply_one(conn: &mut Connection, number: i64, sql: &str) -> Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read inside the transaction: another process may have been faster.
    if version(&tx)? < number {
        tx.execute_batch(sql)?;
        if tx.prepare("PRAGMA foreign_key_check")?.exists([])? {
            return Err(StoreError::Corrupt("foreign key"));
        }
        tx.pragma_update(None, "user_version", number)?;
        tx.commit()?;
    }
    Ok(())
}

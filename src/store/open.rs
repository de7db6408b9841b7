//! Opening: raw key, settings (each read back), migrations; the writer, the readers, the transaction.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior, ffi};

use super::{Result, StoreError, file, migrations, settings, spelling};
use vault::DatabaseKey;

/// How long a checkpoint waits for readers. A read is over in milliseconds; the next idle moment tries again.
const CHECKPOINT_PATIENCE: Duration = Duration::from_millis(250);

/// Pages (of 4 KiB) of a database that is written anew when it is closed: that takes as much memory.
const SCRUBBED: i64 = 128 * 1024;

/// Marks a database as ours (`PRAGMA application_id`, set by migration 1): "Susu".
const APPLICATION_ID: i64 = 0x5375_7375;

/// The one connection that writes.
pub struct Writer {
    conn: Connection,
    alone: bool,
}

/// A read-only connection; every read is finished before it returns.
pub struct Reader {
    conn: Connection,
}

/// An open write transaction (BEGIN IMMEDIATE); dropped without commit it rolls back.
pub struct Transaction<'w> {
    tx: rusqlite::Transaction<'w>,
}

/// Whatever can be read from.
pub trait Reads {
    /// The connection, for the table files of this module.
    #[doc(hidden)]
    fn conn(&self) -> &Connection;
}

impl Reads for Reader {
    fn conn(&self) -> &Connection {
        &self.conn
    }
}

impl Reads for Transaction<'_> {
    fn conn(&self) -> &Connection {
        &self.tx
    }
}

impl Reads for &dyn Reads {
    fn conn(&self) -> &Connection {
        (**self).conn()
    }
}

impl Writer {
    /// Makes the database at `path`, where no file may be, with every setting and the schema.
    pub fn create(path: &Path, key: &DatabaseKey) -> Result<Self> {
        file::make_private(path).map_err(StoreError::File)?;
        Self::settle(
            connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, key, false)?,
            false,
        )
    }

    /// Opens the database at `path`, sets and checks every setting, applies the migrations.
    ///
    /// One that is missing, cut short or without a schema is [`StoreError::Lost`], and
    /// nothing is made in its place.
    pub fn open(path: &Path, key: &DatabaseKey) -> Result<Self> {
        file::check_private(path)?;
        let mode = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let (conn, alone) = match connect(path, mode, key, false) {
            // The index of the log lies in a file that all connections share. Where that cannot be
            // made (the disk is full) it lies in the memory of this one: what is there can be read.
            Err(StoreError::Sqlite(error)) if has_no_index(&error) => (connect(path, mode, key, true)?, true),
            conn => (conn?, false),
        };
        // Before anything is written: a newer program's file is left as it is, and so is what remains of one
        // whose write-ahead log is gone.
        if migrations::refuse_newer(&conn)? == 0 {
            return Err(StoreError::Lost);
        }
        Self::settle(conn, alone)
    }

    fn settle(mut conn: Connection, alone: bool) -> Result<Self> {
        settings::harden_file(&conn)?;
        settings::set(&conn, "journal_mode", "WAL")?;
        settings::check(&conn, "journal_mode", "wal")?;
        migrations::apply(&mut conn, migrations::ALL)?;
        refuse_foreign(&conn)?;
        spelling::normalise(&mut conn)?;
        Ok(Self { conn, alone })
    }

    /// In memory, for tests of the floors above; same schema. Nothing of a person's is in it, so
    /// what is freed is not wiped.
    pub fn in_memory() -> Result<Self> {
        let mut conn = Connection::open_in_memory()?;
        settings::quiet(&conn)?;
        settings::harden(&conn)?;
        migrations::apply(&mut conn, migrations::ALL)?;
        Ok(Self { conn, alone: false })
    }

    /// No [`Reader`] can be opened beside it, since the disk has no room for what they would share.
    pub fn is_alone(&self) -> bool {
        self.alone
    }

    /// Begins a transaction that may write from its first statement on, so that it never fails half-way for
    /// want of the lock. [`StoreError::Busy`] if another connection writes for seconds.
    pub fn transaction(&mut self) -> Result<Transaction<'_>> {
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        Ok(Transaction { tx })
    }

    /// `wal_checkpoint(TRUNCATE)`; false if a reader was in the way.
    pub fn checkpoint(&self) -> Result<bool> {
        self.conn.busy_timeout(CHECKPOINT_PATIENCE)?;
        let busy = self
            .conn
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        self.conn.busy_timeout(settings::BUSY)?;
        Ok(busy? == 0)
    }

    /// Writes the whole database anew without what was deleted, then checkpoints; false
    /// if a reader was in the way.
    ///
    /// `secure_delete` overwrites a row where it lies, but a copy can stay behind in the gap of a page that
    /// the row was moved from earlier (about one row in a thousand: the test shows it). So this follows
    /// every deletion that a person asked for. It takes as much memory as the database is large, and a
    /// second for each 100 MB or so.
    pub fn scrub(&self) -> Result<bool> {
        self.conn.execute_batch("VACUUM")?;
        self.checkpoint()
    }

    /// Writes the file anew if something was deleted since the last time. A database that is too large for
    /// memory keeps what `secure_delete` left of it.
    fn scrub_if_owed(&self) -> Result<()> {
        let ask = |sql: &str| self.conn.query_row(sql, [], |row| row.get::<_, i64>(0));
        let owed = ask("SELECT count(*) FROM deletions WHERE owed = 1")?;
        if owed > 0 && ask("PRAGMA page_count")? <= SCRUBBED {
            self.conn.execute_batch("VACUUM")?;
            self.conn.execute("UPDATE deletions SET owed = 0", [])?;
        }
        Ok(())
    }

    /// Checkpoints, checks the result and closes; what stays open longer leaves the WAL
    /// behind. [`StoreError::Busy`] if a reader was in the way: nothing is lost then, the
    /// next opening takes the WAL in.
    pub fn close(self) -> Result<()> {
        // If it fails (a full disk), it is still owed, and the next closing tries again.
        let _ = self.scrub_if_owed();
        let truncated = self.checkpoint()?;
        self.conn.close().map_err(|(_, error)| error)?;
        if truncated { Ok(()) } else { Err(StoreError::Busy) }
    }

    /// `cipher_integrity_check` (the authentication of every page of the file), `integrity_check` and
    /// `foreign_key_check`: the number of faults found.
    pub fn faults(&self) -> Result<usize> {
        let mut faults = 0;
        for sql in [
            "PRAGMA cipher_integrity_check",
            "PRAGMA integrity_check",
            "PRAGMA foreign_key_check",
        ] {
            faults += self.complaints(sql)?;
        }
        Ok(faults)
    }

    /// Rows of a check that are not "ok". A check that meets a damaged page ends there: one more.
    fn complaints(&self, sql: &str) -> Result<usize> {
        let count = || -> rusqlite::Result<usize> {
            let mut statement = self.conn.prepare(sql)?;
            let mut rows = statement.query([])?;
            let mut count = 0;
            while let Some(row) = rows.next()? {
                let ok = row.get_ref(0)?.as_str().is_ok_and(|text| text == "ok");
                count += usize::from(!ok);
            }
            Ok(count)
        };
        match count().map_err(StoreError::from) {
            Err(StoreError::Unreadable) => Ok(1),
            other => other,
        }
    }
}

impl Reader {
    /// Opens a database that a [`Writer`] has opened before (so that its schema is ours). Cannot write.
    pub fn open(path: &Path, key: &DatabaseKey) -> Result<Self> {
        // SQLite would take away a log that stands beside an empty file.
        file::refuse_lost(path)?;
        let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, key, false)?;
        if migrations::refuse_newer(&conn)? < migrations::known() {
            return Err(StoreError::Unreadable);
        }
        refuse_foreign(&conn)?;
        settings::harden_file(&conn)?;
        settings::set(&conn, "query_only", "ON")?;
        settings::check(&conn, "query_only", "1")?;
        Ok(Self { conn })
    }
}

impl Transaction<'_> {
    /// Makes it durable.
    pub fn commit(self) -> Result<()> {
        Ok(self.tx.commit()?)
    }
}

/// A connection with its key, proved to fit; `alone`: it shares the database with no other.
fn connect(path: &Path, mode: OpenFlags, key: &DatabaseKey, alone: bool) -> Result<Connection> {
    // Absolute, since this build of SQLite reads a name that begins with "file:" as a URI.
    let path = std::path::absolute(path).map_err(StoreError::File)?;
    let conn = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    settings::quiet(&conn)?;
    settings::wipe(&conn)?;
    if alone {
        settings::set(&conn, "locking_mode", "EXCLUSIVE")?;
    }
    settings::unlock(&conn, key)?;
    Ok(conn)
}

/// Whether the file of the log's index could not be made, or not be made as large as it has to be.
fn has_no_index(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| {
        matches!(
            error.extended_code,
            ffi::SQLITE_IOERR_SHMOPEN | ffi::SQLITE_IOERR_SHMSIZE
        )
    })
}

/// Refuses a database of another program that happens to open with our key.
fn refuse_foreign(conn: &Connection) -> Result<()> {
    let id: i64 = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if id == APPLICATION_ID {
        Ok(())
    } else {
        Err(StoreError::Unreadable)
    }
}

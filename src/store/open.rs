//! Opening: raw key, settings (each read back), migrations; the writer, the readers, the transaction.

use std::path::Path;

use super::Result;
use crate::vault::DatabaseKey;

/// The one connection that writes.
pub struct Writer {
    conn: rusqlite::Connection,
}

/// A read-only connection; every read is one statement finished before it returns.
pub struct Reader {
    conn: rusqlite::Connection,
}

/// An open write transaction (BEGIN IMMEDIATE); dropped without commit it rolls back.
pub struct Transaction<'w> {
    tx: rusqlite::Transaction<'w>,
}

/// Whatever can be read from.
pub trait Reads {
    /// The connection, for the table files of this module.
    #[doc(hidden)]
    fn conn(&self) -> &rusqlite::Connection;
}

impl Reads for Reader {
    fn conn(&self) -> &rusqlite::Connection {
        &self.conn
    }
}

impl Reads for Transaction<'_> {
    fn conn(&self) -> &rusqlite::Connection {
        &self.tx
    }
}

impl Writer {
    /// Opens (or, with an empty or absent file, makes) the database at `path`, sets and checks every setting,
    /// applies the migrations.
    pub fn open(_path: &Path, _key: &DatabaseKey) -> Result<Self> {
        todo!()
    }
    /// In memory, for tests of the floors above; same schema.
    pub fn in_memory() -> Result<Self> {
        todo!()
    }
    pub fn transaction(&mut self) -> Result<Transaction<'_>> {
        todo!()
    }
    /// `wal_checkpoint(TRUNCATE)`; false if a reader was in the way.
    pub fn checkpoint(&self) -> Result<bool> {
        todo!()
    }
    /// Checkpoints, checks the result and closes; what stays open longer leaves the WAL behind.
    pub fn close(self) -> Result<()> {
        todo!()
    }
    /// `cipher_integrity_check` and `integrity_check`: the number of faults found.
    pub fn faults(&self) -> Result<usize> {
        todo!()
    }
}

impl Reader {
    pub fn open(_path: &Path, _key: &DatabaseKey) -> Result<Self> {
        todo!()
    }
}

impl Transaction<'_> {
    /// Makes it durable.
    pub fn commit(self) -> Result<()> {
        todo!()
    }
}

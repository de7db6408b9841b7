//! What is the matter with the database.

use crate::Clean;

/// Why the database cannot be used, or not be changed. None of it holds data of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseFault {
    /// It is damaged, or belongs to another vault.
    Unreadable,
    /// It is missing, or empty, beside a vault that had one.
    Lost,
    /// A newer version wrote it.
    Newer { found: i64, known: i64 },
    /// A setting that the safety hangs on did not take; its name.
    Setting(&'static str),
    /// Something stored cannot be understood; what.
    Corrupt(&'static str),
    /// Something is not stored that had to be; what.
    Missing(&'static str),
    /// Somebody else uses it.
    Busy,
    /// Its file cannot be used; what the system says.
    File(Clean),
    /// There is no room on the disk.
    Full,
    /// It may not be written to.
    ReadOnly,
    /// The disk cannot be read or written.
    Disk,
    /// SQLite says something else; its number for that.
    Other(i32),
}

//! What can go wrong with the database.

use rusqlite::ErrorCode;

use model::Clean;
use model::failure::DatabaseFault;

/// A database error. What it says is for the log, and holds no data of a row; people are told of its
/// [`fault`](StoreError::fault).
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The key does not fit, or the file is not a database of ours, or pages were altered.
    #[error("the database cannot be opened: it is damaged, or belongs to another vault")]
    Unreadable,
    /// The file is missing, cut short, or holds nothing where there was something.
    #[error("the database is missing or empty; it is not made anew beside a vault that had one")]
    Lost,
    /// Written by a newer version.
    #[error(
        "the database was written by a newer version of susurro (schema {found}, this one knows {known})"
    )]
    Newer { found: i64, known: i64 },
    /// A setting did not take.
    #[error("the database refuses the safety setting {0}")]
    Setting(&'static str),
    /// A row that cannot be understood.
    #[error("a stored {0} cannot be understood")]
    Corrupt(&'static str),
    /// A row that was to be changed is not there, or not in the state that the change needs.
    #[error("there is no such {0} in the database")]
    Missing(&'static str),
    /// Another connection is in the way.
    #[error("the database is in use by another part of the program or by another process; try again")]
    Busy,
    /// The database file cannot be made, or is no ordinary file.
    #[error("the database file cannot be used: {0}")]
    File(std::io::Error),
    /// Nothing of what was to be written is there.
    #[error("the disk is full, so nothing was changed; make room, then try again")]
    Full,
    /// I/O, constraint.
    #[error("the database reports: {0}")]
    Sqlite(rusqlite::Error),
}

impl StoreError {
    /// What is the matter, as people are told.
    pub fn fault(&self) -> DatabaseFault {
        match self {
            Self::Unreadable => DatabaseFault::Unreadable,
            Self::Lost => DatabaseFault::Lost,
            Self::Newer { found, known } => DatabaseFault::Newer {
                found: *found,
                known: *known,
            },
            Self::Setting(name) => DatabaseFault::Setting(name),
            Self::Corrupt(what) => DatabaseFault::Corrupt(what),
            Self::Missing(what) => DatabaseFault::Missing(what),
            Self::Busy => DatabaseFault::Busy,
            Self::File(error) => DatabaseFault::File(Clean::line(&error.to_string())),
            Self::Full => DatabaseFault::Full,
            Self::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::ReadOnly) => DatabaseFault::ReadOnly,
                Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => DatabaseFault::Disk,
                _ => {
                    let number = error.sqlite_error().map(|error| error.extended_code);
                    DatabaseFault::Other(number.unwrap_or_default())
                }
            },
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    /// A page that fails its authentication is reported as "not a database" or "corrupt"; what waits for a
    /// lock too long as "busy", and a full disk as such. Everything else is kept.
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Unreadable,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Sqlite(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    #[test]
    fn what_sqlite_says_is_told_as_what_it_means_or_as_its_number() {
        let fault =
            |code| StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)).fault();
        assert_eq!(fault(ffi::SQLITE_FULL), DatabaseFault::Full);
        assert_eq!(fault(ffi::SQLITE_READONLY), DatabaseFault::ReadOnly);
        assert_eq!(fault(ffi::SQLITE_IOERR_FSYNC), DatabaseFault::Disk);
        assert_eq!(fault(ffi::SQLITE_NOTADB), DatabaseFault::Unreadable);
        assert_eq!(fault(ffi::SQLITE_CONSTRAINT_UNIQUE), DatabaseFault::Other(2067));
    }
}

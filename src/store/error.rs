//! What can go wrong with the database.

use rusqlite::ErrorCode;

/// A database error. The sentences are for people; none of them holds data of a row.
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
    fn a_full_disk_is_told_with_what_helps() {
        let full = rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_FULL), None);
        assert_eq!(
            StoreError::from(full).to_string(),
            "the disk is full, so nothing was changed; make room, then try again"
        );
    }
}

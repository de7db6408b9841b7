//! What can go wrong with the database.

/// A database error. The sentences are for people; none of them holds data of a row.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The key does not fit, or the file is not a database of ours, or pages were altered.
    #[error("the database cannot be opened: it is damaged, or belongs to another vault")]
    Unreadable,
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
    /// Disk full, I/O, constraint.
    #[error("the database reports: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

//! The database as a file: whether it is there, and that nobody else reads it.
//!
//! A database that is missing or empty is never taken for a new one here: beside the header
//! of a vault it is a lost one.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{Result, StoreError};

/// One page of SQLCipher's format; no database of ours is shorter.
const PAGE: u64 = 4096;

/// What SQLite keeps beside a database that is in use, or was when its program was killed.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// What is found where a database should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseFile {
    /// A file of at least one page, or something that is no file: opening it tells more.
    There,
    /// No file, and no trace of one.
    Absent,
    /// No file, but what stands beside one.
    Gone,
    /// A file with less than one page in it.
    Short,
}

/// Looks for the database at `path`. Opens and changes nothing.
pub fn presence(path: &Path) -> io::Result<DatabaseFile> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() && found.len() < PAGE => Ok(DatabaseFile::Short),
        Ok(_) => Ok(DatabaseFile::There),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let trace = BESIDE
                .iter()
                .any(|end| beside(path, end).symlink_metadata().is_ok());
            Ok(if trace {
                DatabaseFile::Gone
            } else {
                DatabaseFile::Absent
            })
        }
        Err(error) => Err(error),
    }
}

/// Takes away a database with what stands beside it: one that was never finished, of
/// a vault that was never made.
pub fn remove(path: &Path) -> io::Result<()> {
    let beside = BESIDE.iter().map(|end| beside(path, end));
    // The database last: as long as it is there, what is beside it has a name.
    for path in beside.chain([path.to_owned()]) {
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Makes the file, for its owner alone, before SQLite does; the `-wal` and `-shm` files inherit its mode.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// What is not there, or is empty, is no database.
pub(super) fn refuse_lost(path: &Path) -> Result<()> {
    match presence(path).map_err(StoreError::File)? {
        DatabaseFile::There => Ok(()),
        _ => Err(StoreError::Lost),
    }
}

/// What is there must be an ordinary file of a page or more, and is closed to others.
///
/// It is not opened here: closing it would drop the locks of a reader in this process (POSIX).
pub(super) fn check_private(path: &Path) -> Result<()> {
    refuse_lost(path)?;
    let found = fs::symlink_metadata(path).map_err(StoreError::File)?;
    if !found.is_file() {
        let error = io::Error::new(ErrorKind::InvalidInput, "it is no ordinary file");
        return Err(StoreError::File(error));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if found.permissions().mode() & 0o777 != 0o600 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(StoreError::File)?;
        }
    }
    Ok(())
}

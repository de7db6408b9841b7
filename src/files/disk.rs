//! Names that say nothing, and files that nobody else may read.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::error::{FilesError, FilesResult};

/// Sixteen random bytes.
pub(crate) fn random() -> FilesResult<[u8; 16]> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| FilesError::Cipher)?;
    Ok(id)
}

/// Such bytes as a name.
pub(crate) fn name_of(id: [u8; 16]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name that nobody else takes.
pub(crate) fn random_name() -> FilesResult<String> {
    random().map(name_of)
}

/// A new file that nobody else may read.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// That there is such a file is on the disk too.
pub(crate) fn sync_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

//! Copies that can be read: what the person asked to have outside of the vault.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::container::Reader;
use crate::error::{FilesError, FilesResult};
use crate::naming::safe_name;

/// Saves all of it at `path`, in a folder under a safe form of `name`; where that is then. What is there
/// stays, unless it is to be written over; a link is never followed.
pub fn save_as(content: &mut Reader, path: &Path, name: &str, overwrite: bool) -> FilesResult<PathBuf> {
    let path = match path.is_dir() {
        true => path.join(safe_name(name)),
        false => path.to_owned(),
    };
    if !overwrite {
        write(content, &path).map_err(|error| match error {
            FilesError::Io(error) if error.kind() == io::ErrorKind::AlreadyExists => FilesError::Exists,
            other => other,
        })?;
        return Ok(path);
    }
    // What is there goes only once all of the new one is there.
    let beside = path.with_file_name(format!(".{}.part", crate::disk::random_name()?));
    write(content, &beside)?;
    let renamed = fs::rename(&beside, &path);
    if renamed.is_err() {
        let _ = fs::remove_file(&beside);
    }
    renamed?;
    Ok(path)
}

pub(crate) fn write(content: &mut Reader, path: &Path) -> FilesResult<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)?;
    let copied = io::copy(content, &mut file).and_then(|_| file.sync_all());
    if copied.is_err() {
        // Half of a file is none.
        let _ = fs::remove_file(path);
    }
    Ok(copied?)
}

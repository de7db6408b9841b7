//! Writing a small file whole: whatever happens on the way, its name stands for the old
//! content or for the new one.
//!
//! Temporary file beside it, fsync, proof that what was written is good, rename, fsync of the
//! folder. A kill between any two of these leaves at most the temporary file behind, which the next
//! write or [`sweep`] takes away.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::{Result, VaultError};

/// The points at which a test stops the writing; each names what has just been done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteStep {
    Begun,
    TemporaryMade,
    HalfWritten,
    Written,
    Synced,
    Proven,
    Renamed,
    FolderSynced,
    OldErased,
}

/// Told of every step; its error ends the writing as an error of the disk would.
/// Nothing but `Ok` outside tests.
pub(super) type Watch<'w> = &'w mut dyn FnMut(WriteStep) -> io::Result<()>;

/// Puts `content` at `path` (mode 0600), in place of what is there. `proof` gets what can be read back from
/// the temporary file; if it fails, so does the whole, and the old file stays.
///
/// After success the blocks of the old file are overwritten: a vault that still opens with the old
/// passphrase should not be lying about. That is as much as can be done from here; flash,
/// snapshots and backups may keep them.
pub(super) fn replace(
    path: &Path,
    content: &[u8],
    proof: &mut dyn FnMut(&[u8]) -> Result<()>,
    watch: Watch<'_>,
) -> Result<()> {
    let old = private().write(true).open(path).ok();
    let temporary = temporary(path);
    let written = write_proven(&temporary, content, proof, watch)
        .and_then(|()| fs::rename(&temporary, path).map_err(|error| VaultError::io("replace", path, error)));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
        return written;
    }
    watch(WriteStep::Renamed).map_err(|error| VaultError::io("write", path, error))?;
    let durable = sync_folder(path).map_err(|error| VaultError::io("be sure of", path, error))?;
    watch(WriteStep::FolderSynced).map_err(|error| VaultError::io("write", path, error))?;
    if let (Some(old), true) = (old, durable) {
        // The new file is in place and safe: that the old one could not be erased
        // is no failure of the change.
        let _ = erase(&old, 0);
        watch(WriteStep::OldErased).map_err(|error| VaultError::io("write", path, error))?;
    }
    Ok(())
}

/// Takes away what a killed [`replace`] of `path` left behind. Only for whoever
/// holds the lock of the profile.
pub(super) fn sweep(path: &Path) {
    let temporary = temporary(path);
    if let Ok(left) = private().write(true).open(&temporary) {
        let _ = erase(&left, 1);
        let _ = fs::remove_file(&temporary);
    }
}

/// The file at `path`, at most `limit` bytes of it. A link or anything but a plain file is refused.
pub(super) fn read(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let file = private().read(true).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a plain file"));
    }
    let mut content = Vec::new();
    file.take(limit as u64).read_to_end(&mut content)?;
    Ok(content)
}

fn temporary(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// Mode 0600 for what is made; no following of a link, no waiting for the other end of a pipe.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .mode(0o600)
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    options
}

fn write_proven(
    temporary: &Path,
    content: &[u8],
    proof: &mut dyn FnMut(&[u8]) -> Result<()>,
    watch: Watch<'_>,
) -> Result<()> {
    let mut write = || -> io::Result<Vec<u8>> {
        watch(WriteStep::Begun)?;
        match fs::remove_file(temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => (),
        }
        let mut file = private()
            .read(true)
            .write(true)
            .create_new(true)
            .open(temporary)?;
        watch(WriteStep::TemporaryMade)?;
        let (front, back) = content.split_at(content.len() / 2);
        file.write_all(front)?;
        watch(WriteStep::HalfWritten)?;
        file.write_all(back)?;
        watch(WriteStep::Written)?;
        file.sync_all()?;
        watch(WriteStep::Synced)?;
        let mut back = Vec::with_capacity(content.len());
        file.rewind()?;
        file.take(content.len() as u64 + 1).read_to_end(&mut back)?;
        Ok(back)
    };
    let back = write().map_err(|error| VaultError::io("write", temporary, error))?;
    proof(&back)?;
    watch(WriteStep::Proven).map_err(|error| VaultError::io("write", temporary, error))
}

/// Makes the new name durable; false on a file system that knows no fsync of folders.
fn sync_folder(path: &Path) -> io::Result<bool> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    match File::open(folder)?.sync_all() {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(false)
        }
        synced => synced.map(|()| true),
    }
}

/// Overwrites a file that has `names` names by now. One that has more is somebody's
/// copy too and is left alone.
fn erase(mut file: &File, names: u64) -> io::Result<()> {
    let facts = file.metadata()?;
    if !facts.is_file() || facts.nlink() > names {
        return Ok(());
    }
    let length = facts.len().min(1 << 16);
    file.rewind()?;
    io::copy(&mut io::repeat(0).take(length), &mut file)?;
    file.sync_all()
}

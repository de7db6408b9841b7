//! The vault's folder of files: one container a file, under names that say nothing.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::container::{Reader, Writer};
use crate::disk;
use crate::error::{FilesError, FilesResult};
use model::ContainerId;
use vault::{AttachmentKey, Locked};

/// The folder, with the key of what is in it. A clone is the same folder.
#[derive(Clone)]
pub struct Folder {
    path: PathBuf,
    key: Arc<Locked<AttachmentKey>>,
}

impl Folder {
    /// The folder at `path`, made if it is not there, which nobody else may look into.
    pub fn open(path: PathBuf, key: Arc<Locked<AttachmentKey>>) -> FilesResult<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        Ok(Self { path, key })
    }

    /// A new container under a random name.
    pub fn create(&self) -> FilesResult<Writer> {
        self.create_as(Self::random()?)
    }

    /// A name that no container has.
    pub fn random() -> FilesResult<ContainerId> {
        disk::random().map(ContainerId)
    }

    /// A new container under this name; what was there is gone.
    pub fn create_as(&self, id: ContainerId) -> FilesResult<Writer> {
        self.remove(id)?;
        Writer::new(self.path_of(id), id, &self.key)
    }

    pub fn read(&self, id: ContainerId) -> FilesResult<Reader> {
        let file = File::open(self.path_of(id)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => FilesError::Absent,
            _ => error.into(),
        })?;
        Reader::new(file, id, &self.key)
    }

    /// Whether there is one of this name.
    pub fn holds(&self, id: ContainerId) -> bool {
        self.path_of(id).exists()
    }

    /// Takes it off the disk, if it is there, and the small picture of it.
    pub fn delete(&self, id: ContainerId) -> FilesResult<()> {
        self.remove(Self::thumbnail_of(id))?;
        self.remove(id)
    }

    /// Where the small picture of what is in a container lies.
    pub(crate) fn thumbnail_of(id: ContainerId) -> ContainerId {
        ContainerId(id.0.map(|byte| !byte))
    }

    fn remove(&self, id: ContainerId) -> FilesResult<()> {
        match fs::remove_file(self.path_of(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Takes everything off the disk that is none of these, nor a small picture of one: what a crash left
    /// behind. How many that were.
    pub fn sweep(&self, keep: &HashSet<ContainerId>) -> FilesResult<u64> {
        let mut swept = 0;
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let kept = entry
                .file_name()
                .to_str()
                .and_then(id_of)
                .is_some_and(|id| keep.contains(&id) || keep.contains(&Self::thumbnail_of(id)));
            if !kept && entry.file_type()?.is_file() {
                fs::remove_file(entry.path())?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    fn path_of(&self, id: ContainerId) -> PathBuf {
        self.path.join(disk::name_of(id.0))
    }
}

/// The container that a file of this name is.
fn id_of(name: &str) -> Option<ContainerId> {
    let number = u128::from_str_radix(name, 16).ok()?;
    let canonical = name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    canonical.then(|| ContainerId(number.to_be_bytes()))
}

#[cfg(test)]
pub(crate) mod tests;

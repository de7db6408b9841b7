//! The profile: the one folder that everything of ours lies in, and the lock that makes
//! it one program's at a time.
//!
//! ```text
//! DIR/            0700, ours, no link
//!   vault         the header (see the vault module)
//!   messages.db   the database, with -wal and -shm beside it while open
//!   making        only while a vault is being made: what else is there without a vault was never finished
//!   lock          held while the vault is open; names the process that holds it
//!   susurro.log   only where logging is switched on
//! ```

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use rustix::fs::OFlags;
use thiserror::Error;

/// The variable that names the profile where no argument does.
pub const PROFILE_VARIABLE: &str = "SUSURRO_PROFILE";

/// Why a profile cannot be used, in a sentence that says what to do.
#[derive(Debug, Error)]
pub enum PathError {
    #[error("There is no home folder to keep a profile in. Say which folder to use with --profile DIR.")]
    NoHome,
    #[error("{0} is a symbolic link. Susurro keeps its data only in a real folder: name the folder itself.")]
    Link(String),
    #[error("{0} is not a folder. Name another one with --profile DIR.")]
    NotAFolder(String),
    #[error("{0} belongs to another user. Name a folder of your own with --profile DIR.")]
    Foreign(String),
    #[error("{0} is open to other users (mode {1:04o}). Close it first: chmod 700 {0}")]
    Open(String, u32),
    #[error("Could not {what} {path}: {source}.")]
    Io {
        what: &'static str,
        path: String,
        source: io::Error,
    },
    #[error("Vault in use: {0} is open in {1}. End that one first.")]
    InUse(String, String),
}

impl PathError {
    fn io(what: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            what,
            path: shown(path),
            source,
        }
    }
}

/// Where a profile lies. Having one says nothing about whether the folder exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    folder: PathBuf,
    command: &'static str,
}

impl Profile {
    /// The folder of the argument `--profile`, else of `SUSURRO_PROFILE`, else
    /// `susurro` in the XDG data folder.
    pub fn locate(argument: Option<&Path>) -> Result<Self, PathError> {
        let variable = std::env::var_os(PROFILE_VARIABLE).map(PathBuf::from);
        let named = argument
            .or(variable.as_deref())
            .filter(|path| *path != Path::new(""));
        let folder = match named {
            Some(folder) => folder.to_owned(),
            None => etcetera::base_strategy::Xdg::new()
                .map_err(|_| PathError::NoHome)?
                .data_dir()
                .join("susurro"),
        };
        Self::at(&folder)
    }

    /// The profile in `folder`, whatever arguments and environment say.
    pub fn at(folder: &Path) -> Result<Self, PathError> {
        let absolute = std::path::absolute(folder).map_err(|error| PathError::io("find", folder, error))?;
        Ok(Self {
            // Part by part, since "link/" and "link/." would be looked at behind the link.
            folder: absolute.components().collect(),
            command: "susurro",
        })
    }

    /// Says which command is at work, for whoever finds the profile locked: "susurro
    /// listen". Never an argument.
    #[must_use]
    pub fn for_command(self, command: &'static str) -> Self {
        Self { command, ..self }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The header of the vault.
    pub fn vault(&self) -> PathBuf {
        self.folder.join("vault")
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.folder.join("messages.db")
    }

    /// The folder of the files that came with messages, or go with them.
    pub fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// The file that is there while a vault is being made: it is the first that comes and the last that goes,
    /// so a database beside it that has no vault is what a killed making left behind.
    pub fn making(&self) -> PathBuf {
        self.folder.join("making")
    }

    /// Makes the file of [`Profile::making`], and sure that it is there before anything that comes later.
    pub fn begin_making(&self) -> Result<(), PathError> {
        let path = self.making();
        open_private(&path).map_err(|error| PathError::io("make", &path, error))?;
        self.settle();
        Ok(())
    }

    /// Takes it away, if it is there.
    pub fn end_making(&self) -> Result<(), PathError> {
        let path = self.making();
        match std::fs::remove_file(&path) {
            Ok(()) => self.settle(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(PathError::io("remove", &path, error)),
        }
        Ok(())
    }

    /// Makes the names of the folder durable; some file systems know no fsync of folders.
    pub fn settle(&self) {
        let _ = File::open(&self.folder).and_then(|folder| folder.sync_all());
    }

    /// Whether there is anything by that name yet.
    pub fn exists(&self) -> bool {
        self.folder.symlink_metadata().is_ok()
    }

    /// Makes the folder (0700, and so its missing parents), then checks it.
    pub fn prepare(&self) -> Result<(), PathError> {
        if !self.exists() {
            make_folders(&self.folder).map_err(|error| PathError::io("make", &self.folder, error))?;
        }
        self.check()
    }

    /// Refuses a folder that is a link, not ours, or open to others.
    pub fn check(&self) -> Result<(), PathError> {
        let folder = || shown(&self.folder);
        let facts = self
            .folder
            .symlink_metadata()
            .map_err(|error| PathError::io("look at", &self.folder, error))?;
        if facts.is_symlink() {
            return Err(PathError::Link(folder()));
        }
        if !facts.is_dir() {
            return Err(PathError::NotAFolder(folder()));
        }
        if facts.uid() != rustix::process::geteuid().as_raw() {
            return Err(PathError::Foreign(folder()));
        }
        match facts.mode() & 0o7777 {
            mode if mode & 0o077 != 0 => Err(PathError::Open(folder(), mode)),
            _ => Ok(()),
        }
    }

    /// A header that came back from somewhere with an open mode is closed to others again; the database's
    /// mode is seen to by the store.
    fn close_to_others(&self) -> std::io::Result<()> {
        let vault = self.vault();
        match vault.symlink_metadata() {
            Ok(facts) if facts.is_file() && facts.mode() & 0o077 != 0 => {
                std::fs::set_permissions(&vault, std::fs::Permissions::from_mode(0o600))
            }
            _ => Ok(()),
        }
    }

    /// Takes the lock of the profile, or says who has it. The folder must exist and is checked first.
    pub fn lock(&self) -> Result<ProfileLock, PathError> {
        self.check()?;
        let path = self.folder.join("lock");
        let failed = |error| PathError::io("lock", &path, error);
        let mut file = open_private(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => {
                return Err(PathError::InUse(shown(&self.folder), holder(&mut file)));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        self.close_to_others().map_err(failed)?;
        let lock = ProfileLock { file };
        // Only a note for whoever finds it locked: a full disk keeps nobody out for its sake.
        let _ = lock.sign(self.command);
        Ok(lock)
    }
}

/// The lock of a profile; whoever has it may open the vault. Dropped, or when the
/// process ends or execs, it is free.
#[derive(Debug)]
pub struct ProfileLock {
    file: File,
}

impl ProfileLock {
    fn sign(&self, command: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        (&self.file).rewind()?;
        (&self.file).write_all(format!("{}\n{command}\n", std::process::id()).as_bytes())
    }
}

impl Drop for ProfileLock {
    fn drop(&mut self) {
        // A name left behind would be wrong, but does no harm: it is read only when the lock is held.
        let _ = self.file.set_len(0);
        // Closing alone leaves it locked while a child that is just being started has the file too.
        let _ = self.file.unlock();
    }
}

/// Makes `folder` and its missing parents, so that a power cut after this does not take them away again.
fn make_folders(folder: &Path) -> io::Result<()> {
    let missing = folder
        .ancestors()
        .take_while(|path| path.symlink_metadata().is_err())
        .count();
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    for parent in folder.ancestors().skip(1).take(missing) {
        // Somebody else's folder may not be readable to us, and some file systems know no fsync of folders.
        let _ = File::open(parent).and_then(|parent| parent.sync_all());
    }
    Ok(())
}

/// Opens or makes a file of ours for reading and writing, 0600; never through a link,
/// never anything but a plain file.
fn open_private(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is not a plain file")),
    }
}

/// Who wrote itself into the lock file: "process 4711 (susurro listen)". The file is not trusted.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file
        .rewind()
        .and_then(|()| file.take(128).read_to_string(&mut text));
    let mut lines = text.lines();
    let process = lines.next().and_then(|line| line.parse::<u32>().ok());
    match (read, process) {
        (Ok(_), Some(process)) => {
            let plain = |c: &char| c.is_ascii_lowercase() || *c == ' ';
            let command: String = lines.next().unwrap_or_default().chars().filter(plain).collect();
            format!("process {process} ({command})")
        }
        _ => "another process".into(),
    }
}

/// A path as it can be shown: control characters replaced.
fn shown(path: &Path) -> String {
    let shown = path.display().to_string();
    shown
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests;

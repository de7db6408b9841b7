//! The profile: the one folder that everything of ours lies in, and the lock that makes it one program's at a time.
//!
//! ```text
//! DIR/            0700, ours, no link
//!   vault         the header (see the vault module)
//!   messages.db   the database, with -wal and -shm beside it while open
//!   lock          held while the vault is open; names the process that holds it
//!   susurro.log   only where logging is switched on
//! ```

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
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
    /// The folder of the argument `--profile`, else of `SUSURRO_PROFILE`, else `susurro` in the XDG data folder.
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

    /// Says which command is at work, for whoever finds the profile locked: "susurro listen". Never an argument.
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

    /// Whether there is anything by that name yet.
    pub fn exists(&self) -> bool {
        self.folder.symlink_metadata().is_ok()
    }

    /// Makes the folder (0700, and so its missing parents), then checks it.
    pub fn prepare(&self) -> Result<(), PathError> {
        if !self.exists() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&self.folder)
                .map_err(|error| PathError::io("make", &self.folder, error))?;
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
        let lock = ProfileLock { file };
        lock.sign(self.command).map_err(failed)?;
        Ok(lock)
    }
}

/// The lock of a profile; whoever has it may open the vault. Dropped, or when the process ends or execs, it is free.
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
    }
}

/// Opens or makes a file of ours for reading and writing, 0600; never through a link, never anything but a plain file.
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
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use tempfile::TempDir;

    fn place() -> (TempDir, PathBuf) {
        let place = TempDir::new().unwrap();
        let folder = place.path().join("a/b/profile");
        (place, folder)
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_profile_and_its_missing_parents_are_made_private() {
        let (place, folder) = place();
        let profile = Profile::at(&folder).unwrap();
        assert!(!profile.exists());
        profile.prepare().unwrap();
        for made in ["a", "a/b", "a/b/profile"] {
            assert_eq!(mode(&place.path().join(made)), 0o700, "{made}");
        }
        profile.prepare().unwrap();
        let lock = profile.lock().unwrap();
        assert_eq!(mode(&folder.join("lock")), 0o600);
        drop(lock);
        assert_eq!(profile.vault(), folder.join("vault"));
        assert_eq!(profile.database(), folder.join("messages.db"));
    }

    #[test]
    fn a_linked_folder_is_refused_however_the_link_is_written() {
        let (place, folder) = place();
        Profile::at(&folder).unwrap().prepare().unwrap();
        symlink(&folder, place.path().join("link")).unwrap();
        symlink("/nonexistent/folder", place.path().join("nowhere")).unwrap();
        for name in ["link", "link/", "link/.", "./link//", "nowhere"] {
            let profile = Profile::at(&place.path().join(name)).unwrap();
            assert!(matches!(profile.prepare(), Err(PathError::Link(_))), "{name}");
            assert!(matches!(profile.lock(), Err(PathError::Link(_))), "{name}");
        }
        assert!(!folder.join("lock").exists());
    }

    #[test]
    fn a_folder_open_to_others_is_refused_with_the_remedy() {
        let (_place, folder) = place();
        let profile = Profile::at(&folder).unwrap();
        profile.prepare().unwrap();
        for open in [0o777, 0o770, 0o755, 0o710, 0o701, 0o1777] {
            set_mode(&folder, open);
            let text = profile.prepare().unwrap_err().to_string();
            assert!(
                text.contains("chmod 700") && text.contains(&format!("{open:04o}")),
                "{text}"
            );
            assert!(profile.lock().is_err());
        }
        set_mode(&folder, 0o700);
        profile.check().unwrap();
    }

    #[test]
    fn somebody_elses_folder_and_a_file_are_refused() {
        let (place, _) = place();
        let file = place.path().join("file");
        fs::write(&file, "").unwrap();
        let at = |path: &Path| Profile::at(path).unwrap().prepare();
        assert!(matches!(at(&file), Err(PathError::NotAFolder(_))));
        assert!(matches!(at(&file.join("below")), Err(PathError::Io { .. })));
        // Whoever runs this: the one folder is root's, the other can be given away by root only.
        if rustix::process::geteuid().is_root() {
            let given = place.path().join("given");
            fs::create_dir(&given).unwrap();
            std::os::unix::fs::chown(&given, Some(65534), None).unwrap();
            assert!(matches!(at(&given), Err(PathError::Foreign(_))));
        } else {
            assert!(matches!(at(Path::new("/usr")), Err(PathError::Foreign(_))));
        }
    }

    #[test]
    fn a_locked_profile_names_the_process_and_command_that_hold_it() {
        let (_place, folder) = place();
        let profile = Profile::at(&folder).unwrap().for_command("susurro listen");
        profile.prepare().unwrap();
        let lock = profile.lock().unwrap();
        let refused = Profile::at(&folder).unwrap().lock().unwrap_err().to_string();
        let expected = format!("process {} (susurro listen)", std::process::id());
        assert!(
            refused.starts_with("Vault in use") && refused.contains(&expected),
            "{refused}"
        );
        // The one that was refused has not written its own name over it.
        assert!(profile.lock().unwrap_err().to_string().contains(&expected));
        drop(lock);
        profile.lock().unwrap();
    }

    #[test]
    fn rubbish_in_the_lock_file_is_neither_believed_nor_shown() {
        let (_place, folder) = place();
        let profile = Profile::at(&folder).unwrap();
        profile.prepare().unwrap();
        let _lock = profile.lock().unwrap();
        let seen = |content: &[u8]| {
            fs::write(folder.join("lock"), content).unwrap();
            profile.lock().unwrap_err().to_string()
        };
        for rubbish in [&b""[..], b"\xff\xfe", b"-1\nsusurro\n", b"12 34", &[b'1'; 5000]] {
            assert!(seen(rubbish).contains("another process"), "{rubbish:?}");
        }
        let forged = seen(b"7\nsusurro\x1b[31m \xe2\x80\xae listen\n");
        assert!(forged.contains("process 7 (susurrom  listen)"), "{forged}");
    }

    #[test]
    fn a_lock_that_is_a_link_a_pipe_or_a_folder_is_refused() {
        let (place, folder) = place();
        let profile = Profile::at(&folder).unwrap();
        profile.prepare().unwrap();
        let (lock, elsewhere) = (folder.join("lock"), place.path().join("elsewhere"));
        symlink(&elsewhere, &lock).unwrap();
        assert!(matches!(profile.lock(), Err(PathError::Io { .. })));
        assert!(!elsewhere.exists());
        fs::remove_file(&lock).unwrap();
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&lock)
                .status()
                .unwrap()
                .success()
        );
        assert!(matches!(profile.lock(), Err(PathError::Io { .. })));
        fs::remove_file(&lock).unwrap();
        fs::create_dir(&lock).unwrap();
        assert!(matches!(profile.lock(), Err(PathError::Io { .. })));
    }

    #[test]
    fn an_argument_comes_first_and_the_default_is_named_after_us() {
        let named = Profile::locate(Some(Path::new("/x/y/"))).unwrap();
        assert_eq!(named.folder(), Path::new("/x/y"));
        let relative = Profile::locate(Some(Path::new("here"))).unwrap();
        assert_eq!(relative.folder(), std::env::current_dir().unwrap().join("here"));
        if std::env::var_os(PROFILE_VARIABLE).is_none() {
            assert!(Profile::locate(None).unwrap().folder().ends_with("susurro"));
            assert!(
                Profile::locate(Some(Path::new("")))
                    .unwrap()
                    .folder()
                    .ends_with("susurro")
            );
        }
    }

    #[test]
    fn control_characters_in_a_path_are_not_shown() {
        let text = PathError::Link(shown(Path::new("/a\x1b[2Jb"))).to_string();
        assert!(!text.contains('\x1b'), "{text}");
    }
}

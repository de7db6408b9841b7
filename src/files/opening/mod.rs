//! Opening a file with another program: a copy that this person alone may read, in memory and on no disk, for
//! as long as it takes.

mod active;

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use rustix::process::{Pid, test_kill_process};

use crate::container::Reader;
use crate::disk;
use crate::error::{FilesError, FilesResult};
use crate::naming::safe_name;
use crate::saving::write;

pub use active::is_active;

/// Folders of copies are called so, with the process that made one behind it.
const PREFIX: &str = "open-";
/// What Linux calls a file system that lies in memory (statfs(2)).
const TMPFS: rustix::fs::FsWord = 0x0102_1994;

/// A copy that a program has, or had. Dropped, it is gone.
pub struct LentCopy {
    folder: PathBuf,
    /// The program that it was handed to.
    pub program: Child,
}

/// Copies the file to where nothing reaches a disk (but by swap), and hands it to `program`, without a shell
/// and with its own name, made safe.
pub fn open_with(content: &mut Reader, name: &str, program: &str) -> FilesResult<LentCopy> {
    let place = in_memory().ok_or(FilesError::NoMemory)?;
    let id = disk::random_name()?;
    let folder = place.join(format!("{PREFIX}{}-{id}", std::process::id()));
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let path = folder.join(safe_name(name));
    let started = write(content, &path).and_then(|()| start(program, &path));
    match started {
        Ok(program) => Ok(LentCopy { folder, program }),
        Err(error) => {
            let _ = fs::remove_dir_all(&folder);
            Err(error)
        }
    }
}

/// Its output would draw over ours.
fn start(program: &str, path: &Path) -> FilesResult<Child> {
    std::process::Command::new(program)
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => FilesError::NoProgram(program.to_owned()),
            _ => error.into(),
        })
}

/// Takes away copies whose makers ended without doing so.
pub fn sweep_opened() -> io::Result<()> {
    let Some(place) = in_memory().filter(|place| place.exists()) else {
        return Ok(());
    };
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        let name = entry.file_name();
        let maker = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX)?.split('-').next()?.parse().ok());
        let lives = |pid: i32| Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok());
        if maker.is_some_and(|maker| !lives(maker)) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// A folder of ours in memory; None: this session has none.
fn in_memory() -> Option<PathBuf> {
    let place = PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?);
    let kind = rustix::fs::statfs(&place).ok()?.f_type;
    (kind == TMPFS).then(|| place.join("susurro"))
}

impl Drop for LentCopy {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!("a copy that was opened stays: {error}");
        }
    }
}

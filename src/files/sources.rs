//! Files of the person's, opened once: whatever becomes of the path then, this is what is sent.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use crate::error::{FilesError, FilesResult};

/// The file at `path`, with its name and its size in bytes. Folders, devices and pipes are none; a pipe is
/// not waited for.
pub fn open_source(path: &Path) -> FilesResult<(File, String, u64)> {
    let waits_not = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(waits_not.bits().cast_signed())
        .open(path)?;
    let what = file.metadata()?;
    if !what.is_file() {
        return Err(FilesError::NotAFile);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok((file, name.into_owned(), what.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn only_an_ordinary_file_is_opened_and_a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "hello").unwrap();
        let (mut file, name, size) = open_source(&path).unwrap();
        assert_eq!((name.as_str(), size), ("a.txt", 5));
        std::fs::rename(&path, folder.path().join("b.txt")).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "hello");
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        for what in [folder.path(), &pipe, Path::new("/dev/null")] {
            let refused = open_source(what).unwrap_err();
            assert!(matches!(refused, FilesError::NotAFile), "{refused}");
        }
        let absent = open_source(&path).unwrap_err();
        assert!(
            absent.of(&path).starts_with("There is no "),
            "{}",
            absent.of(&path)
        );
    }
}

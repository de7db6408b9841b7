//! From a file of the person's into a container: what leaves, now and at every later try, is what was there
//! at this moment.

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

use crate::error::{FilesError, FilesResult};
use crate::folder::Folder;
use crate::naming::safe_name;
use crate::strip::{Picture, Stripped, may_tell};
use model::{Clean, StagedFile};

/// So much of a picture is looked at whole, in bytes.
const LARGEST_PICTURE: u64 = 64 << 20;
const PIECE: usize = 64 * 1024;
/// What is taken for a file of which nothing tells what it is.
const UNKNOWN: &str = "application/octet-stream";

/// How a file is taken in.
#[derive(Debug, Clone, Copy)]
pub struct TakeIn {
    /// Pictures go without what cameras write into them.
    pub strip: bool,
    /// No larger than this, in bytes.
    pub largest: Option<u64>,
}

/// Takes in all of `source`, which its owner calls `name`.
pub fn take_in(
    folder: &Folder,
    source: impl Read,
    name: &str,
    options: TakeIn,
) -> FilesResult<(StagedFile, Stripped)> {
    let mut source = source;
    let mut first = Zeroizing::new(vec![0; PIECE]);
    let count = fill(&mut source, &mut first)?;
    first.truncate(count);
    let mut writer = folder.create()?;
    let mut stripped = Stripped::Nothing;
    match Picture::of(&first).filter(|_| options.strip) {
        Some(picture) => {
            let whole = whole(&first, source, options.largest)?;
            let alone = picture.alone(&whole).ok_or(FilesError::Unclear)?;
            writer.write_all(&alone)?;
            let less = whole.len().saturating_sub(alone.len());
            if *alone != *whole {
                stripped = Stripped::Bytes(less as u64);
            }
        }
        None => {
            writer.write_all(&first)?;
            let mut piece = Zeroizing::new(vec![0; PIECE]);
            loop {
                check(writer.written(), options.largest)?;
                let count = fill(&mut source, &mut piece)?;
                if count == 0 {
                    break;
                }
                writer.write_all(piece.get(..count).unwrap_or_default())?;
            }
        }
    }
    let container = writer.id();
    let written = writer.finish()?;
    let kind = written.media_type.as_deref();
    if options.strip && stripped == Stripped::Nothing && may_tell(kind) {
        stripped = Stripped::Stays;
    }
    let file = StagedFile {
        container,
        stored: written.stored,
        name: Clean::line(&safe_name(name)),
        media_type: Clean::line(kind.unwrap_or_else(|| by_name(name))),
        size: written.size,
        sha256: written.sha256,
    };
    Ok((file, stripped))
}

/// A picture, whole.
fn whole(first: &[u8], source: impl Read, largest: Option<u64>) -> FilesResult<Zeroizing<Vec<u8>>> {
    let mut whole = Zeroizing::new(first.to_vec());
    let most = largest.unwrap_or(u64::MAX).min(LARGEST_PICTURE);
    let left = most.saturating_sub(first.len() as u64).saturating_add(1);
    source.take(left).read_to_end(&mut whole)?;
    let size = whole.len() as u64;
    check(size, largest)?;
    match size > LARGEST_PICTURE {
        true => Err(FilesError::Unclear),
        false => Ok(whole),
    }
}

fn check(size: u64, largest: Option<u64>) -> FilesResult<()> {
    match largest {
        Some(largest) if size > largest => Err(FilesError::TooLarge { size, largest }),
        _ => Ok(()),
    }
}

/// Reads until it is full, or there is no more.
fn fill(source: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// What a name says that a file is: text has no first bytes to tell it by.
fn by_name(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension.to_ascii_lowercase().as_str() {
        "txt" | "log" | "conf" | "toml" | "yaml" | "yml" | "rs" | "py" | "c" | "h" => "text/plain",
        "md" => "text/markdown",
        "csv" => "text/csv",
        "json" => "application/json",
        "html" | "htm" => "text/html",
        "svg" => "image/svg+xml",
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests;

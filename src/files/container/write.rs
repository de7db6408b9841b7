//! Writing a container, from the first byte to the last.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;

use openssl::sha::Sha256;
use zeroize::Zeroizing;

use super::{CHUNK, HEADER, MAGIC, Seal, SealedPart, on_disk, padded};
use crate::disk;
use crate::error::{FilesError, FilesResult};
use model::ContainerId;
use vault::AttachmentKey;

/// So many first bytes tell of what kind a file is.
const TELLING: usize = 8192;

/// A container that is being written. Dropped unfinished, it is gone.
pub struct Writer {
    id: ContainerId,
    path: PathBuf,
    file: File,
    seal: Seal,
    /// What is not sealed yet: it may be the last chunk.
    rest: Zeroizing<Vec<u8>>,
    first: Zeroizing<Vec<u8>>,
    number: u32,
    length: u64,
    hash: Sha256,
    finished: bool,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contained {
    /// What it takes on the disk, in bytes.
    pub stored: u64,
    /// Of the clear file, in bytes.
    pub size: u64,
    pub sha256: [u8; 32],
    /// What its first bytes say that it is.
    pub media_type: Option<String>,
}

impl Writer {
    pub(crate) fn new(path: PathBuf, id: ContainerId, root: &AttachmentKey) -> FilesResult<Self> {
        let mut file = disk::create_private(&path)?;
        // Zeros stand where the length will be: until then it is no container.
        file.write_all(&[0; HEADER])?;
        Ok(Self {
            id,
            path,
            file,
            seal: Seal::new(root, id)?,
            rest: Zeroizing::new(Vec::with_capacity(CHUNK)),
            first: Zeroizing::new(Vec::new()),
            number: 0,
            length: 0,
            hash: Sha256::new(),
            finished: false,
        })
    }

    pub fn id(&self) -> ContainerId {
        self.id
    }

    /// How much was written.
    pub fn written(&self) -> u64 {
        self.length
    }

    /// Seals what is left, and makes sure that all of it is on the disk.
    pub fn finish(mut self) -> FilesResult<Contained> {
        let mut zeros = padded(self.length) - self.length;
        while zeros > 0 {
            let room = CHUNK - self.rest.len();
            if room == 0 {
                self.seal_chunk(false)?;
                continue;
            }
            let now = usize::try_from(zeros).unwrap_or(usize::MAX).min(room);
            let filled = self.rest.len() + now;
            self.rest.resize(filled, 0);
            zeros -= now as u64;
        }
        self.seal_chunk(true)?;
        let sealed = self.seal.seal(SealedPart::Length, &self.length.to_be_bytes())?;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(MAGIC)?;
        self.file.write_all(&self.id.0)?;
        self.file.write_all(&sealed)?;
        self.file.sync_all()?;
        disk::sync_of(&self.path)?;
        self.finished = true;
        Ok(Contained {
            stored: on_disk(self.length),
            size: self.length,
            sha256: self.hash.clone().finish(),
            media_type: infer::get(&self.first).map(|kind| kind.mime_type().to_owned()),
        })
    }

    fn seal_chunk(&mut self, last: bool) -> FilesResult<()> {
        let number = self.number;
        let sealed = self.seal.seal(SealedPart::Chunk { number, last }, &self.rest)?;
        self.file.write_all(&sealed)?;
        self.number = number.checked_add(1).ok_or(FilesError::Cipher)?;
        self.rest.clear();
        Ok(())
    }
}

impl Write for Writer {
    /// Takes all of it, if nothing fails.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut left = bytes;
        while !left.is_empty() {
            if self.rest.len() == CHUNK {
                self.seal_chunk(false)?;
            }
            let (now, later) = left.split_at(left.len().min(CHUNK - self.rest.len()));
            self.rest.extend_from_slice(now);
            left = later;
        }
        let telling = TELLING.saturating_sub(self.first.len()).min(bytes.len());
        self.first
            .extend_from_slice(bytes.get(..telling).unwrap_or_default());
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
        Ok(bytes.len())
    }

    /// Nothing: only a finished one is on the disk.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!("an unfinished container stays: {error}");
        }
    }
}

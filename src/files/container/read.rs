//! Reading a container, anywhere in it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;

use zeroize::Zeroizing;

use super::{CHUNK, HEADER, MAGIC, SEALED, Seal, SealedPart, TAG, chunks, on_disk, padded};
use crate::error::{FilesError, FilesResult};
use model::ContainerId;
use vault::AttachmentKey;

/// An open container. It gives out only what its tags vouch for.
pub struct Reader {
    file: File,
    seal: Seal,
    length: u64,
    position: u64,
    /// The chunk that was read last.
    held: Option<(u64, Zeroizing<Vec<u8>>)>,
}

impl Reader {
    pub(crate) fn new(file: File, id: ContainerId, root: &AttachmentKey) -> FilesResult<Self> {
        let seal = Seal::new(root, id)?;
        let mut header = [0; HEADER];
        file.read_exact_at(&mut header, 0)
            .map_err(|_| FilesError::Damaged)?;
        let (magic, rest) = header.split_at(MAGIC.len());
        let (named, sealed) = rest.split_at(id.0.len());
        if magic != MAGIC || named != id.0 {
            return Err(FilesError::Damaged);
        }
        let length = seal.open(SealedPart::Length, sealed)?;
        let length = length.as_slice().try_into().map_err(|_| FilesError::Damaged)?;
        let length = u64::from_be_bytes(length);
        if file.metadata()?.len() != on_disk(length) {
            return Err(FilesError::Damaged);
        }
        Ok(Self {
            file,
            seal,
            length,
            position: 0,
            held: None,
        })
    }

    /// How many bytes the file has.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The bytes of a chunk.
    fn chunk(&mut self, number: u64) -> FilesResult<&[u8]> {
        if self.held.as_ref().is_none_or(|(held, _)| *held != number) {
            self.held = None;
            let padded = padded(self.length);
            let last = number + 1 == chunks(padded);
            let clear = (padded - number * CHUNK as u64).min(CHUNK as u64);
            let clear = usize::try_from(clear).map_err(|_| FilesError::Damaged)?;
            let mut sealed = vec![0; clear + TAG];
            let at = HEADER as u64 + number * SEALED;
            self.file
                .read_exact_at(&mut sealed, at)
                .map_err(|_| FilesError::Damaged)?;
            let number32 = u32::try_from(number).map_err(|_| FilesError::Damaged)?;
            let part = SealedPart::Chunk {
                number: number32,
                last,
            };
            self.held = Some((number, self.seal.open(part, &sealed)?));
        }
        self.held
            .as_ref()
            .map(|(_, clear)| clear.as_slice())
            .ok_or(FilesError::Damaged)
    }
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(self.position);
        if left == 0 || into.is_empty() {
            return Ok(0);
        }
        let (number, at) = (self.position / CHUNK as u64, self.position % CHUNK as u64);
        let at = usize::try_from(at).unwrap_or(CHUNK);
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        let clear = self.chunk(number)?.get(at..).unwrap_or_default();
        let count = clear.len().min(left).min(into.len());
        for (to, from) in into.iter_mut().zip(clear.iter().take(count)) {
            *to = *from;
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

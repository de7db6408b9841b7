//! Small pictures that were made once, kept in a container beside the picture: scrolling past them again
//! starts no process.

use std::io::Write;

use zeroize::Zeroizing;

use super::decoder::{Decoder, PictureError};
use super::wire::{DecoderAnswer, DecoderTask, Pixels, Request};
use crate::error::{FilesError, FilesResult};
use crate::folder::Folder;
use model::ContainerId;

/// The picture in this container, in no more points than that: as it was kept, or else decoded, and kept.
pub fn thumbnail(
    folder: &Folder,
    decoder: &Decoder,
    picture: ContainerId,
    (width, height): (u32, u32),
) -> Result<Pixels, PictureError> {
    let wanted = Request {
        wanted: DecoderTask::Pixels,
        width,
        height,
        length: 0,
    };
    if let Some(kept) = kept(folder, picture, &wanted) {
        return Ok(kept);
    }
    let pixels = decoder.pixels(&mut folder.read(picture)?, (width, height))?;
    // One that cannot be kept is shown all the same.
    if let Err(error) = keep(folder, picture, &wanted, &pixels) {
        tracing::warn!("a small picture was not kept: {error}");
    }
    Ok(pixels)
}

/// What was kept for this size.
fn kept(folder: &Folder, picture: ContainerId, wanted: &Request) -> Option<Pixels> {
    let mut reader = folder.read(Folder::thumbnail_of(picture)).ok()?;
    if Request::read(&mut reader).ok()? != *wanted {
        return None;
    }
    match DecoderAnswer::read(reader, wanted).ok()? {
        DecoderAnswer::Pixels(pixels) => Some(pixels),
        _ => None,
    }
}

fn keep(folder: &Folder, picture: ContainerId, wanted: &Request, pixels: &Pixels) -> FilesResult<()> {
    let mut writer = folder.create_as(Folder::thumbnail_of(picture))?;
    let mut whole = Zeroizing::new(Vec::new());
    wanted.write(&mut *whole)?;
    DecoderAnswer::Pixels(pixels.clone()).write(&mut *whole)?;
    writer.write_all(&whole).map_err(FilesError::from)?;
    writer.finish().map(drop)
}

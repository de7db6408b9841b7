//! PNG: a chain of chunks (RFC 2083 §3). Those stay without which it is another picture.

use super::{exif, take};

/// What a picture is made of, what colours it has, and how it moves.
const STAY: [&[u8; 4]; 16] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD",
    b"pHYs", b"cICP", b"acTL", b"fcTL", b"fdAT",
];

pub(super) fn alone(whole: &[u8]) -> Option<Vec<u8>> {
    let mut rest = whole;
    let mut out = take(&mut rest, 8)?.to_vec();
    let mut orientation = None;
    let mut place = None;
    loop {
        let chunk = rest;
        let head = take(&mut rest, 8)?;
        let (length, kind) = head.split_at(4);
        let length = usize::try_from(u32::from_be_bytes(length.try_into().ok()?)).ok()?;
        let content = take(&mut rest, length)?;
        // Its checksum.
        take(&mut rest, 4)?;
        let whole_chunk = chunk.get(..length.checked_add(12)?)?;
        if kind == b"eXIf" {
            orientation = orientation.or_else(|| exif::orientation(content));
        }
        if STAY.iter().any(|stays| *stays == kind) {
            if kind == b"IDAT" {
                place = place.or(Some(out.len()));
            }
            out.extend_from_slice(whole_chunk);
        }
        if kind == b"IEND" {
            break;
        }
    }
    if let (Some(orientation), Some(place)) = (orientation, place) {
        let tiff = exif::telling(orientation);
        let mut chunk = u32::try_from(tiff.len()).ok()?.to_be_bytes().to_vec();
        chunk.extend_from_slice(b"eXIf");
        chunk.extend_from_slice(&tiff);
        let checksum = crc(chunk.get(4..)?);
        chunk.extend_from_slice(&checksum.to_be_bytes());
        out.splice(place..place, chunk);
    }
    Some(out)
}

/// The checksum of a chunk (RFC 2083 §15).
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| match crc & 1 {
            1 => 0xedb8_8320 ^ (crc >> 1),
            _ => crc >> 1,
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

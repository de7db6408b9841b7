//! WebP: chunks in a RIFF file (RFC 9649 §2).

use super::{exif, take};

/// Marks in the head of the extended form: there is Exif, there is XMP.
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;

pub(super) fn alone(whole: &[u8]) -> Option<Vec<u8>> {
    let mut rest = whole;
    let head = take(&mut rest, 12)?;
    let length = usize::try_from(u32::from_le_bytes(head.get(4..8)?.try_into().ok()?)).ok()?;
    // The form's name counts; what stands behind is no part of it.
    let mut inside = rest.get(..length.checked_sub(4)?)?;
    let mut out = b"RIFF\0\0\0\0WEBP".to_vec();
    let mut extended = None;
    let mut orientation = None;
    while !inside.is_empty() {
        let head = take(&mut inside, 8)?;
        let (kind, length) = head.split_at(4);
        let length = usize::try_from(u32::from_le_bytes(length.try_into().ok()?)).ok()?;
        let content = take(&mut inside, length)?;
        // Filled up to an even length; the last one may lack that.
        let fill = (length % 2).min(inside.len());
        take(&mut inside, fill)?;
        match kind {
            b"EXIF" => {
                let tiff = content.strip_prefix(b"Exif\0\0").unwrap_or(content);
                orientation = orientation.or_else(|| exif::orientation(tiff));
            }
            b"VP8X" => {
                extended = Some(out.len() + 8);
                push(&mut out, b"VP8X", content)?;
            }
            b"VP8 " | b"VP8L" | b"ALPH" | b"ICCP" | b"ANIM" | b"ANMF" => {
                push(&mut out, kind.try_into().ok()?, content)?;
            }
            _ => {}
        }
    }
    if let Some(marks) = extended.and_then(|at| out.get_mut(at)) {
        *marks &= !(EXIF | XMP);
        if orientation.is_some() {
            *marks |= EXIF;
        }
    }
    if let (Some(orientation), true) = (orientation, extended.is_some()) {
        push(&mut out, b"EXIF", &exif::telling(orientation))?;
    }
    let length = u32::try_from(out.len() - 8).ok()?.to_le_bytes();
    for (to, from) in out.iter_mut().skip(4).zip(length) {
        *to = from;
    }
    Some(out)
}

fn push(out: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) -> Option<()> {
    out.extend_from_slice(kind);
    out.extend_from_slice(&u32::try_from(content.len()).ok()?.to_le_bytes());
    out.extend_from_slice(content);
    if content.len() % 2 == 1 {
        out.push(0);
    }
    Some(())
}

//! JPEG: a chain of segments (ITU-T T.81 §B). Of the application's ones stay JFIF, the colour profile and
//! Adobe's word for the colours; comments go, and whatever stands behind the end of the picture, where
//! telephones keep a film.

use super::{exif, take};

pub(super) fn alone(whole: &[u8]) -> Option<Vec<u8>> {
    let mut rest = whole;
    let mut out = take(&mut rest, 2)?.to_vec();
    let mut orientation = None;
    // Where what tells which side is up would stand: behind JFIF, which comes first.
    let mut place = out.len();
    loop {
        let marker = next_marker(&mut rest)?;
        match marker {
            // The end of the picture.
            0xd9 => {
                out.extend_from_slice(&[0xff, 0xd9]);
                break;
            }
            // Without a body.
            0x01 | 0xd0..=0xd7 => out.extend_from_slice(&[0xff, marker]),
            _ => {
                let length = rest.get(..2)?;
                let length = usize::from(u16::from_be_bytes([*length.first()?, *length.get(1)?]));
                let body = take(&mut rest, length)?;
                let content = body.get(2..)?;
                if let Some(tiff) = content.strip_prefix(b"Exif\0\0").filter(|_| marker == 0xe1) {
                    orientation = orientation.or_else(|| exif::orientation(tiff));
                }
                if stays(marker, content) {
                    out.extend_from_slice(&[0xff, marker]);
                    out.extend_from_slice(body);
                }
                if marker == 0xe0 && place == 2 {
                    place = out.len();
                }
                if marker == 0xda {
                    out.extend_from_slice(entropy(&mut rest)?);
                }
            }
        }
    }
    if let Some(orientation) = orientation {
        let tiff = exif::telling(orientation);
        let length = u16::try_from(2 + 6 + tiff.len()).ok()?;
        let mut segment = vec![0xff, 0xe1];
        segment.extend_from_slice(&length.to_be_bytes());
        segment.extend_from_slice(b"Exif\0\0");
        segment.extend_from_slice(&tiff);
        out.splice(place..place, segment);
    }
    Some(out)
}

/// The next marker; any number of fill bytes may stand before it.
fn next_marker(rest: &mut &[u8]) -> Option<u8> {
    if take(rest, 1)? != [0xff] {
        return None;
    }
    loop {
        match *take(rest, 1)?.first()? {
            0xff => {}
            0 => return None,
            marker => return Some(marker),
        }
    }
}

fn stays(marker: u8, content: &[u8]) -> bool {
    match marker {
        0xe0 => content.starts_with(b"JFIF\0"),
        0xe2 => content.starts_with(b"ICC_PROFILE\0"),
        0xee => content.starts_with(b"Adobe"),
        0xe1 | 0xe3..=0xed | 0xef | 0xfe => false,
        _ => true,
    }
}

/// The coded picture up to the next marker that is none of its own.
fn entropy<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest
        .windows(2)
        .position(|pair| matches!(pair, [0xff, marker] if !matches!(marker, 0 | 0xd0..=0xd7 | 0xff)))?;
    take(rest, end)
}

//! Pictures without what cameras and programs write into them: place, time, device, names, small pictures of
//! the whole. The picture itself is not touched: no pixel changes, its colours (ICC) and which side is up
//! stay.

mod exif;
mod jpeg;
mod png;
mod webp;

use zeroize::Zeroizing;

/// What became of what was written into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stripped {
    /// There was none, or it was to stay.
    Nothing,
    /// So many bytes were taken out.
    Bytes(u64),
    /// This kind of file may have some, and it is not known how to take it out.
    Stays,
}

impl Stripped {
    /// What the person is told.
    pub fn said(self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Bytes(count) => Some(format!(
                "what was written into the picture (place, time, device) was taken out, {count} bytes."
            )),
            Self::Stays => Some(
                "what may be written into files of this kind (place, time, device) is not taken out."
                    .to_owned(),
            ),
        }
    }
}

/// A kind of picture that is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Picture {
    Jpeg,
    Png,
    WebP,
}

impl Picture {
    /// By its first bytes.
    pub(crate) fn of(first: &[u8]) -> Option<Self> {
        match first {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }

    /// The picture alone; None: it is not well-formed, so nobody knows what is in it.
    pub(crate) fn alone(self, whole: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Self::Jpeg => jpeg::alone(whole),
            Self::Png => png::alone(whole),
            Self::WebP => webp::alone(whole),
        }
        .map(Zeroizing::new)
    }
}

/// Whether cameras write something into files of this kind that is not understood here.
pub(crate) fn may_tell(media_type: Option<&str>) -> bool {
    media_type.is_some_and(|kind| {
        kind.starts_with("video/")
            || matches!(
                kind,
                "image/heif" | "image/heic" | "image/avif" | "image/tiff" | "application/pdf"
            )
            || kind.contains("officedocument")
            || kind.contains("opendocument")
    })
}

/// Takes so many bytes off the front.
fn take<'a>(from: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = from.split_at_checked(count)?;
    *from = rest;
    Some(taken)
}

#[cfg(test)]
mod tests;

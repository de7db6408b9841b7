//! What kind of picture the first bytes are of, and how large it is: read by hand, so that no decoder is
//! started for one that is too large.

/// More points than this are not decoded.
pub const MOST_PIXELS: u64 = 40_000_000;
/// Nor more than this in one direction.
const LONGEST_SIDE: u32 = 30_000;

/// What the beginning of a picture says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureProbe {
    pub media_type: &'static str,
    pub width: u32,
    pub height: u32,
}

impl PictureProbe {
    /// Whether it is one that is looked at.
    pub fn is_bearable(self) -> bool {
        let pixels = u64::from(self.width) * u64::from(self.height);
        pixels > 0 && pixels <= MOST_PIXELS && self.width.max(self.height) <= LONGEST_SIDE
    }
}

/// What `first` is the beginning of; None: no picture that is shown, or the size lies further behind.
pub fn probe(first: &[u8]) -> Option<PictureProbe> {
    let (media_type, (width, height)) = match first {
        [0xff, 0xd8, 0xff, ..] => ("image/jpeg", jpeg(first.get(2..)?)?),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => ("image/png", png(first.get(8..)?)?),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', a, b, c, d, ..] => {
            let side = |low: &u8, high: &u8| u32::from(u16::from_le_bytes([*low, *high]));
            ("image/gif", (side(a, b), side(c, d)))
        }
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            ("image/webp", webp(first.get(12..)?)?)
        }
        _ => return None,
    };
    Some(PictureProbe {
        media_type,
        width,
        height,
    })
}

fn png(chunk: &[u8]) -> Option<(u32, u32)> {
    let head = chunk.get(4..)?.strip_prefix(b"IHDR")?;
    let (width, rest) = head.split_first_chunk()?;
    let (height, _) = rest.split_first_chunk()?;
    Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height)))
}

/// The first frame's head.
fn jpeg(segments: &[u8]) -> Option<(u32, u32)> {
    let mut rest = segments;
    loop {
        let after = rest.strip_prefix(&[0xff])?;
        let (&marker, body) = after.split_first()?;
        match marker {
            // Filling.
            0xff => rest = after,
            0x01 | 0xd0..=0xd7 => rest = body,
            0xd8..=0xda => return None,
            _ => {
                let (length, _) = body.split_first_chunk()?;
                let length = usize::from(u16::from_be_bytes(*length));
                if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
                    let [height, width] = [3..5, 5..7].map(|at| body.get(at));
                    let [height, width] = [height?, width?].map(|side| side.try_into().ok());
                    let side = |side: [u8; 2]| u32::from(u16::from_be_bytes(side));
                    return Some((side(width?), side(height?)));
                }
                rest = body.get(length.max(2)..)?;
            }
        }
    }
}

fn webp(chunk: &[u8]) -> Option<(u32, u32)> {
    let (kind, rest) = chunk.split_first_chunk::<4>()?;
    let body = rest.get(4..)?;
    match kind {
        b"VP8X" => {
            let side = |at: usize| match body.get(at..at + 3)? {
                [a, b, c] => Some(u32::from_le_bytes([*a, *b, *c, 0]) + 1),
                _ => None,
            };
            Some((side(4)?, side(7)?))
        }
        b"VP8 " => match body.get(3..10)? {
            [0x9d, 0x01, 0x2a, a, b, c, d] => {
                let side = |low: &u8, high: &u8| u32::from(u16::from_le_bytes([*low, *high]) & 0x3fff);
                Some((side(a, b), side(c, d)))
            }
            _ => None,
        },
        b"VP8L" => {
            let bits = body.strip_prefix(&[0x2f])?.first_chunk()?;
            let bits = u32::from_le_bytes(*bits);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        _ => None,
    }
}

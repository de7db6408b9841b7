//! What goes over the pipes to the process that decodes, and back. Neither side believes the other.

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

/// Bytes of a picture that are handed over at most.
pub(super) const LARGEST_SOURCE: u64 = 64 << 20;
/// No answer has more bytes.
const LARGEST_ANSWER: u64 = 64 << 20;
const MAGIC: [u8; 4] = *b"SPQ1";

/// What is to become of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecoderTask {
    /// Its points.
    Pixels,
    /// A smaller JPEG.
    Jpeg,
}

/// A question; as many bytes of the picture follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    pub wanted: DecoderTask,
    /// No larger than this; what is smaller stays as it is.
    pub width: u32,
    pub height: u32,
    pub length: u64,
}

/// Points, four bytes each: red, green, blue, how opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    pub rgba: Zeroizing<Vec<u8>>,
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecoderAnswer {
    Pixels(Pixels),
    Jpeg {
        width: u32,
        height: u32,
        bytes: Zeroizing<Vec<u8>>,
    },
    /// Too many points, or more memory than there is for it.
    TooLarge,
    /// It is no picture, or a broken one.
    Broken,
}

impl Request {
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        to.write_all(&MAGIC)?;
        to.write_all(&[u8::from(self.wanted == DecoderTask::Jpeg)])?;
        to.write_all(&self.width.to_be_bytes())?;
        to.write_all(&self.height.to_be_bytes())?;
        to.write_all(&self.length.to_be_bytes())
    }

    /// # Errors
    /// What is no question, too.
    pub fn read(mut from: impl Read) -> io::Result<Self> {
        let wanted = match bytes(&mut from)? {
            [b'S', b'P', b'Q', b'1', 0] => DecoderTask::Pixels,
            [b'S', b'P', b'Q', b'1', 1] => DecoderTask::Jpeg,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        let request = Self {
            wanted,
            width: u32::from_be_bytes(bytes(&mut from)?),
            height: u32::from_be_bytes(bytes(&mut from)?),
            length: u64::from_be_bytes(bytes(&mut from)?),
        };
        match request.length <= LARGEST_SOURCE && request.width > 0 && request.height > 0 {
            true => Ok(request),
            false => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

impl DecoderAnswer {
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        let (code, width, height, bytes) = match self {
            Self::Pixels(of) => (0, of.width, of.height, of.rgba.as_slice()),
            Self::Jpeg { width, height, bytes } => (1, *width, *height, bytes.as_slice()),
            Self::TooLarge => (2, 0, 0, &[][..]),
            Self::Broken => (3, 0, 0, &[][..]),
        };
        to.write_all(&[code])?;
        to.write_all(&width.to_be_bytes())?;
        to.write_all(&height.to_be_bytes())?;
        to.write_all(&(bytes.len() as u64).to_be_bytes())?;
        to.write_all(bytes)?;
        to.flush()
    }

    /// The answer to `request`.
    ///
    /// # Errors
    /// What is no answer to it, too: the wrong kind, larger than asked, more or fewer bytes than it says.
    pub fn read(mut from: impl Read, request: &Request) -> io::Result<Self> {
        let [code] = bytes(&mut from)?;
        let width = u32::from_be_bytes(bytes(&mut from)?);
        let height = u32::from_be_bytes(bytes(&mut from)?);
        let length = u64::from_be_bytes(bytes(&mut from)?);
        let fits = (1..=request.width).contains(&width) && (1..=request.height).contains(&height);
        // What is said here may be any number: this one is not to wrap into one that fits.
        let points = (u64::from(width) * u64::from(height)).saturating_mul(4);
        let answers = match (code, request.wanted) {
            (0, DecoderTask::Pixels) => fits && length == points,
            (1, DecoderTask::Jpeg) => fits,
            (2 | 3, _) => length == 0,
            _ => false,
        };
        if !answers || length > LARGEST_ANSWER {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut content = Zeroizing::new(Vec::new());
        from.take(length + 1).read_to_end(&mut content)?;
        if content.len() as u64 != length || (code == 1 && !content.starts_with(&[0xff, 0xd8, 0xff])) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(match code {
            0 => Self::Pixels(Pixels {
                width,
                height,
                rgba: content,
            }),
            1 => Self::Jpeg {
                width,
                height,
                bytes: content,
            },
            2 => Self::TooLarge,
            _ => Self::Broken,
        })
    }
}

fn bytes<const COUNT: usize>(from: &mut impl Read) -> io::Result<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

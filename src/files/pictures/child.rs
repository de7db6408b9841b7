//! The process that decodes: it gives up whatever it could do before it reads the first byte.

use std::fs;
use std::io::{self, BufWriter, Cursor, Read, Write};
use std::process::ExitCode;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageReader, Limits, RgbImage};
use rustix::process::{Resource, Rlimit, setrlimit};
use zeroize::Zeroizing;

use super::probe::probe;
use super::wire::{DecoderAnswer, DecoderTask, Pixels, Request};

/// The argument that makes the program this process; no person types it.
pub const ARGUMENT: &str = "decode-picture";

/// What may be mapped at most, the program itself included: twice what the largest picture needs.
const MEMORY: u64 = 768 << 20;
/// What a decoder may ask for.
const DECODED: u64 = 384 << 20;
/// Seconds of a processor.
const SECONDS: u64 = 10;
/// Of a JPEG that is to be smaller: what cameras call "good".
const QUALITY: u8 = 82;

/// Answers one question from standard input on standard output.
pub fn serve() -> ExitCode {
    if give_up_rights().is_err() {
        return ExitCode::FAILURE;
    }
    match answer(io::stdin().lock(), BufWriter::new(io::stdout().lock())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Only the pipes stay open, no new file, socket or process comes from here on, and there is no more memory
/// or time than a picture needs.
fn give_up_rights() -> io::Result<()> {
    close_inherited()?;
    for (what, limit) in [
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, 0),
        (Resource::Nproc, 0),
        (Resource::Memlock, 0),
        (Resource::As, MEMORY),
        (Resource::Cpu, SECONDS),
    ] {
        let limit = Some(limit);
        let both = Rlimit {
            current: limit,
            maximum: limit,
        };
        setrlimit(what, both)?;
    }
    #[cfg(target_os = "linux")]
    rustix::thread::set_no_new_privs(true)?;
    Ok(())
}

/// Closes what was open when the program was started, such as the file that a passphrase came from.
fn close_inherited() -> io::Result<()> {
    let mut open = Vec::new();
    for entry in fs::read_dir("/dev/fd")? {
        open.extend(
            entry?
                .file_name()
                .to_str()
                .and_then(|name| name.parse::<i32>().ok()),
        );
    }
    for descriptor in open.into_iter().filter(|descriptor| *descriptor > 2) {
        // The one that the folder was read by is closed already.
        let _ = nix::unistd::close(descriptor);
    }
    Ok(())
}

/// One question, one answer.
pub(super) fn answer(mut from: impl Read, to: impl Write) -> io::Result<()> {
    let request = Request::read(&mut from)?;
    let mut picture = Zeroizing::new(Vec::new());
    from.take(request.length).read_to_end(&mut picture)?;
    if picture.len() as u64 != request.length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let answer = match probe(&picture) {
        None => DecoderAnswer::Broken,
        Some(found) if !found.is_bearable() => DecoderAnswer::TooLarge,
        Some(_) => decode(&picture, &request).unwrap_or_else(|error| match error {
            ImageError::Limits(_) => DecoderAnswer::TooLarge,
            _ => DecoderAnswer::Broken,
        }),
    };
    answer.write(to)
}

/// The picture with the side up that its camera held up, in the size that is asked for; of an animated one
/// the first picture.
fn decode(picture: &[u8], request: &Request) -> Result<DecoderAnswer, ImageError> {
    let mut decoder = ImageReader::new(Cursor::new(picture))
        .with_guessed_format()?
        .into_decoder()?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(DECODED);
    decoder.set_limits(limits)?;
    let orientation = decoder.orientation()?;
    let colours = decoder.icc_profile().unwrap_or_default();
    let mut whole = DynamicImage::from_decoder(decoder)?;
    let turned = {
        use image::metadata::Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
        matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
    };
    // Small first, turned then: a second copy of all points would cost what the first did.
    let (width, height) = match turned {
        true => (request.height, request.width),
        false => (request.width, request.height),
    };
    if whole.width() > width || whole.height() > height {
        whole = match request.wanted {
            DecoderTask::Pixels => whole.thumbnail(width, height),
            DecoderTask::Jpeg => whole.resize(width, height, FilterType::Triangle),
        };
    }
    whole.apply_orientation(orientation);
    match request.wanted {
        DecoderTask::Pixels => Ok(DecoderAnswer::Pixels(Pixels {
            width: whole.width(),
            height: whole.height(),
            rgba: Zeroizing::new(whole.into_rgba8().into_raw()),
        })),
        DecoderTask::Jpeg => jpeg(&whole, colours),
    }
}

fn jpeg(picture: &DynamicImage, colours: Option<Vec<u8>>) -> Result<DecoderAnswer, ImageError> {
    let flat = match picture.color().has_alpha() {
        true => on_white(picture),
        false => picture.to_rgb8(),
    };
    let mut bytes = Zeroizing::new(Vec::new());
    let mut encoder = JpegEncoder::new_with_quality(&mut *bytes, QUALITY);
    if let Some(colours) = colours.filter(|_| picture.color().has_color()) {
        // What cannot be said in a JPEG is left out.
        let _ = encoder.set_icc_profile(colours);
    }
    encoder.write_image(&flat, flat.width(), flat.height(), image::ExtendedColorType::Rgb8)?;
    Ok(DecoderAnswer::Jpeg {
        width: flat.width(),
        height: flat.height(),
        bytes,
    })
}

/// A JPEG has nothing to see through.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let seen = picture.to_rgba8();
    let mut flat = RgbImage::new(seen.width(), seen.height());
    for (to, from) in flat.pixels_mut().zip(seen.pixels()) {
        let [red, green, blue, opaque] = from.0.map(u32::from);
        to.0 = [red, green, blue]
            .map(|part| u8::try_from((part * opaque + 255 * (255 - opaque)) / 255).unwrap_or(u8::MAX));
    }
    flat
}

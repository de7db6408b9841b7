use std::io::Cursor;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;

use super::child::answer;
use super::*;
use crate::folder::tests::folder;

/// Red on the left, blue on the right.
fn picture(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, _| match x < width / 2 {
        true => Rgb([255, 0, 0]),
        false => Rgb([0, 0, 255]),
    })
    .into()
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// As a telephone writes it that was held upright: turn it by a quarter.
fn turned_jpeg(picture: &DynamicImage) -> Vec<u8> {
    let exif = *b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    let rgb = picture.to_rgb8();
    encoder
        .write_image(&rgb, rgb.width(), rgb.height(), ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

fn asked(bytes: &[u8], wanted: DecoderTask, width: u32, height: u32) -> std::io::Result<DecoderAnswer> {
    let request = Request {
        wanted,
        width,
        height,
        length: bytes.len() as u64,
    };
    let mut question = Vec::new();
    request.write(&mut question).unwrap();
    question.extend_from_slice(bytes);
    let mut answered = Vec::new();
    answer(&question[..], &mut answered)?;
    DecoderAnswer::read(&answered[..], &request)
}

fn pixels(answer: std::io::Result<DecoderAnswer>) -> Pixels {
    match answer.unwrap() {
        DecoderAnswer::Pixels(pixels) => pixels,
        other => panic!("{other:?}"),
    }
}

fn point(pixels: &Pixels, x: u32, y: u32) -> [u8; 4] {
    let at = ((y * pixels.width + x) * 4) as usize;
    pixels.rgba[at..at + 4].try_into().unwrap()
}

#[test]
fn each_kind_is_known_by_its_head_and_decoded_small() {
    for (format, media_type) in [
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Gif, "image/gif"),
        (ImageFormat::WebP, "image/webp"),
    ] {
        let bytes = written(&picture(64, 32), format);
        let expected = PictureProbe {
            media_type,
            width: 64,
            height: 32,
        };
        assert_eq!(probe(&bytes), Some(expected));
        let small = pixels(asked(&bytes, DecoderTask::Pixels, 16, 16));
        assert_eq!((small.width, small.height), (16, 8), "{media_type}");
        let [red, _, blue, _] = point(&small, 2, 4);
        assert!(red > 200 && blue < 50, "{media_type}");
        let as_it_is = pixels(asked(&bytes, DecoderTask::Pixels, 500, 500));
        assert_eq!((as_it_is.width, as_it_is.height), (64, 32), "{media_type}");
    }
}

#[test]
fn the_side_is_up_that_the_camera_held_up() {
    let bytes = turned_jpeg(&picture(64, 32));
    let small = pixels(asked(&bytes, DecoderTask::Pixels, 100, 16));
    assert_eq!((small.width, small.height), (8, 16));
    assert!(point(&small, 4, 2)[0] > 200, "red is above");
    let DecoderAnswer::Jpeg { width, height, bytes } = asked(&bytes, DecoderTask::Jpeg, 32, 32).unwrap()
    else {
        panic!("no JPEG");
    };
    assert_eq!((width, height), (16, 32));
    assert_eq!(probe(&bytes).unwrap().height, 32);
    assert!(!bytes.windows(4).any(|four| four == b"Exif"));
}

#[test]
fn a_picture_that_says_it_is_huge_is_not_decoded() {
    let mut huge = written(&picture(4, 4), ImageFormat::Png);
    huge[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    assert_eq!(probe(&huge).unwrap().width, 60_000);
    assert_eq!(
        asked(&huge, DecoderTask::Pixels, 10, 10).unwrap(),
        DecoderAnswer::TooLarge
    );
    let started = Decoder::played_by("exit 1", Duration::from_secs(5));
    let refused = started.pixels(&mut Cursor::new(huge), (10, 10)).unwrap_err();
    assert!(matches!(refused, PictureError::TooLarge), "{refused}");
    let svg = &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..];
    assert_eq!(probe(svg), None);
    assert_eq!(
        asked(svg, DecoderTask::Pixels, 10, 10).unwrap(),
        DecoderAnswer::Broken
    );
    let whole = written(&picture(64, 64), ImageFormat::Png);
    let half = &whole[..whole.len() / 2];
    assert_eq!(
        asked(half, DecoderTask::Pixels, 10, 10).unwrap(),
        DecoderAnswer::Broken
    );
}

#[test]
fn no_answer_of_a_process_gone_bad_is_believed() {
    let bytes = written(&picture(64, 32), ImageFormat::Png);
    let patience = Duration::from_secs(20);
    for script in [
        "exit 0",
        "kill -9 $$",
        "cat",
        // More points than were asked for; points that are not there; more than it says; a JPEG.
        r"printf '\0\0\0\0\021\0\0\0\001\0\0\0\0\0\0\0\104'; head -c 68 /dev/zero",
        r"printf '\0\0\0\0\001\0\0\0\001\0\0\0\0\0\0\0\004ab'",
        r"printf '\0\0\0\0\001\0\0\0\001\0\0\0\0\0\0\0\004abcde'",
        r"printf '\1\0\0\0\001\0\0\0\001\0\0\0\0\0\0\0\003\377\330\377'",
        r"printf '\0\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377'",
    ] {
        let refused = Decoder::played_by(script, patience).pixels(&mut Cursor::new(&bytes), (16, 16));
        assert!(
            matches!(refused, Err(PictureError::Broken)),
            "{script}: {refused:?}"
        );
    }
    let right = r"cat >/dev/null; printf '\0\0\0\0\001\0\0\0\001\0\0\0\0\0\0\0\004abcd'";
    // The pipe that asks is closed behind the question.
    let one = Decoder::played_by(right, patience).pixels(&mut Cursor::new(&bytes), (16, 16));
    assert_eq!(one.unwrap().rgba.as_slice(), b"abcd");
    let endless = Decoder::played_by("exec sleep 600", Duration::from_millis(200));
    let refused = endless.pixels(&mut Cursor::new(&bytes), (16, 16)).unwrap_err();
    assert!(matches!(refused, PictureError::TimedOut), "{refused}");
}

#[test]
fn a_small_picture_is_made_once_and_goes_with_its_picture() {
    let (_place, folder) = folder();
    let mut writer = folder.create().unwrap();
    std::io::Write::write_all(&mut writer, &written(&picture(8, 8), ImageFormat::Png)).unwrap();
    let id = writer.id();
    writer.finish().unwrap();
    let once = r"cat >/dev/null; printf '\0\0\0\0\001\0\0\0\001\0\0\0\0\0\0\0\004abcd'";
    let decoder = Decoder::played_by(once, Duration::from_secs(20));
    let never = Decoder::played_by("exit 1", Duration::from_secs(20));
    let first = thumbnail(&folder, &decoder, id, (4, 4)).unwrap();
    assert_eq!(thumbnail(&folder, &never, id, (4, 4)).unwrap(), first);
    assert!(thumbnail(&folder, &never, id, (5, 4)).is_err(), "another size");
    assert_eq!(folder.sweep(&[id].into()).unwrap(), 0);
    folder.delete(id).unwrap();
    assert!(thumbnail(&folder, &decoder, id, (4, 4)).is_err());
    assert_eq!(folder.sweep(&[].into()).unwrap(), 0, "nothing was left");
}

proptest! {
    #[test]
    fn no_bytes_bring_the_probe_or_the_pipes_down(
        bytes in prop::collection::vec(any::<u8>(), 0..300), head in 0_usize..5, width in 1_u32..9, jpeg in any::<bool>(),
    ) {
        let heads: [&[u8]; 5] = [b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"RIFFabcdWEBP", b"GIF89a"];
        let whole = [heads[head], &bytes[..]].concat();
        let _ = probe(&whole);
        let _ = Request::read(&whole[..]);
        let wanted = if jpeg { DecoderTask::Jpeg } else { DecoderTask::Pixels };
        let request = Request { wanted, width, height: 7, length: 3 };
        if let Ok(DecoderAnswer::Pixels(pixels)) = DecoderAnswer::read(&whole[..], &request) {
            prop_assert!(pixels.width <= width && pixels.rgba.len() == (pixels.width * pixels.height * 4) as usize);
        }
    }
}

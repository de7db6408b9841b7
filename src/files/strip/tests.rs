//! Nothing of what was written into a picture is left, and the picture is the same.

use super::*;

const SECRET: &[u8] = b"53.5511N 9.9937E";

fn tiff(orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend_from_slice(&[0x0f, 1, 2, 0, 16, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend_from_slice(&[0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    tiff.extend_from_slice(&[0, 0, 0, 0]);
    tiff.extend_from_slice(SECRET);
    tiff
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], content].concat()
}

fn jpeg(between: &[Vec<u8>]) -> Vec<u8> {
    let head = segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    let quantisation = segment(0xdb, &[0; 65]);
    let scan = segment(0xda, &[1, 1, 0, 0, 63, 0]);
    let coded = [1, 2, 0xff, 0, 3, 0xff, 0xd0, 4];
    [
        &[0xff, 0xd8],
        &head[..],
        &between.concat(),
        &quantisation,
        &scan,
        &coded,
        &[0xff, 0xd9],
    ]
    .concat()
}

fn holds(whole: &[u8], part: &[u8]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_jpeg_keeps_its_picture_its_colours_and_which_side_is_up() {
    let profile = segment(0xe2, b"ICC_PROFILE\0\x01\x01colours");
    let exif = |orientation| segment(0xe1, &[b"Exif\0\0", &tiff(orientation)[..]].concat());
    let xmp = segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat());
    let comment = segment(0xfe, SECRET);
    let photoshop = segment(0xed, SECRET);
    let others = [exif(1), xmp, photoshop, profile.clone(), comment];
    let film = [SECRET, b"ftypmp42"].concat();
    let whole = [jpeg(&others), film].concat();
    assert_eq!(
        *Picture::Jpeg.alone(&whole).unwrap(),
        jpeg(std::slice::from_ref(&profile))
    );
    let turned = Picture::Jpeg.alone(&jpeg(&[exif(6), profile])).unwrap();
    assert!(!holds(&turned, SECRET));
    let at = turned
        .windows(6)
        .position(|window| window == b"Exif\0\0")
        .unwrap();
    assert_eq!(exif::orientation(&turned[at + 6..]), Some(6));
    // It is stable: what was taken out is not looked for again.
    assert_eq!(*Picture::Jpeg.alone(&turned).unwrap(), *turned);
    for end in 2..turned.len() - 1 {
        assert!(Picture::Jpeg.alone(&turned[..end]).is_none(), "{end}");
    }
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[..], kind, content, b"crc!"].concat()
}

#[test]
fn a_png_keeps_what_it_is_made_of() {
    let signature = b"\x89PNG\r\n\x1a\n";
    let (head, data, end) = (
        chunk(b"IHDR", &[0; 13]),
        chunk(b"IDAT", b"data"),
        chunk(b"IEND", b""),
    );
    let alone = [&signature[..], &head, &data, &end].concat();
    let told = [
        chunk(b"tEXt", SECRET),
        chunk(b"tIME", &[0; 7]),
        chunk(b"eXIf", &tiff(1)),
        chunk(b"zzZz", SECRET),
    ];
    let whole = [&signature[..], &head, &told.concat(), &data, &end, SECRET].concat();
    assert_eq!(*Picture::Png.alone(&whole).unwrap(), alone);
    let whole = [&signature[..], &head, &chunk(b"eXIf", &tiff(8)), &data, &end].concat();
    let turned = Picture::Png.alone(&whole).unwrap();
    assert!(!holds(&turned, SECRET) && holds(&turned, b"eXIf"));
    assert_eq!(*Picture::Png.alone(&turned).unwrap(), *turned);
    for cut in 8..whole.len() {
        assert!(Picture::Png.alone(&whole[..cut]).is_none(), "{cut}");
    }
}

fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, content) in chunks {
        body.extend_from_slice(*kind);
        body.extend_from_slice(&u32::try_from(content.len()).unwrap().to_le_bytes());
        body.extend_from_slice(content);
        body.resize(body.len() + content.len() % 2, 0);
    }
    [
        b"RIFF",
        &u32::try_from(body.len()).unwrap().to_le_bytes()[..],
        &body,
    ]
    .concat()
}

#[test]
fn a_webp_says_no_more_that_it_tells_something() {
    let head = |marks| [marks, 0, 0, 0, 1, 0, 0, 1, 0, 0];
    let whole = riff(&[
        (b"VP8X", &head(0x2c)),
        (b"ICCP", b"colours"),
        (b"VP8 ", b"picture"),
        (b"EXIF", &tiff(1)),
        (b"XMP ", SECRET),
    ]);
    let alone = riff(&[
        (b"VP8X", &head(0x20)),
        (b"ICCP", b"colours"),
        (b"VP8 ", b"picture"),
    ]);
    let behind = [&whole[..], SECRET].concat();
    assert_eq!(*Picture::WebP.alone(&behind).unwrap(), alone);
    let turned = riff(&[(b"VP8X", &head(0x0c)), (b"VP8 ", b"picture"), (b"EXIF", &tiff(3))]);
    let turned = Picture::WebP.alone(&turned).unwrap();
    assert!(!holds(&turned, SECRET) && holds(&turned, b"EXIF"));
    assert_eq!(*Picture::WebP.alone(&turned).unwrap(), *turned);
}

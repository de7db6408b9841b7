//! Addresses of files. One whose fragment is its key (XEP-0454) is read here and becomes words here, and in
//! no other place.

use model::{Clean, FileCipher, FileSecret, SharedFile};

/// The longest address, in bytes.
const MAX_URL: usize = 4096;
/// The longest name, in bytes.
pub(super) const MAX_NAME: usize = 255;
/// The longest picture behind an address, in bytes.
const MAX_PREVIEW: usize = 16 * 1024;

/// The file that these words are, and nothing else: one address with its key, and maybe a small picture
/// behind it (which is not looked at). IVs of 12 and 16 bytes, in either case, under `aesgcm:` and `https:`.
pub fn in_words(words: &str) -> Option<SharedFile> {
    let mut lines = words.trim().lines();
    let first = lines.next()?.trim();
    if lines.next().is_some_and(|second| !is_picture(second)) || lines.next().is_some() {
        return None;
    }
    let (address, fragment) = first.split_once('#')?;
    let (scheme, rest) = address.split_once("://")?;
    let known = ["aesgcm", "https"].iter();
    known
        .into_iter()
        .find(|known| scheme.eq_ignore_ascii_case(known))?;
    let bytes = zeroize::Zeroizing::new(unhexed(fragment)?);
    let (iv, key) = bytes.split_last_chunk::<32>()?;
    if !matches!(iv.len(), 12 | 16) {
        return None;
    }
    let mut file = in_clear(&format!("https://{rest}"))?;
    file.secret = Some(FileSecret {
        cipher: FileCipher::Gcm,
        key: *key,
        iv: iv.to_vec(),
    });
    Some(file)
}

fn is_picture(line: &str) -> bool {
    let known = ["jpeg", "png", "webp"].iter();
    let mut begins = known.map(|kind| format!("data:image/{kind};base64,"));
    line.len() <= MAX_PREVIEW && begins.any(|begin| line.starts_with(&begin))
}

/// The file at an `https` address, as far as that tells of it.
pub(super) fn in_clear(url: &str) -> Option<SharedFile> {
    let url = fetchable(url)?;
    let name = name(&url);
    Some(SharedFile {
        media_type: name
            .as_ref()
            .and_then(|name| media_type_of(name.as_str()))
            .map(Clean::new),
        name,
        url,
        secret: None,
        size: None,
        sha256: None,
    })
}

/// The words that are this file: its address with its key, or without one what it is in clear.
pub fn to_words(file: &SharedFile) -> String {
    let Some(secret) = &file.secret else {
        return file.url.clone();
    };
    let rest = file.url.split_once("://").map_or("", |(_, rest)| rest);
    let hex: String = secret
        .iv
        .iter()
        .chain(&secret.key)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("aesgcm://{rest}#{hex}")
}

/// An address that files may be fetched from or put to: `https`, a host without a name of a user before it,
/// no fragment. What is beyond ASCII is written as it goes over the wire.
pub fn fetchable(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '#' | '\\' | '"' | '<' | '>');
    if !scheme.eq_ignore_ascii_case("https") || url.len() > MAX_URL || rest.contains(is_odd) {
        return None;
    }
    let host = host(url)?;
    if host.is_empty() || host.contains('@') || !host.is_ascii() {
        return None;
    }
    let mut fetched = String::from("https://");
    for c in rest.chars() {
        match c.is_ascii() {
            true => fetched.push(c),
            false => {
                let mut bytes = [0; 4];
                let bytes = c.encode_utf8(&mut bytes).bytes();
                fetched.extend(bytes.map(|byte| format!("%{byte:02X}")));
            }
        }
    }
    Some(fetched)
}

/// What stands in an address as its host, with the port.
pub fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', '?', '#']).next()
}

/// The name at the end of an address; no folder is part of it, however it is written.
fn name(url: &str) -> Option<Clean> {
    let path = url.split(['?', '#']).next()?;
    let (_, path) = path.split_once("://")?;
    let (_, last) = path.rsplit_once('/')?;
    let decoded = decoded(last);
    let last = decoded.rsplit(['/', '\\']).next()?;
    Some(Clean::line_within(last.trim(), MAX_NAME)).filter(|name| !name.is_empty())
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let pair = after.split_at_checked(2).filter(|_| *byte == b'%');
        let pair = pair.and_then(|(pair, behind)| Some((unhexed(str::from_utf8(pair).ok()?)?, behind)));
        match pair {
            Some((decoded, behind)) => {
                bytes.extend(decoded);
                rest = behind;
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Hex in either case.
fn unhexed(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let pairs = text.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

/// What a name says that a file is.
pub fn media_type_of(name: &str) -> Option<&'static str> {
    let (_, end) = name.rsplit_once('.')?;
    let end = end.to_ascii_lowercase();
    Some(match end.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "heic" | "heif" => "image/heic",
        "svg" => "image/svg+xml",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "m4a" => "audio/mp4",
        "mp3" => "audio/mpeg",
        "wav" => "audio/x-wav",
        "flac" => "audio/flac",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "mkv" => "video/x-matroska",
        "txt" | "log" | "md" => "text/plain",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        _ => return None,
    })
}

//! Shares of files (XEP-0447), what they say of each (XEP-0446), and what opens it (XEP-0448).

use minidom::Element;

use super::address::{self, MAX_NAME};
use crate::ns;
use crate::xml::{children, decode, only_child};
use model::{Clean, FileCipher, FileSecret, SharedFile};

/// Files of one message that are read.
const MAX_SHARES: usize = 20;
/// The longest media type, in bytes.
const MAX_TYPE: usize = 127;
/// Sources of one file that are looked at.
const MAX_SOURCES: usize = 8;

/// All that are named and can be had; in clear no key is read.
pub(super) fn all(parent: &Element, sealed: bool) -> Vec<SharedFile> {
    let shares = children(parent, "file-sharing", ns::FILE_SHARING).take(MAX_SHARES);
    shares.filter_map(|share| one(share, sealed)).collect()
}

/// What is encrypted needs the hash and the size of the clear file: without them nobody knows that it is
/// what was sent (XEP-0448 §security).
fn one(share: &Element, sealed: bool) -> Option<SharedFile> {
    let about = only_child(share, "file", ns::FILE_METADATA)?;
    let sources = only_child(share, "sources", ns::FILE_SHARING)?;
    let mut file = match encrypted(sources).filter(|_| sealed) {
        Some(file) => file,
        None => at(sources)?,
    };
    let text = |name: &str, most: usize| {
        let text = only_child(about, name, ns::FILE_METADATA)?.text();
        Some(Clean::line_within(text.trim(), most)).filter(|text| !text.is_empty())
    };
    file.size = text("size", 20).and_then(|size| size.as_str().parse().ok());
    file.sha256 = sha256(about);
    if file.secret.is_some() && (file.size.is_none() || file.sha256.is_none()) {
        return None;
    }
    file.name = text("name", MAX_NAME)
        .map(|name| without_folders(&name))
        .or(file.name);
    file.media_type = text("media-type", MAX_TYPE)
        .filter(|kind| is_media_type(kind.as_str()))
        .or_else(|| {
            let name = file.name.as_ref()?;
            address::media_type_of(name.as_str()).map(Clean::new)
        });
    Some(file)
}

fn without_folders(name: &Clean) -> Clean {
    let last = name.as_str().rsplit(['/', '\\']).next().unwrap_or_default();
    Clean::line(last.trim())
}

fn is_media_type(text: &str) -> bool {
    let is_name = |part: &str| {
        let permitted = |c: char| c.is_ascii_alphanumeric() || "!#$&^_.+-".contains(c);
        !part.is_empty() && part.chars().all(permitted)
    };
    // What stands behind it says how it is written, not what it is.
    let kind = text.split(';').next().unwrap_or_default().trim_end();
    kind.split_once('/')
        .is_some_and(|(kind, of)| is_name(kind) && is_name(of))
}

/// Of two neither is believed.
fn sha256(about: &Element) -> Option<[u8; 32]> {
    let mut hashes = children(about, "hash", ns::HASHES).filter(|hash| hash.attr("algo") == Some("sha-256"));
    let (hash, None) = (hashes.next()?, hashes.next()) else {
        return None;
    };
    decode(hash)?.try_into().ok()
}

/// The first source that can be had.
fn at(sources: &Element) -> Option<SharedFile> {
    let mut named = children(sources, "url-data", ns::URL_DATA).take(MAX_SOURCES);
    named.find_map(|source| address::in_clear(source.attr("target")?))
}

fn encrypted(sources: &Element) -> Option<SharedFile> {
    let mut named = children(sources, "encrypted", ns::ENCRYPTED_SHARING).take(MAX_SOURCES);
    named.find_map(|encrypted| {
        let bytes = |name| {
            let found = only_child(encrypted, name, ns::ENCRYPTED_SHARING)?;
            decode(found).map(zeroize::Zeroizing::new)
        };
        let cipher = match encrypted.attr("cipher")? {
            ns::CIPHER_GCM => FileCipher::GcmPerhapsBare,
            ns::CIPHER_CBC => FileCipher::Cbc,
            _ => return None,
        };
        let (key, iv) = (bytes("key")?, bytes("iv")?);
        let fits = match cipher {
            FileCipher::Cbc => iv.len() == 16,
            FileCipher::Gcm | FileCipher::GcmPerhapsBare => matches!(iv.len(), 12 | 16),
        };
        let secret = FileSecret {
            cipher,
            key: key.as_slice().try_into().ok().filter(|_| fits)?,
            iv: iv.to_vec(),
        };
        let file = at(only_child(encrypted, "sources", ns::FILE_SHARING)?)?;
        Some(SharedFile {
            secret: Some(secret),
            ..file
        })
    })
}

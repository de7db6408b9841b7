//! Files that messages name: an address with its key in the words (XEP-0454), a share (XEP-0446, XEP-0447,
//! XEP-0448), a link (XEP-0066); and how we name ours. Which of them is believed where is asked by
//! [`crate::content`].

use minidom::Element;

use crate::ns;
use crate::words;
use crate::xml::{Build, children, element, encoded_in, only_child};
use model::{Clean, FileCipher, SharedFile};

mod address;
mod share;

pub use address::{fetchable, host, in_words, media_type_of, to_words};

/// What a message names, and whether its words stand there for those who do not know that.
#[derive(Debug, Default)]
pub(crate) struct Named {
    pub(crate) files: Vec<SharedFile>,
    pub(crate) instead_of_words: bool,
}

/// The files that are named in an envelope (`sealed`) or in clear. In clear no key is read: whoever passed it
/// on has it too, so nothing there is encrypted.
pub(crate) fn named(parent: &Element, sealed: bool) -> Named {
    let Ok(body) = words::body(parent) else {
        return Named::default();
    };
    let body = body.unwrap_or_default();
    let body = body.trim();
    let files = share::all(parent, sealed);
    if !files.is_empty() {
        let stands_for = |file: &SharedFile| file.url == body;
        let instead = is_fallback(parent)
            || in_words(body).is_some()
            || files.iter().any(stands_for)
            || linked(parent, body).is_some();
        return Named {
            files,
            instead_of_words: instead,
        };
    }
    let file = in_words(body).filter(|_| sealed).or_else(|| linked(parent, body));
    // What says that its words stand for a share, and has none, adds to a message that had it (Kaidan).
    let only_for_others =
        is_fallback(parent) && only_child(parent, "file-sharing", ns::FILE_SHARING).is_none();
    Named {
        instead_of_words: file.is_some() || only_for_others,
        files: file.into_iter().collect(),
    }
}

/// A link beside the same link in the words: deployed clients show such a one as a file.
fn linked(parent: &Element, body: &str) -> Option<SharedFile> {
    let outside = only_child(parent, "x", ns::OOB)?;
    let url = only_child(outside, "url", ns::OOB)?.text();
    let url = Some(url.trim()).filter(|url| *url == body)?;
    address::in_clear(url)
}

/// Whether all of the words stand there for those who know no shares (XEP-0428).
fn is_fallback(parent: &Element) -> bool {
    let is_whole = |fallback: &Element| {
        let mut bodies = children(fallback, "body", ns::FALLBACK);
        let placed = |body: &Element| body.attr("start").is_some() || body.attr("end").is_some();
        fallback.children().count() == 0 || bodies.any(|body| !placed(body))
    };
    children(parent, "fallback", ns::FALLBACK)
        .filter(|fallback| fallback.attr("for") == Some(ns::FILE_SHARING))
        .any(is_whole)
}

/// What stands in an envelope beside the words of [`to_words`], for those who know shares.
pub fn share(file: &SharedFile) -> Vec<Element> {
    let (Some(secret), Some(size), Some(sha256)) = (&file.secret, file.size, file.sha256) else {
        return Vec::new();
    };
    let cipher = match secret.cipher {
        FileCipher::Gcm | FileCipher::GcmPerhapsBare => ns::CIPHER_GCM,
        FileCipher::Cbc => ns::CIPHER_CBC,
    };
    let text = |name: &'static str, text: &str| element(name, ns::FILE_METADATA).content(text);
    let mut about = element("file", ns::FILE_METADATA);
    if let Some(media_type) = &file.media_type {
        about = about.child(text("media-type", media_type.as_str()));
    }
    if let Some(name) = &file.name {
        about = about.child(text("name", name.as_str()));
    }
    let hash = encoded_in("hash", ns::HASHES, &sha256).with("algo", "sha-256");
    about = about.child(text("size", &size.to_string())).child(hash);
    let there = element("url-data", ns::URL_DATA).with("target", &file.url);
    let encrypted = element("encrypted", ns::ENCRYPTED_SHARING)
        .with("cipher", cipher)
        .child(encoded_in("key", ns::ENCRYPTED_SHARING, &secret.key))
        .child(encoded_in("iv", ns::ENCRYPTED_SHARING, &secret.iv))
        .child(element("sources", ns::FILE_SHARING).child(there));
    let sharing = element("file-sharing", ns::FILE_SHARING)
        .with("disposition", disposition(file.media_type.as_ref()))
        .child(about)
        .child(element("sources", ns::FILE_SHARING).child(encrypted));
    let stands_for = element("fallback", ns::FALLBACK)
        .with("for", ns::FILE_SHARING)
        .child(element("body", ns::FALLBACK));
    vec![stands_for, sharing]
}

fn disposition(media_type: Option<&Clean>) -> &'static str {
    let shown = |media_type: &Clean| {
        let kinds = ["image/", "audio/", "video/"];
        kinds.iter().any(|kind| media_type.as_str().starts_with(kind))
    };
    match media_type.is_some_and(shown) {
        true => "inline",
        false => "attachment",
    }
}

/// What stands beside the address of a file in clear, so that it is shown as one (XEP-0066).
pub fn link(url: &str) -> Element {
    element("x", ns::OOB).child(element("url", ns::OOB).content(url))
}

#[cfg(test)]
mod tests;

//! Envelopes of XEP-0420, as they come out of a letter in OMEMO 2.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use susurro::model::{BareJid, Clean, Content, Timestamp};
use susurro::stanza::envelope::{BadEnvelope, Envelope, seal};
use susurro::stanza::{Element, ns};

use super::{is_plain, text};

/// Elements lie no deeper in each other, the envelope counted.
const DEPTH_MOST: usize = 64;
/// An envelope is not shorter, in bytes, and its padding adds no more characters than that at random.
const LEAST: usize = 400;
const RANDOM_MOST: usize = 200;

/// Bytes are an envelope or none. What was opened holds nothing that servers read or set, is not deep, and
/// sealed again opens to the same; it names whom it names and nobody else.
pub fn envelope(data: &[u8]) {
    let bytes = text(data).map_or_else(|| data.to_vec(), String::into_bytes);
    let Ok(opened) = Envelope::parse(&bytes) else {
        return;
    };
    inside(&opened);
    if !is_plain(opened.content()) {
        return;
    }
    let children: Vec<Element> = opened.content().children().cloned().collect();
    let (ana, bob) = (jid("ana@mired.test"), jid("bob@mired.test"));
    let time: Timestamp = "2026-11-01T08:00:00Z".parse().unwrap();
    let rng = &mut ChaCha20Rng::seed_from_u64(1);
    let sealed = seal(children, &ana, &bob, time, rng);
    let bare = String::from(opened.content()).len();
    assert!(sealed.len() >= LEAST && sealed.len() <= LEAST.max(bare + 300) + RANDOM_MOST);
    let again = Envelope::parse(&sealed).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.content(), opened.content());
    assert_eq!(again.time, Some(time));
    assert_eq!(again.check(&ana, &bob), Ok(()));
    assert_eq!(again.check(&bob, &bob), Err(BadEnvelope::OtherSender));
    assert_eq!(again.check(&ana, &ana), Err(BadEnvelope::OtherRecipient));
    assert_eq!(again.said(), opened.said());
}

fn jid(text: &str) -> BareJid {
    BareJid::new(text).unwrap()
}

fn inside(opened: &Envelope) {
    let content = opened.content();
    // The envelope itself is one above.
    assert!(depth(content) < DEPTH_MOST);
    for child in content.children() {
        assert!(!child.has_ns(ns::HINTS) && !child.has_ns(ns::EME) && !child.has_ns(ns::ADDRESSES));
        assert!(!child.is("stanza-id", ns::SID));
    }
    if let Ok(said) = opened.said() {
        honest(&said);
    }
}

/// A text that is one, and an id that others could have chosen.
pub fn honest(said: &Content) {
    if let Some(text) = &said.text {
        assert!(!text.is_empty());
        clean(text);
    }
    if let Some(reason) = &said.opt_out {
        clean(reason);
    }
    if let Some(id) = &said.receipt_for {
        assert!(!id.is_empty() && id.len() <= 1024 && !id.chars().any(char::is_control));
    }
}

fn depth(element: &Element) -> usize {
    1 + element.children().map(depth).max().unwrap_or(0)
}

/// Cleaning what is clean changes nothing.
pub fn clean(text: &Clean) {
    assert_eq!(Clean::new(text.as_str()), *text);
    assert!(
        !text
            .as_str()
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
    );
}

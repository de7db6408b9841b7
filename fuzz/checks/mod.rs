//! What must hold for any XML: functions that a fuzzer calls with bytes of its making (`make fuzz`) and that
//! the ordinary tests call with the corpus. A broken law is a panic.
//!
//! They see of the program what anybody sees. Those of the engine's inside are in src/omemo/tests/fuzz.

#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

pub mod envelope;
pub mod grown;
pub mod message;
pub mod omemo_xml;
pub mod picture;
pub mod relayed;

use susurro::stanza::Element;

/// The bytes as they are, if they begin as XML does, or else as choices of what an element is made of.
pub fn text(data: &[u8]) -> Option<String> {
    if data.first() == Some(&b'<') {
        String::from_utf8(data.to_vec()).ok()
    } else {
        Some(grown::grown(data))
    }
}

/// The element that the bytes stand for, if they stand for one.
pub fn element(data: &[u8]) -> Option<Element> {
    text(data)?.parse().ok()
}

/// Whether the library can render an element that it parsed. It loses `xmlns=''`, and panics where a prefix
/// is declared again within its own scope. Nothing of ours is so, and nothing of others is rendered.
pub fn is_plain(element: &Element) -> bool {
    let mut prefixes = element.prefixes.declared_prefixes().keys();
    !element.ns().is_empty() && prefixes.all(Option::is_none) && element.children().all(is_plain)
}

/// What is rendered and parsed again is equal.
pub fn rendered(element: &Element) -> Element {
    let text = String::from(element);
    let parsed: Element = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(&parsed, element, "{text}");
    parsed
}

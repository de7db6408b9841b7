//! Small tools for building elements and for reading them strictly.
//!
//! What is built here can always be rendered and parsed again to an equal element: the outbox stores rendered
//! text. Hence no empty text nodes, and no characters that XML 1.0 does not permit.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minidom::rxml::{Namespace, NcName};
use minidom::{Element, Node};

/// Ids longer than this, in bytes, are not believed.
pub const MAX_ID: usize = 1024;

/// Chained building of an element.
pub trait Build {
    /// Sets an attribute. `name` is a constant of this program, so it is a name.
    fn with(self, name: &'static str, value: impl AsRef<str>) -> Self;
    /// Appends a child.
    fn child(self, child: Element) -> Self;
    /// Appends text, without what XML does not permit.
    fn content(self, text: &str) -> Self;
}

impl Build for Element {
    fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let name = NcName::try_from(name);
        debug_assert!(name.is_ok(), "attribute names are constants");
        if let Ok(name) = name {
            self.set_attr(Namespace::NONE, name, attribute(value.as_ref()));
        }
        self
    }

    fn child(mut self, child: Element) -> Self {
        self.append_child(child);
        self
    }

    fn content(mut self, text: &str) -> Self {
        let text = permitted(text);
        if !text.is_empty() {
            self.append_node(Node::Text(text));
        }
        self
    }
}

/// An empty element.
pub fn element(name: &'static str, namespace: &'static str) -> Element {
    Element::bare(name, namespace)
}

/// An element that holds these bytes as base64.
pub fn encoded_in(name: &'static str, namespace: &'static str, bytes: &[u8]) -> Element {
    element(name, namespace).content(&STANDARD.encode(bytes))
}

/// Base64 as found in the wild: indented and wrapped. None if it is none.
pub fn decode(element: &Element) -> Option<Vec<u8>> {
    decode_text(element.text())
}

/// The same, of an attribute.
pub fn decode_text(mut text: String) -> Option<Vec<u8>> {
    text.retain(|c| !c.is_ascii_whitespace());
    STANDARD.decode(text).ok()
}

/// Bytes as base64, for an attribute.
pub fn encode_text(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// `text` without the characters that XML 1.0 §2.2 excludes; line ends as XML reads them (§2.11).
pub fn permitted(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| if c == '\r' { '\n' } else { c })
        .filter(|&c| is_permitted(c))
        .collect()
}

/// Attribute values: white space as XML normalises it (§3.3.3).
fn attribute(value: &str) -> String {
    permitted(value).replace(['\n', '\t'], " ")
}

fn is_permitted(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// The child of that name and namespace, if there is exactly one.
pub fn only_child<'a>(parent: &'a Element, name: &'a str, namespace: &'a str) -> Option<&'a Element> {
    at_most_one(parent, name, namespace).ok().flatten()
}

/// The child of that name and namespace; `Err` if there are several.
pub fn at_most_one<'a>(
    parent: &'a Element,
    name: &'a str,
    namespace: &'a str,
) -> Result<Option<&'a Element>, Several> {
    let mut found = children(parent, name, namespace);
    let first = found.next();
    match found.next() {
        None => Ok(first),
        Some(_) => Err(Several),
    }
}

/// An element stands more than once that may stand once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Several;

/// The children of that name and namespace.
pub fn children<'a>(
    parent: &'a Element,
    name: &'a str,
    namespace: &'a str,
) -> impl Iterator<Item = &'a Element> {
    parent.children().filter(move |child| child.is(name, namespace))
}

/// A decimal number of digits only (`str::parse` alone would take a leading plus sign).
pub fn number(text: &str) -> Option<u32> {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// An XML Schema boolean: "true" and "1" are true, everything else is not.
pub fn is_true(text: Option<&str>) -> bool {
    matches!(text, Some("true" | "1"))
}

/// An id that somebody else chose: not empty, at most [`MAX_ID`] bytes, no control characters.
pub fn sane_id(id: Option<&str>) -> Option<String> {
    id.filter(|id| !id.is_empty() && id.len() <= MAX_ID && !id.chars().any(char::is_control))
        .map(str::to_owned)
}

/// Asserts the law of rendering: what is rendered and parsed again is equal.
#[cfg(test)]
pub fn assert_renders(element: &Element) {
    let rendered = String::from(element);
    let parsed: Element = rendered.parse().unwrap();
    assert_eq!(&parsed, element, "{rendered}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_put_into_an_element_renders_and_parses_to_the_same(
            value in any::<String>(), text in any::<String>(), more in any::<String>(),
        ) {
            let built = element("a", "urn:a")
                .with("value", &value)
                .with("other", &more)
                .content(&text)
                .child(element("b", "urn:b").with("value", &text).content(&value))
                .child(element("c", "urn:a").content(&more));
            assert_renders(&built);
        }

        #[test]
        fn permitted_text_is_kept(text in "[a-zäß 漢👍<>&'\"\n\t]*") {
            let built = element("a", "urn:a").content(&text);
            let parsed: Element = String::from(&built).parse().unwrap();
            prop_assert_eq!(parsed.text(), text);
        }
    }

    #[test]
    fn what_xml_does_not_permit_is_left_out() {
        assert_eq!(
            permitted("a\0b\u{1b}c\u{fffe}d\u{ffff}e\r\nf\rg\u{9b}"),
            "abcde\nf\ng\u{9b}"
        );
        let built = element("a", "urn:a").with("x", "a\0\n\tb\r\n").content("\0");
        assert_eq!(String::from(&built), "<a xmlns='urn:a' x='a  b '/>");
        assert_renders(&built);
    }

    #[test]
    fn numbers_are_digits_and_fit() {
        assert_eq!(number("0"), Some(0));
        assert_eq!(number(" 4294967295\n"), Some(u32::MAX));
        for bad in [
            "",
            " ",
            "+1",
            "-1",
            "4294967296",
            "1e3",
            "0x1",
            "1 2",
            "١",
            "99999999999999999999",
        ] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_one_child_is_the_only_child() {
        let parent: Element = "<a xmlns='urn:a'><b/><b xmlns='urn:b'/><c/><c/></a>"
            .parse()
            .unwrap();
        assert!(only_child(&parent, "b", "urn:a").is_some());
        assert!(only_child(&parent, "c", "urn:a").is_none());
        assert_eq!(at_most_one(&parent, "c", "urn:a"), Err(Several));
        assert_eq!(at_most_one(&parent, "d", "urn:a"), Ok(None));
    }
}

//! Where a text calls somebody by name: an `@` before the name or the address, as people write it everywhere.
//! Words alone: no element beside them is believed (XEP-0372 stands outside of what the old OMEMO seals).

use std::ops::Range;

use model::BareJid;

use super::Piece;
use super::styling::{Look, Looks};
use super::wrap::{joined, split};

/// The places of one line of a text that call `own`, for each of its pieces.
pub fn line(pieces: &[Piece], own: &BareJid) -> Vec<Looks> {
    let found: Looks = mentions(&joined(pieces), own)
        .map(|range| (range, Look::Mention))
        .collect();
    split(pieces, &found)
}

/// Whether a text calls `own` at all.
pub fn calls(text: &str, own: &BareJid) -> bool {
    mentions(text, own).next().is_some()
}

fn mentions(text: &str, own: &BareJid) -> impl Iterator<Item = Range<usize>> {
    text.match_indices('@').filter_map(|(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        if before.is_some_and(char::is_alphanumeric) {
            return None;
        }
        let rest = text.get(at + 1..)?;
        let name = own.node()?;
        let length = begins(rest, own.as_str()).or_else(|| begins(rest, name.as_str()))?;
        Some(at..at + 1 + length)
    })
}

/// Bytes of `text` that are this name, whatever its case, if no longer name begins so.
fn begins(text: &str, name: &str) -> Option<usize> {
    let mut chars = text.chars();
    for wanted in name.chars() {
        if !chars.next()?.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    let rest = chars.as_str();
    let mut next = rest.chars();
    let goes_on = match next.next() {
        Some('.' | '@' | '-' | '_') => next.next().is_some_and(char::is_alphanumeric),
        other => other.is_some_and(char::is_alphanumeric),
    };
    (!goes_on).then(|| text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ana() -> BareJid {
        BareJid::new("ana@mired.test").unwrap()
    }

    fn called(text: &str) -> Vec<&str> {
        mentions(text, &ana())
            .filter_map(|range| text.get(range))
            .collect()
    }

    #[test]
    fn a_name_behind_an_at_sign_is_a_call() {
        assert_eq!(called("@ana, look"), ["@ana"]);
        assert_eq!(called("yes (@Ana). And @ANA"), ["@Ana", "@ANA"]);
        assert_eq!(called("@ana@mired.test: there?"), ["@ana@mired.test"]);
        assert_eq!(called("see you @ana."), ["@ana"]);
        assert_eq!(called("x\u{2068}@ana\u{2069}"), ["@ana"]);
    }

    #[test]
    fn what_only_begins_or_ends_so_is_none() {
        for text in [
            "ana",
            "@anabel",
            "@ana.b",
            "@ana_b",
            "@ana-b",
            "@ana@example.org",
            "bob@ana",
            "@ an a",
            "@",
            "@an",
        ] {
            assert_eq!(called(text), [""; 0], "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_found_is_the_name(text in "[@anAN .ü]{0,30}") {
            for range in mentions(&text, &ana()) {
                let found = text.get(range).unwrap().to_lowercase();
                prop_assert_eq!(found, "@ana");
            }
        }
    }
}

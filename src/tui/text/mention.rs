//! Where a text calls somebody by name: an `@` before the name or the address, as people write it
//! everywhere; in a room the nick alone too. Words alone: no element beside them is believed (XEP-0372
//! stands outside of what the old OMEMO seals).

use std::ops::Range;

use model::BareJid;

use super::Piece;
use super::styling::{Look, Looks};
use super::wrap::{joined, split};

/// What we are called by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnNames {
    /// Behind an `@`, the longest first.
    behind_at: Vec<String>,
    /// Alone too.
    alone: Option<String>,
}

impl OwnNames {
    /// In a chat with one person.
    pub fn of(own: &BareJid) -> Self {
        let node = own.node().map(|node| node.as_str().to_owned());
        let address = node.as_ref().map(|_| own.as_str().to_owned());
        Self {
            behind_at: address.into_iter().chain(node).collect(),
            alone: None,
        }
    }

    /// In a room, where we have this nick. One of one letter is in too many words.
    pub fn in_room(own: &BareJid, nick: &str) -> Self {
        let mut names = Self::of(own);
        let nick = nick.trim();
        if !nick.is_empty() {
            names.behind_at.insert(0, nick.to_owned());
        }
        names.alone = (nick.chars().count() > 1).then(|| nick.to_owned());
        names
    }
}

/// The places of one line of a text that call us, for each of its pieces.
pub fn line(pieces: &[Piece], own: &OwnNames) -> Vec<Looks> {
    let found: Looks = mentions(&joined(pieces), own)
        .map(|range| (range, Look::Mention))
        .collect();
    split(pieces, &found)
}

/// Whether a text calls us at all.
pub fn calls(text: &str, own: &OwnNames) -> bool {
    mentions(text, own).next().is_some()
}

fn mentions<'a>(text: &'a str, own: &'a OwnNames) -> impl Iterator<Item = Range<usize>> + 'a {
    let (mut before, mut end) = (None, 0);
    text.char_indices().filter_map(move |(at, c)| {
        let before = before.replace(c);
        if at < end || before.is_some_and(char::is_alphanumeric) {
            return None;
        }
        let rest = text.get(at..)?;
        let length = match rest.strip_prefix('@') {
            Some(rest) => 1 + own.behind_at.iter().find_map(|name| begins(rest, name))?,
            None if before == Some('@') => return None,
            None => begins(rest, own.alone.as_deref()?)?,
        };
        end = at + length;
        Some(at..end)
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

    fn ana() -> OwnNames {
        OwnNames::of(&BareJid::new("ana@mired.test").unwrap())
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

    #[test]
    fn in_a_room_the_nick_alone_is_a_call() {
        let own = BareJid::new("ana@mired.test").unwrap();
        let called = |nick: &str, text: &'static str| -> Vec<&str> {
            let own = OwnNames::in_room(&own, nick);
            mentions(text, &own).filter_map(|range| text.get(range)).collect()
        };
        assert_eq!(
            called("Ana B", "ana b: there? @Ana B, or ANA B. @ana too"),
            ["ana b", "@Ana B", "ANA B", "@ana"]
        );
        assert_eq!(called("[ana]", "yes [ana], no ana"), ["[ana]"]);
        assert_eq!(called("ana", "banana anabel an-ana"), ["ana"]);
        assert_eq!(called("a", "a word for a, @a"), ["@a"]);
        assert_eq!(called("", "a word"), [""; 0]);
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

//! The laws of the guard, over stanzas and noise of all kinds.

#![allow(clippy::string_slice)] // at the brackets of ASCII texts

use proptest::prelude::*;

use super::{HEADER, SMALL, run};
use crate::guard::*;

/// Stanzas within [`SMALL`], and such as are not.
fn element(depth: u32) -> BoxedStrategy<String> {
    // Each name once: what stands twice the parser refuses.
    let attribute = ("[a-z<>/ ]{0,40}", prop::bool::ANY).prop_map(|(value, double)| {
        let value = value.replace('<', "&lt;");
        if double {
            format!("=\"{value}\"")
        } else {
            format!(" = '{value}'")
        }
    });
    let names = prop::sample::subsequence(vec!["a", "of", "longer", "names", "verylongone"], 0..6);
    let attributes = (names, prop::collection::vec(attribute, 6)).prop_map(|(names, values)| {
        let both = names.iter().zip(values);
        both.map(|(name, value)| format!(" {name}{value}"))
            .collect::<Vec<_>>()
    });
    let tag = ("[a-w][a-z]{0,14}", attributes);
    let leaf = prop_oneof![
        "[a-z >]{0,30}",
        Just("<![CDATA[<a>]]]>".to_owned()),
        Just("<e/>".to_owned())
    ];
    leaf.prop_recursive(depth, 24, 4, move |inner| {
        (tag.clone(), prop::collection::vec(inner, 0..4)).prop_map(|((name, attributes), inside)| {
            format!("<{name}{}>{}</{name} >", attributes.concat(), inside.concat())
        })
    })
    .prop_map(|inside| format!("<message>{inside}</message>"))
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn chunks_make_no_difference(stanzas in prop::collection::vec(element(6), 0..6),
                                 chunks in prop::collection::vec(1usize..40, 1..8)) {
        let input = format!("{}{}</stream:stream>", HEADER, stanzas.join(" "));
        let whole = run(SMALL, input.as_bytes(), &[usize::MAX]);
        let pieces = run(SMALL, input.as_bytes(), &chunks);
        prop_assert_eq!(whole.out, pieces.out);
        prop_assert_eq!(whole.replaced, pieces.replaced);
        prop_assert_eq!(whole.error, pieces.error);
        prop_assert_eq!(whole.error, None);
    }

    #[test]
    fn within_the_limits_every_byte_passes(stanzas in prop::collection::vec(element(5), 0..6),
                                           chunks in prop::collection::vec(1usize..40, 1..8)) {
        let input = format!("{}{}</stream:stream>", HEADER, stanzas.join("\n"));
        let got = run(Limits::default(), input.as_bytes(), &chunks);
        prop_assert_eq!(got.out, input);
        prop_assert_eq!(got.error, None);
    }

    #[test]
    fn as_many_stanzas_come_out_as_went_in_and_all_are_bounded(stanzas in prop::collection::vec(element(8), 1..6)) {
        for stanza in &stanzas {
            let input = format!("{HEADER}{stanza}");
            let got = run(SMALL, input.as_bytes(), &[7]);
            let out = got.out.strip_prefix(HEADER).unwrap();
            prop_assert!(out.len() <= SMALL.stanza);
            prop_assert!(deepest(out) <= SMALL.depth);
            prop_assert_eq!(out.split([' ', '>', '/']).next(), stanza.split([' ', '>', '/']).next());
            prop_assert_eq!(got.replaced.len(), usize::from(out != stanza));
        }
    }

    #[test]
    fn no_bytes_make_a_panic_or_an_unbounded_output(noise in prop::collection::vec(prop_oneof![
            Just(b'<'), Just(b'>'), Just(b'/'), Just(b'\''), Just(b'='), Just(b' '), Just(b'!'), Just(b'['), Just(b'a'),
            any::<u8>()], 0..2000), chunks in prop::collection::vec(1usize..64, 1..4)) {
        let mut input = HEADER.as_bytes().to_vec();
        input.extend_from_slice(&noise);
        let whole = run(SMALL, &input, &[usize::MAX]);
        let pieces = run(SMALL, &input, &chunks);
        prop_assert_eq!(whole.error, pieces.error);
        prop_assert_eq!(&whole.out, &pieces.out);
        prop_assert!(deepest(whole.out.strip_prefix(HEADER).unwrap_or("")) <= SMALL.depth);
    }
}

/// How deep a text of tags goes, by a parser of its own kind: the depth of `<` …
/// `>` without CDATA and quotes.
fn deepest(text: &str) -> usize {
    let mut text = text.to_owned();
    while let Some(start) = text.find("<![CDATA[") {
        let end = text[start..]
            .find("]]>")
            .map_or(text.len(), |end| start + end + 3);
        text.replace_range(start..end, "");
    }
    let (mut depth, mut most, mut quote) = (0usize, 0, None);
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let inside = text[..at].rfind('<') > text[..at].rfind('>');
        match (quote, byte) {
            (Some(open), byte) if open == *byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') if inside => quote = Some(*byte),
            (None, b'<') if bytes.get(at + 1) == Some(&b'/') => depth = depth.saturating_sub(1),
            (None, b'<') => {
                depth += 1;
                most = most.max(depth);
            }
            (None, b'>') if at > 0 && bytes[at - 1] == b'/' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    most
}

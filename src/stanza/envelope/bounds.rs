//! How much XML an envelope may be, found out before a tree is made of it: that recurses, and every element
//! costs some hundred bytes. The guard of the stream cannot see what is encrypted (threats 84, 85).

use minidom::rxml::{Event, Reader};

/// The same numbers as for a stanza in clear: no person's client comes near.
pub(super) struct Bounds {
    /// Elements that lie in each other, the outermost counted.
    pub(super) depth: usize,
    /// Elements in all.
    pub(super) elements: usize,
    /// Attributes of one element.
    pub(super) attributes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            depth: 64,
            elements: 32 * 1024,
            attributes: 64,
        }
    }
}

/// Whether `bytes` are one element, well-formed and within the bounds. The tree's own reader is laxer: it
/// leaves unread what follows the element, and takes an attribute that stands twice.
pub(super) fn are_kept(bytes: &[u8], bounds: &Bounds) -> bool {
    let mut reader = Reader::new(bytes);
    let (mut depth, mut elements) = (0_usize, 0_usize);
    loop {
        match reader.read() {
            Ok(Some(Event::StartElement(_, _, attributes))) => {
                depth += 1;
                elements += 1;
                if depth > bounds.depth || elements > bounds.elements || attributes.len() > bounds.attributes
                {
                    return false;
                }
            }
            Ok(Some(Event::EndElement(_))) => depth = depth.saturating_sub(1),
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use minidom::Element;
    use proptest::prelude::*;

    use super::*;

    fn kept(text: &str) -> bool {
        are_kept(text.as_bytes(), &Bounds::default())
    }

    /// Depth, elements and most attributes of one element, of the tree.
    fn measure(element: &Element) -> Bounds {
        let mut found = Bounds {
            depth: 1,
            elements: 1,
            attributes: element.attrs().len(),
        };
        for child in element.children().map(measure) {
            found.depth = found.depth.max(child.depth + 1);
            found.elements += child.elements;
            found.attributes = found.attributes.max(child.attributes);
        }
        found
    }

    /// Whatever a tree can be made of keeps to the bounds that it has, if anything, and to no smaller ones.
    fn assert_measured(text: &str) -> bool {
        // An element without a namespace is well-formed, but no tree is made of it.
        let Ok(element) = text.parse::<Element>() else {
            return false;
        };
        let Bounds {
            depth,
            elements,
            attributes,
        } = measure(&element);
        let with = |depth, elements, attributes| {
            let bounds = Bounds {
                depth,
                elements,
                attributes,
            };
            are_kept(text.as_bytes(), &bounds)
        };
        assert!(!with(depth - 1, elements, attributes), "{depth} deep: {text}");
        assert!(
            !with(depth, elements - 1, attributes),
            "{elements} elements: {text}"
        );
        assert!(
            attributes == 0 || !with(depth, elements, attributes - 1),
            "{attributes} attributes: {text}"
        );
        with(depth, elements, attributes)
    }

    const PIECES: [&str; 30] = [
        "<a>",
        "</a>",
        "<a/>",
        "<a >",
        "</a >",
        "<a b='>'>",
        "<a b=\"'/>\">",
        "<a b='/'>",
        "<a b='/'/>",
        "<a b='x' />",
        "<![CDATA[<a><a>]]>",
        "<![CDATA[]]]]>",
        "]]>",
        "<!-- <a> -->",
        "<!--",
        "-->",
        "<?a <b>?>",
        "<?xml version='1.0'?>",
        "<!DOCTYPE a [",
        "<a b = 'c'>",
        "<a\n\tb='c'\n>",
        "&lt;a>",
        "&#60;a&#62;",
        "<",
        ">",
        "/",
        "'",
        "\"",
        "=",
        "text",
    ];

    /// Well-formed by construction, in all the ways of writing it.
    fn well_formed() -> impl Strategy<Value = String> {
        let attribute = prop::sample::select(vec![
            "",
            " b='1'",
            " b='>'",
            " b=\"'>/\"",
            " b='/'",
            " b='\">' c=\"<\"",
            " b='1' c='2' d='3'",
            "\n b = 'x' ",
        ]);
        let attribute = attribute.prop_map(|text| text.replace('<', "&lt;"));
        let text = prop::sample::select(vec!["", "text", "&lt;a>", "<![CDATA[<a><a/>]]>", "/>", "'", "漢"]);
        let leaf = (attribute.clone(), text.clone()).prop_map(|(attribute, text)| match text {
            "" => format!("<a{attribute}/>"),
            text => format!("<a{attribute}>{text}</a>"),
        });
        leaf.prop_recursive(40, 60, 3, move |inner| {
            let inside = prop::collection::vec((inner, text.clone()), 0..3);
            (attribute.clone(), inside).prop_map(|(attribute, inside)| {
                let inside: String = inside.into_iter().map(|(child, text)| child + text).collect();
                format!("<a{attribute}>{inside}</a >")
            })
        })
    }

    proptest! {
        #[test]
        fn what_the_parser_takes_is_measured_rightly(text in well_formed()) {
            let text = text.replacen("<a", "<a xmlns='urn:a'", 1);
            prop_assert!(assert_measured(&text), "{}", text);
        }

        #[test]
        fn of_a_soup_of_pieces_nothing_is_parsed_that_is_deeper_than_measured(
            pieces in prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..40),
        ) {
            let soup: String = pieces.concat();
            assert_measured(&format!("<a xmlns='urn:a'>{soup}</a>"));
            assert_measured(&soup);
            assert_measured(&soup.replacen("<a", "<a xmlns='urn:a'", 1));
            // With every element closed that it leaves open, more of them are well-formed.
            let opened = pieces.iter().filter(|piece| piece.starts_with("<a") && !piece.ends_with("/>")).count();
            let closed = pieces.iter().filter(|piece| piece.starts_with("</")).count();
            let closing = "</a>".repeat(opened.saturating_sub(closed));
            assert_measured(&format!("<a xmlns='urn:a'>{soup}{closing}</a>"));
        }

        #[test]
        fn any_text_is_measured_without_panic(text in any::<String>()) {
            kept(&text);
        }
    }

    #[test]
    fn a_nesting_bomb_is_refused_and_what_reaches_the_bounds_is_not() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(kept(&nested(64)));
        assert!(!kept(&nested(65)));
        assert!(!kept(&format!("{}<a/>{}", "<a>".repeat(64), "</a>".repeat(64))));
        assert!(!kept(&"<a>".repeat(350_000)));
        assert!(!kept(&"<a b='>'>".repeat(100)));
    }

    #[test]
    fn a_flood_of_elements_or_attributes_is_refused() {
        let flat = |elements: usize| format!("<a>{}</a>", "<b/>".repeat(elements - 1));
        assert!(kept(&flat(32 * 1024)));
        assert!(!kept(&flat(32 * 1024 + 1)));
        let wide = |attributes: usize| {
            let attributes: String = (0..attributes).map(|n| format!(" b{n}='{n}'")).collect();
            format!("<a{attributes}/>")
        };
        assert!(kept(&wide(64)));
        assert!(!kept(&wide(65)));
    }

    #[test]
    fn what_xmpp_forbids_and_what_does_not_end_is_refused() {
        for bad in [
            "<a><!-- <b> --></a>",
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>",
            "<a><?b c?></a>",
            "<a/><?xml version='1.0'?>",
            "<a b='1' b='2'/>",
            "<a xmlns:c='urn:c' xmlns:d='urn:c' c:b='1' d:b='2'/>",
            "<b:a/>",
            "<a",
            "<a b='>",
            "<a><![CDATA[</a>",
            "<a>",
            "<a><b></a>",
            "",
            "text",
            "<a/>text",
            "<a></a><a/>",
            "<a/></a>",
            "</a>",
        ] {
            assert!(!kept(bad), "{bad}");
        }
    }
}

use super::*;
use crate::text::pieces;

fn found(text: &str) -> Vec<&str> {
    of(text).collect()
}

#[test]
fn links_end_where_people_end_them() {
    for (text, wanted) in [
        (
            "see https://mired.test/a(b)_c.",
            &["https://mired.test/a(b)_c"][..],
        ),
        (
            "(http://mired.test/x?y=1&z=2#k)",
            &["http://mired.test/x?y=1&z=2#k"],
        ),
        (
            "HTTPS://mired.test/A, http://b.test",
            &["HTTPS://mired.test/A", "http://b.test"],
        ),
        (
            "<https://mired.test>\nhttps://two.test/",
            &["https://mired.test", "https://two.test/"],
        ),
        (
            "no link: mired.test, bob@mired.test, javascript:alert(1), file:///etc/passwd",
            &[],
        ),
        // A key stands in it.
        ("aesgcm://mired.test/f#00112233", &[]),
    ] {
        assert_eq!(found(text), wanted, "{text}");
    }
}

/// The pieces of a text of one line in a box, and where each of their links leads.
fn told(text: &str, columns: usize) -> Vec<(String, String)> {
    let pieces = pieces(text, columns);
    let targets = Linker::new(7).line(text, &pieces);
    assert_eq!(targets.len(), pieces.len());
    let lines = pieces.iter().zip(targets);
    lines
        .flat_map(|(piece, targets)| {
            targets.into_iter().map(|(range, target)| {
                let shown = piece.text.get(range).unwrap().to_owned();
                (shown, target.open())
            })
        })
        .collect()
}

#[test]
fn each_piece_of_a_link_carries_the_whole_one() {
    let whole = "\x1b]8;id=7.1;https://mired.test/a/b/c/d\x1b\\".to_owned();
    let pieces = ["https://mi", "red.test/a", "/b/c/d"].map(|piece| (piece.to_owned(), whole.clone()));
    assert_eq!(told("https://mired.test/a/b/c/d", 10), pieces);
    let ids: Vec<_> = told("a https://a.test b https://a.test", 80)
        .into_iter()
        .map(|(_, open)| open)
        .collect();
    assert_eq!(
        ids,
        [
            "\x1b]8;id=7.1;https://a.test\x1b\\",
            "\x1b]8;id=7.2;https://a.test\x1b\\"
        ]
    );
}

#[test]
fn what_a_terminal_is_told_is_printable_ascii_and_not_endless() {
    let (_, open) = told("https://mired.test/é;漢`{x}|", 200).remove(0);
    assert!(
        open.starts_with("\x1b]8;id=7.1;https://mired.test/%C3%A9;%E6%BC%A2"),
        "{open}"
    );
    let long = |length: usize| format!("https://mired.test/{}", "a".repeat(length));
    assert_eq!(told(&long(2_000), 5_000).len(), 1);
    assert_eq!(told(&long(2_100), 5_000), []);
    assert_eq!(told("aesgcm://mired.test/f#00112233", 80), []);
}

proptest::proptest! {
    #[test]
    fn whatever_was_written_nothing_but_a_link_is_told(
        parts in proptest::collection::vec("https?://|mired\\.test|[/?#;:\\\\\u{1b}\u{7}\u{9c}\u{202e}\u{2069}é漢👍 \"'<>%]{0,4}", 0..12),
        columns in 1_usize..40,
    ) {
        for (_, open) in told(&parts.concat(), columns) {
            let uri = open.strip_prefix("\x1b]8;id=7.").and_then(|rest| rest.strip_suffix("\x1b\\")).unwrap();
            proptest::prop_assert!(uri.bytes().all(|byte| (0x21..=0x7e).contains(&byte)), "{:?}", uri);
        }
    }
}

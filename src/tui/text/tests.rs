//! What is painted for which text; the laws that hold for any text.

use ratatui::buffer::Cell;
use ratatui::layout::Rect;

use super::*;

/// The symbols of a text with their columns.
fn symbols(text: &str) -> Vec<(String, usize)> {
    let mut symbols = Symbols::new(text);
    let mut all = Vec::new();
    while let Some(symbol) = symbols.next() {
        all.push((symbol.text.to_owned(), symbol.columns));
    }
    all
}

fn owned(expected: &[(&str, usize)]) -> Vec<(String, usize)> {
    expected
        .iter()
        .map(|&(text, columns)| (text.to_owned(), columns))
        .collect()
}

#[test]
fn emoji_are_painted_as_parts_on_which_terminals_agree() {
    assert_eq!(
        symbols("👨\u{200d}👩\u{200d}👧!"),
        owned(&[("👨", 2), ("👩", 2), ("👧", 2), ("!", 1)])
    );
    assert_eq!(symbols("👍🏽"), owned(&[("👍", 2)]));
    assert_eq!(symbols("❤\u{fe0f}"), owned(&[("❤", 1)]));
    assert_eq!(symbols("⌚\u{fe0e}"), owned(&[("⌚", 2)]));
    assert_eq!(symbols("1\u{fe0f}\u{20e3}"), owned(&[("1\u{20e3}", 1)]));
    assert_eq!(symbols("🇫🇷🇩🇪🇮"), owned(&[("🇫🇷", 2), ("🇩🇪", 2), ("I", 1)]));
    assert_eq!(symbols("🇫\u{301}"), owned(&[("F\u{301}", 1)]));
    assert_eq!(
        symbols("\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}x"),
        owned(&[("\u{1f3f4}", 2), ("x", 1)])
    );
}

const ALL: Whole = Whole {
    joined: true,
    toned: true,
    coloured: true,
    coloured_inside: true,
    keycaps: true,
    tagged: true,
};

#[test]
fn emoji_are_one_symbol_where_the_terminal_draws_them_so() {
    draw_whole(ALL);
    for whole in [
        "👨\u{200d}👩\u{200d}👧",
        "👍🏽",
        "❤\u{fe0f}",
        "❤\u{fe0f}\u{200d}🔥",
        "🏳\u{fe0f}\u{200d}🌈",
        "🤷🏽\u{200d}♀\u{fe0f}",
        "👩🏽\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}👨🏿",
        "1\u{fe0f}\u{20e3}",
        "🇫🇷",
        "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    ] {
        assert_eq!(
            symbols(&format!("{whole}!")),
            owned(&[(whole, 2), ("!", 1)]),
            "{whole}"
        );
        assert_eq!(
            symbols(&whole.repeat(2)),
            owned(&[(whole, 2), (whole, 2)]),
            "{whole}"
        );
    }
    // What is no picture, or makes none, changes nothing.
    for (text, expected) in [
        ("a\u{200d}b", vec![("a", 1), ("b", 1)]),
        ("a🏽", vec![("a", 1)]),
        ("🧀🏽x", vec![("🧀", 2), ("x", 1)]),
        ("❤x", vec![("❤", 1), ("x", 1)]),
        ("❤\u{fe0e}x", vec![("❤", 1), ("x", 1)]),
        ("👍\u{200d}x", vec![("👍", 2), ("x", 1)]),
        ("1\u{fe0f}x", vec![("1", 1), ("x", 1)]),
        ("\u{1f3f4}\u{e0067}x", vec![("\u{1f3f4}", 2), ("x", 1)]),
    ] {
        assert_eq!(symbols(text), owned(&expected), "{text:?}");
    }
    // However many are joined: no symbol has no end.
    let crowd = "👨\u{200d}".repeat(100);
    assert!(
        symbols(&crowd)
            .iter()
            .all(|(text, columns)| text.chars().count() <= 15 && *columns == 2)
    );
    draw_whole(Whole::default());
}

#[test]
fn each_kind_of_emoji_falls_into_parts_by_itself() {
    draw_whole(Whole {
        toned: false,
        coloured: false,
        ..ALL
    });
    assert_eq!(symbols("👩🏽\u{200d}🚀"), owned(&[("👩\u{200d}🚀", 2)]));
    assert_eq!(symbols("❤\u{fe0f}\u{200d}🔥"), owned(&[("❤", 1), ("🔥", 2)]));
    assert_eq!(symbols("👍🏽"), owned(&[("👍", 2)]));
    draw_whole(Whole { joined: false, ..ALL });
    assert_eq!(symbols("👨🏽\u{200d}👩"), owned(&[("👨🏽", 2), ("👩", 2)]));
    draw_whole(Whole::default());
}

#[test]
fn what_is_invisible_has_no_cell() {
    assert_eq!(
        symbols("\u{2068}a\u{200b}b\u{ad}\u{feff}\u{2069}"),
        owned(&[("a", 1), ("b", 1)])
    );
    assert_eq!(width("\u{2068}\u{2069}\u{200d}\u{fe0f}"), 0);
    assert_eq!(
        symbols("a\u{1b}[2J\u{9b}"),
        owned(&[("a", 1), ("[", 1), ("2", 1), ("J", 1)])
    );
    assert_eq!(symbols("a\tb\nc").len(), 5);
}

#[test]
fn marks_stay_with_their_letter_and_never_climb_out_of_the_box() {
    assert_eq!(symbols("e\u{301}"), owned(&[("e\u{301}", 1)]));
    assert_eq!(symbols("\u{301}a"), owned(&[("◌\u{301}", 1), ("a", 1)]));
    assert_eq!(symbols("\u{93f}"), owned(&[("◌\u{93f}", 2)]));
    let zalgo = symbols(&format!("e{}x", "\u{301}".repeat(10_000)));
    assert_eq!(
        zalgo,
        owned(&[(&format!("e{}", "\u{301}".repeat(8)), 1), ("x", 1)])
    );
}

#[test]
fn clusters_get_the_columns_of_the_wider_reading() {
    assert_eq!(symbols("कि"), owned(&[("कि", 2)]));
    assert_eq!(symbols("கா"), owned(&[("கா", 2)]));
    assert_eq!(symbols("لا"), owned(&[("ل", 1), ("ا", 1)]));
    assert_eq!(symbols("\u{1112}\u{1161}\u{11ab}"), owned(&[("한", 2)]));
    assert_eq!(symbols("می\u{200c}خو").len(), 4);
    assert!(symbols("क्षक्षक्षक्षक्षक्ष").iter().all(|(_, columns)| *columns <= 4));
}

#[test]
fn text_is_cut_to_its_columns() {
    assert_eq!(fit("abc", 3, "…"), "abc");
    assert_eq!(fit("abcd", 3, "…"), "ab…");
    assert_eq!(fit("漢字漢字", 6, "…"), "漢字…");
    assert_eq!(fit("漢字漢字", 5, "…"), "漢字…");
    assert_eq!(fit("漢字漢字", 4, "…"), "漢…");
    assert_eq!(fit("ab", 1, "…"), "…");
    assert_eq!(fit("ab", 0, "…"), "");
}

#[test]
fn lines_are_broken_at_spaces_and_between_ideographs() {
    assert_eq!(wrap("On my way home", 6), ["On my", "way", "home"]);
    assert_eq!(wrap("", 6), [""]);
    assert_eq!(wrap("  a b", 6), ["  a b"]);
    assert_eq!(wrap("a  b", 2), ["a", "b"]);
    assert_eq!(wrap("an incomprehensible", 6), ["an", "incomp", "rehens", "ible"]);
    assert_eq!(wrap("ab漢字漢字", 6), ["ab漢字", "漢字"]);
    assert_eq!(wrap("漢字漢。", 6), ["漢字", "漢。"]);
    assert_eq!(wrap("漢字", 1), ["\u{fffd}", "\u{fffd}"]);
    assert_eq!(wrap("      ", 3), ["   "]);
}

#[test]
fn nothing_is_painted_outside_its_box() {
    let mut buf = Buffer::empty(Rect::new(2, 1, 8, 2));
    assert_eq!(put(&mut buf, 4, 1, 7, "漢字", Style::new()), 6);
    assert_eq!(put(&mut buf, 4, 2, 99, "abcdefgh", Style::new()), 10);
    assert_eq!(put(&mut buf, 4, 9, 7, "x", Style::new()), 4);
    assert_eq!(put(&mut buf, 0, 1, 7, "x", Style::new()), 0);
    assert_eq!(put(&mut buf, 11, 1, 20, "x", Style::new()), 11);
    assert_eq!(buf.cell((6, 1)).unwrap().symbol(), " ");
    assert_eq!(buf.cell((4, 1)).unwrap().symbol(), "漢");
}

// Threat 77: what stands to the right of it goes on from left to right.
#[test]
fn right_to_left_text_is_closed_within_its_last_cell() {
    let cells = |text: &str| {
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 1));
        put(&mut buf, 1, 0, 5, text, Style::new());
        let symbols: Vec<String> = buf.content.iter().map(|cell| cell.symbol().to_owned()).collect();
        symbols
    };
    assert_eq!(
        cells("\u{2068}אבג\u{2069}"),
        [" ", "א", "ב", "ג\u{200e}", " ", " ", " ", " "]
    );
    assert_eq!(cells("אבגדהו")[3..6], ["ג", "ד\u{200e}", " "]);
    assert_eq!(cells("א 1")[1..5], ["א", " ", "1\u{200e}", " "]);
    assert!(!cells("\u{2068}abc漢\u{2069}").concat().contains('\u{200e}'));
    assert_eq!(width("\u{2068}אבג\u{2069}"), 3);
}

#[test]
fn a_symbol_does_not_join_what_another_text_begins_with() {
    assert_eq!(symbols("क्"), owned(&[("क्\u{200c}", 1)]));
    assert_eq!(symbols("\u{1112}"), owned(&[("ㅎ", 2)]));
    assert_eq!(symbols("\u{600}"), owned(&[("\u{600}\u{200c}", 1)]));
    assert_eq!(symbols("\u{1161}"), owned(&[("\u{fffd}", 1)]));
}

#[test]
fn what_has_no_settled_width_is_replaced() {
    for c in ["\u{17d8}", "\u{605}", "\u{1faff}", "\u{1fffe}", "\u{fdd0}"] {
        assert_eq!(symbols(c), owned(&[("\u{fffd}", 1)]), "{}", c.escape_unicode());
    }
}

#[test]
fn half_of_a_symbol_is_never_left_in_front_of_what_is_painted() {
    for wide in ["漢", "🇫🇷", "कि"] {
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 1));
        put(&mut buf, 2, 0, 8, &format!("{wide}xy"), Style::new());
        put(&mut buf, 3, 0, 8, "ab", Style::new());
        let symbols: Vec<&str> = buf.content.iter().map(Cell::symbol).collect();
        assert_eq!(symbols, [" ", " ", " ", "a", "b", "y", " ", " "], "{wide}");
    }
}

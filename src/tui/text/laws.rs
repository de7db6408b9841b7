//! What holds for any text, wherever it is painted, on every kind of terminal (threats 73 to 80).

use proptest::prelude::*;
use ratatui::layout::Rect;

use super::*;
use crate::emulated::{self, Emulated};
use model::{Clean, shown};

const WIDTH: u16 = 24;

/// What terminals have trouble with, and what is left of sequences that were cut apart.
const PIECES: [&str; 64] = [
    "a",
    "b c",
    "word ",
    " ",
    "  ",
    "é",
    "e\u{301}",
    "漢",
    "字。",
    "「",
    "한",
    "\u{1112}\u{1161}\u{11ab}",
    "\u{1112}",
    "\u{1161}",
    "\u{d7cb}",
    "👍",
    "👍🏽",
    "🏽",
    "👨\u{200d}👩\u{200d}👧",
    "❤\u{fe0f}",
    "❤",
    "⌚\u{fe0e}",
    "⌚",
    "🤷\u{200d}♀\u{fe0f}",
    "🏳\u{fe0f}\u{200d}🌈",
    "🇫🇷",
    "🇫",
    "🇷",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}",
    "\u{e0041}",
    "1\u{fe0f}\u{20e3}",
    "\u{20e3}",
    "\u{200d}",
    "\u{200c}",
    "\u{fe0f}",
    "\u{301}",
    "\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}\u{30b}",
    "שלום",
    "בְּרֵ",
    "سلام",
    "لا",
    "می\u{200c}خو",
    "\u{605}",
    "हिन्दी",
    "क्ष",
    "क्\u{200d}ष",
    "\u{93f}",
    "கா",
    "\u{bbe}",
    "ที่นี่",
    "น้ำ",
    "ក្ក",
    "\u{17d8}",
    "ｶﾞ",
    "\u{ff9e}",
    "\u{2068}",
    "\u{2069}",
    "\u{202e}",
    "\u{1b}[2J",
    "\u{1b}]52;c;eA==\u{7}",
    "\u{9b}31m\u{9d}\u{90}",
    "\n\t\r",
    "\u{fffd}\u{e000}\u{ad}",
    "\u{1fae9}\u{1faff}\u{4dc0}\u{1d165}\u{16d68}",
];

fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => prop::char::range('\u{300}', '\u{1fff}').prop_map(String::from),
        1 => prop::char::range('\u{1f000}', '\u{1faff}').prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

/// Where, up to where, and what.
fn painted() -> impl Strategy<Value = (u16, u16, String)> {
    (0..WIDTH, 0..WIDTH + 2, nasty())
}

fn all_but_spaces(text: &str) -> String {
    let mut symbols = Symbols::new(text);
    let mut all = String::new();
    while let Some(symbol) = symbols.next() {
        all.extend(Some(symbol.text).filter(|text| *text != " "));
    }
    all
}

/// What a text is to its reader: letters and digits, pictures.
fn words(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric() || *c > '\u{1f000}')
        .collect()
}

proptest! {
    #[test]
    fn terminals_show_what_was_painted_and_nothing_beside_the_box(frames in prop::collection::vec(painted(), 1..5)) {
        let mut terminal = Emulated::new(WIDTH, 3);
        for (at, (x, right, text)) in frames.into_iter().enumerate() {
            let (mut before, mut after) = (terminal.buffer().clone(), u16::MAX);
            terminal.frame(|buf| {
                for y in 0..3 {
                    put(buf, 0, y, WIDTH, &"#".repeat(24), Style::new());
                }
                before = buf.clone();
                let style = if at % 2 == 0 { Style::new() } else { Style::new().bg(ratatui::style::Color::Blue) };
                after = put(buf, x, 1, right, &text, style);
            });
            prop_assert!(after == x || after <= right.min(WIDTH));
            for y in 0..3 {
                for column in (0..WIDTH).filter(|column| y != 1 || *column < x || *column >= after) {
                    prop_assert_eq!(&terminal.buffer()[(column, y)], &before[(column, y)]);
                }
            }
        }
    }

    // On terminals that join clusters, with whatever of it they were believed.
    #[test]
    fn emoji_that_are_drawn_as_one_stay_in_their_box(
        frames in prop::collection::vec(painted(), 1..5),
        kinds in prop::array::uniform6(any::<bool>()),
    ) {
        let [joined, toned, coloured, coloured_inside, keycaps, tagged] = kinds;
        draw_whole(Whole { joined, toned, coloured, coloured_inside, keycaps, tagged });
        let mut terminal = Emulated::that_joins(WIDTH, 1);
        let mut sizes = Vec::new();
        for (x, right, text) in frames {
            terminal.frame(|buf| {
                put(buf, 0, 0, WIDTH, &"#".repeat(24), Style::new());
                put(buf, x, 0, right, &text, Style::new());
            });
            let once = fit(&text, usize::MAX, "");
            sizes.push((width(&once), width(&text), fit(&once, usize::MAX, "") == once));
        }
        draw_whole(Whole::default());
        prop_assert!(sizes.iter().all(|(once, text, same)| once == text && *same));
    }

    #[test]
    fn texts_side_by_side_do_not_touch_each_other(texts in prop::collection::vec((nasty(), nasty(), 1..WIDTH), 1..4)) {
        let mut terminal = Emulated::new(WIDTH, 1);
        for (left, right, wall) in texts {
            terminal.frame(|buf| {
                put(buf, wall, 0, WIDTH, &right, Style::new());
                put(buf, 0, 0, wall, &left, Style::new());
            });
        }
    }

    #[test]
    fn a_text_over_another_leaves_no_half_of_a_symbol(under in nasty(), over in nasty(), x in 0..WIDTH, right in 0..WIDTH) {
        emulated::check(WIDTH, 1, |buf| {
            put(buf, 0, 0, WIDTH, &under, Style::new());
            put(buf, x, 0, right, &over, Style::new());
        });
    }

    #[test]
    fn the_width_is_what_put_takes(text in nasty(), x in 0..9_u16) {
        let mut buf = Buffer::empty(Rect::new(0, 0, 500, 1));
        let after = put(&mut buf, x, 0, 500, &text, Style::new());
        prop_assert_eq!(usize::from(after - x), width(&text));
    }

    #[test]
    fn lines_hold_every_word_and_are_no_longer_than_asked(text in nasty(), columns in 1..30_usize) {
        let lines = wrap(&text, columns);
        prop_assert!(!lines.is_empty());
        prop_assert!(lines.iter().all(|line| width(line) <= columns), "{:?}", lines);
        if columns >= usize::from(graphemes::MAX_COLUMNS) {
            prop_assert_eq!(all_but_spaces(&lines.concat()), all_but_spaces(&text));
        }
    }

    #[test]
    fn what_is_cut_fits_and_begins_as_the_text_does(text in nasty(), columns in 0..30_usize) {
        let fitted = fit(&text, columns, "…");
        prop_assert!(width(&fitted) <= columns);
        if width(&text) <= columns {
            prop_assert_eq!(all_but_spaces(&fitted), all_but_spaces(&text));
        } else if columns > 0 {
            let kept = fitted.strip_suffix('…').unwrap();
            prop_assert!(width(kept) + usize::from(graphemes::MAX_COLUMNS) + 1 > columns);
            prop_assert!(all_but_spaces(&text).starts_with(&all_but_spaces(kept)));
        }
    }

    #[test]
    fn what_was_made_paintable_is_painted_as_it_is(text in nasty()) {
        let once = fit(&text, usize::MAX, "");
        prop_assert_eq!(&fit(&once, usize::MAX, ""), &once);
        prop_assert_eq!(width(&once), width(&text));
        let symbols = {
            let mut symbols = Symbols::new(&text);
            let mut all = Vec::new();
            while let Some(symbol) = symbols.next() {
                all.push((symbol.text.to_owned(), symbol.columns));
            }
            all
        };
        prop_assert!(symbols.iter().all(|(_, columns)| (1..=usize::from(graphemes::MAX_COLUMNS)).contains(columns)));
    }

    // Threats 73, 77 and 80: the gutter, the marks and the wall are ours, whatever a message holds.
    #[test]
    fn a_message_stays_between_gutter_and_marks(text in nasty()) {
        let clean = Clean::new(&text);
        let lines: Vec<String> = shown::lines(&clean).flat_map(|line| wrap(&line, 12)).take(6).collect();
        let terminal = emulated::check(WIDTH, 6, |buf| {
            for (y, line) in (0..).zip(&lines) {
                buf.set_string(0, y, "09:12 |", Style::new());
                put(buf, 7, y, 19, line, Style::new());
                buf.set_string(19, y, " ++ |", Style::new());
            }
        });
        for row in terminal.rows().iter().take(lines.len()) {
            let said = row.strip_prefix("09:12 |").and_then(|row| row.strip_suffix(" ++ |"));
            prop_assert!(said.is_some(), "{}", row);
        }
    }

    // Threat 78.
    #[test]
    fn an_identifier_is_shown_with_all_that_it_holds(text in nasty()) {
        let name = shown::identifier(&text);
        let isolates = name.chars().filter(|c| matches!(c, '\u{2068}' | '\u{2069}')).count();
        let painted = fit(&name, usize::MAX, "");
        let visible = |text: &str| text.chars().filter(|c| !matches!(c, '\u{2068}' | '\u{2069}')).count();
        prop_assert!(isolates <= 2);
        prop_assert!(words(&painted).chars().count() <= visible(&name));
    }
}

// Threat 79.
#[test]
fn a_megabyte_on_a_line_and_a_hundred_thousand_lines_are_no_trouble() {
    for piece in [
        "a",
        "word ",
        "漢",
        "👨\u{200d}👩",
        "\u{301}",
        "\u{200b}",
        "क्ष",
        " ",
        "\u{5d0}\u{5b0}",
        "\u{1112}",
        "\u{605}",
    ] {
        let line = piece.repeat((1 << 20) / piece.len());
        emulated::check(80, 1, |buf| _ = put(buf, 0, 0, 80, &line, Style::new()));
        assert!(width(&fit(&line, 40, "…")) <= 40);
    }
    let clean = Clean::new(&"漢字 word\n".repeat(100_000));
    let lines = shown::lines(&clean).flat_map(|line| wrap(&line, 6)).count();
    assert!(lines > 2 * 10_000, "only {lines} lines");
}

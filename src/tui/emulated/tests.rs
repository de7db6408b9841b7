//! That the comparison can fail.

use ratatui::style::Style;

use super::*;

/// As ratatui paints; what our own text makes of it is tested there.
fn put(buf: &mut Buffer, x: u16, y: u16, right: u16, text: &str, style: Style) -> u16 {
    buf.set_stringn(x, y, text, usize::from(right - x), style).0
}

/// What is found, if anything.
fn difference(draw: impl FnOnce(&mut Buffer)) -> Option<String> {
    let mut emulated = Emulated::new(10, 2);
    let mut next = emulated.buffer().clone();
    draw(&mut next);
    emulated.paint(next).err()
}

#[test]
fn a_frame_is_shown_as_it_was_painted() {
    let shown = check(10, 2, |buf| {
        put(buf, 1, 0, 10, "漢字 é", Style::new().red().bold());
        put(
            buf,
            0,
            1,
            10,
            "x",
            Style::new().on_light_blue().underlined().dim(),
        );
    });
    assert_eq!(shown.rows(), [" 漢字 é", "x"]);
    assert_eq!(screen(shown.buffer()).screen().contents(), " 漢字 é\nx");
    assert!(!shown.bytes().is_empty());
}

#[test]
fn what_did_not_change_is_not_sent_again() {
    let mut shown = check(10, 2, |buf| _ = put(buf, 0, 0, 10, "👍 a", Style::new()));
    let sent = shown.bytes().len();
    shown.frame(|buf| _ = put(buf, 0, 0, 10, "👍 a", Style::new()));
    assert_eq!(shown.bytes().len(), sent);
}

#[test]
fn a_symbol_that_terminals_read_in_different_ways_is_found() {
    let set = |symbol: &str| difference(|buf| _ = buf[(1, 0)].set_symbol(symbol));
    assert_eq!(set("a"), None);
    for symbol in ["👨\u{200d}👩", "👍🏽", "\u{301}", "🇫", "\u{93f}"] {
        assert!(set(symbol).is_some(), "{symbol:?}");
    }
    assert!(difference(|buf| _ = buf[(9, 0)].set_symbol("漢")).is_some());
}

#[test]
fn a_sequence_that_is_not_ours_is_found() {
    for own in [
        "",
        "text",
        "\u{1b}[1;2Hx\u{1b}[38;5;1;49mä\u{1b}[0m",
        "\u{1b}[?25l\u{1b}[?1049h",
    ] {
        assert_eq!(foreign(own.as_bytes()), None, "{own:?}");
    }
    for other in [
        "\u{1b}]0;title\u{7}",
        "\u{1b}]52;c;eA==\u{1b}\\",
        "\u{1b}P+q\u{1b}\\",
        "\u{1b}_G\u{1b}\\",
        "\u{1b}c",
        "\u{1b}[6n",
        "\u{1b}[?1h",
        "\u{1b}[10b",
        "a\u{9b}2J",
        "a\u{9d}",
        "a\nb",
        "\u{7}",
        "\u{7f}",
        "\u{1b}[",
        "\u{1b}[1",
    ] {
        assert!(foreign(other.as_bytes()).is_some(), "{other:?}");
    }
    assert!(foreign(b"\xff").is_some());
}

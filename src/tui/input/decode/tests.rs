//! Which bytes are which keys, however they are cut.

use crossterm::event::{KeyEventKind, MouseButton, MouseEventKind};
use proptest::prelude::*;

use super::*;
use crate::key::Key;

/// What the bytes are when they come at once and nothing follows.
fn all(bytes: &[u8]) -> Vec<Typed> {
    let mut decoder = Decoder::default();
    let mut found = decoder.take(bytes);
    found.extend(decoder.no_more());
    found
}

/// The keys by name.
fn keys(bytes: &[u8]) -> Vec<String> {
    all(bytes)
        .into_iter()
        .map(|typed| match typed {
            Typed::Event(Event::Key(key)) => Key::from(key).to_string(),
            other => format!("{other:?}"),
        })
        .collect()
}

fn pasted(text: &str) -> Typed {
    Typed::Event(Event::Paste(text.to_owned()))
}

#[test]
fn every_key_that_the_table_names_is_read_as_terminals_send_it() {
    for (bytes, name) in [
        ("a", "a"),
        ("A", "A"),
        ("é", "é"),
        ("漢", "漢"),
        ("\u{1f44d}", "\u{1f44d}"),
        ("\r", "Enter"),
        ("\n", "Ctrl-J"),
        ("\t", "Tab"),
        ("\u{7f}", "Backspace"),
        ("\u{8}", "Ctrl-H"),
        ("\u{0}", "Ctrl-Space"),
        ("\u{1}", "Ctrl-A"),
        ("\u{1a}", "Ctrl-Z"),
        ("\u{1c}", "Ctrl-\\"),
        ("\u{1f}", "Ctrl-_"),
        ("\u{1b}", "Esc"),
        ("\u{1b}a", "Alt-A"),
        ("\u{1b}A", "Alt-Shift-A"),
        ("\u{1b}\r", "Alt-Enter"),
        ("\u{1b}\u{7f}", "Alt-Backspace"),
        ("\u{1b}<", "Alt-<"),
        ("\u{1b}é", "Alt-é"),
        ("\u{1b}[A", "Up"),
        ("\u{1b}OA", "Up"),
        ("\u{1b}[1;2A", "Shift-Up"),
        ("\u{1b}[1;3B", "Alt-Down"),
        ("\u{1b}[1;5C", "Ctrl-Right"),
        ("\u{1b}[1;6D", "Ctrl-Shift-Left"),
        ("\u{1b}\u{1b}[D", "Alt-Left"),
        ("\u{1b}[H", "Home"),
        ("\u{1b}[1~", "Home"),
        ("\u{1b}[7~", "Home"),
        ("\u{1b}[F", "End"),
        ("\u{1b}[1;5F", "Ctrl-End"),
        ("\u{1b}[2~", "Insert"),
        ("\u{1b}[3~", "Delete"),
        ("\u{1b}[3;5~", "Ctrl-Delete"),
        ("\u{1b}[5~", "PgUp"),
        ("\u{1b}[6~", "PgDn"),
        ("\u{1b}[Z", "Shift-Tab"),
        ("\u{1b}OP", "F1"),
        ("\u{1b}[[A", "F1"),
        ("\u{1b}[11~", "F1"),
        ("\u{1b}OS", "F4"),
        ("\u{1b}[15~", "F5"),
        ("\u{1b}[24~", "F12"),
        ("\u{1b}[1;2R", "Shift-F3"),
        ("\u{1b}[13;3u", "Alt-Enter"),
        ("\u{1b}[27;5;13~", "Ctrl-Enter"),
        ("\u{1b}[97;5u", "Ctrl-A"),
    ] {
        assert_eq!(keys(bytes.as_bytes()), [name], "{bytes:?}");
    }
}

#[test]
fn keys_that_come_together_are_told_apart() {
    assert_eq!(keys(b"ab\x1b[Ac"), ["a", "b", "Up", "c"]);
    assert_eq!(keys(b"\x1b\x1b"), ["Esc", "Esc"]);
    assert_eq!(keys(b"\x1b\x1b\x1b[B"), ["Esc", "Alt-Down"]);
    assert_eq!(keys(b"\x1bx\x1b"), ["Alt-X", "Esc"]);
    assert_eq!(keys(b"\x1b["), ["Alt-["]);
    assert_eq!(keys(b"\x1bO"), ["Alt-Shift-O"]);
}

#[test]
fn answers_and_sequences_of_nobody_are_no_letters() {
    assert_eq!(all(b"\x1b[24;80R"), [Typed::Cursor(80, 24)]);
    for nothing in [
        "\u{1b}[?1;2c",
        "\u{1b}[>0;276;0c",
        "\u{1b}[?2027;2$y",
        "\u{1b}[200z",
        "\u{1b}[99999999999~",
        "\u{1b}[<1;2M",
        "\u{1b}[1;99999999999A",
        "\u{1b}Ox",
    ] {
        assert_eq!(all(nothing.as_bytes()), [], "{nothing:?}");
    }
    // What is too long to be one.
    let long = format!("\u{1b}[{}", "1;".repeat(1000));
    let mut decoder = Decoder::default();
    decoder.take(long.as_bytes());
    assert!(decoder.kept.len() <= LONGEST + 1);
}

#[test]
fn bytes_that_are_no_utf_8_are_told_and_take_nothing_with_them() {
    // "é" and "né" as Latin-1 has them, and what stands behind.
    assert_eq!(all(b"\xe9"), [Typed::NotUtf8]);
    assert_eq!(all(b"\xe9a")[0], Typed::NotUtf8);
    assert_eq!(keys(b"\xe9a")[1], "a");
    assert_eq!(all(b"\xff"), [Typed::NotUtf8]);
    assert_eq!(keys(b"n\xe9\r").len(), 3);
    assert_eq!(keys(b"\xe9\x1b[A")[1], "Up");
    let mut decoder = Decoder::default();
    assert_eq!(decoder.take(b"\xc3"), []);
    assert!(decoder.is_waiting());
    assert_eq!(decoder.take(b"\xa9").len(), 1);
    assert!(!decoder.is_waiting());
}

#[test]
fn a_paste_is_one_thing_whatever_it_holds() {
    assert_eq!(all(b"\x1b[200~a\x1b[Ab\nc\x1b[201~d")[0], pasted("a\u{1b}[Ab\nc"));
    assert_eq!(
        all(b"\x1b[200~\xe9\x1b[201~"),
        [Typed::NotUtf8, pasted("\u{fffd}")]
    );
    assert_eq!(all(b"\x1b[200~\x1b[201~"), [pasted("")]);
    let mut decoder = Decoder::default();
    decoder.take(b"\x1b[200~");
    for _ in 0..6 {
        decoder.take(&[b'x'; 1 << 20]);
    }
    let Typed::Event(Event::Paste(text)) = &decoder.take(b"\x1b[201~")[0] else {
        panic!("no paste");
    };
    assert_eq!(text.len(), MOST_PASTED);
}

#[test]
fn clicks_are_read_in_all_three_spellings() {
    let clicked = |bytes: &[u8]| match &all(bytes)[..] {
        [Typed::Event(Event::Mouse(mouse))] => (mouse.kind, mouse.column, mouse.row),
        other => panic!("{other:?}"),
    };
    let left = MouseEventKind::Down(MouseButton::Left);
    assert_eq!(clicked(b"\x1b[<0;10;5M"), (left, 9, 4));
    assert_eq!(clicked(b"\x1b[32;10;5M"), (left, 9, 4));
    assert_eq!(clicked(b"\x1b[M *%"), (left, 9, 4));
    assert_eq!(clicked(b"\x1b[<0;10;5m").0, MouseEventKind::Up(MouseButton::Left));
    assert_eq!(clicked(b"\x1b[<65;10;5M").0, MouseEventKind::ScrollDown);
    assert_eq!(clicked(b"\x1b[<35;10;5M").0, MouseEventKind::Moved);
    assert_eq!(all(b"\x1b[I"), [Typed::Event(Event::FocusGained)]);
}

#[test]
fn a_key_that_is_let_go_is_not_pressed() {
    let [Typed::Event(Event::Key(key))] = &all(b"\x1b[97;1:3u")[..] else {
        panic!("no key");
    };
    assert_eq!(key.kind, KeyEventKind::Release);
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"\x1b".to_vec()),
        Just(b"\x1b[".to_vec()),
        Just(b"\x1b[200~".to_vec()),
        Just(b"\x1b[201~".to_vec()),
        Just(b"\x1b[12;34R".to_vec()),
        Just(b"\x1b[1;5A".to_vec()),
        Just("é漢👍".as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..6),
    ]
}

proptest! {
    // Wherever reads end, the same was typed: answers that come in two halves land nowhere else.
    #[test]
    fn it_does_not_matter_where_reads_end(pieces in prop::collection::vec(piece(), 0..12), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        let bytes = pieces.concat();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let mut decoder = Decoder::default();
        let mut found = Vec::new();
        for part in cuts.windows(2) {
            found.extend(decoder.take(&bytes[part[0]..part[1]]));
        }
        prop_assert_eq!(found, Decoder::default().take(&bytes));
    }
}

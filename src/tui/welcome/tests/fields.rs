//! A field: editing, pasting, hiding.

use super::*;
use crate::welcome::field::{Field, FieldChange, LIMIT};

fn typed(field: &mut Field, keys: &str) {
    for name in keys.split(' ') {
        field.on_key(name.parse().unwrap());
    }
}

#[test]
fn readline_s_keys_edit_a_field() {
    for (keys, text) in [
        ("a b c Backspace", "ab"),
        ("a b c Left Left x", "axbc"),
        ("a b c Home Delete", "bc"),
        ("a b c Ctrl-A x Ctrl-E y", "xabcy"),
        ("a b Space c d Ctrl-W", "ab "),
        ("a @ b c Ctrl-W Ctrl-W", ""),
        ("a b c Left Ctrl-U", "c"),
        ("a b c Left Ctrl-K", "ab"),
        ("Backspace Delete Left Right Ctrl-W Ctrl-D a", "a"),
        ("A Ä 漢", "AÄ漢"),
    ] {
        let mut field = Field::shown();
        typed(&mut field, keys);
        assert_eq!(field.text(), text, "{keys}");
    }
}

#[test]
fn a_letter_with_its_marks_goes_at_once() {
    let mut field = Field::shown();
    assert_eq!(
        field.on_paste("ne\u{301}e👨\u{200d}👩\u{200d}👧"),
        FieldChange::Taken
    );
    typed(&mut field, "Backspace Left Backspace");
    assert_eq!(field.text(), "ne");
    typed(&mut field, "Home x");
    assert_eq!(field.text(), "xne");
}

#[test]
fn the_newline_behind_a_copied_line_is_cut_and_more_lines_are_refused() {
    for (pasted, hidden, shown) in [
        ("abc\n", Some("abc"), Some("abc")),
        ("abc\r\n", Some("abc"), Some("abc")),
        (" abc ", Some(" abc "), Some("abc")),
        ("abc\ndef", None, None),
        ("abc\n\n", None, Some("abc")),
        ("a\u{1b}[31m", None, None),
    ] {
        for (mut field, wanted) in [(Field::hidden(), hidden), (Field::shown(), shown)] {
            let typed = field.on_paste(pasted);
            match wanted {
                Some(text) => assert_eq!((typed, field.text()), (FieldChange::Taken, text)),
                None => assert_eq!((typed, field.text()), (FieldChange::ManyLines, "")),
            }
        }
    }
}

#[test]
fn the_buffer_never_moves_and_what_is_too_long_is_refused_as_a_whole() {
    let mut field = Field::hidden();
    let buffer = field.text().as_ptr();
    assert_eq!(field.on_paste(&"x".repeat(LIMIT - 1)), FieldChange::Taken);
    assert_eq!(field.on_paste("yy"), FieldChange::TooLong);
    assert_eq!(field.text().len(), LIMIT - 1);
    assert_eq!(field.on_key(Key::from(KeyCode::Char('y'))), FieldChange::Taken);
    assert_eq!(field.on_key(Key::from(KeyCode::Char('y'))), FieldChange::TooLong);
    typed(&mut field, "Home Delete Ctrl-K");
    field.set("sesame");
    field.wipe();
    assert_eq!(field.text().as_ptr(), buffer);
    assert!(FieldChange::TooLong.complaint().is_some());
}

#[test]
fn what_is_hidden_is_a_dot_for_a_letter_and_the_cursor_is_always_seen() {
    let theme = Theme::new(MONO);
    let mut field = Field::hidden();
    field.on_paste("sesame");
    let dot = theme.glyph(crate::theme::Glyph::Here);
    assert_eq!(field.seen(&theme, 20), (dot.repeat(6), 6));
    assert_eq!(field.seen(&theme, 4), (dot.repeat(3), 3));
    typed(&mut field, "Home");
    assert_eq!(field.seen(&theme, 4), (dot.repeat(4), 0));
    let mut field = Field::shown();
    field.on_paste("漢字漢字");
    for columns in 1..12 {
        let (seen, at) = field.seen(&theme, columns);
        assert!(at < columns && crate::text::width(&seen) <= columns, "{columns}");
    }
}

#[test]
fn what_cannot_be_seen_is_written_out_in_a_field() {
    let mut field = Field::shown();
    field.on_paste("a\u{202e}b");
    assert_eq!(field.seen(&Theme::new(MONO), 40).0, "a\\u{202e}b");
}

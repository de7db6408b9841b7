//! Names of keys, and what terminals send.

use crossterm::event::{KeyEventKind, KeyEventState};
use proptest::prelude::*;

use super::*;

fn key(name: &str) -> Key {
    name.parse().unwrap()
}

fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Key {
    Key::from(KeyEvent::new(code, modifiers))
}

const NONE: KeyModifiers = KeyModifiers::NONE;
const CTRL: KeyModifiers = KeyModifiers::CONTROL;
const ALT: KeyModifiers = KeyModifiers::ALT;
const SHIFT: KeyModifiers = KeyModifiers::SHIFT;

#[test]
fn a_key_is_the_one_that_its_name_says() {
    for (name, code, modifiers) in [
        ("Enter", KeyCode::Enter, NONE),
        ("Alt-Enter", KeyCode::Enter, ALT),
        ("Ctrl-P", KeyCode::Char('p'), CTRL),
        ("Alt-A", KeyCode::Char('a'), ALT),
        ("Alt-Shift-A", KeyCode::Char('A'), ALT),
        ("Ctrl-Alt-X", KeyCode::Char('x'), CTRL | ALT),
        ("k", KeyCode::Char('k'), NONE),
        ("K", KeyCode::Char('K'), NONE),
        ("-", KeyCode::Char('-'), NONE),
        ("+", KeyCode::Char('+'), NONE),
        ("Alt--", KeyCode::Char('-'), ALT),
        ("Alt-<", KeyCode::Char('<'), ALT),
        ("Ctrl-_", KeyCode::Char('_'), CTRL),
        ("Ctrl-Space", KeyCode::Char(' '), CTRL),
        ("Shift-Tab", KeyCode::Tab, SHIFT),
        ("PgUp", KeyCode::PageUp, NONE),
        ("Ctrl-Home", KeyCode::Home, CTRL),
        ("F12", KeyCode::F(12), NONE),
        ("é", KeyCode::Char('é'), NONE),
    ] {
        assert_eq!(key(name), Key { code, modifiers }, "{name}");
        assert_eq!(key(name).to_string(), name);
    }
}

#[test]
fn other_spellings_are_understood() {
    for (written, name) in [
        ("ctrl-p", "Ctrl-P"),
        ("CONTROL+P", "Ctrl-P"),
        ("Ctrl-Shift-P", "Ctrl-P"),
        ("Alt-a", "Alt-A"),
        ("Shift-Alt-a", "Alt-Shift-A"),
        ("Alt++", "Alt-+"),
        ("shift-k", "K"),
        ("Return", "Enter"),
        ("escape", "Esc"),
        ("BackTab", "Shift-Tab"),
        ("Ctrl-PageDown", "Ctrl-PgDn"),
        ("Del", "Delete"),
        ("f1", "F1"),
        (" Space ", "Space"),
        ("Ctrl-/", "Ctrl-_"),
        ("Ctrl-7", "Ctrl-_"),
        ("Ctrl-@", "Ctrl-Space"),
    ] {
        assert_eq!(key(written).to_string(), name, "{written}");
    }
}

#[test]
fn what_names_no_key_is_refused_with_an_example() {
    for name in [
        "",
        " ",
        "Ctrl",
        "Ctrl-",
        "Hyperspace",
        "F0",
        "F01",
        "F999",
        "F+1",
        "Ctrl-Alt-",
        "kk",
        "Alt-Entr",
        "\u{1b}",
    ] {
        let error = name.parse::<Key>().unwrap_err().to_string();
        assert!(error.contains("is no key; write it like Ctrl-P"), "{error}");
    }
}

#[test]
fn the_same_key_is_one_key_whatever_the_terminal_calls_it() {
    for (code, modifiers, name) in [
        // Ctrl-_ and Ctrl-/ are the byte 1F, which crossterm calls Ctrl-7.
        (KeyCode::Char('7'), CTRL, "Ctrl-_"),
        (KeyCode::Char('/'), CTRL, "Ctrl-_"),
        (KeyCode::Char('-'), CTRL | SHIFT, "Ctrl-_"),
        (KeyCode::Char('4'), CTRL, "Ctrl-\\"),
        (KeyCode::Char('5'), CTRL, "Ctrl-]"),
        (KeyCode::Char('6'), CTRL, "Ctrl-^"),
        (KeyCode::Char(' '), CTRL, "Ctrl-Space"),
        (KeyCode::Char('@'), CTRL, "Ctrl-Space"),
        (KeyCode::Null, NONE, "Ctrl-Space"),
        (KeyCode::BackTab, SHIFT, "Shift-Tab"),
        (KeyCode::BackTab, NONE, "Shift-Tab"),
        (KeyCode::Tab, SHIFT, "Shift-Tab"),
        // A capital comes with Shift from some, without from others.
        (KeyCode::Char('K'), SHIFT, "K"),
        (KeyCode::Char('K'), NONE, "K"),
        (KeyCode::Char('k'), SHIFT, "K"),
        (KeyCode::Char('A'), ALT | SHIFT, "Alt-Shift-A"),
        (KeyCode::Char('P'), CTRL, "Ctrl-P"),
        (KeyCode::Char('p'), CTRL | SHIFT, "Ctrl-P"),
        (KeyCode::Char('<'), ALT | SHIFT, "Alt-<"),
        // Where the terminal sends byte 8 for Ctrl-Backspace, it cannot be told from Ctrl-H.
        (KeyCode::Char('h'), CTRL, "Ctrl-H"),
        (KeyCode::Backspace, CTRL, "Ctrl-Backspace"),
        (KeyCode::Backspace, ALT, "Alt-Backspace"),
    ] {
        let key = pressed(code, modifiers);
        assert_eq!(key.to_string(), name);
        assert_eq!(key, name.parse().unwrap());
    }
}

#[test]
fn only_the_code_and_the_modifiers_count() {
    let event = KeyEvent {
        kind: KeyEventKind::Repeat,
        state: KeyEventState::CAPS_LOCK,
        ..KeyEvent::new(KeyCode::Up, SHIFT)
    };
    assert_eq!(Key::from(event), key("Shift-Up"));
}

#[test]
fn a_character_is_typed_only_without_ctrl_and_alt() {
    assert_eq!(pressed(KeyCode::Char('É'), SHIFT).typed(), Some('É'));
    assert_eq!(pressed(KeyCode::Char(' '), NONE).typed(), Some(' '));
    for key in [
        pressed(KeyCode::Char('a'), CTRL),
        pressed(KeyCode::Char('a'), ALT),
        pressed(KeyCode::Char('a'), KeyModifiers::SUPER),
        pressed(KeyCode::Char('\u{9b}'), NONE),
        pressed(KeyCode::Enter, NONE),
        pressed(KeyCode::Tab, NONE),
    ] {
        assert_eq!(key.typed(), None, "{key}");
    }
}

#[test]
fn keys_that_terminals_cannot_tell_apart_say_what_they_arrive_as() {
    for (name, what) in [
        ("Ctrl-M", "Enter"),
        ("Ctrl-Alt-M", "Enter"),
        ("Ctrl-I", "Tab"),
        ("Ctrl-[", "Esc"),
        ("Ctrl-3", "Esc"),
        ("Ctrl-?", "Backspace"),
        ("Ctrl-,", "a mere ,"),
        ("Ctrl-1", "a mere 1"),
        ("Alt-Shift-O", "arrow key"),
        ("Alt-[", "arrow key"),
        ("Alt-Esc", "Esc"),
    ] {
        let why = key(name).untold().unwrap_or_default();
        assert!(why.contains(what), "{name} {why}");
    }
    for name in [
        "Ctrl-H",
        "Ctrl-J",
        "Ctrl-_",
        "Ctrl-Space",
        "Alt-O",
        "Alt-Enter",
        "Shift-Tab",
        "m",
        "[",
        "O",
    ] {
        assert_eq!(key(name).untold(), None, "{name}");
    }
}

#[test]
fn with_caps_lock_an_alt_letter_has_a_twin_without_shift() {
    assert_eq!(key("Alt-Shift-A").without_shift(), Some(key("Alt-A")));
    assert_eq!(key("Alt-A").without_shift(), None);
    assert_eq!(key("A").without_shift(), None);
}

fn any_code() -> impl Strategy<Value = KeyCode> {
    let named: Vec<KeyCode> = NAMED.iter().map(|(code, _)| *code).collect();
    prop_oneof![
        prop::sample::select(named),
        (1..=255_u8).prop_map(KeyCode::F),
        prop::char::range(' ', '~').prop_map(KeyCode::Char),
        any::<char>()
            .prop_filter("controls have no name", |c| !c.is_control())
            .prop_map(KeyCode::Char),
        Just(KeyCode::Null),
    ]
}

proptest! {
    #[test]
    fn every_key_is_found_again_by_its_name(code in any_code(), bits in 0_u8..64) {
        let key = pressed(code, KeyModifiers::from_bits_truncate(bits));
        prop_assert_eq!(Ok(key), key.to_string().parse());
    }

    #[test]
    fn any_text_is_a_key_or_an_error(text in any::<String>()) {
        if let Ok(key) = text.parse::<Key>() {
            prop_assert_eq!(Ok(key), key.to_string().parse());
        }
    }

    #[test]
    fn what_arrives_is_already_tidy(code in any_code(), bits in 0_u8..64) {
        let key = pressed(code, KeyModifiers::from_bits_truncate(bits));
        prop_assert_eq!(pressed(key.code, key.modifiers), key);
    }
}

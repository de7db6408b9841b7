//! The sequences that begin with ESC [ (ECMA-48; XTerm Control Sequences): keys, clicks,
//! focus, where the cursor stands.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::step::{DecodeStep, Typed, key};

/// What `bytes`, which begin with ESC [ and have at least three, begin with.
pub(super) fn one(bytes: &[u8]) -> DecodeStep {
    let rest = bytes.get(2..).unwrap_or_default();
    match rest {
        // The Linux console's F1 to F5.
        [b'['] => return DecodeStep::Waits,
        [b'[', letter @ b'A'..=b'E', ..] => {
            return DecodeStep::Is(4, Some(key(KeyCode::F(letter - b'A' + 1), KeyModifiers::NONE)));
        }
        // The oldest way of telling clicks: three bytes, each with 32 added.
        [b'M', button, column, row, ..] => {
            let [button, column, row] = [button, column, row].map(|byte| u16::from(byte.saturating_sub(32)));
            return DecodeStep::Is(6, click(button, column, row, false));
        }
        [b'M', ..] => return DecodeStep::Waits,
        _ => {}
    }
    let parameters = rest.iter().take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
    let Some(&last) = rest.get(parameters) else {
        return DecodeStep::Waits;
    };
    if !matches!(last, 0x40..=0x7e) {
        // Cut short by something else, which counts.
        return DecodeStep::Is(2 + parameters, None);
    }
    let length = 3 + parameters;
    let text = rest
        .get(..parameters)
        .and_then(|text| std::str::from_utf8(text).ok());
    let Some(text) = text else {
        return DecodeStep::Is(length, None);
    };
    if last == b'~' && text == "200" {
        return DecodeStep::Paste(length);
    }
    DecodeStep::Is(length, meaning(text, last))
}

/// A key by the letter that stands for it, with or without modifiers.
pub(super) fn function(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'E' => KeyCode::KeypadBegin,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::F(letter - b'P' + 1),
        _ => return None,
    })
}

fn meaning(text: &str, last: u8) -> Option<Typed> {
    if let Some(clicked) = text.strip_prefix('<') {
        let [button, column, row] = numbers(clicked)?;
        return matches!(last, b'M' | b'm')
            .then(|| click(button, column, row, last == b'm'))
            .flatten();
    }
    if text.starts_with(|c: char| !c.is_ascii_digit() && c != ';') {
        // Private: answers that we never ask for.
        return None;
    }
    match last {
        b'I' => Some(Typed::Event(Event::FocusGained)),
        b'O' => Some(Typed::Event(Event::FocusLost)),
        b'Z' => Some(key(KeyCode::Tab, KeyModifiers::SHIFT)),
        b'R' => row_and_column(text),
        b'M' => {
            let [button, column, row] = numbers(text)?;
            click(button.checked_sub(32)?, column, row, false)
        }
        b'~' => numbered(text),
        b'u' => {
            let (code, with) = text.split_once(';').unwrap_or((text, ""));
            pressed(character(first(code)?)?, with)
        }
        _ => {
            let (_, with) = text.split_once(';').unwrap_or(("", ""));
            pressed(function(last)?, with)
        }
    }
}

/// Where the cursor stands; in the first row it cannot be told from F3 with a
/// modifier, and nobody asks there.
fn row_and_column(text: &str) -> Option<Typed> {
    match numbers::<2>(text) {
        Some([row, column]) if row > 1 => Some(Typed::Cursor(column, row)),
        _ => {
            let (_, with) = text.split_once(';').unwrap_or(("", ""));
            pressed(KeyCode::F(3), with)
        }
    }
}

/// Keys by number.
fn numbered(text: &str) -> Option<Typed> {
    let (number, with) = text.split_once(';').unwrap_or((text, ""));
    let code = match first(number)? {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        number @ 11..=15 => KeyCode::F(u8::try_from(number - 10).ok()?),
        number @ 17..=21 => KeyCode::F(u8::try_from(number - 11).ok()?),
        number @ 23..=26 => KeyCode::F(u8::try_from(number - 12).ok()?),
        number @ 28..=29 => KeyCode::F(u8::try_from(number - 13).ok()?),
        number @ 31..=34 => KeyCode::F(u8::try_from(number - 14).ok()?),
        // xterm's way of telling a key with modifiers: 27, modifiers, character.
        27 => {
            let (with, code) = with.split_once(';')?;
            return pressed(character(first(code)?)?, with);
        }
        _ => return None,
    };
    pressed(code, with)
}

/// A key by its character.
fn character(code: u32) -> Option<KeyCode> {
    Some(match code {
        9 => KeyCode::Tab,
        13 => KeyCode::Enter,
        27 => KeyCode::Esc,
        8 | 127 => KeyCode::Backspace,
        // Control characters, and those for keys without a character.
        0..=31 | 0xe000..=0xf8ff => return None,
        code => KeyCode::Char(char::from_u32(code)?),
    })
}

/// A key with modifiers as terminals write them: 1 and the sum of bits; behind a colon whether it was let go.
fn pressed(code: KeyCode, with: &str) -> Option<Typed> {
    let with = with.split(';').next().unwrap_or_default();
    let (bits, kind) = with.split_once(':').unwrap_or((with, ""));
    let bits = match bits {
        "" => 0,
        bits => bits.parse::<u16>().ok()?.saturating_sub(1),
    };
    let modifiers = [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
        (16, KeyModifiers::HYPER),
        (32, KeyModifiers::META),
    ];
    let held = modifiers.into_iter().filter(|(bit, _)| bits & bit != 0);
    let held = held.fold(KeyModifiers::NONE, |all, (_, one)| all | one);
    let kind = match kind {
        "2" => KeyEventKind::Repeat,
        "3" => KeyEventKind::Release,
        _ => KeyEventKind::Press,
    };
    let event = KeyEvent::new_with_kind(code, held, kind);
    Some(Typed::Event(Event::Key(event)))
}

fn first(text: &str) -> Option<u32> {
    text.split(':').next()?.parse().ok()
}

fn numbers<const N: usize>(text: &str) -> Option<[u16; N]> {
    let numbers: Vec<u16> = text
        .split(';')
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    numbers.try_into().ok()
}

/// A click: the button's bits, column and row counted from 1.
fn click(bits: u16, column: u16, row: u16, released: bool) -> Option<Typed> {
    let number = (bits & 0b11) | ((bits & 0b1100_0000) >> 4);
    let dragged = bits & 0b10_0000 != 0;
    let button = match number {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        _ => None,
    };
    let kind = match (button, number) {
        (Some(button), _) if released => MouseEventKind::Up(button),
        (Some(button), _) if dragged => MouseEventKind::Drag(button),
        (Some(button), _) => MouseEventKind::Down(button),
        (None, 3..=5) if dragged => MouseEventKind::Moved,
        (None, 3) => MouseEventKind::Up(MouseButton::Left),
        (None, 4) => MouseEventKind::ScrollUp,
        (None, 5) => MouseEventKind::ScrollDown,
        (None, 6) => MouseEventKind::ScrollLeft,
        (None, 7) => MouseEventKind::ScrollRight,
        _ => return None,
    };
    let modifiers = [
        (4, KeyModifiers::SHIFT),
        (8, KeyModifiers::ALT),
        (16, KeyModifiers::CONTROL),
    ];
    let held = modifiers.into_iter().filter(|(bit, _)| bits & bit != 0);
    Some(Typed::Event(Event::Mouse(MouseEvent {
        kind,
        column: column.saturating_sub(1),
        row: row.saturating_sub(1),
        modifiers: held.fold(KeyModifiers::NONE, |all, (_, one)| all | one),
    })))
}

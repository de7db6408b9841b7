//! The keys that go from one field to another.

use crossterm::event::{KeyCode, KeyModifiers};

use crate::key::Key;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    Next,
    Previous,
}

/// Tab and Down go on, Shift-Tab and Up go back.
pub fn moved(key: Key) -> Option<Move> {
    match key.code {
        KeyCode::BackTab | KeyCode::Up => Some(Move::Previous),
        KeyCode::Tab if key.modifiers.contains(KeyModifiers::SHIFT) => Some(Move::Previous),
        KeyCode::Tab | KeyCode::Down => Some(Move::Next),
        _ => None,
    }
}

/// The neighbour of `at` among `rows`, in the direction of `step`; after the last one comes the first.
pub fn neighbour<T: Copy + PartialEq>(rows: &[T], at: T, step: Move) -> T {
    let place = rows.iter().position(|row| *row == at).unwrap_or(0);
    let place = match step {
        Move::Next => place + 1,
        Move::Previous => place + rows.len().saturating_sub(1),
    };
    place
        .checked_rem(rows.len())
        .and_then(|place| rows.get(place))
        .copied()
        .unwrap_or(at)
}

/// What a reader of the command line says of an argument, as a sentence.
pub fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    let end = if words.ends_with('.') { "" } else { "." };
    format!("{}{}{end}", first.unwrap_or_default(), letters.as_str())
}

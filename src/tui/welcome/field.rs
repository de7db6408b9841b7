//! One line that a person types: shown, or hidden behind a dot for every letter.

use unicode_segmentation::UnicodeSegmentation;
use zeroize::{Zeroize, Zeroizing};

use crossterm::event::{KeyCode, KeyModifiers};

use crate::key::Key;
use crate::text;
use crate::theme::{Glyph, Theme};
use api::Secret;
use model::shown;

/// Bytes that a field takes. Its buffer never grows: one that did would leave its
/// beginnings behind in memory.
pub const LIMIT: usize = 4096;

/// A field with its text and its cursor. No Debug: what is typed hidden is shown nowhere.
pub struct Field {
    text: Zeroizing<String>,
    /// In bytes, on the edge of a grapheme.
    cursor: usize,
    hidden: bool,
}

/// What a key or a paste did to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldChange {
    /// The text or the cursor may have changed.
    Taken,
    /// Nothing of it was taken, because the field would be longer than it may be.
    TooLong,
    /// Nothing of it was taken, because it is more than one line.
    ManyLines,
    /// The key means nothing to a field.
    NotMine,
}

impl FieldChange {
    /// The sentence for what was not taken.
    pub fn complaint(self) -> Option<&'static str> {
        match self {
            Self::Taken | Self::NotMine => None,
            Self::TooLong => Some("That is longer than 4096 bytes, so nothing of it was taken."),
            Self::ManyLines => Some("That is more than one line, so nothing of it was taken."),
        }
    }
}

impl Field {
    pub fn shown() -> Self {
        Self::new(false)
    }

    pub fn hidden() -> Self {
        Self::new(true)
    }

    fn new(hidden: bool) -> Self {
        Self {
            text: Zeroizing::new(String::with_capacity(LIMIT)),
            cursor: 0,
            hidden,
        }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What was typed, to be sent on.
    pub fn secret(&self) -> Secret {
        Secret(self.text.clone())
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Empties it and overwrites what it held.
    pub fn wipe(&mut self) {
        // Taken by value, the buffer would go; overwritten in place it stays.
        self.text.zeroize();
        self.cursor = 0;
    }

    /// Puts `text` in place of what it held.
    pub fn set(&mut self, text: &str) -> FieldChange {
        self.wipe();
        self.insert(text)
    }

    pub fn on_key(&mut self, key: Key) -> FieldChange {
        if let Some(letter) = key.typed() {
            return self.insert(letter.encode_utf8(&mut [0; 4]));
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Backspace if control => self.delete(self.word_before(), self.cursor),
            KeyCode::Backspace => self.delete(self.before(), self.cursor),
            KeyCode::Delete => self.delete(self.cursor, self.after()),
            KeyCode::Left => self.cursor = self.before(),
            KeyCode::Right => self.cursor = self.after(),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            KeyCode::Char('a') if control => self.cursor = 0,
            KeyCode::Char('e') if control => self.cursor = self.text.len(),
            KeyCode::Char('b') if control => self.cursor = self.before(),
            KeyCode::Char('f') if control => self.cursor = self.after(),
            KeyCode::Char('d') if control => self.delete(self.cursor, self.after()),
            KeyCode::Char('h') if control => self.delete(self.before(), self.cursor),
            KeyCode::Char('u') if control => self.delete(0, self.cursor),
            KeyCode::Char('k') if control => self.delete(self.cursor, self.text.len()),
            KeyCode::Char('w') if control => self.delete(self.word_before(), self.cursor),
            _ => return FieldChange::NotMine,
        }
        FieldChange::Taken
    }

    /// Pasted text: the newline that copying often adds is cut, and so is space around what is not hidden.
    pub fn on_paste(&mut self, text: &str) -> FieldChange {
        let line = text.strip_suffix('\n').unwrap_or(text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        self.insert(if self.hidden { line } else { line.trim() })
    }

    fn insert(&mut self, text: &str) -> FieldChange {
        if text.chars().any(char::is_control) {
            return FieldChange::ManyLines;
        }
        if self.text.len() + text.len() > LIMIT {
            return FieldChange::TooLong;
        }
        self.text.insert_str(self.cursor, text);
        // What was inserted may have joined what follows: the cursor stays on the edge of a grapheme.
        let wanted = self.cursor + text.len();
        self.cursor = self.edge_from(wanted);
        FieldChange::Taken
    }

    fn delete(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = self.edge_from(from);
    }

    /// Where graphemes begin, and the end.
    fn edges(&self) -> impl Iterator<Item = usize> {
        let begins = self.text.grapheme_indices(true).map(|(at, _)| at);
        begins.chain([self.text.len()])
    }

    fn edge_from(&self, at: usize) -> usize {
        self.edges().find(|edge| *edge >= at).unwrap_or(at)
    }

    fn before(&self) -> usize {
        self.edges()
            .take_while(|edge| *edge < self.cursor)
            .last()
            .unwrap_or(0)
    }

    fn after(&self) -> usize {
        self.edges()
            .find(|edge| *edge > self.cursor)
            .unwrap_or(self.cursor)
    }

    /// The beginning of the word before the cursor; of what is hidden, everything is one word.
    fn word_before(&self) -> usize {
        if self.hidden {
            return 0;
        }
        let before = self.text.get(..self.cursor).unwrap_or_default();
        let word = before.trim_end_matches(|letter: char| !letter.is_alphanumeric());
        word.trim_end_matches(char::is_alphanumeric).len()
    }

    /// The part of it that is seen on `columns` columns (at least 1), and the column of the cursor in it.
    pub fn seen(&self, theme: &Theme, columns: usize) -> (String, usize) {
        let columns = columns.max(1);
        let cells: Vec<(usize, String)> = self
            .text
            .grapheme_indices(true)
            .map(|(at, grapheme)| match self.hidden {
                true => (at, theme.glyph(Glyph::Here).to_owned()),
                false => (at, shown::identifier(grapheme)),
            })
            .collect();
        let (left, right): (Vec<_>, Vec<_>) = cells.into_iter().partition(|(at, _)| *at < self.cursor);
        // The cursor needs a column of its own behind what is left of it.
        let mut used = 0;
        let mut seen: Vec<String> = Vec::new();
        for (_, cell) in left.into_iter().rev() {
            let wide = text::width(&cell);
            if used + wide + 1 > columns {
                break;
            }
            used += wide;
            seen.push(cell);
        }
        seen.reverse();
        let mut seen = seen.concat();
        let mut room = columns - used;
        for (_, cell) in right {
            let wide = text::width(&cell);
            if wide > room {
                break;
            }
            room -= wide;
            seen.push_str(&cell);
        }
        (seen, used)
    }
}

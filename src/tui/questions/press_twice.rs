//! Letters that have to be pressed twice: the answers of a question.
//!
//! No answer may be given by somebody who just types. So a letter counts only for what was painted
//! (a key that arrives before counts for nothing), and each has to be pressed twice; no word
//! begins with one of them twice.
//!
//! Of a question that opened by itself the letters count only while the composer is empty. If something
//! else follows the first, both go into the composer, where they were meant to go. With text in the
//! composer all letters belong to that text, and the question says so. A question that the person called up
//! takes all keys, and each press has to answer what was painted after the one before: a row of them that
//! came at once was typed ahead.

use crossterm::event::KeyCode;

use crate::ask::{Ask, Context};
use crate::key::Key;

/// How far the answer to what is asked now has come.
pub(super) struct Twice {
    /// The question opened by itself.
    by_itself: bool,
    /// What is asked now was painted.
    painted: bool,
    /// What was pressed once.
    sure: Option<char>,
}

/// What a key did.
pub(super) enum Pressed {
    /// It is noted, or it was not for us.
    Nothing,
    /// It was the second of two.
    Answered(char),
    /// It was no answer: what was typed belongs into the composer.
    Typed(Ask),
}

impl Twice {
    /// Nothing was painted and nothing pressed.
    pub(super) fn new(by_itself: bool) -> Self {
        Self {
            by_itself,
            painted: false,
            sure: None,
        }
    }

    /// Another thing is asked now.
    pub(super) fn begin_anew(&mut self) {
        *self = Self::new(self.by_itself);
    }

    /// What was pressed once.
    pub(super) fn sure(&self) -> Option<char> {
        self.sure
    }

    /// Something was drawn: now it can be answered.
    pub(super) fn painted(&mut self, world: &Context<'_>) {
        self.painted = true;
        if self.by_itself && world.composing {
            self.sure = None;
        }
    }

    /// Whether `key` is ours, if these are the letters.
    pub(super) fn wants(&self, letters: &[char], key: Key, world: &Context<'_>) -> bool {
        if !self.by_itself {
            return true;
        }
        if world.composing || !self.painted {
            return false;
        }
        match key.typed() {
            Some(c) => self.sure.is_some() || letters.contains(&c),
            // They are for the letter that waits here.
            None => self.sure.is_some() && matches!(key.code, KeyCode::Enter | KeyCode::Backspace),
        }
    }

    /// Takes a key in.
    pub(super) fn press(&mut self, letters: &[char], key: Key, world: &Context<'_>) -> Pressed {
        if !self.wants(letters, key, world) {
            return Pressed::Nothing;
        }
        if self.by_itself {
            self.press_in_passing(letters, key)
        } else {
            self.press_on_purpose(letters, key)
        }
    }

    fn press_in_passing(&mut self, letters: &[char], key: Key) -> Pressed {
        match (self.sure.take(), key.typed()) {
            (Some(first), Some(c)) if c == first => Pressed::Answered(first),
            (Some(first), Some(c)) => Pressed::Typed(Ask::Compose(format!("{first}{c}"))),
            (Some(first), None) if key.code == KeyCode::Enter => {
                Pressed::Typed(Ask::Compose(first.to_string()))
            }
            (Some(_), None) => Pressed::Nothing,
            (None, typed) => {
                self.sure = typed.filter(|c| letters.contains(c));
                Pressed::Nothing
            }
        }
    }

    fn press_on_purpose(&mut self, letters: &[char], key: Key) -> Pressed {
        let pressed = key
            .typed()
            .filter(|letter| self.painted && letters.contains(letter));
        let before = std::mem::replace(&mut self.sure, pressed);
        match pressed {
            Some(letter) if before == Some(letter) => Pressed::Answered(letter),
            _ => {
                self.painted &= pressed.is_none();
                Pressed::Nothing
            }
        }
    }
}

//! Letters that have to be pressed twice: the answers of a question that opens by itself.
//!
//! No answer may be given by somebody who just types. The letters count only while the composer is empty and only for what
//! was painted: a key that arrives before counts for nothing here. And each has to be pressed twice; no word begins with one of
//! them twice. If something else follows the first, both go into the composer, where they were meant to go. With text in the
//! composer all letters belong to that text, and the question says so.

use crossterm::event::KeyCode;

use crate::ask::{Ask, Context};
use crate::key::Key;
use crate::pages::sheet::Sheet;

/// The answers of one question.
pub(super) trait Answer: Copy + PartialEq + 'static {
    /// All there are.
    const ALL: &'static [Self];

    /// The key for it.
    fn letter(self) -> char;

    /// What pressing it once more does.
    fn again(self) -> &'static str;
}

/// How far the answer to what is asked now has come.
pub(super) struct Twice<A> {
    /// What is asked now was painted.
    painted: bool,
    /// What was pressed once.
    sure: Option<A>,
}

/// What a key did.
pub(super) enum Pressed<A> {
    /// It is noted, or it was not for us.
    Nothing,
    /// It was the second of two.
    Answered(A),
    /// It was no answer: what was typed belongs into the composer.
    Typed(Ask),
}

impl<A: Answer> Twice<A> {
    /// Nothing was painted and nothing pressed.
    pub(super) fn new() -> Self {
        Self {
            painted: false,
            sure: None,
        }
    }

    /// Something was drawn: now it can be answered.
    pub(super) fn painted(&mut self, world: &Context<'_>) {
        self.painted = true;
        if world.composing {
            self.sure = None;
        }
    }

    /// Whether `key` is ours.
    pub(super) fn wants(&self, key: Key, world: &Context<'_>) -> bool {
        if world.composing || !self.painted {
            return false;
        }
        match key.typed() {
            Some(c) => self.sure.is_some() || of::<A>(c).is_some(),
            // They are for the letter that waits here.
            None => self.sure.is_some() && matches!(key.code, KeyCode::Enter | KeyCode::Backspace),
        }
    }

    /// Takes a key in.
    pub(super) fn press(&mut self, key: Key, world: &Context<'_>) -> Pressed<A> {
        if !self.wants(key, world) {
            return Pressed::Nothing;
        }
        match (self.sure.take(), key.typed()) {
            (Some(first), Some(c)) if c == first.letter() => Pressed::Answered(first),
            (Some(first), Some(c)) => Pressed::Typed(Ask::Compose(format!("{}{c}", first.letter()))),
            (Some(first), None) if key.code == KeyCode::Enter => {
                Pressed::Typed(Ask::Compose(first.letter().to_string()))
            }
            (Some(_), None) => Pressed::Nothing,
            (None, typed) => {
                self.sure = typed.and_then(|c| of::<A>(c));
                Pressed::Nothing
            }
        }
    }

    /// The keys that count now: `asked` until one was pressed, then that one and `back`, the key that goes back.
    pub(super) fn keys(&self, sheet: &mut Sheet, back: &str, asked: &[(&str, &str)]) {
        match self.sure {
            Some(first) => sheet.keys(&[(&first.letter().to_string(), first.again()), (back, "do not")]),
            None => sheet.keys(asked),
        }
    }
}

/// The answer that `letter` stands for.
fn of<A: Answer>(letter: char) -> Option<A> {
    A::ALL.iter().copied().find(|answer| answer.letter() == letter)
}

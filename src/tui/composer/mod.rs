//! The editor: several lines, readline's keys, undo, kill ring, own history. It knows no keys and no
//! terminal: [`Edit`]s go in, text and cursor come out.
//!
//! [`graphemes`] finds places, [`change`] is the one place where the text changes, [`edits`] says what each
//! [`Edit`] does, [`wrap`] and [`layout`] how it is drawn.

mod change;
mod edits;
mod graphemes;
mod kills;
mod layout;
mod origin;
mod paste;
mod recall;
#[cfg(test)]
mod tests;
mod undo;
mod wrap;

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

use kills::Kills;
pub use layout::{Layout, Window};
use origin::{Origin, Source};
pub use recall::escapes;
use recall::{Recall, SentText};
use undo::{EditKind, Undo};
use wrap::Wrap;

/// One act of editing. Words are runs of letters and digits, as readline's M-f and M-b see
/// them; Ctrl-W goes by spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edit {
    Newline,
    Left,
    Right,
    WordLeft,
    WordRight,
    /// Of the line, not of the text.
    LineStart,
    LineEnd,
    TextStart,
    TextEnd,
    LineUp,
    LineDown,
    DeleteLeft,
    DeleteRight,
    /// Ctrl-W: to the space before.
    RuboutWord,
    /// Alt-Backspace: the word before.
    DeleteWordLeft,
    DeleteWordRight,
    KillToEnd,
    KillToStart,
    /// The whole text, wherever the cursor is.
    KillAll,
    Yank,
    YankPop,
    Transpose,
    Undo,
    Redo,
}

/// What is being written in one chat.
#[derive(Clone, Default)]
pub struct Composer {
    text: String,
    /// Between graphemes.
    cursor: usize,
    origin: Origin,
    /// The column that going up and down aims at.
    goal: Option<usize>,
    last: Last,
    undo: Undo,
    kills: Kills,
    recall: Recall,
    wrap: RefCell<Wrap>,
}

/// What was done last, where the next act asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Last {
    #[default]
    Other,
    Kill,
    /// The `nth` of the kill ring stands at this range.
    Yank {
        nth: usize,
        range: Range<usize>,
    },
}

/// Says nothing of what is written.
impl fmt::Debug for Composer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Composer")
            .field("bytes", &self.text.len())
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}

impl Composer {
    /// The longest text, in bytes: what one message may hold.
    pub const MOST: usize = model::Clean::MAX_BYTES;

    /// With a text (a draft), the cursor at its end. It does not count as typed by hand.
    pub fn with(text: &str) -> Self {
        let (text, _) = paste::cleaned(text);
        Self {
            cursor: text.len(),
            origin: if text.is_empty() {
                Origin::default()
            } else {
                Origin::FOREIGN
            },
            text,
            ..Self::default()
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Byte offset of the cursor; always between graphemes.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// A typed character, or a completion. What does not fit is left out.
    pub fn insert(&mut self, text: &str) {
        self.last = Last::Other;
        let one = text.chars().count() == 1 && text != "\n";
        let kind = if one { EditKind::Typing } else { EditKind::Other };
        self.change(self.cursor..self.cursor, text, Source::Hand, kind);
    }

    /// Pasted text: cleaned as `model::Clean` does, lines kept, one undo step; what does not
    /// fit is left out (false then).
    pub fn paste(&mut self, text: &str) -> bool {
        self.last = Last::Other;
        self.change(self.cursor..self.cursor, text, Source::Foreign, EditKind::Other)
            .all_fitted
    }

    /// Replaces `range` of the text (bytes) by `with`, the cursor behind it: completion. A range
    /// that is none is not replaced.
    pub fn replace(&mut self, range: Range<usize>, with: &str) {
        self.last = Last::Other;
        if self.text.get(range.clone()).is_some() {
            self.change(range, with, Source::Completion, EditKind::Other);
        }
    }

    /// Puts another text in the place of this one, as if it had been typed: for words of the program and what
    /// the person chose, never for what others wrote. Undo brings the old one back.
    pub fn set(&mut self, text: &str) {
        self.last = Last::Other;
        self.change(0..self.text.len(), text, Source::Hand, EditKind::Other);
    }

    /// Puts back what could not be sent, if nothing else is being written. It does not count as typed by
    /// hand: a message that begins with a slash must not become a command.
    pub fn put_back(&mut self, text: &str) -> bool {
        self.last = Last::Other;
        self.is_empty() && self.change(0..0, text, Source::Foreign, EditKind::Other).changed
    }

    /// Takes the text out (it is being sent) and remembers it in the own history. What was
    /// done cannot be undone any more.
    pub fn take(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        self.recall.add(&text, self.origin.began_by_hand());
        self.undo.forget();
        self.cursor = 0;
        self.goal = None;
        self.last = Last::Other;
        self.origin = Origin::default();
        self.wrap.get_mut().changed("", 0, text.len(), 0);
        text
    }

    /// Whether the first character was typed by hand: only then may the text be a command (threat 81). Where
    /// that is not known (a draft, or what was pasted came to the front), it was not.
    pub fn began_by_hand(&self) -> bool {
        self.origin.began_by_hand()
    }

    /// Texts sent earlier, newest first, for [`Composer::older`]; given once, when the chat is opened. One
    /// that begins with a slash gets a second one, as it has to be typed.
    pub fn remember(&mut self, sent: Vec<String>) {
        self.recall.remember(sent);
    }

    /// A text that was deleted is not walked back to.
    pub fn forget(&mut self, text: &str) {
        self.recall.forget(text);
    }

    /// Walks to an older text of the own history; what was being written is kept and comes back with `newer`.
    /// False if there is none, or if the composer holds a text of its own that is not from the history.
    pub fn older(&mut self) -> bool {
        if !self.is_empty() && !self.recall.is_walking() {
            return false;
        }
        let Some(sent) = self.recall.older() else {
            return false;
        };
        self.recalled(Some(sent));
        true
    }

    /// Back to a newer text of the own history, in the end to the empty composer. False
    /// if nothing is walked through.
    pub fn newer(&mut self) -> bool {
        let Some(sent) = self.recall.newer() else {
            return false;
        };
        self.recalled(sent);
        true
    }

    fn recalled(&mut self, sent: Option<SentText>) {
        self.last = Last::Other;
        let by_hand = sent.as_ref().is_none_or(|sent| sent.by_hand);
        let source = if by_hand { Source::Hand } else { Source::Foreign };
        let text = sent.map_or_else(String::new, |sent| sent.text);
        self.change(0..self.text.len(), &text, source, EditKind::Recalling);
    }
}

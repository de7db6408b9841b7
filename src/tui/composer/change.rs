//! The one place where the text changes: it stays clean and within its bounds, the cursor stays between
//! graphemes, and every change can be undone.

use std::ops::Range;

use super::origin::{Origin, Source};
use super::undo::{EditKind, UndoStep};
use super::{Composer, Last, graphemes, paste};
use model::Clean;

/// Characters on each side of a change that are cleaned again with it: more than [`Clean`] lets pile up.
const SEAM: usize = 32;

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Changed {
    /// The text is another one.
    pub changed: bool,
    pub all_fitted: bool,
    /// Where what was inserted ends: the cursor, or in the grapheme before it.
    pub end: usize,
}

impl Composer {
    /// Puts `with` in the place of `range` (between characters), the cursor behind it.
    pub(super) fn change(
        &mut self,
        range: Range<usize>,
        with: &str,
        source: Source,
        kind: EditKind,
    ) -> Changed {
        let (clean, mut all_fitted) = paste::cleaned(with);
        let room = Self::MOST.saturating_sub(self.text.len() - range.len());
        let fitting = graphemes::first_bytes(&clean, room);
        all_fitted &= fitting.len() == clean.len();
        let (range, with, end) = seamless(&self.text, range, fitting);
        let changed = self.text.get(range.clone()) != Some(with.as_str());
        if changed {
            self.apply(range, with, end, source, kind);
        }
        Changed {
            changed,
            all_fitted,
            end,
        }
    }

    fn apply(&mut self, range: Range<usize>, with: String, end: usize, source: Source, kind: EditKind) {
        let (cursor, origin) = (self.cursor, self.origin);
        let all = range.len() == self.text.len();
        let removed = self.text.get(range.clone()).unwrap_or_default().to_owned();
        self.exchange(range.start, removed.len(), &with);
        self.cursor = graphemes::snap(&self.text, end);
        self.origin = match source {
            _ if self.text.is_empty() => Origin::default(),
            Source::Hand | Source::Foreign if all => Origin::default().after(source, true),
            _ => origin.after(source, range.start == 0),
        };
        if kind != EditKind::Recalling {
            self.recall.leave();
        }
        self.undo.push(UndoStep {
            at: range.start,
            removed,
            inserted: with,
            cursor: (cursor, self.cursor),
            origin: (origin, self.origin),
            kind,
        });
    }

    /// The text alone, and the rows that hang on it.
    fn exchange(&mut self, at: usize, removed: usize, with: &str) {
        self.text.replace_range(at..at + removed, with);
        self.wrap.get_mut().changed(&self.text, at, removed, with.len());
        self.goal = None;
    }

    pub(super) fn undo(&mut self) -> bool {
        let Some(step) = self.undo.back() else {
            return false;
        };
        self.exchange(step.at, step.inserted.len(), &step.removed);
        self.stepped(step.cursor.0, step.origin.0);
        true
    }

    pub(super) fn redo(&mut self) -> bool {
        let Some(step) = self.undo.forward() else {
            return false;
        };
        self.exchange(step.at, step.removed.len(), &step.inserted);
        self.stepped(step.cursor.1, step.origin.1);
        true
    }

    fn stepped(&mut self, cursor: usize, origin: Origin) {
        self.cursor = cursor;
        self.origin = origin;
        self.recall.leave();
        self.last = Last::Other;
    }
}

/// The change as it has to be made for the text to stay clean: marks and invisible characters must not pile
/// up where two clean texts meet. The range, what takes its place, and where of that the inserted text ends.
fn seamless(text: &str, range: Range<usize>, with: &str) -> (Range<usize>, String, usize) {
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    let start = before
        .char_indices()
        .rev()
        .take(SEAM)
        .last()
        .map_or(range.start, |(at, _)| at);
    let length = after.char_indices().nth(SEAM).map_or(after.len(), |(at, _)| at);
    let head = text.get(start..range.start).unwrap_or_default();
    let tail = after.get(..length).unwrap_or_default();
    let joined = format!("{head}{with}{tail}");
    let clean = Clean::new(&joined);
    if clean.as_str() == joined {
        let end = range.start + with.len();
        return (range, with.to_owned(), end);
    }
    let end = start + Clean::new(&format!("{head}{with}")).as_str().len();
    (start..range.end + length, clean.as_str().to_owned(), end)
}

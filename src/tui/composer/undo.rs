//! What can be undone: changes of the text, joined to steps as a person thinks of them.

use super::origin::Origin;

/// Steps that are kept.
const MOST_STEPS: usize = 500;
/// Bytes of text that all steps together may keep; the newest step is always kept.
const MOST_BYTES: usize = 1024 * 1024;

/// How a change came about: changes of one kind in a row may be one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EditKind {
    /// Characters typed one by one: a word with the spaces behind it is a step.
    Typing,
    DeletingLeft,
    DeletingRight,
    /// Another text of the own history, or of the kill ring, in the place of the last
    /// one: all of them are one step.
    Recalling,
    Yanking,
    /// A step of its own.
    Other,
}

/// One change: at `at`, `removed` became `inserted`.
#[derive(Debug, Clone)]
pub(super) struct UndoStep {
    pub at: usize,
    pub removed: String,
    pub inserted: String,
    /// Cursor before and after.
    pub cursor: (usize, usize),
    /// Origin before and after.
    pub origin: (Origin, Origin),
    pub kind: EditKind,
}

impl UndoStep {
    fn bytes(&self) -> usize {
        self.removed.len() + self.inserted.len()
    }

    /// Takes the change that followed into this step, if both are one act for a person.
    fn join(&mut self, next: &UndoStep) -> bool {
        let joined = self.kind == next.kind
            && match self.kind {
                EditKind::Typing => self.join_typed(next),
                EditKind::DeletingLeft => self.join_deleted_left(next),
                EditKind::DeletingRight => self.join_deleted_right(next),
                EditKind::Recalling | EditKind::Yanking => self.join_chosen(next),
                EditKind::Other => false,
            };
        if joined {
            self.cursor.1 = next.cursor.1;
            self.origin.1 = next.origin.1;
        }
        joined
    }

    fn join_typed(&mut self, next: &UndoStep) -> bool {
        let goes_on = next.removed.is_empty() && self.at + self.inserted.len() == next.at;
        if !goes_on || begins_word(&self.inserted, &next.inserted) {
            return false;
        }
        self.inserted.push_str(&next.inserted);
        true
    }

    fn join_deleted_left(&mut self, next: &UndoStep) -> bool {
        let bare = self.inserted.is_empty() && next.inserted.is_empty();
        let ends_word = starts_with_space(&self.removed) && !ends_in_space(&next.removed);
        if !bare || next.at + next.removed.len() != self.at || ends_word {
            return false;
        }
        self.removed.insert_str(0, &next.removed);
        self.at = next.at;
        true
    }

    fn join_deleted_right(&mut self, next: &UndoStep) -> bool {
        let bare = self.inserted.is_empty() && next.inserted.is_empty();
        if !bare || next.at != self.at || begins_word(&self.removed, &next.removed) {
            return false;
        }
        self.removed.push_str(&next.removed);
        true
    }

    fn join_chosen(&mut self, next: &UndoStep) -> bool {
        if next.at != self.at || next.removed != self.inserted {
            return false;
        }
        self.inserted.clone_from(&next.inserted);
        true
    }
}

fn ends_in_space(text: &str) -> bool {
    text.ends_with(char::is_whitespace)
}

fn starts_with_space(text: &str) -> bool {
    text.starts_with(char::is_whitespace)
}

/// After spaces something else follows.
fn begins_word(before: &str, after: &str) -> bool {
    ends_in_space(before) && !starts_with_space(after)
}

/// The steps done and the steps undone.
#[derive(Debug, Clone, Default)]
pub(super) struct Undo {
    done: std::collections::VecDeque<UndoStep>,
    undone: Vec<UndoStep>,
    /// The next change begins a step, whatever it is.
    sealed: bool,
    bytes: usize,
}

impl Undo {
    /// Notes a change; what was undone before is forgotten.
    pub(super) fn push(&mut self, step: UndoStep) {
        self.undone.clear();
        let sealed = std::mem::take(&mut self.sealed);
        if let Some(last) = self.done.back_mut().filter(|_| !sealed) {
            let before = last.bytes();
            if last.join(&step) {
                self.bytes = self.bytes + last.bytes() - before;
                return;
            }
        }
        self.bytes += step.bytes();
        self.done.push_back(step);
        while self.done.len() > 1 && (self.done.len() > MOST_STEPS || self.bytes > MOST_BYTES) {
            let dropped = self.done.pop_front().map_or(0, |step| step.bytes());
            self.bytes = self.bytes.saturating_sub(dropped);
        }
    }

    /// The cursor moved: what follows is another step.
    pub(super) fn seal(&mut self) {
        self.sealed = true;
    }

    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The step to be undone now.
    pub(super) fn back(&mut self) -> Option<UndoStep> {
        let step = self.done.pop_back()?;
        self.bytes = self.bytes.saturating_sub(step.bytes());
        self.undone.push(step.clone());
        self.sealed = true;
        Some(step)
    }

    /// The step to be done again now.
    pub(super) fn forward(&mut self) -> Option<UndoStep> {
        let step = self.undone.pop()?;
        self.bytes += step.bytes();
        self.done.push_back(step.clone());
        self.sealed = true;
        Some(step)
    }
}

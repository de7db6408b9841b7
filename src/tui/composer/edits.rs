//! What each [`Edit`] does.

use std::ops::Range;

use super::graphemes::{line_end, line_start, next, previous, unspaced_left, word_left, word_right};
use super::kills::Side;
use super::origin::Source;
use super::undo::EditKind;
use super::{Composer, Edit, Last};

impl Composer {
    /// Does it; false if nothing changed, the cursor neither. Where a line is meant, it is one that ends with
    /// a newline; only [`Edit::LineUp`] and [`Edit::LineDown`] go by the lines that were drawn last. At its
    /// end (or start) a line is joined with its neighbour by [`Edit::KillToEnd`] (or [`Edit::KillToStart`]).
    pub fn edit(&mut self, edit: Edit) -> bool {
        let last = std::mem::take(&mut self.last);
        match edit {
            Edit::Newline => {
                self.change(self.cursor..self.cursor, "\n", Source::Hand, EditKind::Other)
                    .changed
            }
            Edit::DeleteLeft => self.delete(
                previous(&self.text, self.cursor)..self.cursor,
                EditKind::DeletingLeft,
            ),
            Edit::DeleteRight => self.delete(
                self.cursor..next(&self.text, self.cursor),
                EditKind::DeletingRight,
            ),
            Edit::RuboutWord
            | Edit::DeleteWordLeft
            | Edit::DeleteWordRight
            | Edit::KillToEnd
            | Edit::KillToStart
            | Edit::KillAll => self.kill(edit, last == Last::Kill && edit != Edit::KillAll),
            Edit::Yank => self.yank(0, self.cursor..self.cursor),
            Edit::YankPop => match last {
                Last::Yank { nth, range } if self.kills.len() > 1 => self.yank(nth + 1, range),
                _ => false,
            },
            Edit::Transpose => self.transpose(),
            Edit::Undo => self.undo(),
            Edit::Redo => self.redo(),
            Edit::LineUp | Edit::LineDown => match self.beside(edit == Edit::LineUp) {
                Some((place, goal)) => {
                    let moved = self.go(place);
                    self.goal = Some(goal);
                    moved
                }
                None => false,
            },
            _ => self.go(self.place(edit)),
        }
    }

    /// Where a movement leads.
    fn place(&self, edit: Edit) -> usize {
        let (text, at) = (self.text.as_str(), self.cursor);
        match edit {
            Edit::Left => previous(text, at),
            Edit::Right => next(text, at),
            Edit::WordLeft => word_left(text, at),
            Edit::WordRight => word_right(text, at),
            Edit::LineStart => line_start(text, at),
            Edit::LineEnd => line_end(text, at),
            Edit::TextStart => 0,
            Edit::TextEnd => text.len(),
            _ => at,
        }
    }

    fn go(&mut self, place: usize) -> bool {
        self.goal = None;
        if place == self.cursor {
            return false;
        }
        self.cursor = place;
        self.undo.seal();
        true
    }

    fn delete(&mut self, range: Range<usize>, kind: EditKind) -> bool {
        self.change(range, "", Source::Within, kind).changed
    }

    /// Cuts out what the edit says and keeps it for Yank; `join`: with what was cut out just before.
    fn kill(&mut self, edit: Edit, join: bool) -> bool {
        let (text, at) = (self.text.as_str(), self.cursor);
        let (range, side) = match edit {
            Edit::RuboutWord => (unspaced_left(text, at)..at, Side::Left),
            Edit::DeleteWordLeft => (word_left(text, at)..at, Side::Left),
            Edit::DeleteWordRight => (at..word_right(text, at), Side::Right),
            Edit::KillToEnd => {
                let end = line_end(text, at);
                (at..if end == at { next(text, at) } else { end }, Side::Right)
            }
            Edit::KillAll => (0..text.len(), Side::Right),
            _ => {
                let start = line_start(text, at);
                (
                    if start == at { previous(text, at) } else { start }..at,
                    Side::Left,
                )
            }
        };
        let cut = text.get(range.clone()).unwrap_or_default().to_owned();
        if cut.is_empty() {
            return false;
        }
        self.kills.push(&cut, side, self.origin.all_by_hand(), join);
        self.delete(range, EditKind::Other);
        self.last = Last::Kill;
        true
    }

    /// Puts the `nth` text of the kill ring in the place of `range`.
    fn yank(&mut self, nth: usize, range: Range<usize>) -> bool {
        let Some(kill) = self.kills.get(nth).cloned() else {
            return false;
        };
        let source = if kill.by_hand {
            Source::Hand
        } else {
            Source::Foreign
        };
        let start = range.start;
        if nth == 0 {
            self.undo.seal();
        }
        let done = self.change(range, &kill.text, source, EditKind::Yanking);
        self.last = Last::Yank {
            nth,
            range: start..done.end,
        };
        done.changed
    }

    /// Swaps the graphemes on both sides of the cursor and steps over them; at the end
    /// of a line the two before it.
    fn transpose(&mut self) -> bool {
        let (start, end) = (
            line_start(&self.text, self.cursor),
            line_end(&self.text, self.cursor),
        );
        let middle = if self.cursor == end {
            previous(&self.text, end)
        } else {
            self.cursor
        };
        if middle <= start {
            return false;
        }
        let (from, to) = (previous(&self.text, middle), next(&self.text, middle));
        let (left, right) = (self.text.get(from..middle), self.text.get(middle..to));
        let swapped = format!("{}{}", right.unwrap_or_default(), left.unwrap_or_default());
        self.change(from..to, &swapped, Source::Within, EditKind::Other)
            .changed
            || self.go(to)
    }
}

//! The text as it is drawn, and the ways up and down in it.

use unicode_segmentation::UnicodeSegmentation;

use super::Composer;
use super::wrap::{self, WrappedRow};

/// The text as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// At least one; each at most the asked width, the cursor's cell included.
    pub lines: Vec<String>,
    /// (row, column) of the cursor, row into `lines`.
    pub cursor: (usize, usize),
}

/// The part of a [`Layout`] around the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// At least one, at most the asked rows.
    pub lines: Vec<String>,
    /// (row, column) of the cursor, row into `lines`.
    pub cursor: (usize, usize),
    /// Lines that are not shown.
    pub above: usize,
    pub below: usize,
}

impl Composer {
    /// Wrapped for a box `columns` wide (at least 2). A line is broken behind spaces, and keeps them; a space
    /// may take the last column, everything else leaves it to the cursor. A tab is drawn as a space; a
    /// grapheme that is wider than the whole box as U+FFFD.
    pub fn layout(&self, columns: usize) -> Layout {
        let window = self.window(columns.max(2), usize::MAX);
        Layout {
            lines: window.lines,
            cursor: window.cursor,
        }
    }

    /// The lines around the cursor of the same layout, at most `rows` of them (at least 1).
    /// What was in the window stays there as long as the cursor does. Takes as long as what is
    /// shown, however long the text is.
    pub fn layout_window(&self, columns: usize, rows: usize) -> Window {
        let window = self.window(columns.max(2), rows.max(1));
        self.wrap.borrow_mut().top = window.above;
        window
    }

    fn window(&self, columns: usize, height: usize) -> Window {
        let mut wrap = self.wrap.borrow_mut();
        let before = wrap.top;
        let all = wrap.fit(&self.text, columns);
        let current = wrap::row_at(all, self.cursor);
        let column = all.get(current).map_or(0, |row| self.column(*row, columns));
        let lowest = current.saturating_add(1).saturating_sub(height);
        let top = before
            .clamp(lowest, current)
            .min(all.len().saturating_sub(height));
        let lines: Vec<String> = all
            .iter()
            .skip(top)
            .take(height)
            .map(|row| wrap::painted(self.text.get(row.start..row.end).unwrap_or_default(), columns))
            .collect();
        Window {
            cursor: (current - top, column),
            above: top,
            below: all.len() - top - lines.len(),
            lines,
        }
    }

    /// Column of the cursor, which stands in `row`.
    fn column(&self, row: WrappedRow, columns: usize) -> usize {
        let before = self.text.get(row.start..self.cursor).unwrap_or_default();
        wrap::columns_of(before, columns).min(columns - 1)
    }

    /// The place a drawn line up (or down), and the column that is aimed at; None at the edge.
    pub(super) fn beside(&mut self, up: bool) -> Option<(usize, usize)> {
        let wrap = self.wrap.get_mut();
        wrap.fit_as_before(&self.text);
        let columns = wrap.columns();
        let rows = wrap.fit_as_before(&self.text);
        let current = wrap::row_at(rows, self.cursor);
        let target = if up { current.checked_sub(1)? } else { current + 1 };
        let (row, after) = (*rows.get(target)?, rows.get(target + 1).copied());
        let from = *rows.get(current)?;
        let goal = match self.goal {
            Some(goal) => goal,
            None => self.column(from, columns),
        };
        let text = self.text.get(row.start..row.end).unwrap_or_default();
        // The end of a row that was broken by its width is the start of the next one.
        let soft = after.is_some_and(|after| after.start == row.end);
        Some((row.start + offset_at(text, goal, columns, soft), goal))
    }
}

/// Bytes into `row` that take at most `goal` columns; before its last grapheme where its
/// end belongs to the next row.
fn offset_at(row: &str, goal: usize, columns: usize, soft: bool) -> usize {
    let mut column = 0;
    let mut last = 0;
    for (offset, grapheme) in row.grapheme_indices(true) {
        let cells = wrap::cells(grapheme, columns);
        if column + cells > goal {
            return offset;
        }
        column += cells;
        last = offset;
    }
    if soft { last } else { row.len() }
}

//! The text broken into rows that fit a box. Rows are kept between frames and mended where the text changed,
//! so that a quarter of a megabyte can be edited as quickly as a line.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use crate::text;

/// How far before a change rows are broken anew: a row ends where it does because of what
/// follows within the next two.
const LOOK_BACK: usize = 3;
/// Stands for a grapheme that is wider than the whole box, or would be drawn differently beside others.
const NOT_DRAWN: &str = "\u{fffd}";

/// Bytes of a grapheme that is looked at. Letters that join without end make one of the whole text.
const LONGEST: usize = 512;

/// Byte range of a row, without its newline. The next row begins at `end` or, after a newline, behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WrappedRow {
    pub start: usize,
    pub end: usize,
}

/// Rows of a text for a box of some width.
#[derive(Debug, Clone, Default)]
pub(super) struct Wrap {
    columns: usize,
    /// Empty: not broken yet.
    rows: Vec<WrappedRow>,
    /// First row of the window drawn last.
    pub top: usize,
}

impl Wrap {
    /// Breaks `text` for `columns`, if that was not done yet.
    pub(super) fn fit(&mut self, text: &str, columns: usize) -> &[WrappedRow] {
        if self.rows.is_empty() || self.columns != columns {
            self.columns = columns;
            self.rows.clear();
            let mut next = Some(0);
            while let Some(start) = next {
                let (row, after) = row(text, start, columns);
                self.rows.push(row);
                next = after;
            }
        }
        &self.rows
    }

    /// Breaks `text` for the box drawn last; before there was one, only at newlines.
    pub(super) fn fit_as_before(&mut self, text: &str) -> &[WrappedRow] {
        let columns = if self.columns == 0 {
            usize::MAX
        } else {
            self.columns
        };
        self.fit(text, columns)
    }

    /// Width of the box that the rows are for.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// In `text` as it is now, `inserted` bytes at `at` have taken the place of `removed` bytes.
    pub(super) fn changed(&mut self, text: &str, at: usize, removed: usize, inserted: usize) {
        if self.rows.is_empty() {
            return;
        }
        let first = row_at(&self.rows, at).saturating_sub(LOOK_BACK);
        let mut next = self.rows.get(first).map(|row| row.start);
        let old = self.rows.split_off(first);
        while let Some(start) = next {
            if let Some(kept) = unchanged(&old, start, at, removed, inserted) {
                let moved = |place: usize| place - removed + inserted;
                self.rows.extend(kept.iter().map(|row| WrappedRow {
                    start: moved(row.start),
                    end: moved(row.end),
                }));
                break;
            }
            let (row, after) = row(text, start, self.columns);
            self.rows.push(row);
            next = after;
        }
    }
}

/// The old rows from the one on that has become the row at `start`, if that lies behind the change: from
/// there on nothing is different, since a row depends only on what follows its start.
fn unchanged(
    old: &[WrappedRow],
    start: usize,
    at: usize,
    removed: usize,
    inserted: usize,
) -> Option<&[WrappedRow]> {
    let before = start.checked_sub(at + inserted)? + at + removed;
    let index = old.partition_point(|row| row.start < before);
    let kept = old.get(index..)?;
    kept.first().filter(|row| row.start == before)?;
    Some(kept)
}

/// Index of the row that a cursor at `at` stands in.
pub(super) fn row_at(rows: &[WrappedRow], at: usize) -> usize {
    rows.partition_point(|row| row.start <= at).saturating_sub(1)
}

/// The row that begins at `start`, and where the next one begins. Broken behind spaces and wide characters
/// where there are any, else between graphemes. The last column is left to the cursor; a space may take it.
fn row(text: &str, start: usize, columns: usize) -> (WrappedRow, Option<usize>) {
    let limit = columns.saturating_sub(1).max(2);
    let mut column = 0;
    let mut opportunity = None;
    for (offset, grapheme) in text.get(start..).unwrap_or_default().grapheme_indices(true) {
        let at = start + offset;
        if grapheme == "\n" {
            // A cursor at the end of a full row needs one more.
            let next = if column >= columns { at } else { at + 1 };
            return (WrappedRow { start, end: at }, Some(next));
        }
        let (cells, space) = (cells(grapheme, columns), is_blank(grapheme));
        let room = if space { columns } else { limit };
        if column + cells > room && at > start {
            let end = opportunity.filter(|_| !space).unwrap_or(at);
            return (WrappedRow { start, end }, Some(end));
        }
        column += cells;
        if space || cells == 2 {
            opportunity = Some(at + grapheme.len());
        }
    }
    let end = text.len();
    (WrappedRow { start, end }, (column >= columns).then_some(end))
}

fn is_blank(grapheme: &str) -> bool {
    matches!(grapheme, " " | "\t")
}

/// Columns that a grapheme takes in a box of `columns`. Invisible ones take none.
pub(super) fn cells(grapheme: &str, columns: usize) -> usize {
    if is_plain(grapheme) {
        return 1;
    }
    text::width(&drawn(grapheme, columns))
}

fn is_plain(grapheme: &str) -> bool {
    matches!(grapheme.as_bytes(), [b' '..=b'~'])
}

/// What is drawn for a grapheme, whatever stands beside it: only so the columns of a row
/// are those of its graphemes.
fn drawn(grapheme: &str, columns: usize) -> Cow<'_, str> {
    if is_plain(grapheme) {
        return Cow::Borrowed(grapheme);
    }
    if grapheme.len() > LONGEST {
        return Cow::Borrowed(NOT_DRAWN);
    }
    let width = text::width(grapheme);
    if width > columns {
        return Cow::Borrowed(NOT_DRAWN);
    }
    let drawn = text::fit(grapheme, columns, "");
    if text::width(&drawn) == width {
        Cow::Owned(drawn)
    } else {
        Cow::Borrowed(NOT_DRAWN)
    }
}

/// A row as [`text::put`] paints it.
pub(super) fn painted(row: &str, columns: usize) -> String {
    row.graphemes(true).map(|g| drawn(g, columns)).collect()
}

/// Columns from the start of `row` to its end.
pub(super) fn columns_of(row: &str, columns: usize) -> usize {
    row.graphemes(true).map(|g| cells(g, columns)).sum()
}

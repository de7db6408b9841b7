//! How wide text is, how it is cut, wrapped and painted. Whatever others write goes through here: no cell is ever
//! written outside its box, on this terminal or on one that knows fewer emoji.
//!
//! Callers pass text as `model::shown` makes it (isolated lines, escaped identifiers); what it holds may still be wide,
//! combining, invisible, joined or right-to-left.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

/// Columns that [`put`] takes for `text`.
pub fn width(text: &str) -> usize {
    todo!("{text}")
}

/// `text` cut to at most `columns`; "…" (or "." in ASCII, by the caller's choice of `cut`) stands for what was cut.
pub fn fit(text: &str, columns: usize, cut: &str) -> String {
    todo!("{text}{columns}{cut}")
}

/// One line of text (without newlines) as lines of at most `columns` (at least 1), broken at spaces where there are any,
/// else between graphemes. At least one line. Spaces at a break are dropped, all others are kept.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    todo!("{text}{columns}")
}

/// Paints `text` from (`x`, `y`) on, never at or beyond column `right`, never outside `buf`. The column after it.
pub fn put(buf: &mut Buffer, x: u16, y: u16, right: u16, text: &str, style: Style) -> u16 {
    todo!("{x}{y}{right}{text}{style:?}{}", buf.area)
}

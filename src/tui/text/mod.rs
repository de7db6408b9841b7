//! How wide text is, how it is cut, wrapped and painted. Whatever others write goes through here: no cell is
//! ever written outside its box, on this terminal or on one that knows fewer emoji.
//!
//! Callers pass text as `model::shown` makes it (isolated lines, escaped identifiers); what it holds may
//! still be wide, combining, invisible, joined or right-to-left. What is painted in place of it, and
//! why, is said in [`graphemes`].

use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, CellDiffOption, CellWidth};
use ratatui::style::Style;

use graphemes::{LEFT_TO_RIGHT_MARK, REPLACEMENT, Symbols};

mod emoji;
mod graphemes;
pub mod links;
pub mod mention;
pub mod styling;
mod wrap;

pub use emoji::{Whole, draw_whole};
pub use wrap::{Piece, pieces, wrap};

/// Painted for a symbol that is wider than its box, where something has to be.
const TOO_WIDE: char = REPLACEMENT;

/// Columns that [`put`] takes for `text`.
pub fn width(text: &str) -> usize {
    let mut symbols = Symbols::new(text);
    let mut columns = 0_usize;
    while let Some(symbol) = symbols.next() {
        columns = columns.saturating_add(symbol.columns);
    }
    columns
}

/// `text` as [`put`] paints it, cut to at most `columns`; "…" (or "." in ASCII, by the caller's choice of
/// `cut`) stands for what was cut. Where not even `cut` fits, it is left out.
pub fn fit(text: &str, columns: usize, cut: &str) -> String {
    let room = columns.checked_sub(width(cut));
    let mut fitted = String::new();
    let mut used = 0_usize;
    // How much of `fitted` leaves room for `cut`.
    let mut whole = 0;
    let mut symbols = Symbols::new(text);
    while let Some(symbol) = symbols.next() {
        used = used.saturating_add(symbol.columns);
        if used > columns {
            if room.is_some() {
                fitted.truncate(whole);
                fitted.push_str(cut);
            }
            return fitted;
        }
        fitted.push_str(symbol.text);
        if room.is_some_and(|room| used <= room) {
            whole = fitted.len();
        }
    }
    fitted
}

/// Paints `text` from (`x`, `y`) on, never at or beyond column `right`, never outside `buf`. The column after
/// it. Stops at the first symbol that does not fit.
pub fn put(buf: &mut Buffer, x: u16, y: u16, right: u16, text: &str, style: Style) -> u16 {
    let area = buf.area;
    let right = right.min(area.right());
    if x < area.left() || x >= right || y < area.top() || y >= area.bottom() {
        return x;
    }
    let mut at = x;
    // Where the last symbol was painted.
    let mut last = None;
    let mut turns = false;
    let mut symbols = Symbols::new(text);
    while at < right {
        let Some(symbol) = symbols.next() else { break };
        let Some(next) = u16::try_from(symbol.columns)
            .ok()
            .and_then(|columns| at.checked_add(columns))
            .filter(|&next| next <= right)
        else {
            break;
        };
        if last.is_none() {
            uncover(buf, at, y);
        }
        paint(buf, at, y, next, symbol.text, style);
        turns |= symbol.turns;
        last = Some(at);
        at = next;
    }
    // What stands to the right goes from left to right again, in terminals that turn text around.
    if let Some(cell) = last.filter(|_| turns).and_then(|last| buf.cell_mut((last, y))) {
        let closed = format!("{}{LEFT_TO_RIGHT_MARK}", cell.symbol());
        cell.set_symbol(&closed);
    }
    at
}

/// One symbol into the cells from `x` to `next`.
fn paint(buf: &mut Buffer, x: u16, y: u16, next: u16, symbol: &str, style: Style) {
    if let Some(cell) = buf.cell_mut((x, y)) {
        cell.set_symbol(symbol).set_style(style);
        cell.set_diff_option(CellDiffOption::None);
        // Where ratatui counts otherwise, it would leave cells out or paint over them; behind U+FE0F it
        // paints over what the symbol covers, in any case.
        if (cell.cell_width() != next - x || symbol.contains('\u{fe0f}'))
            && let Some(columns) = NonZeroU16::new(next - x)
        {
            cell.set_diff_option(CellDiffOption::ForcedWidth(columns));
        }
    }
    // Covered by the symbol and not sent. When the symbol goes, they must be: a terminal that put a part of
    // the symbol there does not clear it, and ratatui would think it blank already.
    for covered in x + 1..next {
        if let Some(cell) = buf.cell_mut((covered, y)) {
            cell.set_symbol(" ").set_style(style);
            cell.set_diff_option(CellDiffOption::AlwaysUpdate);
        }
    }
}

/// Takes away a wide symbol of which (`x`, `y`) is not the first cell: half of it cannot be painted over.
fn uncover(buf: &mut Buffer, x: u16, y: u16) {
    for back in 1..=graphemes::MAX_COLUMNS {
        let Some(start) = x.checked_sub(back) else { return };
        let Some(cell) = buf.cell_mut((start, y)) else {
            return;
        };
        if cell.cell_width() > back {
            cell.set_symbol(" ").set_diff_option(CellDiffOption::None);
            return;
        }
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

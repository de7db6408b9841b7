//! Between ratatui and the terminal: after each symbol on whose width terminals may disagree the cursor is
//! set anew, so that whatever a terminal makes of it, all other cells stay where they belong. Cells that
//! belong to a link go out between the sequences that say where it leads.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Arc;

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::{Cell, CellDiffOption, CellWidth};
use ratatui::layout::{Position, Size};

use super::size;
use super::targets::{CLOSE, Table, Target};

/// A [`CrosstermBackend`] that takes care of symbols of doubtful width.
///
/// Its cells are blanked first: a terminal that needs fewer columns than were kept free would
/// leave old text in the rest.
#[derive(Debug)]
pub struct SafeBackend<W: Write> {
    inner: CrosstermBackend<W>,
    /// Whether the cursor is shown, and where it stands, as far as is known: what is
    /// so already is not said again.
    shown: Option<bool>,
    at: Option<Position>,
    /// Which cells of the frame that comes belong to links.
    links: Rc<RefCell<Table>>,
}

impl<W: Write> SafeBackend<W> {
    pub fn new(writer: W) -> Self {
        Self {
            inner: CrosstermBackend::new(writer),
            shown: None,
            at: None,
            links: Rc::default(),
        }
    }

    /// Where to say which cells belong to links, before a frame is drawn.
    pub fn links(&self) -> Rc<RefCell<Table>> {
        Rc::clone(&self.links)
    }

    /// Somebody else wrote to the terminal: nothing is known of it any more.
    pub const fn forget(&mut self) {
        self.shown = None;
        self.at = None;
    }
}

/// For sequences of our own between two frames.
impl<W: Write> Write for SafeBackend<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.inner)
    }
}

impl<W: Write> Backend for SafeBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let cells: Vec<_> = content.collect();
        // Of no cells the inner backend would make three sequences nevertheless.
        if cells.is_empty() {
            return Ok(());
        }
        self.at = None;
        let helpers: Vec<_> = cells
            .iter()
            .enumerate()
            .filter(|(_, (_, _, cell))| !is_settled(cell.symbol()))
            .map(|(at, (_, _, cell))| (at, [with(cell, " "), with(cell, "")]))
            .collect();
        let links = self.links.borrow();
        for run in spaced(&cells, &helpers).chunk_by(|one, next| leads(&links, one) == leads(&links, next)) {
            let target = run.first().and_then(|cell| leads(&links, cell));
            if let Some(target) = target {
                self.inner.write_all(target.open().as_bytes())?;
            }
            self.inner.draw(run.iter().copied())?;
            if target.is_some() {
                self.inner.write_all(CLOSE.as_bytes())?;
            }
        }
        Ok(())
    }

    fn append_lines(&mut self, count: u16) -> io::Result<()> {
        self.at = None;
        self.inner.append_lines(count)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        match self.shown.replace(false) {
            Some(false) => Ok(()),
            _ => self.inner.hide_cursor(),
        }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        match self.shown.replace(true) {
            Some(true) => Ok(()),
            _ => self.inner.show_cursor(),
        }
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        match self.at.replace(position) {
            Some(known) if known == position => Ok(()),
            _ => self.inner.set_cursor_position(position),
        }
    }

    fn clear(&mut self) -> io::Result<()> {
        self.at = None;
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.at = None;
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner
            .size()
            .map(|told| size::usable(told, size::from_environment))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}

/// A cell of the same style that holds something else.
fn with(cell: &Cell, symbol: &str) -> Cell {
    let mut cell = cell.clone();
    cell.set_symbol(symbol);
    cell
}

type Placed<'a> = (u16, u16, &'a Cell);

/// The link that a cell belongs to. A symbol of a width that is forced is always painted in the same
/// way, so it belongs to none.
fn leads<'a>(links: &'a Table, (x, y, cell): &Placed<'_>) -> Option<&'a Arc<Target>> {
    match cell.diff_option {
        CellDiffOption::ForcedWidth(_) => None,
        _ => links.at(*x, *y),
    }
}

/// The cells in such an order that the inner backend, which sets the cursor wherever a cell is not the right
/// neighbour of the last one, sets it before and after each doubtful symbol. `helpers` has the index of each
/// of them, a blank and a cell that prints nothing.
fn spaced<'a>(cells: &[Placed<'a>], helpers: &'a [(usize, [Cell; 2])]) -> Vec<Placed<'a>> {
    let mut order = Vec::with_capacity(cells.len() + 3 * helpers.len());
    let mut helpers = helpers.iter().peekable();
    let mut rest = cells.iter().copied().enumerate().peekable();
    while let Some((at, (x, y, cell))) = rest.next() {
        let Some((_, [blank, nothing])) = helpers.next_if(|(doubtful, _)| *doubtful == at) else {
            order.push((x, y, cell));
            continue;
        };
        let columns = x..x.saturating_add(cell.cell_width().max(1));
        order.extend(columns.map(|x| (x, y, blank)));
        order.push((x, y, cell));
        // Printed where the next cell is, it makes that one no neighbour.
        let next = x.saturating_add(1);
        if rest
            .peek()
            .is_some_and(|(_, (x, row, _))| *x == next && *row == y)
        {
            order.push((next, y, nothing));
        }
    }
    order
}

/// One character whose width has been the same in every terminal for twenty years.
fn is_settled(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else {
        return false;
    };
    matches!(c,
        ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{370}'..='\u{377}' | '\u{384}'..='\u{482}'
        | '\u{48a}'..='\u{52f}' | '\u{5d0}'..='\u{5ea}' | '\u{620}'..='\u{64a}' | '\u{2010}'..='\u{2027}'
        | '\u{2190}'..='\u{21ff}' | '\u{2500}'..='\u{259f}' | '\u{25b8}' | '\u{25bc}' | '\u{25c6}' | '\u{25cb}' | '\u{25cf}'
        | '\u{2713}' | '\u{2717}' | '\u{3001}'..='\u{3020}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fe}'
        | '\u{3400}'..='\u{4db5}' | '\u{4e00}'..='\u{9fa5}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff01}'..='\u{ff5e}')
}

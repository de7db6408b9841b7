//! The links in a text: those of the web alone. Where a link with keys in it leads (`aesgcm:`) is for no browser.
//!
//! Where a text is broken into lines, each piece of a link can carry the whole one (OSC 8): [`Table`] says which cells of the
//! screen do. The cells themselves never hold anything but text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use linkify::{LinkFinder, LinkKind};
use ratatui::buffer::{Buffer, CellDiffOption};

use super::Piece;
use super::wrap::{joined, split};

/// Bytes of one message that are looked through, and of one link.
const LONGEST_TEXT: usize = 64 * 1024;
const LONGEST: usize = 8 * 1024;
/// Bytes of a link that a terminal is told: longer ones are cut by some.
const LONGEST_TOLD: usize = 2 * 1024;

/// The links of a text, in its order.
pub fn of(text: &str) -> impl Iterator<Item = &str> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let cut = (0..=LONGEST_TEXT.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at));
    let found: Vec<&str> = finder
        .links(cut.and_then(|cut| text.get(..cut)).unwrap_or_default())
        .map(|link| link.as_str())
        .collect();
    found.into_iter().filter(|link| {
        let scheme = link.split(':').next().unwrap_or_default();
        link.len() <= LONGEST
            && ["http", "https"]
                .iter()
                .any(|web| scheme.eq_ignore_ascii_case(web))
    })
}

/// A link as a terminal is told it: in characters of ASCII that are permitted in a URI, whatever was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Pieces with the same one are one link.
    id: String,
    uri: String,
}

impl Target {
    /// None: it is too long.
    fn new(link: &str, id: String) -> Option<Arc<Self>> {
        let mut uri = String::with_capacity(link.len());
        for byte in link.bytes() {
            match byte {
                b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                    let _ = write!(uri, "%{byte:02X}");
                }
                0x21..=0x7e => uri.push(char::from(byte)),
                _ => {
                    let _ = write!(uri, "%{byte:02X}");
                }
            }
            if uri.len() > LONGEST_TOLD {
                return None;
            }
        }
        Some(Arc::new(Self { id, uri }))
    }

    /// What begins such a link.
    pub fn open(&self) -> String {
        format!("\x1b]8;id={};{}\x1b\\", self.id, self.uri)
    }
}

/// What ends a link.
pub const CLOSE: &str = "\x1b]8;;\x1b\\";

/// Bytes of a line, and where they lead.
pub type Targets = Vec<(Range<usize>, Arc<Target>)>;

/// Goes through the lines of one message, in order.
#[derive(Debug)]
pub struct Linker {
    message: i64,
    /// Links so far.
    links: usize,
}

impl Linker {
    /// For a message that has this number.
    pub fn new(message: i64) -> Self {
        Self { message, links: 0 }
    }

    /// The links of a line of the text, for each of the pieces that it is painted as. One that is not painted as it was written
    /// leads nowhere: what is told to the terminal is what people see.
    pub fn line(&mut self, written: &str, pieces: &[Piece]) -> Vec<Targets> {
        let mut whole = None;
        let mut from = 0;
        let mut targets = Targets::new();
        for link in of(written) {
            let whole = whole.get_or_insert_with(|| joined(pieces));
            let Some(at) = whole.get(from..).and_then(|rest| rest.find(link)) else {
                continue;
            };
            let range = from + at..from + at + link.len();
            from = range.end;
            self.links += 1;
            let target = Target::new(link, format!("{}.{}", self.message, self.links));
            targets.extend(target.map(|target| (range, target)));
        }
        split(pieces, &targets)
    }
}

/// Columns of a row, and where they lead.
type Place = (Range<u16>, Arc<Target>);

/// Which cells of the screen belong to which link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    rows: BTreeMap<u16, Vec<Place>>,
}

impl Table {
    /// These columns of a row lead there.
    pub fn add(&mut self, row: u16, columns: Range<u16>, target: &Arc<Target>) {
        self.rows
            .entry(row)
            .or_default()
            .push((columns, Arc::clone(target)));
    }

    /// Where a cell leads.
    pub fn at(&self, column: u16, row: u16) -> Option<&Arc<Target>> {
        let places = self.rows.get(&row)?;
        let place = places.iter().find(|(columns, _)| columns.contains(&column));
        place.map(|(_, target)| target)
    }

    /// Has the cells painted that lead elsewhere than `before`, whether they show something else or not.
    pub fn paint_what_changed(&self, before: &Self, buf: &mut Buffer) {
        if self == before {
            return;
        }
        for (row, places) in self.rows.iter().chain(&before.rows) {
            for column in places.iter().flat_map(|(columns, _)| columns.clone()) {
                let same = self.at(column, *row) == before.at(column, *row);
                if let Some(cell) = buf.cell_mut((column, *row))
                    && !same
                    && cell.diff_option == CellDiffOption::None
                {
                    cell.set_diff_option(CellDiffOption::AlwaysUpdate);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;

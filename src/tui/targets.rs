//! Where links lead, for terminals that can be told (OSC 8): [`Table`] says which cells of the screen belong
//! to which link. The cells themselves never hold anything but text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use ratatui::buffer::{Buffer, CellDiffOption};

/// Bytes of a link that a terminal is told: longer ones are cut by some.
const LONGEST_TOLD: usize = 2 * 1024;

/// A link as a terminal is told it: in characters of ASCII that are permitted in a URI, whatever was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Pieces with the same one are one link.
    id: String,
    uri: String,
}

impl Target {
    /// None: it is too long.
    pub fn new(link: &str, id: String) -> Option<Arc<Self>> {
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

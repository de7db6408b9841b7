//! Where the screen stands in a history.

use super::Position;

/// What stands at the lower edge of a history that is scrolled back. It names an entry, not a number of
/// lines: neither another width nor new messages move it. Where that entry is gone, the one that stands
/// above it takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub position: Position,
    /// How many lines of that entry's text lie below the edge, hidden; at a width where it has fewer, none.
    pub hidden: u16,
}

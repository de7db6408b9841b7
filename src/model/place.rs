//! Where the screen stands in a history.

use super::MessageId;

/// What stands at the lower edge of a history that is scrolled back. It names a row, not a number of lines:
/// neither another width nor new messages move it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub message: MessageId,
    /// How many lines of that row's text lie below the edge, hidden; at a width where it has fewer, none.
    pub hidden: u16,
}

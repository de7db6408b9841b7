//! Movement in drawn lines, and what keeps the place: the anchor is a row and how many of its
//! lines lie below the lower edge.

use super::window::Window;
use crate::ask::Context;
use model::{ChatId, Position};

/// One drawn line: the number of its row in the window, and which line of it, what
/// stands above the row included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Line {
    pub(super) row: i64,
    pub(super) line: usize,
}

/// What is in sight, in lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    pub(super) top: Line,
    pub(super) edge: Line,
    /// Lines; fewer than the pane has only if the chat has fewer.
    pub(super) lines: usize,
    /// Nothing stands below the edge.
    pub(super) at_end: bool,
}

/// What stands at the lower edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) position: Position,
    /// Lines of it below the edge, counted from its last one.
    pub(super) hidden: usize,
    /// How many lines the message had when that was counted, if that is known: at another width as much of it
    /// is hidden, not as many lines.
    pub(super) of: Option<usize>,
}

impl Anchor {
    /// The line at the edge, in a row with `head` lines above its `body` lines.
    pub(super) fn line(&self, head: usize, body: usize) -> usize {
        let hidden = match self.of {
            Some(of) if of == body => self.hidden,
            // The edge was among the lines above the message.
            Some(of) if self.hidden >= of => body + (self.hidden - of),
            Some(of) => self.hidden * body / of,
            None if self.hidden < head + body => self.hidden,
            None => 0,
        };
        (head + body).saturating_sub(1).saturating_sub(hidden)
    }
}

/// How the window grows while one walks through it.
pub(super) struct Walk<'a, 'w> {
    pub(super) world: &'a Context<'w>,
    pub(super) chat: ChatId,
    /// Rows of a page.
    pub(super) page: usize,
}

impl Walk<'_, '_> {
    /// Goes up to `lines` lines up from `from`; where it got to, and by how many.
    pub(super) fn up(&self, window: &mut Window, from: Line, lines: usize) -> store::Result<(Line, usize)> {
        let (mut at, mut left) = (from, lines);
        loop {
            if left <= at.line {
                at.line -= left;
                return Ok((at, lines));
            }
            if at.row <= window.lowest() {
                if window.at_top() {
                    left -= at.line;
                    at.line = 0;
                    return Ok((at, lines - left));
                }
                window.older(self.world, self.chat, self.page)?;
                continue;
            }
            left -= at.line + 1;
            at.row -= 1;
            at.line = window.height(at.row).saturating_sub(1);
        }
    }

    /// The same downwards.
    pub(super) fn down(&self, window: &mut Window, from: Line, lines: usize) -> store::Result<(Line, usize)> {
        let (mut at, mut left) = (from, lines);
        loop {
            let below = window.height(at.row).saturating_sub(1).saturating_sub(at.line);
            if left <= below {
                at.line += left;
                return Ok((at, lines));
            }
            if at.row >= window.last() && !window.newer(self.world, self.chat, self.page)? {
                at.line += below;
                return Ok((at, lines - (left - below)));
            }
            left -= below + 1;
            at.row += 1;
            at.line = 0;
        }
    }

    /// The newest line of the chat.
    pub(super) fn end(&self, window: &mut Window) -> store::Result<Line> {
        if !window.at_bottom() {
            window.load_newest(self.world, self.chat, self.page)?;
        }
        let row = window.last();
        Ok(Line {
            row,
            line: window.height(row).saturating_sub(1),
        })
    }
}

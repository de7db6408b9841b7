//! What is in sight: found out anew after every change, so that the pane is full and
//! the anchor at its lower edge.

use super::History;
use super::place::{Anchor, Line};
use super::window::Row;
use crate::ask::Context;
use model::{ChatId, Position};
use store::timeline::Entry;

/// What is in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    pub(super) top: Line,
    pub(super) edge: Line,
    /// Lines; fewer than the pane has only if the chat has fewer.
    pub(super) lines: usize,
    /// Nothing stands below the edge.
    pub(super) at_end: bool,
}

impl History {
    /// The anchor that keeps `edge` where it is.
    pub(super) fn anchor_of(&self, edge: Line) -> Option<Anchor> {
        let row = self.window.get(edge.row)?;
        let body = row.block()?.len();
        let height = self.window.head(edge.row).len() + body;
        Some(Anchor {
            position: row.position(),
            hidden: height.saturating_sub(1).saturating_sub(edge.line),
            of: Some(body),
        })
    }

    /// What is at the edge now is what is to stay there.
    pub(super) fn pin(&mut self) {
        if let Some(view) = self.view {
            self.anchor = self.anchor_of(view.edge);
        }
    }

    /// Puts a line at the lower edge, or as near to it as the ends of the chat permit.
    pub(super) fn show_edge(&mut self, world: &Context<'_>, edge: Line) -> store::Result<()> {
        self.opened_at = None;
        self.window.height(edge.row);
        self.anchor = self.anchor_of(edge);
        self.settle(world)?;
        self.pin();
        if self.at_end() {
            self.anchor = None;
        }
        Ok(())
    }

    /// With more unread rows than the pane holds, the line above them stands in its upper third.
    pub(super) fn put_new_line_into_sight(
        &mut self,
        world: &Context<'_>,
        chat: ChatId,
        first: Position,
    ) -> store::Result<()> {
        let Some(row) = self.window.find(first) else {
            return Ok(());
        };
        let height = usize::from(self.size.1.max(1));
        let line = Line {
            row,
            line: usize::from(self.window.head(row).day),
        };
        let (edge, _) = self
            .walk(world, chat)
            .down(&mut self.window, line, height - 1 - height / 3)?;
        self.window.height(edge.row);
        self.anchor = self.anchor_of(edge);
        Ok(())
    }

    pub(super) fn rows_in_sight(&self) -> usize {
        self.view.map_or(0, |view| {
            usize::try_from(view.edge.row - view.top.row).unwrap_or(0) + 1
        })
    }

    /// Finds out what is in sight, loads what is missing for it and lets go of what is far from it.
    pub(super) fn settle(&mut self, world: &Context<'_>) -> store::Result<()> {
        let Some(chat) = self.chat.filter(|_| !self.window.is_empty()) else {
            self.view = None;
            return Ok(());
        };
        let walk = self.walk(world, chat);
        let anchored = self
            .anchor
            .and_then(|anchor| Some((anchor, self.window.find(anchor.position)?)));
        let edge = match anchored {
            None => walk.end(&mut self.window)?,
            Some((anchor, row)) => {
                // What stands above a row is known once the row before it is.
                while row < self.window.lowest() && self.window.older(world, chat, walk.page)? {}
                let body = self.window.measure(row);
                let line = anchor.line(self.window.head(row).len(), body);
                Line { row, line }
            }
        };
        let above = usize::from(self.size.1.max(1)) - 1;
        let (top, up) = walk.up(&mut self.window, edge, above)?;
        let (edge, down) = walk.down(&mut self.window, edge, above - up)?;
        // One step further tells whether there is anything.
        let (_, behind) = walk.down(&mut self.window, edge, 1)?;
        let view = View {
            top,
            edge,
            lines: up + down + 1,
            at_end: behind == 0,
        };
        self.view = Some(view);
        for number in view.top.row..=view.edge.row {
            if let Some(row) = self.window.get(number) {
                let Entry::Message(message) = &row.entry;
                self.names.learn(world, &message.from)?;
            }
        }
        self.window.trim(view.top.row, view.edge.row, 2 * self.page());
        self.note_seen(view);
        Ok(())
    }

    pub(super) fn note_seen(&mut self, view: View) {
        // Of the row at the edge at least one line of its own must be in sight.
        let head = self.window.head(view.edge.row).len();
        let last = view.edge.row - i64::from(view.edge.line < head);
        self.seen = self.seen.max(self.window.get(last).map(Row::position));
        if view.at_end {
            self.arrivals.reset(&self.window);
        } else if let Some(row) = self.window.get(last) {
            self.arrivals.seen(row.position());
        }
    }
}

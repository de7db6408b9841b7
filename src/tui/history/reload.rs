//! Reading again after the store changed, without moving what is in sight.

use super::History;
use super::place::Anchor;
use super::window::{Row, Window};
use crate::ask::Context;
use model::{ChatId, Position};
use store::{self, timeline};

/// Rows that are read again beside those in sight.
const SLACK: usize = 8;

impl History {
    /// Whether the view goes with what arrives: at the end, unless a row is selected. Where a pane so high
    /// that its end came into sight may shrink again, only if something arrived.
    pub(super) fn follows(&self, world: &Context<'_>, chat: ChatId) -> store::Result<bool> {
        if !self.at_end() || self.selected.is_some() {
            return Ok(false);
        }
        if self.anchor.is_none() {
            return Ok(true);
        }
        let newest = timeline::before(&world.store, chat, None, 1)?.pop();
        Ok(newest.map(|entry| entry.position()) != self.window.get(self.window.last()).map(Row::position))
    }

    /// Keeps `edge` at the lower edge if it moved: where the ends of the chat hold the edge elsewhere than at
    /// its anchor, rows that come above move it.
    pub(super) fn hold(&mut self, world: &Context<'_>, edge: Option<Anchor>) -> store::Result<()> {
        let now = self.view.and_then(|view| self.anchor_of(view.edge));
        if let (Some(before), Some(now)) = (edge, now)
            && (before.position, before.hidden) != (now.position, now.hidden)
            && self.window.find(before.position).is_some()
        {
            self.anchor = Some(before);
            self.settle(world)?;
        }
        Ok(())
    }

    /// Reads the newest rows again.
    pub(super) fn follow(&mut self, world: &Context<'_>, chat: ChatId) -> store::Result<()> {
        let newest = |window: &Window| window.get(window.last()).map(Row::position);
        let before = newest(&self.window);
        self.anchor = None;
        self.window
            .load_newest(world, chat, self.rows_in_sight() + SLACK)?;
        if before != newest(&self.window) {
            self.opened_at = None;
        }
        Ok(())
    }

    /// Reads the window again around what is at the edge; if that is gone, around what is nearest to it.
    pub(super) fn reload(&mut self, world: &Context<'_>, chat: ChatId) -> store::Result<()> {
        let page = self.page();
        let Some(anchor) = self.anchor else {
            return self.window.load_newest(world, chat, page);
        };
        let nearest = self.nearest(anchor.position);
        if let Some(view) = self.view {
            self.window.trim(view.top.row, view.edge.row, SLACK);
        }
        if self.window.reload(world, chat, SLACK)? && self.window.find(anchor.position).is_some() {
            return Ok(());
        }
        for candidate in nearest {
            if self.window.load_around(world, chat, candidate, page)? == Some(candidate) {
                if candidate != anchor.position {
                    self.anchor = Some(Anchor {
                        position: candidate,
                        hidden: 0,
                        of: None,
                    });
                }
                return Ok(());
            }
        }
        self.anchor = None;
        self.window.load_newest(world, chat, page)
    }

    /// The loaded rows, the nearest first.
    pub(super) fn nearest(&self, position: Position) -> Vec<Position> {
        let at = self.window.find(position).unwrap_or(self.window.last());
        let mut rows: Vec<(i64, Position)> = self
            .window
            .rows()
            .map(|(number, row)| ((number - at).abs(), row.position()))
            .collect();
        rows.sort_by_key(|(distance, _)| *distance);
        rows.into_iter().map(|(_, position)| position).collect()
    }

    /// Counts what came below the edge; the first of it, if nothing was there before.
    pub(super) fn count_arrivals(&mut self, world: &Context<'_>) -> store::Result<Option<Position>> {
        let (Some(chat), Some(view)) = (self.chat, self.view.filter(|view| !view.at_end)) else {
            return Ok(None);
        };
        match self.window.get(view.edge.row).map(Row::position) {
            Some(edge) => self.arrivals.count(world, chat, edge),
            None => Ok(None),
        }
    }

    /// The "new" line moves to what arrived below, unless it is in sight: nothing moves under the eyes.
    pub(super) fn move_new_line(&mut self, first: Position) {
        let at = self.window.new.and_then(|id| self.window.find(id));
        let in_sight = self
            .view
            .zip(at)
            .is_some_and(|(view, at)| view.top.row <= at && at <= view.edge.row);
        if !in_sight {
            self.window.new = Some(first);
        }
    }
}

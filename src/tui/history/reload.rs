//! Reading again after the store changed, without moving what is in sight.

use super::place::Anchor;
use super::row::Row;
use super::sight::Sight;
use super::window::Window;
use crate::ask::Context;
use model::Position;
use store::{self, chats, timeline};

/// Rows that are read again beside those in sight.
const SLACK: usize = 8;

impl Sight {
    /// Reads again what is in sight, and what came behind it if that is the end. `held`: a row is selected,
    /// so the view does not go with what arrives.
    pub(super) fn refresh(&mut self, world: &Context<'_>, names: bool, held: bool) -> store::Result<()> {
        // Before other names change the columns.
        let edge = self.view.and_then(|view| self.anchor_of(view.edge));
        if names {
            self.read_names(world)?;
        }
        if !held && self.follows(world)? {
            self.follow(world)?;
            self.settle(world)?;
        } else {
            self.anchor = self.anchor.or(edge);
            self.reload(world)?;
            self.settle(world)?;
            self.hold(world, edge)?;
        }
        let first = self.arrivals.count(world, self.chat, &self.window, self.view)?;
        if let Some(first) = first {
            self.move_new_line(first);
        }
        Ok(())
    }

    /// The "new" line moves above the first row that nobody saw, if there is one.
    pub(super) fn show_new(&mut self, world: &Context<'_>) -> store::Result<()> {
        let view = chats::view(&world.store, self.chat)?;
        if let Some(first) = view.and_then(|view| view.first_unread) {
            self.pin();
            self.window.new = Some(first);
            self.settle(world)?;
        }
        Ok(())
    }

    /// Whether the view goes with what arrives: at the end. Where a pane so high that its end came into
    /// sight may shrink again, only if something arrived.
    fn follows(&self, world: &Context<'_>) -> store::Result<bool> {
        if !self.at_end() {
            return Ok(false);
        }
        if self.anchor.is_none() {
            return Ok(true);
        }
        let newest = timeline::before(&world.store, self.chat, None, 1)?.pop();
        Ok(newest.map(|entry| entry.position()) != self.window.get(self.window.last()).map(Row::position))
    }

    /// Keeps `edge` at the lower edge if it moved: where the ends of the chat hold the edge elsewhere than at
    /// its anchor, rows that come above move it.
    fn hold(&mut self, world: &Context<'_>, edge: Option<Anchor>) -> store::Result<()> {
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
    fn follow(&mut self, world: &Context<'_>) -> store::Result<()> {
        let newest = |window: &Window| window.get(window.last()).map(Row::position);
        let before = newest(&self.window);
        self.anchor = None;
        let count = self.rows_in_sight() + SLACK;
        self.window.load_newest(world, self.chat, count)?;
        if before != newest(&self.window) {
            self.opened_at = None;
        }
        Ok(())
    }

    /// Reads the window again around what is at the edge; if that is gone, around what is nearest to it.
    fn reload(&mut self, world: &Context<'_>) -> store::Result<()> {
        let (chat, page) = (self.chat, self.page());
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
    fn nearest(&self, position: Position) -> Vec<Position> {
        let at = self.window.find(position).unwrap_or(self.window.last());
        let mut rows: Vec<(i64, Position)> = self
            .window
            .rows()
            .map(|(number, row)| ((number - at).abs(), row.position()))
            .collect();
        rows.sort_by_key(|(distance, _)| *distance);
        rows.into_iter().map(|(_, position)| position).collect()
    }

    /// The "new" line moves to what arrived below, unless it is in sight: nothing moves under the eyes.
    fn move_new_line(&mut self, first: Position) {
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

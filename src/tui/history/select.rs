//! The chosen row: what copying and details are about.

use super::History;
use super::draw::blank_above;
use super::layout::Block;
use super::place::{Anchor, Line};
use super::sight::View;
use crate::ask::Context;
use model::{ChatId, Message, MessageId};
use store::{self, messages};

impl History {
    /// Selects the next older (`-1`) or newer (`1`) row and brings it into sight; newer than the newest: none
    /// any more. With none selected, older is the newest row in sight.
    pub fn select(&mut self, world: &Context<'_>, by: i32) -> store::Result<()> {
        let (Some(chat), Some(view)) = (self.chat, self.view) else {
            return Ok(());
        };
        let page = self.page();
        let (from, by) = match self.selected.as_ref().map(|row| row.id) {
            None if by < 0 => (Some(self.newest_in_sight(view)), by + 1),
            None => return Ok(()),
            Some(id) => match self.window.find(id) {
                Some(number) => (Some(number), by),
                None => (self.go_back_to(world, chat, id)?, by),
            },
        };
        let Some(from) = from else {
            self.selected = None;
            return self.settle(world);
        };
        let to = from.saturating_add(i64::from(by));
        while to < self.window.lowest() && self.window.older(world, chat, page)? {}
        while to > self.window.last() && self.window.newer(world, chat, page)? {}
        if to > self.window.last() {
            self.selected = None;
            return self.settle(world);
        }
        let to = to.max(self.window.lowest());
        self.selected = self.window.get(to).map(|row| row.message.clone());
        self.reveal(world, to)
    }

    /// To a row that the view went far away from; None if it is gone.
    fn go_back_to(&mut self, world: &Context<'_>, chat: ChatId, id: MessageId) -> store::Result<Option<i64>> {
        if !self.window.load_around(world, chat, id, self.page())? {
            return Ok(None);
        }
        self.anchor = Some(Anchor {
            message: id,
            hidden: 0,
            of: None,
        });
        self.settle(world)?;
        Ok(self.window.find(id))
    }

    /// Selects what a click hit: `row` of the pane, 0 at the top. A click on what is
    /// no message changes nothing.
    pub fn select_at(&mut self, row: u16) {
        let lines = self.lines_in_sight();
        let line = row.checked_sub(blank_above(lines.len(), self.size.1));
        let hit = line.and_then(|line| lines.get(usize::from(line))).copied();
        let hit = hit.filter(|hit| hit.line >= self.window.head(hit.row).len());
        if let Some(row) = hit.and_then(|hit| self.window.get(hit.row)) {
            self.selected = Some(row.message.clone());
        }
    }

    pub fn unselect(&mut self) {
        self.selected = None;
    }

    pub fn selected(&self) -> Option<&Message> {
        self.selected.as_ref()
    }

    pub(super) fn is_selected(&self, id: MessageId) -> bool {
        self.selected.as_ref().is_some_and(|selected| selected.id == id)
    }

    /// The selected row as the store has it now.
    pub(super) fn refresh_selected(&mut self, world: &Context<'_>) -> store::Result<()> {
        if let Some(old) = &self.selected {
            let id = old.id;
            self.selected = match self.window.find(id).and_then(|number| self.window.get(number)) {
                Some(row) => Some(row.message.clone()),
                None => messages::get(&world.store, id)?.filter(|row| Some(row.chat) == self.chat),
            };
        }
        Ok(())
    }

    /// The newest row of which more is in sight than what stands above it.
    fn newest_in_sight(&self, view: View) -> i64 {
        let head = self.window.head(view.edge.row).len();
        let hidden = view.edge.line < head && view.top.row < view.edge.row;
        view.edge.row - i64::from(hidden)
    }

    /// What stands in the rows of the pane, from its top.
    pub(super) fn lines_in_sight(&self) -> Vec<Line> {
        let Some(view) = self.view else {
            return Vec::new();
        };
        (view.top.row..=view.edge.row)
            .flat_map(|row| {
                let body = self
                    .window
                    .get(row)
                    .and_then(|row| row.block())
                    .map_or(0, Block::len);
                (0..self.window.head(row).len() + body).map(move |line| Line { row, line })
            })
            .skip(view.top.line)
            .take(view.lines)
            .collect()
    }

    /// Scrolls as little as needed until the row is in sight; of one that is taller
    /// than the pane, its beginning.
    fn reveal(&mut self, world: &Context<'_>, row: i64) -> store::Result<()> {
        let (Some(chat), Some(view)) = (self.chat, self.view) else {
            return Ok(());
        };
        let pane = usize::from(self.size.1.max(1));
        let height = self.window.height(row);
        let first = Line { row, line: 0 };
        let last = Line {
            row,
            line: height.saturating_sub(1),
        };
        let fits = height <= pane;
        if view.top <= first && last <= view.edge {
            return Ok(());
        }
        let edge = if fits && last > view.edge {
            last
        } else {
            let start = if fits {
                first
            } else {
                Line {
                    row,
                    line: self.window.head(row).len(),
                }
            };
            self.walk(world, chat).down(&mut self.window, start, pane - 1)?.0
        };
        self.show_edge(world, edge)
    }
}

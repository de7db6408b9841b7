//! The chosen row: what copying and details are about.

use super::History;
use super::draw::blank_above;
use super::layout::Block;
use super::place::{Anchor, Line};
use super::sight::View;
use crate::ask::Context;
use model::{ChatId, Message, MessageId, Position};
use store::timeline::Entry;
use store::{self, messages};

impl History {
    /// Selects the next older (`-1`) or newer (`1`) row and brings it into sight; newer than the newest: none
    /// any more. With none selected, older is the newest row in sight.
    pub fn select(&mut self, world: &Context<'_>, by: i32) -> store::Result<()> {
        let (Some(chat), Some(view)) = (self.chat, self.view) else {
            return Ok(());
        };
        let page = self.page();
        let (from, by) = match self.selected.as_ref().map(|row| row.position) {
            None if by < 0 => (Some(self.newest_in_sight(view)), by + 1),
            None => return Ok(()),
            Some(position) => match self.window.find(position) {
                Some(number) => (Some(number), by),
                None => (self.go_back_to(world, chat, position)?, by),
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
        self.selected = self.message_at(to);
        self.reveal(world, to)
    }

    /// To a row that the view went far away from; None if it is gone.
    fn go_back_to(
        &mut self,
        world: &Context<'_>,
        chat: ChatId,
        position: Position,
    ) -> store::Result<Option<i64>> {
        if self.window.load_around(world, chat, position, self.page())? != Some(position) {
            return Ok(None);
        }
        self.anchor = Some(Anchor {
            position,
            hidden: 0,
            of: None,
        });
        self.settle(world)?;
        Ok(self.window.find(position))
    }

    /// Selects what a click hit: `row` of the pane, 0 at the top. A click on what is
    /// no message changes nothing.
    pub fn select_at(&mut self, row: u16) {
        let lines = self.lines_in_sight();
        let line = row.checked_sub(blank_above(lines.len(), self.size.1));
        let hit = line.and_then(|line| lines.get(usize::from(line))).copied();
        let hit = hit.filter(|hit| hit.line >= self.window.head(hit.row).len());
        if let Some(message) = hit.and_then(|hit| self.message_at(hit.row)) {
            self.selected = Some(message);
        }
    }

    /// The message in a loaded row.
    fn message_at(&self, row: i64) -> Option<Message> {
        let Entry::Message(message) = &self.window.get(row)?.entry;
        Some(message.clone())
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
            let loaded = self
                .window
                .find(old.position)
                .and_then(|row| self.message_at(row));
            self.selected = match loaded {
                Some(message) if message.id == old.id => Some(message),
                _ => messages::get(&world.store, old.id)?.filter(|row| Some(row.chat) == self.chat),
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

//! The mouse, where it was turned on: the wheel scrolls, a click opens a chat or selects a message.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::{App, Focus};
use crate::history::Scroll;
use model::Timestamp;
use store::{self, Reads};

/// Lines that one notch of the wheel moves.
const NOTCH: i32 = 3;

impl App {
    pub(super) fn on_mouse(
        &mut self,
        event: MouseEvent,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        let areas = self.areas(store, now);
        let at = Position::new(event.column, event.row);
        let lines = match event.kind {
            MouseEventKind::ScrollUp => -NOTCH,
            MouseEventKind::ScrollDown => NOTCH,
            MouseEventKind::Down(MouseButton::Left) => 0,
            _ => return Ok(()),
        };
        if areas.list.contains(at) {
            let rows = areas.list_rows();
            let row = at.y.checked_sub(rows.y).and_then(|line| self.row_at(rows, line));
            return self.mouse_on_list(lines, row, store, now);
        }
        if !areas.history.contains(at) {
            if lines == 0 && areas.composer.contains(at) {
                self.focus = Focus::Composer;
            }
            return Ok(());
        }
        if let Some(page) = &mut self.page {
            page.on_wheel(lines);
            return Ok(());
        }
        let world = self.facts.world(store, now);
        match &mut self.open {
            Some(open) if lines == 0 => open.history.select_at(at.y - areas.history.y),
            Some(open) => open.history.scroll(&world, Scroll::Lines(lines))?,
            None => {}
        }
        Ok(())
    }

    /// The row of the list that stands on this line of its area.
    fn row_at(&self, area: Rect, line: u16) -> Option<usize> {
        let roomy = Self::is_roomy(area);
        let mut below = line;
        for (at, row) in self.rows.from(self.list_top(area)) {
            match below.checked_sub(self.lines_of(row, roomy)) {
                Some(rest) => below = rest,
                None => return Some(at),
            }
        }
        None
    }

    fn mouse_on_list(
        &mut self,
        lines: i32,
        at: Option<usize>,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        let last = self.rows.len().saturating_sub(1);
        if lines != 0 {
            self.focus = Focus::List;
            let by = lines.signum() as isize;
            self.chosen = self.chosen.saturating_add_signed(by).min(last);
            return Ok(());
        }
        match at {
            Some(at) => self.open_row(at, store, now),
            None => Ok(()),
        }
    }
}

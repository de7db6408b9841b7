//! One of several things on a page: which one is chosen, and whether it was seen.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::sheet::{Scroll, Sheet};
use crate::key::Key;
use crate::theme::Theme;

/// The choice; it stays with its thing while others come and go.
#[derive(Debug, Default)]
pub struct Pick {
    at: usize,
    pub scroll: Scroll,
    /// What is chosen was painted; only that can be answered.
    painted: bool,
}

impl Pick {
    pub fn is(&self, place: usize) -> bool {
        self.at == place
    }

    /// The chosen one.
    pub fn of<'a, T>(&self, things: &'a [T]) -> Option<&'a T> {
        things.get(self.at)
    }

    /// The chosen one, if it was seen.
    pub fn seen_of<'a, T>(&self, things: &'a [T]) -> Option<&'a T> {
        self.of(things).filter(|_| self.painted)
    }

    /// Chooses the thing at this place of so many, or the last.
    pub fn choose(&mut self, place: usize, count: usize) {
        let place = place.min(count.saturating_sub(1));
        if place != self.at {
            self.painted = false;
        }
        self.at = place;
        self.scroll.follow();
    }

    /// Where a key leads that moves the choice.
    pub fn moved(&self, key: Key) -> Option<usize> {
        let page = usize::try_from(self.scroll.page()).unwrap_or(1);
        Some(match key.code {
            KeyCode::Up => self.at.saturating_sub(1),
            KeyCode::Down => self.at.saturating_add(1),
            KeyCode::PageUp => self.at.saturating_sub(page),
            KeyCode::PageDown => self.at.saturating_add(page),
            KeyCode::Home => 0,
            KeyCode::End => usize::MAX,
            _ => return None,
        })
    }

    /// The things were read again, and what was chosen stands at this place now. False if it is gone: then
    /// what came into its place is chosen.
    pub fn keep(&mut self, place: Option<usize>, count: usize) -> bool {
        match place {
            Some(place) => self.at = place,
            None => {
                self.painted = false;
                self.choose(self.at, count);
            }
        }
        place.is_some()
    }

    /// Paints the sheet with the chosen one in sight.
    pub fn draw(&mut self, sheet: &Sheet, theme: &Theme, area: Rect, buf: &mut Buffer) {
        self.scroll.draw(sheet, Some(self.at), theme, area, buf);
        self.painted = true;
    }
}

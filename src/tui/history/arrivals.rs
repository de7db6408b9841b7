//! What arrived below the edge while the view is scrolled back: "3 new below".

use super::place::View;
use super::row::Row;
use super::window::Window;
use crate::ask::Context;
use model::{ChatId, Position};
use store::timeline::{self, Entry};

/// Rows read at once, from the newest back.
const PAGE: usize = 48;
/// Pages read after one change. What arrived before that is counted when the view
/// gets there: by then it is seen.
const PAGES: usize = 20;
/// Arrivals remembered: nobody counts further.
const MOST: usize = 1_000;

/// Rows of others that came since the view left the end, by where they stand.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    below: Vec<Position>,
    /// What stands up to here is counted: what arrives stands below what was there.
    counted: Option<Position>,
}

impl Arrivals {
    /// Counts from this row on.
    pub(super) fn from(first: Position) -> Self {
        Self {
            below: Vec::new(),
            counted: Some(Position(first.0.saturating_sub(1))),
        }
    }

    /// Counts from now on.
    pub(super) fn since_now(world: &Context<'_>, chat: ChatId) -> store::Result<Self> {
        let newest = timeline::before(&world.store, chat, None, 1)?;
        Ok(Self {
            below: Vec::new(),
            counted: newest.first().map(Entry::position),
        })
    }

    /// The view is at the end: everything that is loaded was seen.
    pub(super) fn reset(&mut self, window: &Window) {
        self.below.clear();
        let newest = window.get(window.last()).map(Row::position);
        self.counted = self.counted.max(newest);
    }

    /// Counts what is new and stands below what is in sight. The first of it, if there was nothing before.
    pub(super) fn count(
        &mut self,
        world: &Context<'_>,
        chat: ChatId,
        window: &Window,
        view: Option<View>,
    ) -> store::Result<Option<Position>> {
        let view = view.filter(|view| !view.at_end);
        let Some(edge) = view.and_then(|view| Some(window.get(view.edge.row)?.position())) else {
            return Ok(None);
        };
        let (known, none_before) = (self.counted, self.below.is_empty());
        let mut before = None;
        for _ in 0..PAGES {
            let page = timeline::before(&world.store, chat, before, PAGE)?;
            let new = |entry: &&Entry| Some(entry.position()) > known;
            self.counted = self.counted.max(page.last().map(Entry::position));
            let of_others = page.iter().filter(new).filter(|entry| entry.is_theirs());
            let below = of_others.map(Entry::position).filter(|row| *row > edge);
            self.below.extend(below);
            before = page.first().map(Entry::position);
            if before <= known || page.len() < PAGE {
                break;
            }
        }
        self.below.truncate(MOST);
        let first = self.below.iter().min().copied();
        Ok(first.filter(|_| none_before))
    }

    /// What stands at the edge or above it was seen.
    pub(super) fn seen(&mut self, edge: Position) {
        self.below.retain(|position| *position > edge);
    }

    pub(super) fn len(&self) -> usize {
        self.below.len()
    }
}

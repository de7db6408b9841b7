//! What arrived below the edge while the view is scrolled back: "3 new below".

use super::place::View;
use super::window::{Window, key};
use crate::ask::Context;
use model::{ChatId, Direction, MessageId};
use store::{self, messages};

/// Rows read at once, from the newest back.
const PAGE: usize = 48;
/// Pages read after one change. What arrived before that is counted when the view
/// gets there: by then it is seen.
const PAGES: usize = 20;
/// Arrivals remembered: nobody counts further.
const MOST: usize = 1_000;

/// Rows of others that came since the view left the end, by their place in the history.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    below: Vec<(i64, MessageId)>,
    /// Rows up to this one are counted (rows are numbered as they are stored).
    counted: Option<MessageId>,
}

impl Arrivals {
    /// Counts from the row after `known` on.
    pub(super) fn since(known: MessageId) -> Self {
        Self {
            below: Vec::new(),
            counted: Some(known),
        }
    }

    /// Counts from now on.
    pub(super) fn since_now(world: &Context<'_>, chat: ChatId) -> store::Result<Self> {
        let page = messages::history(&world.store, chat, None, PAGE)?;
        Ok(Self {
            below: Vec::new(),
            counted: page.iter().map(|row| row.id).max(),
        })
    }

    /// The view is at the end: everything that is loaded was seen.
    pub(super) fn reset(&mut self, window: &Window) {
        self.below.clear();
        let newest = window.rows().map(|(_, row)| row.message.id).max();
        self.counted = self.counted.max(newest);
    }

    /// Counts what is new and stands below what is in sight. The first of it in the order of the history, if
    /// there was nothing before.
    pub(super) fn count(
        &mut self,
        world: &Context<'_>,
        chat: ChatId,
        window: &Window,
        view: Option<View>,
    ) -> store::Result<Option<MessageId>> {
        let view = view.filter(|view| !view.at_end);
        let Some(edge) = view.and_then(|view| Some(window.get(view.edge.row)?.key())) else {
            return Ok(None);
        };
        let (known, none_before) = (self.counted, self.below.is_empty());
        let mut before = None;
        for _ in 0..PAGES {
            let page = messages::history(&world.store, chat, before, PAGE)?;
            let new: Vec<_> = page.iter().filter(|row| Some(row.id) > known).collect();
            self.counted = self.counted.max(new.iter().map(|row| row.id).max());
            let of_others = new
                .iter()
                .filter(|row| row.direction == Direction::In)
                .map(|row| key(row));
            self.below.extend(of_others.filter(|key| *key > edge));
            before = page.first().map(|row| row.id);
            if new.is_empty() || page.len() < PAGE {
                break;
            }
        }
        self.below.truncate(MOST);
        let first = self.below.iter().min().map(|(_, id)| *id);
        Ok(first.filter(|_| none_before))
    }

    /// What stands at the edge or above it was seen.
    pub(super) fn seen(&mut self, edge: (i64, MessageId)) {
        self.below.retain(|key| *key > edge);
    }

    pub(super) fn len(&self) -> usize {
        self.below.len()
    }
}

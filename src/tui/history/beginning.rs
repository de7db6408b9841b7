//! Where the history begins, and what is said there of what is older: it may stand in the archive at the
//! server.

use super::History;
use super::place::Line;
use super::sight::Sight;
use super::{Scroll, window::Window};
use crate::ask::Context;
use model::{ChatEventId, ChatEventKind};
use store::timeline::Entry;

impl History {
    /// Whether the beginning of what is here is in sight.
    pub fn at_beginning(&self) -> bool {
        self.sight.as_ref().is_none_or(Sight::at_beginning)
    }

    /// Says this above the first entry. Whoever sees the beginning sees it; nothing else moves.
    pub fn say_of_older(&mut self, world: &Context<'_>, words: Option<&str>) -> store::Result<()> {
        let Some(sight) = &mut self.sight else {
            return Ok(());
        };
        if sight.window.older.as_deref() == words {
            return Ok(());
        }
        let was_there = sight.at_beginning();
        let follows = sight.at_end() && sight.anchor.is_none();
        if !follows {
            sight.pin();
        }
        sight.window.older = words.map(str::to_owned);
        sight.settle(world)?;
        if was_there && words.is_some() && !sight.at_beginning() && !follows {
            sight.scroll(world, Scroll::Lines(-1))?;
        }
        Ok(())
    }

    /// The lowest hole that is in sight.
    pub fn hole_in_sight(&self) -> Option<ChatEventId> {
        let sight = self.sight.as_ref()?;
        let view = sight.view?;
        (view.top.row..=view.edge.row)
            .rev()
            .find_map(|row| hole(&sight.window, row))
    }
}

fn hole(window: &Window, row: i64) -> Option<ChatEventId> {
    match &window.get(row)?.entry {
        Entry::Event(event) if event.kind == ChatEventKind::Gap => Some(event.id),
        _ => None,
    }
}

impl Sight {
    fn at_beginning(&self) -> bool {
        let first = Line {
            row: self.window.lowest(),
            line: 0,
        };
        self.view
            .is_none_or(|view| self.window.at_top() && view.top == first)
    }
}

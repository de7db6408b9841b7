//! Moving what is in sight: opening at a place, scrolling, bringing a row into sight.

use super::Scroll;
use super::arrivals::Arrivals;
use super::place::{Anchor, Line};
use super::sight::Sight;
use crate::ask::Context;
use model::{ChatId, Place, Position};
use store;

/// Lines that one call scrolls at most.
const MAX_SCROLL: usize = 2_000;

impl Sight {
    /// Opens a chat at its place (if that is gone, at what stands above it), else at its first unread
    /// row, else at the newest.
    pub(super) fn open(
        world: &Context<'_>,
        chat: ChatId,
        place: Option<Place>,
        first_unread: Option<Position>,
        size: (u16, u16),
    ) -> store::Result<Self> {
        let mut sight = Self::new(world, chat, size)?;
        sight.window.new = first_unread;
        let (page, window) = (sight.page(), &mut sight.window);
        if let Some(place) = place
            && let Some(found) = window.load_around(world, chat, place.position, page)?
        {
            let still_there = found == place.position;
            sight.anchor = Some(Anchor {
                position: found,
                hidden: usize::from(if still_there { place.hidden } else { 0 }),
                of: None,
            });
        } else if let Some(first) = first_unread
            && window.load_around(world, chat, first, page)?.is_some()
        {
            sight.opened_at = Some(first);
            sight.put_new_line_into_sight(world, first)?;
        } else {
            window.load_newest(world, chat, page)?;
        }
        sight.settle(world)?;
        if !sight.at_end() {
            // What came while the chat was closed counts as below, too.
            sight.arrivals = match first_unread {
                Some(first) => Arrivals::from(first),
                None => Arrivals::since_now(world, chat)?,
            };
            sight.arrivals.count(world, chat, &sight.window, sight.view)?;
        }
        Ok(sight)
    }

    /// The pane has another size. The row at the lower edge stays there.
    pub(super) fn resize(&mut self, world: &Context<'_>, size: (u16, u16)) -> store::Result<()> {
        self.size = size;
        self.set_columns();
        if let Some(first) = self.opened_at {
            // The size that it was opened with was not that of the pane.
            self.put_new_line_into_sight(world, first)?;
        }
        self.settle(world)
    }

    /// With more unread rows than the pane holds, the line above them stands in its upper third.
    fn put_new_line_into_sight(&mut self, world: &Context<'_>, first: Position) -> store::Result<()> {
        let Some(row) = self.window.find(first) else {
            return Ok(());
        };
        let height = usize::from(self.size.1.max(1));
        let line = Line {
            row,
            line: {
                let head = self.window.head(row);
                usize::from(head.older) + usize::from(head.day)
            },
        };
        let below = height - 1 - height / 3;
        let (edge, _) = self.walk(world).down(&mut self.window, line, below)?;
        self.window.height(edge.row);
        self.anchor = self.anchor_of(edge);
        Ok(())
    }

    pub(super) fn scroll(&mut self, world: &Context<'_>, by: Scroll) -> store::Result<()> {
        let Some(view) = self.view else {
            return Ok(());
        };
        self.opened_at = None;
        let page = i32::from(self.size.1.max(2)) - 1;
        let lines = match by {
            Scroll::Lines(lines) => lines,
            Scroll::Pages(pages) => pages.saturating_mul(page),
            Scroll::Oldest => {
                self.window.load_oldest(world, self.chat, self.page())?;
                let row = self.window.lowest();
                return self.show_edge(world, Line { row, line: 0 });
            }
            Scroll::Newest => {
                self.anchor = None;
                self.window.load_newest(world, self.chat, self.page())?;
                return self.settle(world);
            }
        };
        let count = usize::try_from(lines.unsigned_abs())
            .unwrap_or(usize::MAX)
            .min(MAX_SCROLL);
        let walk = self.walk(world);
        let (edge, _) = if lines < 0 {
            walk.up(&mut self.window, view.edge, count)?
        } else {
            walk.down(&mut self.window, view.edge, count)?
        };
        self.show_edge(world, edge)
    }

    /// Puts a line at the lower edge, or as near to it as the ends of the chat permit.
    fn show_edge(&mut self, world: &Context<'_>, edge: Line) -> store::Result<()> {
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

    /// Scrolls as little as needed until the row is in sight; of one that is taller
    /// than the pane, its beginning.
    pub(super) fn reveal(&mut self, world: &Context<'_>, row: i64) -> store::Result<()> {
        let Some(view) = self.view else {
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
            self.walk(world).down(&mut self.window, start, pane - 1)?.0
        };
        self.show_edge(world, edge)
    }

    /// To a row that the view went far away from; None if it is gone.
    pub(super) fn go_back_to(
        &mut self,
        world: &Context<'_>,
        position: Position,
    ) -> store::Result<Option<i64>> {
        if self.window.load_around(world, self.chat, position, self.page())? != Some(position) {
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
}

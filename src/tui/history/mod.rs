//! A window onto the messages of one chat: a few screens of rows out of the store, whatever the number of messages.
//!
//! The place is a row, not a number of lines, so neither a resize nor an arrival nor a restart moves it.
//!
//! From the ground up: [`names`]; [`layout`]: a message as drawn lines; [`window`]: the loaded rows; [`place`]: movement over
//! them; [`arrivals`]: what came below meanwhile; [`select`]: the chosen row; [`draw`].

mod arrivals;
mod draw;
mod layout;
mod names;
mod place;
mod select;
mod window;

use self::arrivals::Arrivals;
use self::layout::Columns;
use self::names::Names;
use self::place::{Anchor, Line, Walk};
use self::window::Window;
use super::ask::World;
use crate::model::{ChatId, Message, MessageId, Place};
use crate::store::{self, chats};

/// Lines that one call scrolls at most.
const MAX_SCROLL: usize = 2_000;

/// How the view moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scroll {
    /// Lines; negative: towards older ones.
    Lines(i32),
    /// Pages, with one line kept in sight.
    Pages(i32),
    Oldest,
    Newest,
}

/// The window.
#[derive(Debug, Default)]
pub struct History {
    chat: Option<ChatId>,
    /// Columns and rows of the pane.
    size: (u16, u16),
    names: Names,
    window: Window,
    /// What is to stand at the lower edge; None: the newest line, whatever comes.
    anchor: Option<Anchor>,
    /// What is in sight; None if there are no rows.
    view: Option<View>,
    selected: Option<Message>,
    arrivals: Arrivals,
    seen: Option<MessageId>,
    /// Opened at this row, the first unread one, and not moved since.
    opened_at: Option<MessageId>,
}

/// What is in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct View {
    top: Line,
    edge: Line,
    /// Lines; fewer than the pane has only if the chat has fewer.
    lines: usize,
    /// Nothing stands below the edge.
    at_end: bool,
}

impl History {
    /// Of a chat that has no row in the store yet.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Opens a chat at its place (None: the newest; with unread rows and no place, the first unread one is in sight, and
    /// the "new" line stands above it). `size`: columns and rows of the pane. A place that is gone is the newest.
    ///
    /// # Errors
    /// The store's.
    pub fn open(
        world: &World<'_>,
        chat: ChatId,
        place: Option<Place>,
        first_unread: Option<MessageId>,
        size: (u16, u16),
    ) -> store::Result<Self> {
        let mut history = Self {
            chat: Some(chat),
            size,
            ..Self::default()
        };
        history.read_names(world)?;
        history.window.new = first_unread;
        let (page, window) = (history.page(), &mut history.window);
        if let Some(place) = place
            && window.load_around(world, chat, place.message, page)?
        {
            history.anchor = Some(Anchor {
                message: place.message,
                hidden: usize::from(place.hidden),
                of: None,
            });
        } else if let Some(first) = first_unread
            && window.load_around(world, chat, first, page)?
        {
            history.opened_at = Some(first);
            history.put_new_line_into_sight(world, chat, first)?;
        } else {
            window.load_newest(world, chat, page)?;
        }
        history.settle(world)?;
        if !history.at_end() {
            // What came while the chat was closed counts as below, too.
            history.arrivals = match first_unread {
                Some(first) => Arrivals::since(MessageId(first.0.saturating_sub(1))),
                None => Arrivals::since_now(world, chat)?,
            };
            history.count_arrivals(world)?;
        }
        Ok(history)
    }

    /// The store changed: reads again what is loaded, and what came behind it if the end is loaded. The place stays; at the
    /// newest message the view follows, unless a row is selected.
    ///
    /// Reads at most what is loaded and two pages, however much arrived.
    ///
    /// # Errors
    /// The store's.
    pub fn refresh(&mut self, world: &World<'_>) -> store::Result<()> {
        let Some(chat) = self.chat else {
            return Ok(());
        };
        if self.at_end() && self.selected.is_none() {
            (self.anchor, self.opened_at) = (None, None);
            self.read_names(world)?;
            self.window.load_newest(world, chat, self.page())?;
        } else {
            // An anchor stays the anchor, also where the pane is so high that the ends of the chat move the edge.
            match self.anchor {
                Some(_) => self.opened_at = None,
                None => self.pin(),
            }
            self.read_names(world)?;
            self.reload(world, chat)?;
        }
        self.refresh_selected(world)?;
        self.settle(world)?;
        if let Some(first) = self.count_arrivals(world)? {
            self.move_new_line(first);
        }
        Ok(())
    }

    /// The pane has another size. The row at the lower edge stays there.
    ///
    /// # Errors
    /// The store's.
    pub fn resize(&mut self, world: &World<'_>, size: (u16, u16)) -> store::Result<()> {
        self.size = size;
        self.set_columns();
        if let (Some(chat), Some(first)) = (self.chat, self.opened_at) {
            // The size that it was opened with was not that of the pane.
            self.put_new_line_into_sight(world, chat, first)?;
        }
        self.settle(world)
    }

    /// # Errors
    /// The store's.
    pub fn scroll(&mut self, world: &World<'_>, by: Scroll) -> store::Result<()> {
        let (Some(chat), Some(view)) = (self.chat, self.view) else {
            return Ok(());
        };
        self.opened_at = None;
        let page = i32::from(self.size.1.max(2)) - 1;
        let lines = match by {
            Scroll::Lines(lines) => lines,
            Scroll::Pages(pages) => pages.saturating_mul(page),
            Scroll::Oldest => {
                self.window.load_oldest(world, chat, self.page())?;
                let row = self.window.lowest();
                return self.show_edge(world, Line { row, line: 0 });
            }
            Scroll::Newest => {
                self.anchor = None;
                self.window.load_newest(world, chat, self.page())?;
                return self.settle(world);
            }
        };
        let count = usize::try_from(lines.unsigned_abs())
            .unwrap_or(usize::MAX)
            .min(MAX_SCROLL);
        let walk = self.walk(world, chat);
        let (edge, _) = if lines < 0 {
            walk.up(&mut self.window, view.edge, count)?
        } else {
            walk.down(&mut self.window, view.edge, count)?
        };
        self.show_edge(world, edge)
    }

    /// What to remember; None: at the newest.
    pub fn place(&self) -> Option<Place> {
        let anchor = self.anchor_of(self.view.filter(|view| !view.at_end)?.edge)?;
        Some(Place {
            message: anchor.message,
            hidden: u16::try_from(anchor.hidden).unwrap_or(u16::MAX),
        })
    }

    /// The newest row that is or was in sight and counts as read; None if there is none.
    ///
    /// Rows count as read in the order in which they were stored, and are shown in the order of their times. So this is the
    /// highest number of a loaded row in sight or above, as long as no loaded row below the edge has a lower one. It never
    /// goes back.
    pub fn newest_seen(&self) -> Option<MessageId> {
        self.seen
    }

    /// Whether the newest row is in sight, to its last line.
    pub fn at_end(&self) -> bool {
        self.view.is_none_or(|view| view.at_end)
    }

    /// Rows of others that arrived below the edge since it left the end (or since the chat was closed): "3 new below".
    pub fn arrived_below(&self) -> usize {
        self.arrivals.len()
    }

    /// Rows that are read at once: more than a screen, whatever their height.
    fn page(&self) -> usize {
        usize::from(self.size.1).clamp(16, 300) + 8
    }

    fn walk<'a, 'w>(&self, world: &'a World<'w>, chat: ChatId) -> Walk<'a, 'w> {
        Walk {
            world,
            chat,
            page: self.page(),
        }
    }

    fn read_names(&mut self, world: &World<'_>) -> store::Result<()> {
        if let Some(chat) = self
            .chat
            .map(|chat| chats::get(&world.store, chat))
            .transpose()?
            .flatten()
        {
            self.names = Names::read(world, &chat.peer)?;
            self.set_columns();
        }
        Ok(())
    }

    fn set_columns(&mut self) {
        self.window
            .set_columns(Columns::new(self.size.0, self.names.widest()));
    }

    /// The anchor that keeps `edge` where it is.
    fn anchor_of(&self, edge: Line) -> Option<Anchor> {
        let row = self.window.get(edge.row)?;
        let body = row.block()?.len();
        let height = self.window.head(edge.row).len() + body;
        Some(Anchor {
            message: row.message.id,
            hidden: height.saturating_sub(1).saturating_sub(edge.line),
            of: Some(body),
        })
    }

    /// What is at the edge now is what is to stay there.
    fn pin(&mut self) {
        self.opened_at = None;
        if let Some(view) = self.view {
            self.anchor = self.anchor_of(view.edge);
        }
    }

    /// Puts a line at the lower edge, or as near to it as the ends of the chat permit.
    fn show_edge(&mut self, world: &World<'_>, edge: Line) -> store::Result<()> {
        self.window.height(edge.row);
        self.anchor = self.anchor_of(edge);
        self.settle(world)?;
        self.pin();
        if self.at_end() {
            self.anchor = None;
        }
        Ok(())
    }

    /// With more unread rows than the pane holds, the line above them stands in its upper third.
    fn put_new_line_into_sight(
        &mut self,
        world: &World<'_>,
        chat: ChatId,
        first: MessageId,
    ) -> store::Result<()> {
        let Some(row) = self.window.find(first) else {
            return Ok(());
        };
        let height = usize::from(self.size.1.max(1));
        let line = Line {
            row,
            line: usize::from(self.window.head(row).day),
        };
        let (edge, _) = self
            .walk(world, chat)
            .down(&mut self.window, line, height - 1 - height / 3)?;
        self.window.height(edge.row);
        self.anchor = self.anchor_of(edge);
        Ok(())
    }

    /// Reads the window again around what is at the edge; if that is gone, around what is nearest to it.
    fn reload(&mut self, world: &World<'_>, chat: ChatId) -> store::Result<()> {
        let page = self.page();
        let Some(anchor) = self.anchor else {
            return self.window.load_newest(world, chat, page);
        };
        let nearest = self.nearest(anchor.message);
        if self.window.reload(world, chat, page)? && self.window.find(anchor.message).is_some() {
            return Ok(());
        }
        for candidate in nearest {
            if self.window.load_around(world, chat, candidate, page)? {
                if candidate != anchor.message {
                    self.anchor = Some(Anchor {
                        message: candidate,
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
    fn nearest(&self, id: MessageId) -> Vec<MessageId> {
        let at = self.window.find(id).unwrap_or(self.window.last());
        let mut rows: Vec<(i64, MessageId)> = self
            .window
            .rows()
            .map(|(number, row)| ((number - at).abs(), row.message.id))
            .collect();
        rows.sort_by_key(|(distance, _)| *distance);
        rows.into_iter().map(|(_, id)| id).collect()
    }

    /// Counts what came below the edge; the first of it, if nothing was there before.
    fn count_arrivals(&mut self, world: &World<'_>) -> store::Result<Option<MessageId>> {
        let (Some(chat), Some(view)) = (self.chat, self.view.filter(|view| !view.at_end)) else {
            return Ok(None);
        };
        match self.window.get(view.edge.row).map(window::Row::key) {
            Some(edge) => self.arrivals.count(world, chat, edge),
            None => Ok(None),
        }
    }

    /// The "new" line moves to what arrived below, unless it is in sight: nothing moves under the eyes.
    fn move_new_line(&mut self, first: MessageId) {
        let at = self.window.new.and_then(|id| self.window.find(id));
        let in_sight = self
            .view
            .zip(at)
            .is_some_and(|(view, at)| view.top.row <= at && at <= view.edge.row);
        if !in_sight {
            self.window.new = Some(first);
        }
    }

    /// Finds out what is in sight, loads what is missing for it and lets go of what is far from it.
    fn settle(&mut self, world: &World<'_>) -> store::Result<()> {
        let Some(chat) = self.chat.filter(|_| !self.window.is_empty()) else {
            self.view = None;
            return Ok(());
        };
        let walk = self.walk(world, chat);
        let anchored = self
            .anchor
            .and_then(|anchor| Some((anchor, self.window.find(anchor.message)?)));
        let edge = match anchored {
            None => walk.end(&mut self.window)?,
            Some((anchor, row)) => {
                let body = self.window.measure(row);
                let line = anchor.line(self.window.head(row).len(), body);
                Line { row, line }
            }
        };
        let above = usize::from(self.size.1.max(1)) - 1;
        let (top, up) = walk.up(&mut self.window, edge, above)?;
        let (edge, down) = walk.down(&mut self.window, edge, above - up)?;
        // One step further tells whether there is anything.
        let (_, behind) = walk.down(&mut self.window, edge, 1)?;
        let view = View {
            top,
            edge,
            lines: up + down + 1,
            at_end: behind == 0,
        };
        self.view = Some(view);
        for number in view.top.row..=view.edge.row {
            if let Some(row) = self.window.get(number) {
                self.names.learn(world, &row.message.from)?;
            }
        }
        self.window.trim(view.top.row, view.edge.row, 2 * self.page());
        self.note_seen(view);
        Ok(())
    }

    fn note_seen(&mut self, view: View) {
        // Of the row at the edge at least one line of its own must be in sight.
        let head = self.window.head(view.edge.row).len();
        let last = view.edge.row - i64::from(view.edge.line < head);
        let below = self
            .window
            .rows()
            .filter(|(number, _)| *number > last)
            .map(|(_, row)| row.message.id)
            .min();
        let seen = self
            .window
            .rows()
            .filter(|(number, row)| *number <= last && below.is_none_or(|below| row.message.id < below))
            .map(|(_, row)| row.message.id)
            .max();
        self.seen = self.seen.max(seen);
        if view.at_end {
            self.arrivals.reset(&self.window);
        } else if let Some(row) = self.window.get(last) {
            self.arrivals.seen(row.key());
        }
    }
}

#[cfg(test)]
mod tests;

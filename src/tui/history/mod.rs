//! A window onto the messages of one chat: a few screens of rows out of the store,
//! whatever the number of messages.
//!
//! The place is a row, not a number of lines, so neither a resize nor an arrival nor a restart moves it.
//!
//! From the ground up: [`names`]; [`layout`]: a message as drawn lines; [`window`]: the loaded rows;
//! [`place`]: movement over them; [`arrivals`]: what came below meanwhile; [`sight`]: what is in sight;
//! [`reload`]: after a change of the store; [`select`]: the chosen row; [`draw`].

mod arrivals;
mod draw;
mod layout;
mod names;
mod place;
mod reload;
mod select;
mod sight;
mod window;

use self::arrivals::Arrivals;
use self::layout::Columns;
use self::names::Names;
use self::place::{Anchor, Line, Walk};
use self::sight::View;
use self::window::Window;
use super::ask::Context;
use super::targets::Table;
use model::{ChatId, Message, Place, Position};
use store::{self, chats};

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
    seen: Option<Position>,
    /// Opened at this row, the first unread one, and not moved since.
    opened_at: Option<Position>,
    /// The links as they were painted last.
    links: Table,
}

impl History {
    /// Of a chat that has no row in the store yet.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Opens a chat at its place (None: the newest; with unread rows and no place, the first unread one
    /// is in sight, and the "new" line stands above it). `size`: columns and rows of the pane. A place
    /// that is gone is what stands above it; where nothing does, the newest.
    pub fn open(
        world: &Context<'_>,
        chat: ChatId,
        place: Option<Place>,
        first_unread: Option<Position>,
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
            && let Some(found) = window.load_around(world, chat, place.position, page)?
        {
            let still_there = found == place.position;
            history.anchor = Some(Anchor {
                position: found,
                hidden: usize::from(if still_there { place.hidden } else { 0 }),
                of: None,
            });
        } else if let Some(first) = first_unread
            && window.load_around(world, chat, first, page)?.is_some()
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
                Some(first) => Arrivals::from(first),
                None => Arrivals::since_now(world, chat)?,
            };
            history.count_arrivals(world)?;
        }
        Ok(history)
    }

    /// The store changed: reads again what is in sight, and what came behind it if that is the end. The place
    /// stays; at the newest message the view follows, unless a row is selected.
    ///
    /// Reads little more than what is in sight, however much arrived: once a frame is often enough.
    pub fn refresh(&mut self, world: &Context<'_>) -> store::Result<()> {
        let Some(chat) = self.chat else {
            return Ok(());
        };
        // Before other names change the columns.
        let edge = self.view.and_then(|view| self.anchor_of(view.edge));
        self.read_names(world)?;
        if self.follows(world, chat)? {
            self.follow(world, chat)?;
            self.settle(world)?;
        } else {
            self.anchor = self.anchor.or(edge);
            self.reload(world, chat)?;
            self.settle(world)?;
            self.hold(world, edge)?;
        }
        self.refresh_selected(world)?;
        if let Some(first) = self.count_arrivals(world)? {
            self.move_new_line(first);
        }
        Ok(())
    }

    /// Somebody looks again after a while: the "new" line moves above the first row that
    /// nobody saw, if there is one.
    pub fn show_new(&mut self, world: &Context<'_>) -> store::Result<()> {
        let view = self
            .chat
            .map(|chat| chats::view(&world.store, chat))
            .transpose()?
            .flatten();
        if let Some(first) = view.and_then(|view| view.first_unread) {
            self.pin();
            self.window.new = Some(first);
            self.settle(world)?;
        }
        Ok(())
    }

    /// The pane has another size. The row at the lower edge stays there.
    pub fn resize(&mut self, world: &Context<'_>, size: (u16, u16)) -> store::Result<()> {
        self.size = size;
        self.set_columns();
        if let (Some(chat), Some(first)) = (self.chat, self.opened_at) {
            // The size that it was opened with was not that of the pane.
            self.put_new_line_into_sight(world, chat, first)?;
        }
        self.settle(world)
    }

    /// Texts have other widths than when they were laid out; [`History::resize`] has to follow.
    pub fn forget_layout(&mut self) {
        self.window.set_columns(Columns::default());
    }

    pub fn scroll(&mut self, world: &Context<'_>, by: Scroll) -> store::Result<()> {
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
            position: anchor.position,
            hidden: u16::try_from(anchor.hidden).unwrap_or(u16::MAX),
        })
    }

    /// Where the lowest row stands that is or was in sight; None if there is none. It never goes back.
    pub fn newest_seen(&self) -> Option<Position> {
        self.seen
    }

    /// Where on the screen links stand since it was painted.
    pub fn links(&self) -> &Table {
        &self.links
    }

    /// Whether the newest row is in sight, to its last line.
    pub fn at_end(&self) -> bool {
        self.view.is_none_or(|view| view.at_end)
    }

    /// Rows of others that arrived below the edge since it left the end (or since the chat
    /// was closed): "3 new below".
    pub fn arrived_below(&self) -> usize {
        self.arrivals.len()
    }

    /// Rows that are read at once: more than a screen, whatever their height.
    fn page(&self) -> usize {
        usize::from(self.size.1).clamp(16, 300) + 8
    }

    fn walk<'a, 'w>(&self, world: &'a Context<'w>, chat: ChatId) -> Walk<'a, 'w> {
        Walk {
            world,
            chat,
            page: self.page(),
        }
    }

    fn read_names(&mut self, world: &Context<'_>) -> store::Result<()> {
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
        let width = self.size.0;
        let widest = self.names.widest(usize::from(Columns::most_name(width)));
        self.window.set_columns(Columns::new(width, widest));
    }
}

#[cfg(test)]
mod tests;

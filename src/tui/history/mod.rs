//! A window onto the messages of one chat: a few screens of rows out of the store, whatever the number of messages.
//!
//! The place is a row, not a number of lines, so neither a resize nor an arrival nor a restart moves it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ask::World;
use crate::model::{ChatId, Message, MessageId, Place};
use crate::store;

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
#[derive(Debug)]
pub struct History {
    chat: Option<ChatId>,
}

impl History {
    /// Of a chat that has no row in the store yet.
    pub fn empty() -> Self {
        Self { chat: None }
    }

    /// Opens a chat at its place (None: the newest; with unread rows and no place, the first unread one is in sight, and
    /// the "new" line stands above it). `size`: columns and rows of the pane.
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
        todo!("{:?}{chat:?}{place:?}{first_unread:?}{size:?}", world.now)
    }

    /// The store changed: reads again what is loaded, and what came behind it if the end is loaded. The place stays; at the
    /// newest message the view follows.
    ///
    /// # Errors
    /// The store's.
    pub fn refresh(&mut self, world: &World<'_>) -> store::Result<()> {
        todo!("{:?}", world.now)
    }

    /// The pane has another size.
    ///
    /// # Errors
    /// The store's.
    pub fn resize(&mut self, world: &World<'_>, size: (u16, u16)) -> store::Result<()> {
        todo!("{:?}{size:?}", world.now)
    }

    /// # Errors
    /// The store's.
    pub fn scroll(&mut self, world: &World<'_>, by: Scroll) -> store::Result<()> {
        todo!("{:?}{by:?}", world.now)
    }

    /// Selects the next older (`-1`) or newer (`1`) row and brings it into sight; newer than the newest: none any more.
    ///
    /// # Errors
    /// The store's.
    pub fn select(&mut self, world: &World<'_>, by: i32) -> store::Result<()> {
        todo!("{:?}{by:?}", world.now)
    }

    /// Selects what a click hit: `row` of the pane, 0 at the top.
    pub fn select_at(&mut self, row: u16) {
        todo!("{row}")
    }

    pub fn unselect(&mut self) {
        todo!()
    }

    pub fn selected(&self) -> Option<&Message> {
        todo!()
    }

    /// What to remember; None: at the newest.
    pub fn place(&self) -> Option<Place> {
        todo!()
    }

    /// The newest row that is or was in sight and counts as read; None if there is none.
    pub fn newest_seen(&self) -> Option<MessageId> {
        todo!()
    }

    /// Whether the newest row is in sight.
    pub fn at_end(&self) -> bool {
        todo!()
    }

    /// Rows that arrived below the edge since it left the end: "3 new below".
    pub fn arrived_below(&self) -> usize {
        todo!()
    }

    /// Paints the rows, day lines, the "new" line and marks.
    pub fn draw(&mut self, world: &World<'_>, area: Rect, buf: &mut Buffer) {
        todo!("{:?}{area:?}{:?}{:?}", world.now, buf.area, self.chat)
    }
}

//! A window onto the messages of one chat: a few screens of rows out of the store,
//! whatever the number of messages.
//!
//! The place is a row, not a number of lines, so neither a resize nor an arrival nor a restart moves it.
//!
//! From the ground up: [`names`]; [`quote`]: what a message answers; [`foot`]: what stands beneath it;
//! [`brought`]: the files of a message; [`layout`]: a message as drawn lines; [`event`]: a line that nobody
//! wrote; [`row`], [`window`]: the loaded rows; [`place`]: movement over them; [`arrivals`]: what came below
//! meanwhile; [`sight`]: what is in sight, with [`moving`] and, after a change of the store, [`reload`];
//! [`draw`]; [`select`]: the chosen row; [`beginning`]: what is said where it begins.

mod arrivals;
mod beginning;
mod brought;
mod draw;
mod event;
mod foot;
mod layout;
mod looked;
mod moving;
mod names;
mod place;
mod quote;
mod reload;
mod remedy;
mod row;
mod select;
mod sight;
mod window;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::draw::Painting;
use self::layout::Columns;
use self::sight::Sight;
use super::ask::Context;
use super::targets::Table;
use model::{ChatId, Message, Place, Position};
use store;

pub use quote::{Quote, answered};
pub use remedy::can_be_asked_for;

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

impl Scroll {
    /// Towards older ones.
    pub fn is_up(self) -> bool {
        match self {
            Self::Lines(by) | Self::Pages(by) => by < 0,
            Self::Oldest => true,
            Self::Newest => false,
        }
    }
}

/// The window.
#[derive(Debug, Default)]
pub struct History {
    /// None: the chat has no row in the store yet.
    sight: Option<Sight>,
    selected: Option<Message>,
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
    /// that is gone is the newest.
    pub fn open(
        world: &Context<'_>,
        chat: ChatId,
        place: Option<Place>,
        first_unread: Option<Position>,
        size: (u16, u16),
    ) -> store::Result<Self> {
        Ok(Self {
            sight: Some(Sight::open(world, chat, place, first_unread, size)?),
            ..Self::default()
        })
    }

    /// The store changed: reads again what is in sight, and what came behind it if that is the end. The place
    /// stays; at the newest message the view follows, unless a row is selected.
    ///
    /// Reads little more than what is in sight, however much arrived: once a frame is often enough. `names`:
    /// people may be called otherwise than before.
    pub fn refresh(&mut self, world: &Context<'_>, names: bool) -> store::Result<()> {
        if let Some(sight) = &mut self.sight {
            sight.refresh(world, names, self.selected.is_some())?;
        }
        self.refresh_selected(world)
    }

    /// Somebody looks again after a while: the "new" line moves above the first row that
    /// nobody saw, if there is one.
    pub fn show_new(&mut self, world: &Context<'_>) -> store::Result<()> {
        match &mut self.sight {
            Some(sight) => sight.show_new(world),
            None => Ok(()),
        }
    }

    /// The pane has another size. The row at the lower edge stays there.
    pub fn resize(&mut self, world: &Context<'_>, size: (u16, u16)) -> store::Result<()> {
        match &mut self.sight {
            Some(sight) => sight.resize(world, size),
            None => Ok(()),
        }
    }

    /// Texts have other widths than when they were laid out; [`History::resize`] has to follow.
    pub fn forget_layout(&mut self) {
        if let Some(sight) = &mut self.sight {
            sight.window.set_columns(Columns::default());
        }
    }

    pub fn scroll(&mut self, world: &Context<'_>, by: Scroll) -> store::Result<()> {
        match &mut self.sight {
            Some(sight) => sight.scroll(world, by),
            None => Ok(()),
        }
    }

    /// What to remember; None: at the newest.
    pub fn place(&self) -> Option<Place> {
        self.sight.as_ref()?.place()
    }

    /// Where the lowest row stands that is or was in sight; None if there is none. It never goes back.
    pub fn newest_seen(&self) -> Option<Position> {
        self.sight.as_ref()?.seen
    }

    /// Where on the screen links stand since it was painted.
    pub fn links(&self) -> &Table {
        &self.links
    }

    /// Whether the newest row is in sight, to its last line.
    pub fn at_end(&self) -> bool {
        self.sight.as_ref().is_none_or(Sight::at_end)
    }

    /// Rows of others that arrived below the edge since it left the end (or since the chat
    /// was closed): "3 new below".
    pub fn arrived_below(&self) -> usize {
        self.sight.as_ref().map_or(0, |sight| sight.arrivals.len())
    }

    /// Paints it. If the pane turns out to have another size than it was told, it goes by the pane.
    pub fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        self.links = Table::default();
        let Some(sight) = self.sight.as_mut().filter(|_| !area.is_empty()) else {
            return;
        };
        if (area.width, area.height) != sight.size {
            // What cannot be read is left out; the next refresh tells the error.
            let _ = sight.resize(world, (area.width, area.height));
        }
        let painting = Painting {
            sight,
            selected: self.selected.as_ref().map(|row| row.id),
        };
        self.links = painting.draw(world, area, buf);
    }
}

#[cfg(test)]
mod tests;

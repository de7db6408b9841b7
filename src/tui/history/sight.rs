//! What is in sight: found out anew after every change, so that the pane is full and
//! the anchor at its lower edge.

use super::arrivals::Arrivals;
use super::layout::{Block, Columns};
use super::names::Names;
use super::place::{Anchor, Line, View, Walk};
use super::row::Row;
use super::window::Window;
use crate::ask::Context;
use crate::list;
use crate::text::mention::OwnNames;
use model::{ChatId, ChatKind, Place, Position};
use store::{self, chats, rooms};

/// The pane over the loaded rows of a chat.
#[derive(Debug)]
pub(super) struct Sight {
    pub(super) chat: ChatId,
    /// Columns and rows of the pane.
    pub(super) size: (u16, u16),
    pub(super) names: Names,
    pub(super) window: Window,
    /// What is to stand at the lower edge; None: the newest line, whatever comes.
    pub(super) anchor: Option<Anchor>,
    /// None if there are no rows.
    pub(super) view: Option<View>,
    pub(super) arrivals: Arrivals,
    /// Where the lowest row stands that is or was in sight.
    pub(super) seen: Option<Position>,
    /// Opened at this row, the first unread one, and not moved since.
    pub(super) opened_at: Option<Position>,
}

impl Sight {
    /// Of a chat of which nothing is loaded yet.
    pub(super) fn new(world: &Context<'_>, chat: ChatId, size: (u16, u16)) -> store::Result<Self> {
        let mut sight = Self {
            chat,
            size,
            names: Names::default(),
            window: Window::default(),
            anchor: None,
            view: None,
            arrivals: Arrivals::default(),
            seen: None,
            opened_at: None,
        };
        sight.read_names(world)?;
        Ok(sight)
    }

    pub(super) fn read_names(&mut self, world: &Context<'_>) -> store::Result<()> {
        if let Some(chat) = chats::get(&world.store, self.chat)? {
            let room = match chat.kind {
                ChatKind::Room => rooms::get(&world.store, chat.id)?,
                _ => None,
            };
            let own_nick = room.as_ref().map(|room| list::own_nick(world, room));
            self.window
                .call_us(own_nick.map(|nick| OwnNames::in_room(world.own, &nick)));
            self.names = match room {
                Some(room) => Names::in_room(world, &room),
                None => Names::read(world, &chat.peer)?,
            };
            let theirs = self.names.of_the_other(&chat.peer).to_owned();
            self.window.call_the_other(world, theirs);
            self.set_columns();
        }
        Ok(())
    }

    pub(super) fn set_columns(&mut self) {
        let width = self.size.0;
        let widest = self.names.widest(usize::from(Columns::most_name(width)));
        self.window.set_columns(Columns::new(width, widest));
    }

    /// Rows that are read at once: more than a screen, whatever their height.
    pub(super) fn page(&self) -> usize {
        usize::from(self.size.1).clamp(16, 300) + 8
    }

    pub(super) fn walk<'a, 'w>(&self, world: &'a Context<'w>) -> Walk<'a, 'w> {
        Walk {
            world,
            chat: self.chat,
            page: self.page(),
        }
    }

    /// Whether the newest row is in sight, to its last line.
    pub(super) fn at_end(&self) -> bool {
        self.view.is_none_or(|view| view.at_end)
    }

    /// What to remember; None: at the newest.
    pub(super) fn place(&self) -> Option<Place> {
        let anchor = self.anchor_of(self.view.filter(|view| !view.at_end)?.edge)?;
        Some(Place {
            position: anchor.position,
            hidden: u16::try_from(anchor.hidden).unwrap_or(u16::MAX),
        })
    }

    /// The anchor that keeps `edge` where it is.
    pub(super) fn anchor_of(&self, edge: Line) -> Option<Anchor> {
        let row = self.window.get(edge.row)?;
        let body = row.block()?.len();
        let height = self.window.head(edge.row).len() + body;
        Some(Anchor {
            position: row.position(),
            hidden: height.saturating_sub(1).saturating_sub(edge.line),
            of: Some(body),
        })
    }

    /// What is at the edge now is what is to stay there.
    pub(super) fn pin(&mut self) {
        if let Some(view) = self.view {
            self.anchor = self.anchor_of(view.edge);
        }
    }

    pub(super) fn rows_in_sight(&self) -> usize {
        self.view.map_or(0, |view| {
            usize::try_from(view.edge.row - view.top.row).unwrap_or(0) + 1
        })
    }

    /// What stands in the rows of the pane, from its top.
    pub(super) fn lines(&self) -> Vec<Line> {
        let Some(view) = self.view else {
            return Vec::new();
        };
        (view.top.row..=view.edge.row)
            .flat_map(|row| {
                let block = self.window.get(row).and_then(|row| row.block());
                let height = self.window.head(row).len() + block.map_or(0, Block::len);
                (0..height).map(move |line| Line { row, line })
            })
            .skip(view.top.line)
            .take(view.lines)
            .collect()
    }

    /// The newest row of which more is in sight than what stands above it.
    pub(super) fn newest(&self, view: View) -> i64 {
        let head = self.window.head(view.edge.row).len();
        let hidden = view.edge.line < head && view.top.row < view.edge.row;
        view.edge.row - i64::from(hidden)
    }

    /// Finds out what is in sight, loads what is missing for it and lets go of what is far from it.
    pub(super) fn settle(&mut self, world: &Context<'_>) -> store::Result<()> {
        if self.window.is_empty() {
            self.view = None;
            return Ok(());
        }
        let walk = self.walk(world);
        let anchored = self
            .anchor
            .and_then(|anchor| Some((anchor, self.window.find(anchor.position)?)));
        let edge = match anchored {
            None => walk.end(&mut self.window)?,
            Some((anchor, row)) => {
                // What stands above a row is known once the row before it is.
                while row < self.window.lowest() && self.window.older(world, self.chat, walk.page)? {}
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
            if let Some(message) = self.window.message(number) {
                self.names.learn(world, &message.author)?;
            }
            let quote = self.window.get(number).and_then(Row::quote);
            if let Some(author) = quote.and_then(|quote| quote.author.as_ref()) {
                self.names.learn(world, author)?;
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
        self.seen = self.seen.max(self.window.get(last).map(Row::position));
        if view.at_end {
            self.arrivals.reset(&self.window);
        } else if let Some(row) = self.window.get(last) {
            self.arrivals.seen(row.position());
        }
    }
}

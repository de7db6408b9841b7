//! The loaded rows: a few screens around what is seen, whatever the number of messages in the chat.
//!
//! Rows are numbered along the window, and keep their number while rows before them come and go, so that a
//! position stays right over loading and trimming.

use std::collections::{BTreeMap, VecDeque};

use super::layout::{Around, Columns};
use super::row::{Row, around};
use crate::ask::Context;
use crate::text::mention::OwnNames;
use model::{ChatId, Message, Position};
use store::timeline::{self, Entry};

/// Bytes of text kept beyond either edge of the view.
const MAX_BYTES: usize = 1024 * 1024;

/// What stands above a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Head {
    /// What is known of what is older.
    pub(super) older: bool,
    pub(super) day: bool,
    pub(super) new: bool,
}

impl Head {
    /// Lines.
    pub(super) fn len(self) -> usize {
        usize::from(self.older) + usize::from(self.day) + usize::from(self.new)
    }
}

/// The rows, oldest first, with no gap between them.
#[derive(Debug, Default)]
pub(super) struct Window {
    rows: VecDeque<Row>,
    /// The number of the first row.
    first: i64,
    /// The first row is the oldest of the chat.
    top: bool,
    /// The last row is the newest of the chat.
    bottom: bool,
    pub(super) columns: Columns,
    /// How the other side is called.
    name: String,
    /// What we are called by; None: by our address.
    own: Option<OwnNames>,
    /// What is said of what is older than the first row, above it.
    pub(super) older: Option<String>,
    /// Of the row that the "new" line stands above.
    pub(super) new: Option<Position>,
}

impl Window {
    /// The other side is called so: what is said of them is said anew.
    pub(super) fn call_the_other(&mut self, world: &Context<'_>, name: String) {
        if self.name == name {
            return;
        }
        for row in &mut self.rows {
            row.call_the_other(world, &name);
        }
        self.name = name;
    }

    /// We are called so here: rows that are read from now on know it.
    pub(super) fn call_us(&mut self, own: Option<OwnNames>) {
        self.own = own;
    }

    /// The newest `count` rows.
    pub(super) fn load_newest(
        &mut self,
        world: &Context<'_>,
        chat: ChatId,
        count: usize,
    ) -> store::Result<()> {
        let page = timeline::before(&world.store, chat, None, count)?;
        self.top = page.len() < count;
        self.bottom = true;
        self.replace(world, page)
    }

    /// The oldest `count` rows.
    pub(super) fn load_oldest(
        &mut self,
        world: &Context<'_>,
        chat: ChatId,
        count: usize,
    ) -> store::Result<()> {
        let page = timeline::oldest(&world.store, chat, count)?;
        self.top = true;
        self.bottom = page.len() < count;
        self.replace(world, page)
    }

    /// The row at this position (if it is gone, the one above it) with `count` rows before and behind it;
    /// where it stands. None, and nothing is changed, if nothing stands there or above.
    pub(super) fn load_around(
        &mut self,
        world: &Context<'_>,
        chat: ChatId,
        position: Position,
        count: usize,
    ) -> store::Result<Option<Position>> {
        let Some(row) = timeline::nearest(&world.store, chat, position)? else {
            return Ok(None);
        };
        let position = row.position();
        let mut page = timeline::before(&world.store, chat, Some(position), count)?;
        let newer = timeline::after(&world.store, chat, position, count)?;
        self.top = page.len() < count;
        self.bottom = newer.len() < count;
        page.push(row);
        page.extend(newer);
        self.replace(world, page)?;
        Ok(Some(position))
    }

    /// Reads the loaded rows again, and up to `more` that came among or behind them; false, and nothing is
    /// changed, if the first one is gone.
    pub(super) fn reload(&mut self, world: &Context<'_>, chat: ChatId, more: usize) -> store::Result<bool> {
        let Some(position) = self.rows.front().map(Row::position) else {
            return Ok(false);
        };
        let nearest = timeline::nearest(&world.store, chat, position)?;
        let Some(first) = nearest.filter(|row| row.position() == position) else {
            return Ok(false);
        };
        // What came before the first one is found out when the view goes there.
        let older = timeline::before(&world.store, chat, Some(position), 1)?;
        let count = self.rows.len() + more;
        let rest = timeline::after(&world.store, chat, position, count)?;
        self.top = older.is_empty();
        self.bottom = rest.len() < count;
        let mut page = Vec::with_capacity(rest.len() + 1);
        page.push(first);
        page.extend(rest);
        self.replace(world, page)?;
        Ok(true)
    }

    /// Puts `page` in the place of the rows; what was laid out and is the same as before stays laid out.
    fn replace(&mut self, world: &Context<'_>, page: Vec<Entry>) -> store::Result<()> {
        let around = self.around_each(world, &page)?;
        let mut old: BTreeMap<Position, Row> = self.rows.drain(..).map(|row| (row.position(), row)).collect();
        self.first = 0;
        self.rows = page
            .into_iter()
            .zip(around)
            .map(|(entry, around)| match old.remove(&entry.position()) {
                Some(row) if row.entry == entry && *row.around() == around => row,
                _ => Row::new(world, &self.name, entry, around),
            })
            .collect();
        Ok(())
    }

    /// Read before anything is changed: it may fail.
    fn around_each(&self, world: &Context<'_>, page: &[Entry]) -> store::Result<Vec<Around>> {
        let by_address;
        let own = match &self.own {
            Some(own) => own,
            None => {
                by_address = OwnNames::of(world.own);
                &by_address
            }
        };
        page.iter().map(|entry| around(world, own, entry)).collect()
    }

    /// Loads up to `count` rows before the first one; whether there were any.
    pub(super) fn older(&mut self, world: &Context<'_>, chat: ChatId, count: usize) -> store::Result<bool> {
        let Some(before) = self.rows.front().map(Row::position) else {
            return Ok(false);
        };
        if self.top {
            return Ok(false);
        }
        let page = timeline::before(&world.store, chat, Some(before), count)?;
        let around = self.around_each(world, &page)?;
        self.top = page.len() < count;
        let found = !page.is_empty();
        for (entry, around) in page.into_iter().zip(around).rev() {
            self.rows.push_front(Row::new(world, &self.name, entry, around));
            self.first -= 1;
        }
        Ok(found)
    }

    /// Loads up to `count` rows behind the last one; whether there were any.
    pub(super) fn newer(&mut self, world: &Context<'_>, chat: ChatId, count: usize) -> store::Result<bool> {
        let Some(behind) = self.rows.back().map(Row::position) else {
            return Ok(false);
        };
        if self.bottom {
            return Ok(false);
        }
        let page = timeline::after(&world.store, chat, behind, count)?;
        let around = self.around_each(world, &page)?;
        self.bottom = page.len() < count;
        let found = !page.is_empty();
        let rows = page.into_iter().zip(around);
        self.rows
            .extend(rows.map(|(entry, around)| Row::new(world, &self.name, entry, around)));
        Ok(found)
    }

    /// Lets go of what lies more than `keep` rows, or too many bytes, beyond the rows from `from` to `to`.
    /// One row before `from` always stays: what stands above a row depends on the one before.
    pub(super) fn trim(&mut self, from: i64, to: i64, keep: usize) {
        let before = count(from - self.first);
        let kept = within(self.rows.iter().take(before).rev(), keep).max(before.min(1));
        for _ in kept..before {
            self.rows.pop_front();
            self.first += 1;
            self.top = false;
        }
        let behind = count(self.last() - to);
        let kept = within(
            self.rows
                .iter()
                .skip(self.rows.len() - behind.min(self.rows.len())),
            keep,
        );
        for _ in kept..behind {
            self.rows.pop_back();
            self.bottom = false;
        }
    }

    /// Other columns: everything is laid out again when it is needed.
    pub(super) fn set_columns(&mut self, columns: Columns) {
        if self.columns != columns {
            self.columns = columns;
            for row in &mut self.rows {
                row.forget_layout();
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn at_bottom(&self) -> bool {
        self.bottom
    }

    pub(super) fn at_top(&self) -> bool {
        self.top
    }

    /// The first row that can be drawn: what stands above one is known if the row before is.
    pub(super) fn lowest(&self) -> i64 {
        self.first + i64::from(!self.top)
    }

    /// The number of the last row.
    pub(super) fn last(&self) -> i64 {
        self.first + i64::try_from(self.rows.len()).unwrap_or(i64::MAX) - 1
    }

    pub(super) fn get(&self, number: i64) -> Option<&Row> {
        self.rows.get(usize::try_from(number - self.first).ok()?)
    }

    /// The message in a row, if it is one.
    pub(super) fn message(&self, number: i64) -> Option<&Message> {
        self.get(number)?.entry.message()
    }

    /// Every row with its number.
    pub(super) fn rows(&self) -> impl Iterator<Item = (i64, &Row)> {
        let numbers = self.first..self.first + i64::try_from(self.rows.len()).unwrap_or(0);
        numbers.zip(&self.rows)
    }

    pub(super) fn find(&self, position: Position) -> Option<i64> {
        let at = self.rows.binary_search_by_key(&position, Row::position).ok()?;
        Some(self.first + i64::try_from(at).ok()?)
    }

    /// What stands above a row.
    pub(super) fn head(&self, number: i64) -> Head {
        let Some(row) = self.get(number) else {
            return Head::default();
        };
        Head {
            older: self.older.is_some() && self.top && number == self.first,
            day: self.get(number - 1).is_none_or(|before| before.day != row.day),
            new: self.new == Some(row.position()),
        }
    }

    /// Whether the row before is of the same person and minute, with nothing between them, so that
    /// neither need be said again.
    pub(super) fn goes_on(&self, number: i64) -> bool {
        let (Some(row), Some(before)) = (self.get(number), self.get(number - 1)) else {
            return false;
        };
        self.head(number).len() == 0 && row.time == before.time && row.is_of_the_author_of(before)
    }

    /// Drawn lines of a row without what stands above it; it is laid out if it was not.
    pub(super) fn measure(&mut self, number: i64) -> usize {
        let columns = self.columns;
        let row = usize::try_from(number - self.first)
            .ok()
            .and_then(|at| self.rows.get_mut(at));
        row.map_or(0, |row| row.measure(&columns))
    }

    /// Drawn lines of a row and of what stands above it.
    pub(super) fn height(&mut self, number: i64) -> usize {
        self.head(number).len() + self.measure(number)
    }
}

/// How many of these rows are within the limits.
fn within<'a>(rows: impl Iterator<Item = &'a Row>, keep: usize) -> usize {
    let mut bytes = 0;
    rows.take(keep)
        .take_while(|row| {
            let body = row.entry.message().and_then(|message| message.body.as_ref());
            bytes += body.map_or(0, |body| body.as_str().len());
            bytes <= MAX_BYTES
        })
        .count()
}

fn count(rows: i64) -> usize {
    usize::try_from(rows).unwrap_or(0)
}

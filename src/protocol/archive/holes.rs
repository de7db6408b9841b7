//! What the archive has lost between the cursor and what it has now.
//!
//! A server that forgets old messages says that it does not know the cursor, or says nothing: then, if
//! more than a day lies between, it is asked whether it still has what stood there.

use super::page::{Ask, Open};
use super::ranges;
use crate::turn::Turn;
use api::Change;
use model::Timestamp;
use std::time::Duration;
use store::archive::RangeEnd;
use store::{Result, events};

/// Less than that between two messages is no reason to ask.
const LONG: Duration = Duration::from_secs(86_400);

/// What one catch-up knows of them.
#[derive(Default)]
pub(super) struct Holes {
    /// The archive does not know the cursor.
    pub(super) is_unknown: bool,
    /// A page came.
    began: bool,
    /// The cursor, of which it is not known whether the archive has it, and when what stands behind it
    /// begins.
    doubt: Option<(RangeEnd, Timestamp)>,
}

impl Holes {
    /// A page of what came since is here. Whether it goes on where the cursor is.
    pub(super) fn note(&mut self, turn: &mut Turn<'_>, open: &Open) -> Result<bool> {
        let until = open.first_time().unwrap_or(turn.now);
        let is_first = !std::mem::replace(&mut self.began, true);
        match &open.ask {
            // Everything of the overlap is gone: nothing says what else is.
            Ask::Since(cursor) if std::mem::take(&mut self.is_unknown) && !open.reaches_cursor => {
                tell(turn, cursor.time, until)?;
                Ok(false)
            }
            Ask::After(cursor) if is_first && until > cursor.time + LONG => {
                self.doubt = Some((cursor.clone(), until));
                Ok(true)
            }
            _ => Ok(true),
        }
    }

    /// What is still to be asked.
    pub(super) fn doubt(&mut self) -> Option<Ask> {
        let (cursor, until) = self.doubt.take()?;
        Some(Ask::Around(cursor, until))
    }
}

/// The archive was asked whether it still has the cursor.
pub(super) fn on_looked(turn: &mut Turn<'_>, open: &Open) -> Result<()> {
    let Ask::Around(cursor, until) = &open.ask else {
        return Ok(());
    };
    if open.reaches_cursor {
        return Ok(());
    }
    tell(turn, cursor.time, *until)?;
    // Where nothing stands behind it either, the next catch-up begins here.
    let newest = super::cursor(turn)?;
    if newest.is_some_and(|range| range.last == *cursor) {
        let now = RangeEnd {
            id: String::new(),
            time: turn.now,
        };
        ranges::begin(turn.tx, turn.own.account, &turn.own.jid, (&now, &now), true)?;
    }
    Ok(())
}

/// A hole is told in every chat that it may be in.
fn tell(turn: &mut Turn<'_>, from: Timestamp, until: Timestamp) -> Result<()> {
    for chat in events::gap(turn.tx, turn.own.account, from, until)? {
        turn.changed(Change::Chat(chat));
    }
    Ok(())
}

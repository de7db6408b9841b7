//! What the archive has lost between the cursor and what it has now.
//!
//! A server that forgets old messages says that it does not know the cursor, or says nothing: so after more
//! than a day it is asked first whether it still has what stood there. Not after what came since: that moves
//! the cursor, and whoever is killed then would never ask.

use super::page::{Ask, Open};
use super::ranges;
use crate::turn::Turn;
use api::Change;
use model::Timestamp;
use std::time::Duration;
use store::archive::RangeEnd;
use store::{Result, events};

/// Less than that is no reason to ask.
const LONG: Duration = Duration::from_secs(86_400);

/// Whether the archive may have forgotten the cursor by now.
pub(super) fn are_likely(cursor: &RangeEnd, now: Timestamp) -> bool {
    now > cursor.time + LONG
}

/// What one catch-up knows of them.
#[derive(Default)]
pub(super) struct Holes {
    /// The archive does not know the cursor.
    pub(super) is_unknown: bool,
    /// It has nothing of the cursor's time any more.
    is_gone: bool,
}

impl Holes {
    /// The archive was asked whether it still has the cursor.
    pub(super) fn on_looked(&mut self, open: &Open) {
        self.is_gone = !open.reaches_cursor;
    }

    /// A page of what came since is here. Whether it goes on where the cursor is.
    pub(super) fn note(&mut self, turn: &mut Turn<'_>, open: &Open, is_empty: bool) -> Result<bool> {
        let (cursor, lost) = match &open.ask {
            // Everything of the overlap is gone: nothing says what else is.
            Ask::Since(cursor) => {
                let unknown = std::mem::take(&mut self.is_unknown);
                (cursor, unknown && !open.reaches_cursor)
            }
            Ask::After(cursor) => (cursor, std::mem::take(&mut self.is_gone)),
            _ => return Ok(true),
        };
        if !lost {
            return Ok(true);
        }
        self.is_gone = false;
        tell(turn, cursor.time, open.first_time().unwrap_or(turn.now))?;
        // Where nothing stands behind it either, the next catch-up begins here.
        if is_empty {
            let now = RangeEnd {
                id: String::new(),
                time: turn.now,
            };
            ranges::begin(turn.tx, turn.own.account, &turn.own.jid, None, (&now, &now), true)?;
        }
        Ok(false)
    }
}

/// A hole is told in every chat that it may be in.
fn tell(turn: &mut Turn<'_>, from: Timestamp, until: Timestamp) -> Result<()> {
    if !events::gap(turn.tx, turn.own.account, from, until)?.is_empty() {
        turn.changed(Change::Chats);
    }
    Ok(())
}

//! A page that was asked for and is coming.

use super::{ASTRAY, since};
use crate::effect::Timer;
use crate::purpose::PATIENCE;
use crate::turn::Turn;
use model::Timestamp;
use stanza::mam::{ArchivePage, Fin};
use stanza::received::{Found, Origin};
use std::time::Duration;
use store::archive::RangeEnd;

/// Around the time of the cursor it is looked for within this.
const AROUND: Duration = Duration::from_secs(2);

/// What was asked.
#[derive(Debug, Clone)]
pub(super) enum Ask {
    /// What stands behind the cursor.
    After(RangeEnd),
    /// What came since the time of the cursor, which the archive does not know.
    Since(RangeEnd),
    /// What stands before the oldest.
    Before(RangeEnd),
    /// Whether the archive still has the cursor, behind which something stands from that time on.
    Around(RangeEnd, Timestamp),
}

impl Ask {
    pub(super) fn page(&self) -> ArchivePage {
        match self {
            Self::After(end) => ArchivePage::After(end.id.clone()),
            Self::Since(end) => since(end),
            Self::Before(end) if end.id.is_empty() => ArchivePage::Until(end.time),
            Self::Before(end) => ArchivePage::Before(end.id.clone()),
            Self::Around(end, _) => ArchivePage::Between(end.time - AROUND, end.time + AROUND),
        }
    }

    /// The id that it names.
    pub(super) fn id(&self) -> &str {
        match self {
            Self::After(end) | Self::Since(end) | Self::Before(end) | Self::Around(end, _) => &end.id,
        }
    }
}

/// A question that is open, and what came of it.
pub(super) struct Open {
    /// Of the query: nobody can guess it.
    pub(super) id: String,
    /// Of the timer of its answer.
    number: u64,
    pub(super) ask: Ask,
    /// The ends of what came.
    came: Option<(RangeEnd, RangeEnd)>,
    /// Something came that is no later than the cursor.
    pub(super) reaches_cursor: bool,
    /// The server did not look at the cursor: what comes is not what was asked for.
    pub(super) astray: bool,
}

impl Open {
    pub(super) fn new(id: String, number: u64, ask: Ask) -> Self {
        Self {
            id,
            number,
            ask,
            came: None,
            reaches_cursor: false,
            astray: false,
        }
    }

    /// Something of it came: while it comes nobody is impatient.
    pub(super) fn heard(&self, turn: &mut Turn<'_>) {
        turn.wake(Timer::Iq(self.number), PATIENCE);
    }

    /// When the first of it came into the archive.
    pub(super) fn first_time(&self) -> Option<Timestamp> {
        self.came.as_ref().map(|(first, _)| first.time)
    }

    /// Notes a result; where it belongs, or None if it is not to be taken in.
    /// A time that is still to come counts as now.
    pub(super) fn take(&mut self, found: &Found<'_>, now: Timestamp) -> Option<Origin> {
        let time = found.time.min(now);
        match &self.ask {
            Ask::After(cursor) if self.came.is_none() && time < cursor.time - ASTRAY => {
                self.astray = true;
            }
            Ask::Since(cursor) | Ask::Around(cursor, _) => {
                self.reaches_cursor |= time <= cursor.time + AROUND
            }
            _ => {}
        }
        if self.astray {
            return None;
        }
        let end = RangeEnd {
            id: found.id.clone(),
            time,
        };
        match &mut self.came {
            None => self.came = Some((end.clone(), end)),
            Some((_, last)) => *last = end,
        }
        match self.ask {
            Ask::Before(_) => Some(Origin::Past),
            Ask::After(_) | Ask::Since(_) => Some(Origin::Archive),
            Ask::Around(..) => None,
        }
    }

    /// The ends of the page: those that the server names, since some page by other ids than those of the
    /// results; with the times of what came.
    pub(super) fn ends(&self, fin: &Fin) -> Option<(RangeEnd, RangeEnd)> {
        let (first, last) = self.came.clone()?;
        let named = |end: RangeEnd, id: &Option<String>| RangeEnd {
            id: id.clone().unwrap_or(end.id),
            time: end.time,
        };
        Some((named(first, &fin.first), named(last, &fin.last)))
    }
}

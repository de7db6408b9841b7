//! Where we stand in an archive, and where that stands at our first login. By our clock alone it would not be
//! known: one that runs ahead would make everything older that comes until it is right, and what came
//! meanwhile would never be asked for.

use super::ranges;
use crate::turn::Turn;
use model::Timestamp;
use std::time::Duration;
use store::archive::{Range, RangeEnd};
use store::{Result, messages};

/// Before there was anything that an archive of this kind could have: the year 2000.
const LONG_AGO: Duration = Duration::from_secs(946_684_800);

/// The first login of the account here, from which on everything is news; or the first since there are
/// ranges.
pub(super) fn begin(turn: &Turn<'_>) -> Result<RangeEnd> {
    let (account, own) = (turn.own.account, &turn.own.jid);
    let here = RangeEnd {
        id: String::new(),
        time: messages::newest_time(turn.tx, account)?
            .unwrap_or(turn.now)
            .min(turn.now),
    };
    ranges::begin(turn.tx, account, own, None, (&here, &here), false)?;
    Ok(here)
}

/// Whether the cursor is a time of our clock and no message yet.
pub(super) fn is_missing(turn: &Turn<'_>) -> Result<bool> {
    let Some(range) = cursor(turn)? else {
        return Ok(false);
    };
    // Where others were read before, what stands there is old.
    let alone = oldest(turn)?.is_some_and(|oldest| oldest.id == range.id);
    Ok(alone && range.last.id.is_empty())
}

/// The newest message of the archive is known, or that there is none: then whatever it will have is news.
pub(super) fn set(turn: &Turn<'_>, ends: Option<(RangeEnd, RangeEnd)>) -> Result<()> {
    let Some(range) = cursor(turn)? else {
        return Ok(());
    };
    let nothing = RangeEnd {
        id: String::new(),
        time: Timestamp::UNIX_EPOCH + LONG_AGO,
    };
    let last = ends.map_or(nothing, |(_, last)| last);
    ranges::extend(turn.tx, range.id, &last)
}

/// The range that a catch-up goes on from.
pub(super) fn cursor(turn: &Turn<'_>) -> Result<Option<Range>> {
    ranges::newest(turn.tx, turn.own.account, &turn.own.jid)
}

pub(super) fn oldest(turn: &Turn<'_>) -> Result<Option<Range>> {
    ranges::oldest(turn.tx, turn.own.account, &turn.own.jid)
}

/// Nothing older is read by itself.
pub(super) fn limit(turn: &Turn<'_>) -> Timestamp {
    let days = u64::from(turn.own.archive.unwrap_or(0));
    turn.now - Duration::from_secs(days * 86_400)
}

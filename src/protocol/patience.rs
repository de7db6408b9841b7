//! How long an answer is waited for. The time counts from when the server has read the question: what it
//! says before that may be a long backlog, and every answer stands behind it. So when half of the time is
//! over the server is asked to acknowledge; who has not heard even that, while the stream goes on, has
//! not come to the answer yet.

use std::time::Duration;

use crate::effect::Timer;
use crate::iq::{Pending, Stage};
use crate::purpose::Purpose;
use crate::turn::Turn;

/// The time of a request is over, or half of it. What it was for, if it is waited for no longer. `goes_on`:
/// something was read lately, and how long the stream may be silent from now on.
pub(crate) fn is_over(turn: &mut Turn<'_>, goes_on: Option<Duration>, number: u64) -> Option<Purpose> {
    let timer = Timer::Iq(number);
    // A ping that stands for an acknowledgement is patient as that is.
    if let Some(left) = goes_on.filter(|_| turn.iqs.is_ping_ack(number)) {
        turn.wake(timer, left);
        return None;
    }
    if let Some(more) = more(turn, number, goes_on.is_some()) {
        turn.wake(timer, more);
        return None;
    }
    turn.iqs.expire(number)
}

/// The stream goes on after a pause.
pub(crate) fn begin_anew(turn: &mut Turn<'_>) {
    let sent = turn.counters.last();
    for (number, patience) in turn.iqs.waiting(sent) {
        turn.wake(Timer::Iq(number), patience);
    }
}

/// How much longer this answer is waited for; None: no longer.
fn more(turn: &mut Turn<'_>, number: u64, goes_on: bool) -> Option<Duration> {
    let Pending {
        purpose, sent, stage, ..
    } = turn.iqs.pending(number)?;
    let (patience, sent, stage) = (purpose.patience(), *sent, *stage);
    let half = patience / 2;
    let is_read = turn.counters.is_read(sent);
    let (next, more) = match stage {
        Stage::First => (Stage::Second, patience.saturating_sub(half)),
        Stage::Second | Stage::Behind if !is_read && goes_on => (Stage::Behind, half),
        Stage::Behind if is_read => (Stage::Last, patience),
        Stage::Second | Stage::Behind | Stage::Last => return None,
    };
    if !is_read && !turn.counters.asked_behind(sent) {
        turn.ask_for_ack();
    }
    turn.iqs.set_stage(number, next);
    Some(more)
}

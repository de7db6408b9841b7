//! How long an answer is waited for. The time counts from when the server has read the question: what it
//! says before that may be a long backlog, and every answer stands behind it. So when half of the time is
//! over the server is asked to acknowledge; who has not heard even that, while the stream goes on, has
//! not come to the answer yet.

use std::time::Duration;

use crate::Core;
use crate::effect::Timer;
use crate::iq::{Pending, Refusal, Stage};
use crate::turn::Turn;
use store::Result;

impl Core {
    /// The time of a request is over, or half of it.
    pub(crate) fn on_iq_timer(&mut self, turn: &mut Turn<'_>, number: u64) -> Result<()> {
        // While there is no stream nobody can answer; if it is resumed, the patience begins anew.
        if !self.stream.carries() {
            return Ok(());
        }
        let timer = Timer::Iq(number);
        let goes_on = self.stream.alive.goes_on(turn);
        // A ping that stands for an acknowledgement is patient as that is.
        if let Some(left) = goes_on.filter(|_| turn.iqs.is_ping_ack(number)) {
            turn.wake(timer, left);
            return Ok(());
        }
        if let Some(more) = more(turn, number, goes_on.is_some()) {
            turn.wake(timer, more);
            return Ok(());
        }
        match turn.iqs.expire(number) {
            Some(purpose) => self.on_answer(turn, purpose, Err(Refusal::TimedOut)),
            None => Ok(()),
        }
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

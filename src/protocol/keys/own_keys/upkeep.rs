//! What is used up is replaced: prekeys that were spent, a signed prekey that grew old (X3DH §2.2; threat
//! 55). Both bundles hold the same prekeys, so both are published again.

use std::time::Duration;

use super::OwnKeys;
use super::publication::{Publication, ServerCopy};
use crate::effect::Timer;
use crate::keys::prekeys::{rotate, top_up};
use crate::turn::Turn;
use omemo::OwnDevice;
use store::{Result, omemo as keys};

/// Spent prekeys are replaced on the server this long after the first of them was spent.
const GATHER: Duration = Duration::from_secs(2);
/// So many spent prekeys are replaced at once, so that the server's copy never runs low (threat 55).
const MOST_SPENT: usize = 50;

/// So long a prekey is kept after it was spent, for whoever fetched the bundle before it was replaced and
/// chose the same one (XEP-0384 §"Recovering from double-used PreKeys").
const LATE: Duration = Duration::from_secs(600);
/// So many spent prekeys are kept that no bundle names any more, the newest ones: strangers can spend them.
const MOST_KEPT: u32 = 500;

impl OwnKeys {
    /// A prekey was spent: the store is topped up at once, the server's copies a little later, all together.
    pub(crate) fn on_spent(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        top_up(turn)?;
        for side in self.sides() {
            side.behind = side.behind.saturating_add(1);
        }
        if let Some(own) = turn.own_device()? {
            self.publish_behind(turn, &own, MOST_SPENT)?;
        }
        // Set once: a timer that is set again with each would never go off in a steady stream of them.
        if !std::mem::replace(&mut self.gathering, true) {
            turn.wake(Timer::Publish, GATHER);
        }
        Ok(())
    }

    /// The stream goes on after a pause, in which the time of gathering may have ended.
    pub(crate) fn on_resumed(&mut self, turn: &mut Turn<'_>) {
        if self.renamed || self.sides().iter().any(|side| side.behind > 0) {
            self.gathering = true;
            turn.wake(Timer::Publish, GATHER);
        }
    }

    /// The time of gathering is over.
    pub(crate) fn on_publish_timer(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        self.gathering = false;
        let Some(own) = turn.own_device()? else {
            return Ok(());
        };
        self.publish_behind(turn, &own, 1)?;
        if turn.counters.online && std::mem::take(&mut self.renamed) {
            self.advance(turn, &own)?;
        }
        Ok(())
    }

    /// Now and then: a signed prekey that grew old is replaced, and what could not
    /// be published is tried again.
    pub(crate) fn on_silence(&mut self, turn: &mut Turn<'_>) -> Result<()> {
        let Some(own) = turn.own_device()? else {
            return Ok(());
        };
        if !turn.counters.online {
            return Ok(());
        }
        if rotate(turn, &own)? {
            for side in self.sides() {
                side.behind = side.behind.max(1);
            }
        }
        erase_spent(self, turn)?;
        self.publish_behind(turn, &own, 1)
    }

    /// Publishes the bundles whose copy on the server is so far behind. One that is not
    /// there at all is none of these.
    fn publish_behind(&mut self, turn: &mut Turn<'_>, own: &OwnDevice, least: usize) -> Result<()> {
        for side in self.sides() {
            let stands = side.copy == ServerCopy::Right && !side.is_closed();
            if turn.counters.online && stands && side.behind >= least {
                side.publish_bundle(turn, own)?;
            }
        }
        Ok(())
    }
}

/// Erases spent prekeys: once no bundle names them that others can still fetch, nothing of what they may
/// have sealed with them is still to be read, and [`LATE`] is over. A dialect in which nothing of ours can
/// be published does not keep them alive. A session that asks for no messages knows nothing of the second.
pub(crate) fn erase_spent(own: &OwnKeys, turn: &Turn<'_>) -> Result<()> {
    let gone = |side: &Publication| match side.copy {
        ServerCopy::Right => !side.publishing && side.behind == 0,
        ServerCopy::Unknown | ServerCopy::Wrong => side.is_closed() || side.is_refused(),
    };
    let hears = turn.own.present || turn.own.archive.is_some();
    let reads_all = hears && turn.counters.online && !own.catching_up;
    if reads_all && [&own.omemo2, &own.legacy].into_iter().all(gone) {
        let account = turn.own.account;
        keys::erase_old_spent(turn.tx, account, turn.now, LATE)?;
        keys::bound_spent(turn.tx, account, MOST_KEPT)?;
    }
    Ok(())
}

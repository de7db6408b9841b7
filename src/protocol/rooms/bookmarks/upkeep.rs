//! The node of the list, where servers take less with an item than they should, and nobody but we may read
//! it: as with read positions, it is set right as its owner, once; and what fails for now is tried again
//! later.

use std::time::Duration;

use crate::effect::Timer;
use crate::iq::{Answer, Refusal};
use crate::turn::Turn;
use model::RoomsNotice;
use stanza::pubsub::MaxItems;

/// What failed only for now is tried again so much later.
const LATER: Duration = Duration::from_secs(600);

/// What is known of it on one stream.
#[derive(Default)]
pub(super) struct NodeUpkeep {
    /// The number of items goes apart: the server does not take it with an item.
    apart: bool,
    /// So many it was asked to hold as its owner.
    asked: Option<MaxItems>,
    /// It was not there yet: the next item makes it, and then it is set right.
    made: bool,
    refused: Option<Refusal>,
    told: bool,
}

impl NodeUpkeep {
    /// So many it is asked to hold with an item.
    pub(super) fn with_item(&self) -> Option<MaxItems> {
        Some(MaxItems::Max).filter(|_| !self.apart)
    }

    pub(super) fn was_configured(&self) -> bool {
        self.asked.is_some()
    }

    /// So many it is asked to hold next as its owner.
    pub(super) fn next_number(&mut self) -> MaxItems {
        let next = self.asked.and_then(MaxItems::fewer).unwrap_or(MaxItems::Max);
        self.asked = Some(next);
        next
    }

    /// Whether it is to be asked for fewer.
    pub(super) fn on_configured(&mut self, turn: &mut Turn<'_>, answer: &Answer) -> bool {
        let fewer = self.asked.and_then(MaxItems::fewer);
        match answer {
            Ok(_) => self.apart = true,
            Err(refusal) if refusal.is("item-not-found") && !self.apart => {
                (self.apart, self.made, self.asked) = (true, true, None);
            }
            Err(Refusal::Error(_)) if fewer.is_some() => return true,
            Err(refusal) => self.give_up(turn, refusal),
        }
        false
    }

    /// Whether the item that was written now made the node, which then holds one, unless it is told
    /// otherwise.
    pub(super) fn has_made(&mut self) -> bool {
        std::mem::take(&mut self.made)
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused.is_some()
    }

    pub(super) fn try_again(&mut self) {
        self.refused = None;
    }

    /// Nothing is read or written: for ever, or for now.
    pub(super) fn give_up(&mut self, turn: &mut Turn<'_>, refusal: &Refusal) {
        tracing::warn!(account = turn.own.account.0, refusal = ?refusal.told(), "the list of rooms is refused");
        let for_now = match refusal {
            Refusal::TimedOut => true,
            Refusal::Error(error) => error.kind == "wait" || error.condition == "internal-server-error",
        };
        if for_now {
            turn.wake(Timer::Bookmarks, LATER);
        }
        self.refused = Some(refusal.clone());
    }

    /// The person is told, once.
    pub(super) fn tell(&mut self, turn: &mut Turn<'_>) {
        if let Some(refusal) = self.refused.as_ref().filter(|_| !self.told) {
            let why = refusal.told();
            self.told = true;
            turn.notice(RoomsNotice::NotListed(why));
        }
    }
}

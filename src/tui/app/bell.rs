//! The bell: one for new messages that nobody is looking at.

use std::time::Duration;

use crate::ask::Context;
use model::{Direction, MessageId, Peer, Timestamp};
use store::{self, chats, messages};

/// Bells that ring closer together are one.
const BELL: Duration = Duration::from_secs(2);
/// Rows of one change that are looked at: it needs only one.
const LOOKED_AT: usize = 32;

/// Whether it rings, and when it did.
pub(super) struct Bell {
    pub(super) on: bool,
    rang: Option<Timestamp>,
}

impl Bell {
    pub(super) fn new(on: bool) -> Self {
        Self { on, rang: None }
    }

    /// Whether it rings for one of these rows. `seen`: the peer's newest rows are in somebody's sight.
    pub(super) fn rings(
        &mut self,
        world: &Context<'_>,
        ids: &[MessageId],
        seen: impl Fn(&Peer) -> bool,
    ) -> store::Result<bool> {
        let due = self
            .rang
            .is_none_or(|rang| world.now.duration_since(rang).unsigned_abs() >= BELL);
        if !self.on || !due {
            return Ok(false);
        }
        for id in ids.iter().take(LOOKED_AT) {
            let Some(message) = messages::get(&world.store, *id)? else {
                continue;
            };
            let new = message.direction() == Direction::In && messages::is_unread(&world.store, *id)?;
            // A stranger rings nobody up.
            let known = || -> store::Result<bool> {
                Ok(chats::get(&world.store, message.chat)?.is_some_and(|chat| !chat.request))
            };
            if new && !seen(&message.peer) && known()? {
                self.rang = Some(world.now);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

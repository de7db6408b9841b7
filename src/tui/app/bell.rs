//! The bell: one for new messages that nobody is looking at.

use std::time::Duration;

use crate::ask::Context;
use model::room::RoomNotify;
use model::{Author, ChatEventId, ChatId, Direction, Message, MessageId, Peer, Timestamp};
use store::{self, chats, messages, opt_outs, rooms};

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

    /// Whether it rings for one of these rows. `seen`: the newest entries of the chat are in sight.
    pub(super) fn rings(
        &mut self,
        world: &Context<'_>,
        ids: &[MessageId],
        seen: &dyn Fn(&Peer) -> bool,
    ) -> store::Result<bool> {
        if !self.is_due(world) {
            return Ok(false);
        }
        for id in ids.iter().take(LOOKED_AT) {
            let Some(message) = messages::get(&world.store, *id)? else {
                continue;
            };
            let new = message.direction() == Direction::In && messages::is_unread(&world.store, *id)?;
            let rings = new && !seen(&message.peer) && is_taken_up(world, message.chat)?;
            if rings && is_wanted(world, &message)? {
                self.rang = Some(world.now);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The same for one of these lines, by which somebody asks for something.
    pub(super) fn rings_for_events(
        &mut self,
        world: &Context<'_>,
        ids: &[ChatEventId],
        seen: &dyn Fn(&Peer) -> bool,
    ) -> store::Result<bool> {
        if !self.is_due(world) {
            return Ok(false);
        }
        for id in ids.iter().take(LOOKED_AT) {
            let Some((peer, event)) = opt_outs::get(&world.store, *id)? else {
                continue;
            };
            let new = opt_outs::is_unread(&world.store, *id)?;
            if new && !seen(&peer) && is_taken_up(world, event.chat)? {
                self.rang = Some(world.now);
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_due(&self, world: &Context<'_>) -> bool {
        let silent = |rang: Timestamp| world.now.duration_since(rang).unsigned_abs() >= BELL;
        self.on && self.rang.is_none_or(silent)
    }
}

/// Of a room the person hears what they want to hear of it.
fn is_wanted(world: &Context<'_>, message: &Message) -> store::Result<bool> {
    if !matches!(message.author, Author::Occupant { .. }) {
        return Ok(true);
    }
    let room = rooms::get(&world.store, message.chat)?;
    Ok(match room.map(|room| room.notify) {
        Some(RoomNotify::Never) => false,
        Some(RoomNotify::Mentions) => message.mention,
        Some(RoomNotify::Always) | None => true,
    })
}

/// A stranger rings nobody up.
fn is_taken_up(world: &Context<'_>, chat: ChatId) -> store::Result<bool> {
    Ok(chats::get(&world.store, chat)?.is_some_and(|chat| !chat.request))
}

//! What the server has.

use crate::follow_ups::FollowUp;
use crate::turn::Turn;
use api::Change;
use model::{ChatId, MessageState};
use store::{Result, chats, left, messages, outbox};

/// The server has these rows: they leave the outbox.
pub(crate) fn acknowledged(turn: &mut Turn<'_>, rows: &[i64]) -> Result<()> {
    let mut changed = Vec::new();
    for row in rows {
        // It may be gone: a receipt came first, or the person took it away.
        let Some(row) = outbox::get(turn.tx, *row)? else {
            continue;
        };
        outbox::remove(turn.tx, row.id)?;
        if row.about.is_some() {
            changed.push(row.message);
            turn.follow(FollowUp::WordAcknowledged(Box::new(row)));
            continue;
        }
        // Of what is written into a room the room says that it is there.
        let in_room = chats::get(turn.tx, row.chat)?.is_some_and(|chat| chat.is_room());
        let queued = messages::get(turn.tx, row.message)?.is_some_and(|m| m.state == MessageState::Queued);
        if queued && !in_room {
            messages::set_state(turn.tx, row.message, MessageState::Sent, None)?;
            changed.push(row.message);
        }
    }
    if !changed.is_empty() {
        turn.changed(Change::Messages(changed));
    }
    Ok(())
}

/// What we wrote into a room, and our server has, while the room did not say that it is there, and does not
/// say so any more.
pub(crate) fn settle(turn: &mut Turn<'_>, room: ChatId) -> Result<()> {
    let mut changed = Vec::new();
    for id in left::queued_in(turn.tx, room)? {
        if outbox::by_message(turn.tx, id)?.is_none() {
            messages::set_state(turn.tx, id, MessageState::Sent, None)?;
            changed.push(id);
        }
    }
    if !changed.is_empty() {
        turn.changed(Change::Messages(changed));
    }
    Ok(())
}

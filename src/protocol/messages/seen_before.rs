//! What comes again of a message that is here: its row learns the server's id, if this is the first copy that
//! brings it.

use crate::messages::known::chat_of;
use crate::turn::Turn;
use model::{MessageId, MessageState};
use stanza::received::Received;
use store::copies::{self, Mark};
use store::{Result, left, messages, outbox};

/// What this very device wrote, as the server gives it back: its row learns the server's id.
pub(crate) fn on_own(turn: &mut Turn<'_>, received: &Received) -> Result<()> {
    let (Some(chat), Some(id), Some(server_id)) =
        (chat_of(turn, received)?, &received.id, &received.server_id)
    else {
        return Ok(());
    };
    if let Some(row) = copies::own(turn.tx, chat.id, &turn.own.jid, id)? {
        messages::set_server_id(turn.tx, row, server_id)?;
        quietly_left(turn, row)?;
    }
    Ok(())
}

/// A row that this vault has not sealed yet, and the archive has: a later state of this vault sent it.
fn quietly_left(turn: &mut Turn<'_>, row: MessageId) -> Result<()> {
    let waiting = outbox::by_message(turn.tx, row)?.filter(|waiting| waiting.stanza.is_none());
    if let Some(waiting) = waiting {
        left::set_written(turn.tx, waiting.id)?;
        outbox::remove(turn.tx, waiting.id)?;
        messages::set_state(turn.tx, row, MessageState::Sent, None)?;
        turn.message_changed(row);
    }
    Ok(())
}

/// Another copy of what was opened: if it is the first that brings the server's id, its row learns it, so
/// that our other devices can be told of it.
pub(crate) fn on_copy(turn: &mut Turn<'_>, received: &Received, payload: &Mark) -> Result<()> {
    let (Some(chat), Some(id), Some(server_id)) =
        (chat_of(turn, received)?, &received.id, &received.server_id)
    else {
        return Ok(());
    };
    let sender = received.writer();
    if let Some(row) = copies::nameless(turn.tx, chat.id, (&sender, id), payload)? {
        messages::set_server_id(turn.tx, row, server_id)?;
        turn.counters_matter = true;
        turn.message_changed(row);
    }
    Ok(())
}

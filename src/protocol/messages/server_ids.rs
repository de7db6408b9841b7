//! Rows that are here already learn the id that our server gave them from the first copy that brings it.

use crate::messages::arrivals::{chat_of, ids};
use crate::turn::Turn;
use stanza::received::Received;
use store::copies::{self, Mark};
use store::{Result, messages};

/// What this very device wrote, as the server gives it back: its row learns the server's id.
pub(crate) fn on_own(turn: &mut Turn<'_>, received: &Received) -> Result<()> {
    let (Some(chat), Some(id), Some(server_id)) =
        (chat_of(turn, received)?, &received.id, &received.server_id)
    else {
        return Ok(());
    };
    if let Some(row) = copies::own(turn.tx, chat.id, &turn.own.jid, id)? {
        messages::set_server_id(turn.tx, row, server_id)?;
    }
    Ok(())
}

/// Another copy of a message that was read: if it is the first that brings the server's id, the row learns
/// it. A message that came while it was not known whether the server vouches for ids has none.
pub(crate) fn on_copy(turn: &mut Turn<'_>, received: &Received, marks: &[Mark]) -> Result<()> {
    let (Some(chat), Some(server_id)) = (chat_of(turn, received)?, &received.server_id) else {
        return Ok(());
    };
    let from = received.from.to_bare();
    if let Some(row) = copies::opened(turn.tx, &ids(received, &from, chat.id), marks)? {
        messages::set_server_id(turn.tx, row, server_id)?;
    }
    Ok(())
}

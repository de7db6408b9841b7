//! What was said about a message that is not here: it waits.

use crate::turn::Turn;
use model::{ChatId, MessageId};
use stanza::received::Received;
use store::about::early::{self, Early, EarlyContent};
use store::{Result, Way, messages};

/// Lets it wait.
pub(super) fn wait(
    turn: &mut Turn<'_>,
    received: &Received,
    chat: ChatId,
    target: &str,
    said: EarlyContent,
    way: Way,
) -> Result<()> {
    let early = Early {
        author: received.from.to_bare(),
        said,
        stanza_id: received.id.clone().unwrap_or_default(),
        server_id: received.server_id.clone(),
        way,
    };
    turn.counters_matter = true;
    early::put(turn.tx, chat, target, &early)
}

/// The same of what stands in the history meanwhile.
pub(super) fn wait_with_row(
    turn: &mut Turn<'_>,
    chat: ChatId,
    target: &str,
    row: MessageId,
    said: EarlyContent,
    way: Way,
) -> Result<()> {
    let Some(row) = messages::get(turn.tx, row)? else {
        return Ok(());
    };
    let early = Early {
        author: row.from(&turn.own.jid).clone(),
        said,
        stanza_id: row.stanza_id,
        server_id: row.server_id,
        way,
    };
    early::put(turn.tx, chat, target, &early)
}

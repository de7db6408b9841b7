//! What was said about a message that is not here yet: it waits, and when an archive brings that message, it is
//! done.

use super::{corrections, is_same_hand, reactions, retractions};
use crate::turn::Turn;
use model::{ChatId, Message, MessageId};
use stanza::received::Received;
use store::about::Way;
use store::about::corrections::Correction;
use store::about::early::{self, Early, Said};
use store::{Result, left, messages};

/// Lets it wait.
pub(super) fn wait(
    turn: &mut Turn<'_>,
    received: &Received,
    chat: ChatId,
    target: &str,
    said: Said,
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
    said: Said,
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

/// An archive brought a message: what was said about it before is done now, in the order in which it was said.
pub(crate) fn settle(turn: &mut Turn<'_>, message: MessageId) -> Result<()> {
    let Some(row) = messages::get(turn.tx, message)? else {
        return Ok(());
    };
    let ids = [Some(row.stanza_id.as_str()), row.server_id.as_deref()];
    for early in early::take(turn.tx, row.chat, ids)? {
        let is_authors = early.author == *row.from(&turn.own.jid);
        match &early.said {
            Said::Reactions(emojis) => reactions::put(turn, message, &early.author, emojis, &early.way)?,
            Said::Retraction if is_authors => retractions::put(turn, message, &early.way)?,
            Said::Correction if is_authors => correct(turn, &row, &early)?,
            Said::Retraction | Said::Correction => {}
        }
    }
    Ok(())
}

/// The correction stood as a message of its own: its words move to their place.
fn correct(turn: &mut Turn<'_>, message: &Message, early: &Early) -> Result<()> {
    let server_id = early.server_id.as_deref();
    let found = messages::find(turn.tx, message.chat, &early.author, &early.stanza_id, server_id)?;
    let Some(found) = found.filter(|found| *found != message.id) else {
        return Ok(());
    };
    let Some(row) = messages::get(turn.tx, found)? else {
        return Ok(());
    };
    let (Some(body), true) = (&row.body, is_same_hand(message, &early.way)) else {
        return Ok(());
    };
    let correction = Correction {
        id: &row.stanza_id,
        server_id: row.server_id.as_deref(),
        body,
        unstyled: row.unstyled,
        way: early.way,
    };
    let is_news = messages::is_unread(turn.tx, found)?;
    corrections::put(turn, message.id, &correction, is_news)?;
    left::remove(turn.tx, found)?;
    turn.message_changed(found);
    Ok(())
}

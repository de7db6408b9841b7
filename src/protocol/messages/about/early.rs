//! What was said about a message before it was here: when that comes, it is done.

use super::{corrections, is_same_hand, moderation, reactions, retractions, waiting};
use crate::turn::Turn;
use model::{Message, MessageId};
use store::about::corrections::Correction;
use store::about::early::{self, Early, EarlyContent};
use store::{Result, left, messages};

/// A message came: what was said about it before is done now, in the order in which it was said.
pub(crate) fn settle(turn: &mut Turn<'_>, message: MessageId) -> Result<()> {
    if !waiting::anything(turn)? {
        return Ok(());
    }
    let Some(row) = messages::get(turn.tx, message)? else {
        return Ok(());
    };
    let ids = [Some(row.stanza_id.as_str()), row.server_id.as_deref()];
    let author = row.from(&turn.own.jid);
    for early in early::take(turn.tx, row.chat, author, ids)? {
        match &early.said {
            EarlyContent::Reactions(emojis) => {
                reactions::put(turn, message, &early.author, emojis, &early.way)?;
            }
            EarlyContent::Retraction => {
                retractions::put(turn, message, &early.way, None)?;
            }
            EarlyContent::Moderation(why) => {
                moderation::put(turn, message, why.as_ref())?;
            }
            EarlyContent::Correction => correct(turn, &row, &early)?,
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

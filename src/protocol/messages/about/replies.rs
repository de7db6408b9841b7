//! Answers (XEP-0461). What an answer repeats for those who cannot tell otherwise is left out only where the
//! history shows it instead; and beside a letter of the legacy dialect, where anybody on the way can
//! say what is
//! answered, only if it repeats the very words of that (threat 45).

use super::named;
use crate::messages::known::{Arrival, chat_of};
use crate::messages::road::Road;
use crate::turn::Turn;
use model::{Clean, Message, Reply, ReplyTo, unquoted};
use store::about::corrections;
use store::{Result, messages};

/// The words of an answer, and what it answers.
pub(crate) fn split(
    turn: &Turn<'_>,
    arrival: &Arrival<'_>,
    text: Clean,
    reply: Reply,
    road: &Road<'_>,
) -> Result<(Clean, Option<ReplyTo>)> {
    let target = match chat_of(turn, arrival.received)? {
        Some(chat) => named(turn, arrival.received, chat.id, &reply.id, None)?,
        None => None,
    };
    let answered = match target {
        Some(target) => messages::get(turn.tx, target)?,
        None => None,
    };
    let parts = reply.split(text.as_str());
    let said = answered.as_ref().and_then(|answered| answered.body.as_ref());
    let is_open = matches!(road, Road::Letter(..));
    if is_open {
        let repeats = match (parts, &answered) {
            (Some((quote, _)), Some(answered)) => repeats(turn, answered, quote)?,
            _ => false,
        };
        if !repeats {
            return Ok((text, None));
        }
    }
    let body = match parts.filter(|_| said.is_some()) {
        Some((_, answer)) => Clean::new(answer),
        None => text,
    };
    // Programs that took a correction for a message answer that; some name what a server calls it.
    // In a room that is what everybody calls it.
    let id = match answered {
        Some(answered) if !answered.in_room => answered.stanza_id,
        _ => reply.id,
    };
    let to = ReplyTo {
        id,
        author: reply.author,
    };
    Ok((body, Some(to)))
}

/// Whether `quote` begins with what `answered` says, or said before it was corrected: who answers may not
/// have seen the newest words.
fn repeats(turn: &Turn<'_>, answered: &Message, quote: &str) -> Result<bool> {
    let quote = unquoted(quote);
    let quote = quote.trim();
    let begins = |said: &Clean| !quote.is_empty() && said.as_str().trim_start().starts_with(quote);
    if answered.body.as_ref().is_some_and(begins) {
        return Ok(true);
    }
    let versions = match answered.edited {
        0 => Vec::new(),
        _ => corrections::versions(turn.tx, answered.id)?,
    };
    Ok(answered.body.is_some() && versions.iter().any(|version| begins(&version.body)))
}

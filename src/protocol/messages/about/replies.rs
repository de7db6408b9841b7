//! Answers (XEP-0461). What an answer repeats for those who cannot tell otherwise is left out only where the
//! history shows it instead; and beside a letter of the legacy dialect, where anybody on the way can
//! say what is
//! answered, only if it repeats the very words of that (threat 45).

use crate::messages::arrivals::{Arrival, chat_of};
use crate::messages::road::Road;
use crate::turn::Turn;
use model::{Clean, Reply, ReplyTo, unquoted};
use store::{Result, about, messages};

/// The words of an answer, and what it answers.
pub(crate) fn split(
    turn: &Turn<'_>,
    arrival: &Arrival<'_>,
    text: Clean,
    reply: Reply,
    road: &Road<'_>,
) -> Result<(Clean, Option<ReplyTo>)> {
    let target = match chat_of(turn, arrival.received)? {
        Some(chat) => about::target(turn.tx, chat.id, &reply.id, None)?,
        None => None,
    };
    let answered = match target {
        Some(target) => messages::get(turn.tx, target)?,
        None => None,
    };
    let parts = reply.split(text.as_str());
    let said = answered.as_ref().and_then(|answered| answered.body.as_ref());
    let repeats = |quote: &str| {
        let quote = unquoted(quote);
        said.is_some_and(|said| !quote.trim().is_empty() && said.as_str().starts_with(quote.trim()))
    };
    let is_open = matches!(road, Road::Letter(..));
    if is_open && !parts.is_some_and(|(quote, _)| repeats(quote)) {
        return Ok((text, None));
    }
    let body = match parts.filter(|_| said.is_some()) {
        Some((_, answer)) => Clean::new(answer),
        None => text,
    };
    let to = ReplyTo {
        id: reply.id,
        author: reply.author,
    };
    Ok((body, Some(to)))
}

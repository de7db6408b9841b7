//! What others ask: what every client answers, and only to those who may know that we are here.

use jid::Jid;
use minidom::Element;

use crate::acquaintance;
use crate::messages::held;
use crate::turn::Turn;
use stanza::{disco, iq, ns};
use store::Result;

/// A question.
pub(crate) fn on_get(turn: &mut Turn<'_>, id: &str, from: Option<&Jid>, payload: &Element) -> Result<()> {
    let ours = from
        .is_none_or(|from| from.to_bare() == turn.own.jid || from.as_str() == turn.own.jid.domain().as_str());
    let known = match from {
        Some(from) if !ours => acquaintance::may_know_us(turn, &from.to_bare())?,
        _ => true,
    };
    let answer = if !known {
        None
    } else if payload.is("ping", ns::PING) {
        Some(None)
    } else if payload.is("query", ns::DISCO_INFO) {
        disco::own_info(payload, turn.own.sharing.read_sync).map(Some)
    } else {
        None
    };
    match answer {
        Some(payload) => held::answer(turn, iq::result(from, id, payload)),
        None => refuse(turn, id, from),
    }
}

/// There is no such thing here, or none for them.
pub(crate) fn refuse(turn: &mut Turn<'_>, id: &str, from: Option<&Jid>) -> Result<()> {
    held::answer(turn, iq::error(from, id, "cancel", "service-unavailable"))
}

//! Whether somebody is blocked. What keeps the list is `contacts::blocking`.

use jid::Jid;
use minidom::Element;

use crate::turn::Turn;
use model::BareJid;
use stanza::resource;
use store::Result;

/// Whether a stanza is left out because its sender is blocked. What a server bounces
/// in their name is not theirs.
pub(crate) fn is_left_out(turn: &Turn<'_>, stanza: &Element) -> Result<bool> {
    let theirs = matches!(stanza.name(), "message" | "presence") && stanza.attr("type") != Some("error");
    match stanza.attr("from") {
        Some(from) if theirs => is_blocked(turn, from),
        _ => Ok(false),
    }
}

/// Whether what this address says is left out, whatever its resource is.
pub(crate) fn is_blocked(turn: &Turn<'_>, from: &str) -> Result<bool> {
    resource::lenient(from).map_or(Ok(false), |from| covers(turn, &from))
}

/// Whether nothing goes to this address and nothing is heard of it. A whole server may
/// stand on the list, ours too.
pub(crate) fn covers(turn: &Turn<'_>, jid: &Jid) -> Result<bool> {
    Ok(!is_ours(&turn.own.jid, jid) && turn.blocks(jid)?)
}

/// Our own account or our server itself: their word must reach us.
pub(crate) fn is_ours(own: &BareJid, jid: &Jid) -> bool {
    let bare = jid.to_bare();
    bare == *own || (bare.node().is_none() && bare.domain() == own.domain())
}

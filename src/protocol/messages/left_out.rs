//! What the guard before the parser replaced, or left a part out of: one visible line, and an unreadable
//! message where something that somebody wrote may be lost (law 4). Nothing of it ends the stream: it is
//! counted like any other stanza.

use crate::block_list;
use crate::messages::arrivals::store_unreadable;
use crate::messages::known::Arrival;
use crate::notices::Kind;
use crate::turn::Turn;
use model::{Clean, Content, Direction, Notice, Protection, StanzaKind, UnreadableReason, shown};
use stanza::received::{ByWay, Carried, Origin, Received};
use stanza::resource;
use store::Result;

/// A stanza that was too large or too deep.
pub(crate) fn on_oversized(turn: &mut Turn<'_>, name: &str, from: Option<&str>) -> Result<()> {
    if is_of_blocked(turn, from)? {
        return Ok(());
    }
    if name == "message" && store_row(turn, from, UnreadableReason::Oversized)? {
        return Ok(());
    }
    let name = Clean::line(&shown_short(name));
    turn.notice_of(Kind::Oversized, Notice::Oversized { name });
    Ok(())
}

/// A stanza in which the parser does not take something, which would have ended the stream.
pub(crate) fn on_malformed(
    turn: &mut Turn<'_>,
    name: &str,
    from: Option<&str>,
    text_lost: bool,
) -> Result<()> {
    if is_of_blocked(turn, from)? {
        return Ok(());
    }
    // The message itself is marked, and becomes a row.
    if name == "message" && text_lost {
        return Ok(());
    }
    let what = match name {
        "message" => StanzaKind::Message,
        "presence" => StanzaKind::Presence,
        _ => StanzaKind::Iq,
    };
    let from = from.map(|from| Clean::line(&shown_short(from)));
    turn.notice_of(Kind::Malformed, Notice::NotXml { what, from });
    Ok(())
}

/// Whom the person blocked is not heard in this way either.
fn is_of_blocked(turn: &Turn<'_>, from: Option<&str>) -> Result<bool> {
    from.map_or(Ok(false), |from| block_list::is_blocked(turn, from))
}

/// The row of a message that cannot be read; false if nobody can be named who sent it.
fn store_row(turn: &mut Turn<'_>, from: Option<&str>, reason: UnreadableReason) -> Result<bool> {
    let Some(sender) = from.and_then(resource::lenient) else {
        return Ok(false);
    };
    // In our own name comes what our server wraps: whose it was is not known.
    if sender.to_bare() == turn.own.jid {
        return Ok(false);
    }
    let received = Received {
        origin: Origin::Live,
        direction: Direction::In,
        peer: sender.to_bare(),
        from: sender,
        id: None,
        attribute_id: None,
        server_id: None,
        delay: None,
        carried: Carried::Clear(Content::default()),
        is_groupchat: false,
        occupant: None,
        by_way: ByWay::default(),
        within: None,
    };
    store_unreadable(turn, &Arrival::plain(&received), reason, None, Protection::Clear)?;
    Ok(true)
}

/// A name or an address of others as a notice may show it.
fn shown_short(text: &str) -> String {
    shown::identifier(text).chars().take(100).collect()
}

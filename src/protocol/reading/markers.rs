//! Markers (XEP-0333): the author of a message that asked for it is told that it was read, once, by the
//! newest of each chat. Only who may know that we are here is told, and a marker travels as the message did.

use crate::acquaintance::may_know_us;
use crate::messages::{held, quietly};
use crate::turn::Turn;
use model::{BareJid, Protection, Telling};
use stanza::message;
use store::Result;
use store::read_state::{self, Unmarked};

/// Sends what is due; whether that was all.
pub(super) fn send(turn: &mut Turn<'_>) -> Result<bool> {
    let due = read_state::unmarked(turn.tx, turn.own.account)?;
    let all = due.is_empty();
    for chat in due {
        if !held::may_leave(turn)? {
            return Ok(false);
        }
        if let Some((id, protection)) = &chat.asked
            && is_told(turn, &chat, *protection)?
        {
            mark(turn, &chat.peer, id, *protection)?;
        }
        // Who is not told now is not told later either, when the settings are others.
        read_state::set_marked(turn.tx, chat.chat, chat.read)?;
        turn.counters_matter = true;
    }
    Ok(all)
}

fn is_told(turn: &Turn<'_>, chat: &Unmarked, protection: Protection) -> Result<bool> {
    let permitted = match turn.own.sharing.markers {
        Telling::Never => false,
        Telling::Sealed => protection == Protection::Omemo2,
        Telling::Always => true,
    };
    Ok(permitted && !chat.request && may_know_us(turn, &chat.peer)?)
}

fn mark(turn: &mut Turn<'_>, peer: &BareJid, of: &str, protection: Protection) -> Result<()> {
    match protection {
        Protection::Omemo2 => {
            let content = message::displayed_content(of);
            match quietly::seal(turn, peer, content)? {
                Some(letter) => held::answer(turn, message::sealed_quietly(&peer.clone().into(), &letter)),
                None => Ok(()),
            }
        }
        Protection::OmemoLegacy | Protection::Clear => {
            let id = turn.random_id();
            held::answer(turn, message::displayed(peer, &id, of))
        }
    }
}

//! Markers (XEP-0333): the author of a message that asked for it is told that it was read, once, by the
//! newest of each chat. Only who may know that we are here is told, and a marker travels as the message did.

use minidom::Element;

use crate::acquaintance::may_know_us;
use crate::capabilities::Feature;
use crate::messages::{held, quietly};
use crate::turn::Turn;
use model::{BareJid, ChatId, Protection, Telling};
use stanza::{mds, message};
use store::Result;
use store::read_state::{self, Unmarked, Unsynced};

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
            let beside = assisted(turn, chat.chat)?;
            let read = beside
                .as_ref()
                .map(|due| mds::read_up_to(&turn.own.jid, &due.server_id));
            let sent = mark(turn, &chat.peer, (id, *protection), read)?;
            if let Some(due) = beside.filter(|_| sent) {
                read_state::set_synced(turn.tx, due.chat, due.position)?;
            }
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

/// What our other devices are to be told of this chat, where our server takes it off the marker.
fn assisted(turn: &Turn<'_>, chat: ChatId) -> Result<Option<Unsynced>> {
    let offered = turn.capabilities.account.has(Feature::ReadAssist) == Some(true);
    if !offered || !turn.own.sharing.read_sync {
        return Ok(None);
    }
    let due = read_state::unsynced(turn.tx, turn.own.account, &[])?;
    Ok(due.into_iter().find(|due| due.chat == chat))
}

/// `beside`: what our own server takes off it. Whether the marker was sent.
fn mark(
    turn: &mut Turn<'_>,
    peer: &BareJid,
    (of, protection): (&str, Protection),
    beside: Option<Element>,
) -> Result<bool> {
    let marker = match protection {
        Protection::Omemo2 => {
            let letter = quietly::seal(turn, peer, message::displayed_content(of))?;
            letter.map(|letter| message::sealed_quietly(&peer.clone().into(), &letter))
        }
        Protection::OmemoLegacy | Protection::Clear => {
            let id = turn.random_id();
            Some(message::displayed(peer, &id, of))
        }
    };
    let Some(mut marker) = marker else {
        return Ok(false);
    };
    if let Some(beside) = beside {
        marker.append_child(beside);
    }
    held::answer(turn, marker)?;
    Ok(true)
}

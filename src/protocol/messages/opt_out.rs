//! Who asks to go on without encryption (XEP-0384 0.9 §opt-out): a line of the history, and while the person
//! has not decided nothing leaves (threat 43).

use crate::messages::arrivals::{is_deleted_whole, sane_time};
use crate::messages::requests;
use crate::turn::Turn;
use api::Change;
use model::{ChatEventKind, Clean, Direction};
use stanza::received::{Origin, Received};
use store::opt_outs::{self, Stand};
use store::{Result, chats};

/// Stores that it is asked for; whether anything was stored. `heeded`: it is the word of a key that is
/// trusted. What somebody wanted long ago is no more than a line.
pub(crate) fn on_opt_out(
    turn: &mut Turn<'_>,
    received: &Received,
    reason: &Clean,
    heeded: bool,
) -> Result<bool> {
    let peer = turn.peer_of(received);
    let time = sane_time(received.delay, turn.now);
    if is_deleted_whole(turn, received, &peer, time)? {
        return Ok(false);
    }
    let there = chats::with_person(turn.tx, &peer)?;
    let Some(chat) = requests::chat_for(turn, &peer, received.direction, there)? else {
        return Ok(false);
    };
    let kind = match (received.direction, heeded) {
        (Direction::Out, _) => ChatEventKind::OwnOptOut,
        (Direction::In, true) => ChatEventKind::OptOut,
        (Direction::In, false) => ChatEventKind::UntrustedOptOut,
    };
    let stand = match received.origin {
        Origin::Past => Stand::Past,
        Origin::Archive => Stand::Archived,
        Origin::Live | Origin::Offline | Origin::Carbon => Stand::Live,
    };
    let id = opt_outs::put(turn.tx, chat.id, kind, (reason, time), stand)?;
    if kind == ChatEventKind::OptOut && stand != Stand::Past && chat.encrypted {
        chats::set_opted_out(turn.tx, chat.id, Some(reason))?;
    }
    turn.counters_matter = true;
    turn.changed(Change::Events(vec![id]));
    Ok(true)
}

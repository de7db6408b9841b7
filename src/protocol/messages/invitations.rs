//! Who wants us in a room: a line of the history, and never more. Nobody goes in because a stranger wants
//! it. A room asks in its own chat; who asks past it names a room that may be anything, and asks in theirs.

use crate::messages::arrivals::{is_deleted_whole, sane_time};
use crate::messages::requests;
use crate::notices::Kind;
use crate::turn::Turn;
use api::Change;
use model::{BareJid, ChatKind, Clean, Direction, Invited, RoomsNotice};
use stanza::muc::notices::Invitation;
use stanza::received::{Origin, Received};
use store::opt_outs::Stand;
use store::{Result, chats, contacts, invitations, rooms};

/// Somebody asks us to come into a room.
pub(crate) fn on_invitation(turn: &mut Turn<'_>, received: &Received, said: &Invitation) -> Result<()> {
    let by = said.by.clone().unwrap_or_else(|| received.from.clone());
    // What another device of ours sent is its own.
    if received.direction == Direction::Out || turn.blocks(&by)? {
        return Ok(());
    }
    let peer = turn.peer(&received.peer);
    let time = sane_time(received.delay, turn.now);
    if is_deleted_whole(turn, received, &peer, time)? {
        return Ok(());
    }
    let is_of_room = said.room == received.peer;
    let chat = match is_of_room {
        true => of_room(turn, received)?,
        false => {
            // In a room anybody could say so under a nick.
            let there = chats::with_person(turn.tx, &peer)?;
            requests::chat_for(turn, &peer, Direction::In, there)?.map(|chat| chat.id)
        }
    };
    let Some(chat) = chat else { return Ok(()) };
    let invited = Invited {
        room: said.room.clone(),
        by,
        reason: said.reason.clone().unwrap_or_else(|| Clean::line("")),
    };
    let stand = match received.origin {
        Origin::Past => Stand::Past,
        Origin::Archive => Stand::Archived,
        Origin::Live | Origin::Offline | Origin::Carbon => Stand::Live,
    };
    let Some(id) = invitations::put(turn.tx, chat, (&invited, time), stand)? else {
        return Ok(());
    };
    if is_of_room && let Some(password) = &said.password {
        rooms::set_password(turn.tx, chat, Some(password))?;
    }
    turn.counters_matter = true;
    turn.changed(Change::Events(vec![id]));
    if stand != Stand::Past {
        let (by, reason) = (Some(invited.who()), said.reason.clone());
        let room = invited.room;
        turn.notice_of(Kind::Invitation, RoomsNotice::Invited { room, by, reason });
    }
    Ok(())
}

/// The chat of the room that asks. A contact is no room, whatever their server says of them; nor is one who
/// has a chat. Into a room of the person's nobody needs to be asked.
fn of_room(turn: &mut Turn<'_>, received: &Received) -> Result<Option<model::ChatId>> {
    let peer = turn.peer(&received.peer);
    let contact = contacts::get(turn.tx, turn.own.account, &received.peer)?;
    if contact.is_some_and(|contact| contact.in_roster) {
        return Ok(None);
    }
    match chats::by_peer(turn.tx, &peer)? {
        Some(chat) if chat.kind != ChatKind::Room => return Ok(None),
        Some(chat) => {
            let is_ours = rooms::get(turn.tx, chat.id)?.is_some_and(|room| room.autojoin);
            return Ok(Some(chat.id).filter(|_| !is_ours));
        }
        None => {}
    }
    if !requests::has_room(turn)? {
        requests::full(turn);
        return Ok(None);
    }
    turn.changed(Change::Chats);
    invitations::open(turn.tx, &peer).map(Some)
}

/// Whom we invited does not come.
pub(crate) fn on_declined(turn: &mut Turn<'_>, received: &Received, who: &BareJid, reason: Option<&Clean>) {
    if received.origin == Origin::Past {
        return;
    }
    let (room, who, reason) = (received.peer.clone(), who.clone(), reason.cloned());
    turn.notice_of(Kind::Invitation, RoomsNotice::Declined { room, who, reason });
}

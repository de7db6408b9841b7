//! What is said in private to somebody in a room (XEP-0045 §7.5): it stands in a chat of its own, with
//! whoever the room says that it is. By the nick alone nobody is known where the room tells more: another
//! one may take it (threat 18).

use minidom::Element;

use crate::follow_ups::FollowUp;
use crate::in_room::{InRoom, Seen};
use crate::turn::Turn;
use model::room::RoomFeature;
use model::{BareJid, Clean, Direction, InPrivate, Jid, MessageFailure, Peer, address};
use stanza::received::{Carried, Occupant, Origin, Received};
use store::chats::Chat;
use store::{Result, chats, contacts, in_private, rooms};

/// Says of a message that came by way of a room with whom it is; others stay what they are.
pub(crate) fn name(turn: &mut Turn<'_>, received: &mut Received) -> Result<()> {
    let said = matches!(
        received.carried,
        Carried::Clear(_) | Carried::Omemo(_) | Carried::OtherEncryption(_) | Carried::Lost
    );
    if !said || received.is_groupchat || received.peer == turn.own.jid {
        return Ok(());
    }
    let Some(nick) = received.by_way.nick.clone() else {
        return Ok(());
    };
    let room = turn.peer(&received.peer);
    if !is_room(turn, &room, received)? {
        return Ok(());
    }
    let seen = seen_now(turn, received, &nick);
    let tells = tells_who(turn, &room)?;
    let id = match &seen {
        Some(seen) => seen.occupant_id.clone(),
        None => received.by_way.occupant_id.clone(),
    };
    let with = InPrivate {
        nick: Clean::line(&nick),
        occupant_id: id.filter(|_| tells),
    };
    let with = match with.occupant_id {
        Some(_) => with,
        None => of_before(turn, &room, received, with)?,
    };
    if received.direction == Direction::In {
        let by_id = || by_id(turn.rooms.get(&received.peer)?, with.occupant_id.as_deref()?);
        let real = seen.or_else(by_id).and_then(|seen| seen.real);
        received.occupant = Some(Occupant {
            nick,
            id: with.occupant_id.clone(),
            real,
        });
    }
    let peer = Peer::in_private(room.account, room.address, with.clone());
    if let Some(chat) = chats::by_peer(turn.tx, &peer)?
        && in_private::set_nick(turn.tx, &chat, &with)?
    {
        turn.changed(api::Change::Chats);
    }
    received.within = Some(with);
    Ok(())
}

/// Whether it is a room, as far as we know: one of ours, or, where the message says so, one of somebody who
/// is nobody to us. (A contact may write that too.)
fn is_room(turn: &Turn<'_>, room: &Peer, received: &Received) -> Result<bool> {
    if turn.rooms.contains_key(&room.address) {
        return Ok(true);
    }
    // What comes at this moment comes from rooms that we are in, or says that it is from one.
    let is_marked = received.by_way.is_marked;
    if received.origin == Origin::Live && !is_marked {
        return Ok(false);
    }
    let chat = chats::by_peer(turn.tx, room)?;
    if chat.as_ref().is_some_and(Chat::is_room) {
        return Ok(true);
    }
    let contact = contacts::get(turn.tx, room.account, &room.address)?;
    Ok(is_marked && chat.is_none() && !contact.is_some_and(|contact| contact.in_roster))
}

/// Whether the room tells who somebody is over all nicks.
fn tells_who(turn: &Turn<'_>, room: &Peer) -> Result<bool> {
    if let Some(in_room) = turn.rooms.get(&room.address) {
        return Ok(in_room.features.contains(&RoomFeature::OccupantIds));
    }
    let kept = match chats::by_peer(turn.tx, room)? {
        Some(chat) => rooms::get(turn.tx, chat.id)?,
        None => None,
    };
    Ok(kept.is_some_and(|kept| kept.features.contains(&RoomFeature::OccupantIds)))
}

/// Whoever has the nick, where that is of this moment.
fn seen_now(turn: &Turn<'_>, received: &Received, nick: &str) -> Option<Seen> {
    let is_now = match received.origin {
        Origin::Live => true,
        Origin::Carbon => received.delay.is_none(),
        Origin::Offline | Origin::Archive | Origin::Past => false,
    };
    let in_room = turn
        .rooms
        .get(&received.peer)
        .filter(|room| is_now && room.is_in())?;
    in_room.occupant(nick).cloned()
}

fn by_id(in_room: &InRoom, id: &str) -> Option<Seen> {
    let mut all = in_room.occupants().map(|(_, seen)| seen);
    all.find(|seen| seen.occupant_id.as_deref() == Some(id)).cloned()
}

/// With whom what says no more than a nick was: where another copy of it stands, or, of what we wrote
/// elsewhere, with the only one of that nick.
fn of_before(turn: &Turn<'_>, room: &Peer, received: &Received, with: InPrivate) -> Result<InPrivate> {
    let is_own = received.direction == Direction::Out;
    let mut chat = match &received.server_id {
        Some(id) => in_private::of_server(turn.tx, room, id)?.map(|(_, chat)| chat),
        None => None,
    };
    if let (true, None, Some(id)) = (is_own, chat, &received.id) {
        chat = in_private::of_own(turn.tx, room, id)?;
    }
    if let Some(chat) = chat {
        let known = chats::get(turn.tx, chat)?.and_then(|chat| chat.peer.within);
        return Ok(known.map_or(with, |known| *known));
    }
    if is_own {
        let all = in_private::all(turn.tx, room)?;
        let mut called = all.into_iter().filter_map(|chat| chat.peer.within);
        let mut called = called.by_ref().filter(|known| known.nick == with.nick);
        if let (Some(one), None) = (called.next(), called.next()) {
            return Ok(*one);
        }
    }
    Ok(with)
}

/// Whom a front end means.
pub(super) enum Meant {
    /// The chat of this name.
    Chat(Peer),
    /// Nobody is called so there.
    Nobody,
    /// That is known once we are in the room.
    Outside,
}

/// Whom a front end means that knows no more than a nick: whoever has it now.
pub(super) fn meant(turn: &Turn<'_>, peer: &Peer) -> Result<Meant> {
    let (Some(with), Some(room)) = (&peer.within, peer.room()) else {
        return Ok(Meant::Chat(peer.clone()));
    };
    if with.occupant_id.is_some() {
        return Ok(Meant::Chat(peer.clone()));
    }
    let Some(in_room) = turn.rooms.get(&room.address).filter(|room| room.is_in()) else {
        return Ok(Meant::Outside);
    };
    let called = in_room
        .occupants()
        .find(|(nick, _)| Clean::line(nick) == with.nick);
    let Some((_, seen)) = called else {
        return Ok(Meant::Nobody);
    };
    let occupant_id = match in_room.features.contains(&RoomFeature::OccupantIds) {
        true => seen.occupant_id.clone(),
        false => None,
    };
    let nick = with.nick.clone();
    Ok(Meant::Chat(Peer::in_private(
        room.account,
        room.address,
        InPrivate { nick, occupant_id },
    )))
}

/// Under which address whoever the chat is with can be written to now, and who that is; None: they are not
/// there, or it is not known that whoever has the nick is them.
fn found<'a>(turn: &'a Turn<'_>, chat: &Chat) -> Option<(Jid, &'a Seen)> {
    let with = chat.peer.within.as_deref()?;
    let in_room = turn.rooms.get(&chat.peer.address).filter(|room| room.is_in())?;
    let tells = in_room.features.contains(&RoomFeature::OccupantIds);
    let is_them = |nick: &str, seen: &Seen| match &with.occupant_id {
        Some(id) => tells && seen.occupant_id.as_ref() == Some(id),
        None => (!tells || seen.occupant_id.is_none()) && Clean::line(nick) == with.nick,
    };
    let (nick, seen) = in_room.occupants().find(|(nick, seen)| is_them(nick, seen))?;
    let to = address::jid(&format!("{}/{nick}", chat.peer.address)).ok()?;
    Some((to, seen))
}

/// The address that it goes to; None: it is no such chat, or nobody is there.
pub(super) fn address_of(turn: &Turn<'_>, chat: &Chat) -> Option<Jid> {
    found(turn, chat).map(|(to, _)| to)
}

/// Why nothing may be written to them by way of the room now: in clear alone, and to nobody else.
pub(super) fn shut(turn: &Turn<'_>, chat: &Chat, clear: bool) -> Result<Option<MessageFailure>> {
    let room = chat.peer.room().unwrap_or_else(|| chat.peer.clone());
    let found = found(turn, chat);
    if !clear {
        let real = found.and_then(|(_, seen)| seen.real.clone());
        return Ok(Some(MessageFailure::NotInPrivate(real)));
    }
    let kept = match chats::by_peer(turn.tx, &room)? {
        Some(room) => rooms::get(turn.tx, room.id)?,
        None => None,
    };
    if kept.is_some_and(|room| room.suspect) {
        return Ok(Some(MessageFailure::RoomSuspect));
    }
    Ok(found.is_none().then_some(MessageFailure::OccupantGone))
}

/// Whether what was sealed into a stanza once still goes to whom it was for.
pub(super) fn still_goes_to(turn: &Turn<'_>, chat: &Chat, stanza: &str) -> bool {
    let to = stanza.parse::<Element>().ok();
    let to = to.as_ref().and_then(|stanza| stanza.attr("to"));
    let now = address_of(turn, chat);
    now.is_some_and(|now| to.and_then(|to| address::jid(to).ok()) == Some(now))
}

/// Goes into the room for it, where nobody else sees to that.
pub(super) fn go_there(turn: &mut Turn<'_>, room: &BareJid) {
    if !turn.own.present && !turn.rooms.contains_key(room) {
        turn.follow(FollowUp::EnterRoom(room.clone()));
    }
}

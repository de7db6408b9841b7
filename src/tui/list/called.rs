//! How people, rooms and the authors of messages are called on the screen.

use super::names;
use crate::ask::Context;
use model::{Author, BareJid, ChatKind, Clean, InPrivate, Peer};
use store::rooms::{self, Room};
use store::{self, chats, contacts};

/// How a JID is called on the screen: the contact's name, else the local part, as `shown::identifier`. In the
/// list the same, with the JID where two look alike.
pub fn name_of(world: &Context<'_>, jid: &BareJid) -> store::Result<String> {
    let contact = contacts::get(&world.store, world.account, jid)?;
    Ok(names::plain(
        jid,
        contact.and_then(|contact| contact.name).as_ref(),
    ))
}

/// How a chat is called: as its person, as its room, or as whoever in a room it is with.
pub fn name_of_chat(world: &Context<'_>, peer: &Peer) -> store::Result<String> {
    if let (Some(with), Some(room)) = (&peer.within, peer.room()) {
        let room = match room_of(world, &room)? {
            Some(room) => name_of_room(&room),
            None => names::of_room(&room.address, None),
        };
        return Ok(format!("{} in {room}", nick(with.nick.as_str())));
    }
    match room_of(world, peer)? {
        Some(room) => Ok(name_of_room(&room)),
        None => name_of(world, &peer.address),
    }
}

/// The chat in private with whoever has this nick in the room now.
pub fn in_private(world: &Context<'_>, room: &Peer, nick: &Clean) -> Peer {
    let here = world.rooms.get(room).and_then(|now| now.occupants.get(nick));
    let with = InPrivate {
        nick: nick.clone(),
        occupant_id: here.and_then(|here| here.occupant_id.clone()),
    };
    Peer::in_private(room.account, room.address.clone(), with)
}

/// How a room is called: by its name behind a `#`. The list tells it from a person who has such a name.
pub fn name_of_room(room: &Room) -> String {
    names::of_room(&room.peer.address, room.name.as_ref())
}

/// The room that this chat is; None: it is with a person.
pub fn room_of(world: &Context<'_>, peer: &Peer) -> store::Result<Option<Room>> {
    match chats::by_peer(&world.store, peer)? {
        Some(chat) if chat.kind == ChatKind::Room => rooms::get(&world.store, chat.id),
        _ => Ok(None),
    }
}

/// What we are called in a room, or were last.
pub fn own_nick(world: &Context<'_>, room: &Room) -> String {
    let now = world.rooms.own_nick(&room.peer);
    now.map_or_else(|| room.own_nick.clone(), |nick| nick.as_str().to_owned())
}

/// How the author of a message in this chat is called.
pub fn name_of_author(world: &Context<'_>, chat: &Peer, author: &Author) -> store::Result<String> {
    match author {
        Author::Us => match room_of(world, chat)? {
            Some(room) => Ok(nick(&own_nick(world, &room))),
            None => name_of(world, world.own),
        },
        Author::Contact(jid) => name_of(world, jid),
        Author::Occupant { nick: theirs, .. } => Ok(nick(theirs.as_str())),
    }
}

/// A nick as it is shown.
pub fn nick(nick: &str) -> String {
    names::bounded(nick)
}

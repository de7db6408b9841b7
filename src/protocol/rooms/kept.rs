//! What is kept of a room that we are in: the person's own choices, and what it said that it is.

use crate::follow_ups::FollowUp;
use crate::purpose::RoomsPurpose;
use crate::turn::Turn;
use api::Change;
use model::room::{RoomFeature, RoomInfo, missing_for_omemo};
use model::{BareJid, ChatId, Jid};
use stanza::disco;
use store::bookmarks::Bookmarked;
use store::rooms::{self, Room};
use store::{Result, chats};

/// What we are called, where nobody says otherwise.
pub(super) fn own_nick(turn: &Turn<'_>, known: Option<&Room>) -> String {
    let own = turn.own.jid.node().map(|node| node.as_str().to_owned());
    let nick = known
        .map(|room| room.own_nick.clone())
        .filter(|nick| !nick.is_empty());
    nick.or(own).unwrap_or_else(|| turn.own.jid.to_string())
}

/// The room is the person's from now on, with what it said that it is.
pub(super) fn keep(
    turn: &mut Turn<'_>,
    room: &BareJid,
    nick: &str,
    (info, password): (&RoomInfo, Option<&str>),
    by_itself: bool,
) -> Result<Option<Room>> {
    let peer = turn.peer(room);
    // Somebody may have asked the person to come.
    let is_new = chats::by_peer(turn.tx, &peer)?.is_none_or(|chat| chat.request);
    let Some(mut kept) = rooms::open(turn.tx, &peer, nick)? else {
        return Ok(None);
    };
    // One that another device made a bookmark of was not looked at here before; one that says nothing of
    // itself any more was.
    if is_new || (kept.features.is_empty() && !kept.suspect) {
        chats::accept(turn.tx, kept.chat)?;
        chats::set_encrypted(turn.tx, kept.chat, missing_for_omemo(&info.features).is_none())?;
        turn.changed(Change::Chats);
    }
    if !by_itself {
        kept.autojoin = true;
        nick.clone_into(&mut kept.own_nick);
        rooms::set_suspect(turn.tx, kept.chat, false)?;
        rooms::set_password(turn.tx, kept.chat, password)?;
    }
    if info.name.is_some() && (kept.name.is_none() || !by_itself) {
        kept.name.clone_from(&info.name);
    }
    rooms::set_bookmark(turn.tx, &kept)?;
    rooms::set_features(turn.tx, kept.chat, &info.features)?;
    Ok(Some(kept))
}

pub(super) fn remember_autojoin(turn: &mut Turn<'_>, known: Option<Room>) -> Result<()> {
    let is_kept = |known: &Room| known.autojoin && known.bookmarked == Bookmarked::Yes;
    if let Some(mut known) = known.filter(|known| !is_kept(known)) {
        known.autojoin = true;
        rooms::set_bookmark(turn.tx, &known)?;
        turn.follow(FollowUp::RoomKept(known.chat));
    }
    Ok(())
}

/// What it lost since we were in it last, of what OMEMO needs.
pub(super) fn lost(turn: &Turn<'_>, room: &BareJid, now: &RoomInfo) -> Result<Option<RoomFeature>> {
    let Some(chat) = chats::by_peer(turn.tx, &turn.peer(room))? else {
        return Ok(None);
    };
    let before = rooms::get(turn.tx, chat.id)?
        .map(|room| room.features)
        .unwrap_or_default();
    Ok(match missing_for_omemo(&before) {
        None => missing_for_omemo(&now.features),
        Some(_) => None,
    })
}

/// Notes since when it is known to show everybody's address.
pub(super) fn note_shown(turn: &mut Turn<'_>, room: &BareJid, chat: ChatId) -> Result<()> {
    let Some(in_room) = turn.rooms.get_mut(room) else {
        return Ok(());
    };
    let shows = in_room.features.contains(&RoomFeature::NonAnonymous);
    in_room.shown_since = rooms::shown_since(turn.tx, chat, shows.then_some(turn.now))?;
    Ok(())
}

/// It is not what it was: nothing is sent into it until the person goes in again.
pub(super) fn suspect(turn: &mut Turn<'_>, room: &BareJid) -> Result<()> {
    if let Some(chat) = chats::by_peer(turn.tx, &turn.peer(room))?
        && rooms::get(turn.tx, chat.id)?.is_some()
    {
        rooms::set_suspect(turn.tx, chat.id, true)?;
        turn.changed(Change::Room(chat.id));
    }
    Ok(())
}

/// The person goes in where they are in already: if it was another one than it was, it is theirs as it is.
pub(super) fn take_up_again(turn: &mut Turn<'_>, room: &BareJid, known: Option<&Room>) -> Result<()> {
    let Some(known) = known.filter(|known| known.suspect) else {
        return Ok(());
    };
    rooms::set_suspect(turn.tx, known.chat, false)?;
    turn.changed(Change::Room(known.chat));
    turn.follow(FollowUp::LookAgain);
    ask_what_it_is(turn, room);
    Ok(())
}

pub(super) fn ask_what_it_is(turn: &mut Turn<'_>, room: &BareJid) {
    let to = Jid::from(room.clone());
    turn.get(Some(&to), disco::info_query(), RoomsPurpose::Info(room.clone()));
}

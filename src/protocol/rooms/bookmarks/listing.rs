//! What the list says, as this device has it from now on. What the person changed here, and the server has
//! not, is newer than anything that it says; what another device changed is done here too.

use std::collections::BTreeSet;

use crate::follow_ups::FollowUp;
use crate::turn::Turn;
use api::Change;
use model::{BareJid, ChatId, ChatKind, RoomsNotice};
use stanza::muc::bookmark_list::{BookmarkList, ListForm};
use stanza::muc::bookmarks::Bookmark;
use stanza::muc::extensions;
use store::bookmarks::Bookmarked;
use store::rooms::{self, Room};
use store::{Result, chats};

/// The whole list; `there`: whether there is one at all.
pub(super) fn take_all(turn: &mut Turn<'_>, form: ListForm, list: &BookmarkList, there: bool) -> Result<()> {
    for bookmark in &list.rooms {
        merge(turn, form, bookmark)?;
    }
    if list.cut {
        return Ok(());
    }
    let listed: BTreeSet<&BareJid> = list.rooms.iter().map(|bookmark| &bookmark.room).collect();
    let mut missing = rooms::all(turn.tx, turn.own.account)?;
    missing.retain(|room| room.bookmarked == Bookmarked::Yes && !listed.contains(&room.peer.address));
    // Somebody who empties the list all at once takes no room away: one that was on it alone may have been
    // left.
    let emptied = listed.is_empty() && (!there || missing.len() > 1);
    if emptied && !missing.is_empty() {
        turn.notice(RoomsNotice::ListEmptied(missing.len()));
    }
    for mut room in missing {
        room.bookmarked = Bookmarked::No;
        let leaves = room.autojoin && !emptied;
        room.autojoin &= emptied;
        rooms::set_bookmark(turn.tx, &room)?;
        if leaves {
            turn.follow(FollowUp::LeftElsewhere(room.peer.address));
        }
        turn.changed(Change::Room(room.chat));
    }
    Ok(())
}

/// One room of it.
pub(super) fn merge(turn: &mut Turn<'_>, form: ListForm, bookmark: &Bookmark) -> Result<()> {
    let known = known(turn, &bookmark.room)?;
    let Some(before) = known else {
        return match bookmark.autojoin {
            true => open(turn, form, bookmark),
            // It is none of this device's until the person goes in.
            false => Ok(()),
        };
    };
    if before.bookmarked == Bookmarked::Due {
        return Ok(());
    }
    let now = merged(&before, form, bookmark);
    set_password(turn, now.chat, bookmark)?;
    if now == before {
        return Ok(());
    }
    rooms::set_bookmark(turn.tx, &now)?;
    turn.changed(Change::Room(now.chat));
    let room = now.peer.address;
    match (before.autojoin, now.autojoin) {
        (false, true) if !now.suspect => turn.follow(FollowUp::JoinedElsewhere(room)),
        (true, false) => turn.follow(FollowUp::LeftElsewhere(room)),
        _ => {}
    }
    Ok(())
}

/// The room at this address that is kept here.
pub(super) fn known(turn: &Turn<'_>, room: &BareJid) -> Result<Option<Room>> {
    match chats::by_peer(turn.tx, &turn.peer(room))? {
        Some(chat) if chat.kind == ChatKind::Room => rooms::get(turn.tx, chat.id),
        _ => Ok(None),
    }
}

/// A room that another device went into. Nothing is written there in clear before it has shown what it is.
fn open(turn: &mut Turn<'_>, form: ListForm, bookmark: &Bookmark) -> Result<()> {
    let peer = turn.peer(&bookmark.room);
    let Some(opened) = rooms::open(turn.tx, &peer, "")? else {
        tracing::warn!(
            account = turn.own.account.0,
            "a bookmark has the address of a person, and is left alone"
        );
        return Ok(());
    };
    chats::set_encrypted(turn.tx, opened.chat, true)?;
    rooms::set_bookmark(turn.tx, &merged(&opened, form, bookmark))?;
    set_password(turn, opened.chat, bookmark)?;
    turn.changed(Change::Chats);
    turn.follow(FollowUp::JoinedElsewhere(peer.address));
    Ok(())
}

fn merged(before: &Room, form: ListForm, bookmark: &Bookmark) -> Room {
    let mut now = before.clone();
    now.autojoin = bookmark.autojoin;
    now.bookmarked = Bookmarked::Yes;
    if bookmark.name.is_some() {
        now.name.clone_from(&bookmark.name);
    }
    if let Some(nick) = &bookmark.nick {
        now.own_nick.clone_from(nick);
    }
    // The older forms have nothing beside a room.
    if form == ListForm::Items {
        now.pinned = extensions::is_pinned(&bookmark.extensions);
        now.notify = extensions::notify(&bookmark.extensions).unwrap_or(now.notify);
        now.extensions = extensions::to_text(&bookmark.extensions);
    }
    now
}

fn set_password(turn: &Turn<'_>, chat: ChatId, bookmark: &Bookmark) -> Result<()> {
    let Some(password) = &bookmark.password else {
        return Ok(());
    };
    let known = rooms::password(turn.tx, chat)?;
    match known.is_some_and(|known| *known == *password) {
        true => Ok(()),
        false => rooms::set_password(turn.tx, chat, Some(password)),
    }
}

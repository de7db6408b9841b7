//! Chats as the person keeps them: what strangers write first waits as a request until it is taken
//! up; what was deleted is gone.
//!
//! A stranger is somebody whom the person neither put into the roster nor ever wrote to. What they write is
//! kept and can be read, but nothing goes out to them by itself (`receipts`), their devices are not looked
//! at, and how much of it waits is bounded: anyone can write, under any number of names.

use crate::follow_ups::FollowUp;
use crate::notices::Kind;
use crate::turn::Turn;
use api::{Change, CommandId, Outcome};
use model::{BareJid, ChatId, ChatKind, Direction, MessageId, MessagesFailure, Notice, Peer};
use store::chats::{self, Chat};
use store::{Result, contacts, deleted, files, in_private};

/// Strangers whose messages wait.
const MOST: usize = 1000;
/// Messages of one of them that are kept.
const MOST_MESSAGES: i64 = 1000;

/// The chat that a message with `peer` belongs to: `there`, which was found, or a new one; None if
/// too much waits of strangers. What another device of ours wrote takes a request up.
pub(crate) fn chat_for(
    turn: &mut Turn<'_>,
    peer: &Peer,
    direction: Direction,
    there: Option<Chat>,
) -> Result<Option<Chat>> {
    if peer.within.is_some() {
        return in_private(turn, peer, there);
    }
    // Where a room has its chat nobody else has one: what is said to us alone is not for everybody in it.
    if there.is_none() && chats::by_peer(turn.tx, peer)?.is_some() {
        turn.notice_of(
            Kind::Malformed,
            Notice::Misplaced {
                from: peer.address.clone(),
            },
        );
        return Ok(None);
    }
    if direction == Direction::Out {
        take_up(turn, peer)?;
        return chats::open(turn.tx, peer).map(Some);
    }
    match there {
        Some(chat) if !chat.request => Ok(Some(chat)),
        Some(chat) => {
            let room = chats::make_room(turn.tx, chat.id, MOST_MESSAGES)?;
            Ok(some_if(turn, room, chat))
        }
        None if is_known(turn, &peer.address)? => chats::open(turn.tx, peer).map(Some),
        None => {
            if !has_room(turn)? {
                full(turn);
                return Ok(None);
            }
            turn.changed(Change::Chats);
            chats::open_request(turn.tx, peer).map(Some)
        }
    }
}

/// The chat with somebody in a room, or a new one. How many there are in rooms others decide.
fn in_private(turn: &mut Turn<'_>, peer: &Peer, there: Option<Chat>) -> Result<Option<Chat>> {
    if there.is_some() {
        return Ok(there);
    }
    if in_private::count(turn.tx, turn.own.account)? >= MOST {
        full(turn);
        return Ok(None);
    }
    turn.changed(Change::Chats);
    chats::open(turn.tx, peer).map(Some)
}

fn some_if(turn: &mut Turn<'_>, room: bool, chat: Chat) -> Option<Chat> {
    if !room {
        full(turn);
    }
    room.then_some(chat)
}

/// Whether the person knows them: by the roster, which only our own devices write.
/// (Whom we wrote to has a chat.)
fn is_known(turn: &Turn<'_>, peer: &BareJid) -> Result<bool> {
    let contact = contacts::get(turn.tx, turn.own.account, peer)?;
    Ok(*peer == turn.own.jid || contact.is_some_and(|contact| contact.in_roster))
}

/// Whether one more request can be kept: the oldest one makes room, if all of it was shown or printed.
pub(super) fn has_room(turn: &mut Turn<'_>) -> Result<bool> {
    let account = turn.own.account;
    if chats::requests(turn.tx, account)? < MOST {
        return Ok(true);
    }
    match chats::oldest_seen_request(turn.tx, account)? {
        // Nobody deleted it, so nothing of it is kept either: how many strangers there are, others decide.
        Some(oldest) => chats::remove(turn.tx, oldest).map(|()| true),
        None => Ok(false),
    }
}

pub(super) fn full(turn: &mut Turn<'_>) {
    turn.notice_of(Kind::Requests, Notice::TooManyRequests);
}

/// A request becomes a chat, if there is one.
pub(crate) fn take_up(turn: &mut Turn<'_>, peer: &Peer) -> Result<()> {
    if let Some(chat) = chats::by_peer(turn.tx, peer)?
        && chats::accept(turn.tx, chat.id)?
    {
        turn.changed(Change::Chats);
    }
    Ok(())
}

/// The roster changed: whoever stands in it is no stranger.
pub(crate) fn on_contacts(turn: &mut Turn<'_>) -> Result<()> {
    if chats::accept_contacts(turn.tx, turn.own.account)? {
        turn.changed(Change::Chats);
    }
    Ok(())
}

/// A front end takes a request up.
pub(crate) fn accept(turn: &mut Turn<'_>, command: CommandId, peer: &Peer) -> Result<()> {
    take_up(turn, peer)?;
    turn.done(command, Ok(Outcome::Done));
    Ok(())
}

/// A front end deletes a message.
pub(crate) fn delete_message(turn: &mut Turn<'_>, command: CommandId, id: MessageId) -> Result<()> {
    let files = files::of_message(turn.tx, id)?;
    let gone_files = files.iter().filter_map(|file| file.container).collect();
    let there = deleted::message(turn.tx, id)?;
    turn.follow(FollowUp::FilesGone(gone_files));
    gone(turn, command, there, MessagesFailure::Gone);
    Ok(())
}

/// Deletes a chat with the files that are here of it; whether there was one.
pub(crate) fn delete_whole(turn: &mut Turn<'_>, chat: ChatId) -> Result<bool> {
    let gone = files::containers_of(turn.tx, chat)?;
    let there = deleted::chat(turn.tx, chat, turn.now)?.is_some();
    turn.follow(FollowUp::FilesGone(gone));
    Ok(there)
}

/// A front end deletes a chat.
pub(crate) fn delete_chat(turn: &mut Turn<'_>, command: CommandId, peer: &Peer) -> Result<()> {
    let chat = chats::by_peer(turn.tx, peer)?;
    let is_room = chat.as_ref().is_some_and(|chat| chat.kind == ChatKind::Room);
    let there = match chat {
        Some(chat) => delete_whole(turn, chat.id)?,
        None => false,
    };
    if is_room && there {
        turn.follow(FollowUp::RoomForgotten(peer.address.clone()));
    }
    gone(
        turn,
        command,
        there,
        MessagesFailure::NoChat(peer.address.clone()),
    );
    Ok(())
}

fn gone(turn: &mut Turn<'_>, command: CommandId, there: bool, otherwise: MessagesFailure) {
    if there {
        turn.changed(Change::Chats);
        turn.done(command, Ok(Outcome::Done));
    } else {
        turn.refuse(command, otherwise);
    }
}

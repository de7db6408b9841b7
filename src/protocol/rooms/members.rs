//! Who stands how to a room: the lists that it keeps (XEP-0045 §9.5 and the like), read whole when we go in,
//! and what it tells of changes.

use crate::follow_ups::FollowUp;
use crate::in_room::InRoom;
use crate::iq::Answer;
use crate::purpose::RoomsPurpose;
use crate::rooms::Rooms;
use crate::rooms::kept::suspect;
use crate::turn::Turn;
use api::{Change, CommandId, Outcome};
use model::room::{Affiliation, missing_for_omemo};
use model::{BareJid, ChatId, Clean, Jid, Peer, RoomsFailure, RoomsNotice};
use stanza::muc::admin;
use store::rooms::{self, Member};
use store::{Result, chats};

impl Rooms {
    /// A front end asks for the lists.
    pub(super) fn ask_for_members(
        &mut self,
        turn: &mut Turn<'_>,
        command: CommandId,
        room: &Peer,
    ) -> Result<()> {
        match chat_of(turn, &room.address)? {
            None => turn.refuse(command, RoomsFailure::NotIn(room.address.clone())),
            Some(_) => ask_for(turn, &room.address, Some(command)),
        }
        Ok(())
    }
}

/// Asks for the lists where every member may read them, which they may where OMEMO can be.
pub(super) fn ask(turn: &mut Turn<'_>, room: &BareJid) {
    let known = turn.rooms.get(room);
    if known.is_some_and(|known| missing_for_omemo(&known.features).is_none()) {
        ask_for(turn, room, None);
    }
}

/// The last answer ends the command.
fn ask_for(turn: &mut Turn<'_>, room: &BareJid, command: Option<CommandId>) {
    if let Some(in_room) = turn.rooms.get_mut(room) {
        in_room.asks_for_lists();
    }
    let to = Jid::from(room.clone());
    let last = Affiliation::LISTED.last().copied();
    for of in Affiliation::LISTED {
        let ends = command.filter(|_| Some(of) == last);
        let purpose = RoomsPurpose::List(room.clone(), of, ends);
        turn.get(Some(&to), admin::list(of), purpose);
    }
}

/// One of the lists, or why it cannot be had: somebody who stands on the one of last time may have been put
/// out since. Where OMEMO can be, every member may read them.
pub(super) fn on_list(
    turn: &mut Turn<'_>,
    room: &BareJid,
    of: Affiliation,
    command: Option<CommandId>,
    answer: Answer,
) -> Result<()> {
    if let Some(in_room) = turn.rooms.get_mut(room) {
        in_room.has_list(of);
    }
    let Some(chat) = chat_of(turn, room)? else {
        return Ok(());
    };
    let refused = match answer {
        Ok(payload) => {
            let listed = payload.and_then(|payload| admin::parse_list(&payload, of));
            if listed.is_none() {
                unsure(turn, room, of);
            }
            if let Some(listed) = listed {
                let people: Vec<Member> = listed
                    .into_iter()
                    .map(|one| Member {
                        jid: one.jid,
                        affiliation: one.affiliation,
                        nick: one.nick.as_deref().map(Clean::line),
                    })
                    .collect();
                let is_another = of == Affiliation::Owner && is_taken_over(turn, chat, &people)?;
                if rooms::set_list(turn.tx, chat, of, &people)? {
                    changed(turn, chat);
                }
                if is_another {
                    suspect(turn, room)?;
                    turn.notice(RoomsNotice::MadeAnew(room.clone()));
                }
            }
            None
        }
        Err(refusal) => {
            unsure(turn, room, of);
            Some(refusal)
        }
    };
    if turn.rooms.get(room).is_some_and(InRoom::knows_members) {
        turn.follow(FollowUp::LookUp {
            chat,
            everybody: false,
        });
    }
    turn.follow(FollowUp::LookAgain);
    let Some(command) = command else { return Ok(()) };
    match refused {
        Some(refusal) if !refusal.is("forbidden") => {
            turn.refuse(command, RoomsFailure::Refused(room.clone(), refusal.told()));
        }
        _ => turn.done(command, Ok(Outcome::Done)),
    }
    Ok(())
}

/// Whether none of its owners is one of those that we knew: it may have been made anew under its name, or
/// taken from all who had it. Whom it makes an owner while we are in it we know.
fn is_taken_over(turn: &Turn<'_>, chat: ChatId, now: &[Member]) -> Result<bool> {
    let is_encrypted = chats::get(turn.tx, chat)?.is_some_and(|chat| chat.encrypted);
    let mut before = rooms::members(turn.tx, chat)?;
    before.retain(|known| known.affiliation == Affiliation::Owner);
    let stays = |known: &Member| now.iter().any(|owner| owner.jid == known.jid);
    Ok(is_encrypted && !before.is_empty() && !before.iter().any(stays))
}

fn unsure(turn: &mut Turn<'_>, room: &BareJid, of: Affiliation) {
    if let Some(in_room) = turn.rooms.get_mut(room) {
        in_room.is_unsure |= of.is_member();
    }
}

/// The room says that these people stand so to it from now on.
pub(super) fn on_affiliations(
    turn: &mut Turn<'_>,
    room: &BareJid,
    people: &[(BareJid, Affiliation)],
) -> Result<()> {
    let Some(chat) = chat_of(turn, room)? else {
        return Ok(());
    };
    let (mut is_news, mut came) = (false, Vec::new());
    for (jid, affiliation) in people {
        let (jid, affiliation) = (jid.clone(), *affiliation);
        let member = Member {
            jid,
            affiliation,
            nick: None,
        };
        if rooms::set_member(turn.tx, chat, &member)? {
            is_news = true;
            came.extend(Some(member.jid).filter(|_| affiliation.is_member()));
        }
    }
    if is_news {
        turn.changed(Change::Room(chat));
        // Nobody else: a room may show ten thousand of them, one after the other.
        turn.follow(FollowUp::LookUpNew(chat, came));
        turn.follow(FollowUp::LookAgain);
    }
    Ok(())
}

fn changed(turn: &mut Turn<'_>, chat: ChatId) {
    turn.changed(Change::Room(chat));
    turn.follow(FollowUp::LookUp {
        chat,
        everybody: false,
    });
    turn.follow(FollowUp::LookAgain);
}

/// The chat of a room of the person's.
pub(super) fn chat_of(turn: &Turn<'_>, room: &BareJid) -> Result<Option<ChatId>> {
    let chat = chats::by_peer(turn.tx, &turn.peer(room))?;
    Ok(chat
        .filter(|chat| chat.kind == model::ChatKind::Room)
        .map(|chat| chat.id))
}

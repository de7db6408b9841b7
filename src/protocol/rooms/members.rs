//! Who stands how to a room: the lists that it keeps (XEP-0045 §9.5 and the like), read whole when we go in,
//! and what it tells of changes.

use crate::follow_ups::FollowUp;
use crate::in_room::InRoom;
use crate::iq::Answer;
use crate::purpose::RoomsPurpose;
use crate::rooms::Rooms;
use crate::turn::Turn;
use api::{Change, CommandId, Outcome};
use model::room::{Affiliation, missing_for_omemo};
use model::{BareJid, ChatId, Clean, Jid, Peer, RoomsFailure};
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

/// One of the lists, or why it cannot be had. What is stored of it stays in force where the room tells nobody
/// like us; where it could not, somebody on it may have been put out since.
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
                if rooms::set_list(turn.tx, chat, of, &people)? {
                    changed(turn, chat);
                }
            }
            None
        }
        Err(refusal) => {
            if !refusal.is("forbidden") && !refusal.is("not-allowed") {
                unsure(turn, room, of);
            }
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
    let mut is_news = false;
    for (jid, affiliation) in people {
        let (jid, affiliation) = (jid.clone(), *affiliation);
        let member = Member {
            jid,
            affiliation,
            nick: None,
        };
        is_news |= rooms::set_member(turn.tx, chat, &member)?;
    }
    if is_news {
        changed(turn, chat);
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

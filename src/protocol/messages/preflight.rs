//! Whether what is written into a chat may be sealed for those who would read it, and who is named that
//! would not.

use crate::follow_ups::FollowUp;
use crate::messages::privately;
use crate::sizes;
use crate::turn::Turn;
use api::{Change, CommandId, Outcome};
use model::room::missing_for_omemo;
use model::{
    Audience, BareJid, ChatKind, Excluded, LeftOut, MessageFailure, Notice, Peer, Policy, RoomsFailure,
    SomeOf,
};
use store::chats::{self, Chat};
use store::{Result, policies};

/// What came of trying to send something.
pub(super) enum Progress {
    Sent,
    /// It is not to be sent any more.
    Failed,
    Waits,
}

/// Whether anything may be written into a chat now.
pub(super) enum Gate {
    Open,
    /// Who is in the room is being asked.
    Waits,
    Shut(MessageFailure),
}

/// Whether anything may be written there, before it is known who would read it: what is encrypted goes into
/// rooms alone in which it can be for exactly their members, and nothing into one that is not what it was.
pub(super) fn gate(turn: &Turn<'_>, chat: &Chat, clear: bool) -> Result<Gate> {
    match chat.kind {
        ChatKind::Person => return Ok(Gate::Open),
        ChatKind::PrivateInRoom => {
            let why = privately::shut(turn, chat, clear)?;
            return Ok(why.map_or(Gate::Open, Gate::Shut));
        }
        ChatKind::Room => {}
    }
    let in_room = turn.rooms.get(&chat.peer.address);
    // The lists are read when we go in: until then nobody counts as gone.
    if !clear && in_room.is_none_or(|in_room| !in_room.knows_members()) {
        let lacks = in_room.and_then(|in_room| missing_for_omemo(&in_room.features));
        let is_unsure = in_room.is_some_and(|in_room| in_room.is_unsure);
        return Ok(match lacks {
            Some(lacks) => {
                let why = policies::shut(turn.tx, chat.id)?;
                let suspect = why.filter(|why| *why == MessageFailure::RoomSuspect);
                Gate::Shut(suspect.unwrap_or(MessageFailure::NotForOmemo(lacks)))
            }
            None if is_unsure => Gate::Shut(MessageFailure::MembersUnknown),
            None => Gate::Waits,
        });
    }
    Ok(match policies::shut(turn.tx, chat.id)? {
        None => Gate::Open,
        // What is in clear is for whoever is there; not where the room may be another one.
        Some(why) if clear && why != MessageFailure::RoomSuspect => Gate::Open,
        Some(why) => Gate::Shut(why),
    })
}

/// Why it is not sealed for those whom it could be sealed for. Nobody reads it in vain: where no member of
/// a room but us would, it does not go.
pub(super) fn refusal(
    turn: &Turn<'_>,
    chat: &Chat,
    audience: &Audience,
    excluded: &[Excluded],
) -> Result<Option<MessageFailure>> {
    if chat.is_persons() {
        return Ok(None);
    }
    if let Some(failure) = sizes::too_many(turn, audience) {
        return Ok(Some(failure));
    }
    let policy = policies::get(turn.tx, chat.id)?;
    let bad = policies::objections(policy, audience, excluded);
    Ok((!bad.is_empty()).then(|| MessageFailure::PeopleLeftOut(SomeOf::new(bad))))
}

/// A front end says who of a room must be able to read.
pub(crate) fn set_policy(
    turn: &mut Turn<'_>,
    command: CommandId,
    room: &Peer,
    policy: Policy,
    members: &[BareJid],
) -> Result<()> {
    let chat = chats::by_peer(turn.tx, room)?.filter(|chat| chat.kind == ChatKind::Room);
    let Some(chat) = chat else {
        turn.refuse(command, RoomsFailure::NotARoom(room.address.clone()));
        return Ok(());
    };
    policies::set(turn.tx, chat.id, policy)?;
    let theirs = members
        .iter()
        .filter(|jid| **jid != turn.own.jid && policy == Policy::Verified);
    let confirmed: Vec<BareJid> = theirs.cloned().collect();
    policies::set_confirmed(turn.tx, chat.id, &confirmed)?;
    turn.changed(Change::Room(chat.id));
    turn.follow(FollowUp::LookAgain);
    turn.done(command, Ok(Outcome::Done));
    Ok(())
}

/// Names the devices that a message was not sealed for, and the people without any.
pub(super) fn tell_left_out(
    turn: &mut Turn<'_>,
    peer: &BareJid,
    left_out: Vec<LeftOut>,
    excluded: Vec<Excluded>,
) {
    if !excluded.is_empty() {
        turn.notice(Notice::SentWithoutPeople {
            room: peer.clone(),
            people: SomeOf::new(excluded.clone()),
        });
    }
    let by_name = |device: &LeftOut| excluded.iter().all(|person| person.jid != device.jid);
    let left_out: Vec<LeftOut> = left_out.into_iter().filter(by_name).collect();
    if !left_out.is_empty() {
        turn.notice(Notice::SentWithout {
            peer: peer.clone(),
            left_out: SomeOf::new(left_out),
        });
    }
}

//! Whether what is written into a chat may be sealed for those who would read it, and who is named that
//! would not.

use crate::follow_ups::FollowUp;
use crate::sizes;
use crate::turn::Turn;
use api::{Change, CommandId, Outcome};
use model::room::missing_for_omemo;
use model::{
    AddressedPerson, Audience, BareJid, ChatKind, Excluded, Exclusion, LeftOut, MembersChange,
    MessageFailure, Notice, Peer, Policy, RoomsFailure, SomeOf,
};
use store::chats::{self, Chat};
use store::{Result, policies, rooms};

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
        ChatKind::PrivateInRoom { .. } => return Ok(Gate::Shut(MessageFailure::NotAPerson)),
        ChatKind::Room => {}
    }
    let Some(room) = rooms::get(turn.tx, chat.id)? else {
        return Ok(Gate::Shut(MessageFailure::NotAPerson));
    };
    if room.suspect {
        return Ok(Gate::Shut(MessageFailure::RoomSuspect));
    }
    if clear {
        return Ok(Gate::Open);
    }
    let in_room = turn.rooms.get(&chat.peer.address);
    let now = in_room.map(|in_room| missing_for_omemo(&in_room.features));
    if let Some(lacks) = missing_for_omemo(&room.features).or(now.flatten()) {
        return Ok(Gate::Shut(MessageFailure::NotForOmemo(lacks)));
    }
    if in_room.is_none_or(|in_room| !in_room.knows_members()) {
        return Ok(Gate::Waits);
    }
    let own = rooms::affiliation(turn.tx, chat.id, &turn.own.jid)?;
    let people = rooms::recipients(turn.tx, chat.id)?;
    if people.is_empty() && !own.is_member() {
        return Ok(Gate::Shut(MessageFailure::MembersUnknown));
    }
    match policies::get(turn.tx, chat.id)? {
        Policy::Everyday | Policy::HighRisk => Ok(Gate::Open),
        Policy::Verified => {
            let confirmed = policies::confirmed(turn.tx, chat.id)?;
            Ok(changed(&turn.own.jid, &confirmed, &people).map_or(Gate::Open, Gate::Shut))
        }
    }
}

/// Who came and who went since the person looked at the members.
fn changed(own: &BareJid, confirmed: &[BareJid], people: &[BareJid]) -> Option<MessageFailure> {
    let without = |some: &[BareJid], others: &[BareJid]| -> Vec<BareJid> {
        let its = some.iter().filter(|jid| *jid != own && !others.contains(jid));
        its.cloned().collect()
    };
    let (came, went) = (without(people, confirmed), without(confirmed, people));
    (!came.is_empty() || !went.is_empty()).then(|| {
        MessageFailure::MembersChanged(Box::new(MembersChange {
            came: SomeOf::new(came),
            went: SomeOf::new(went),
        }))
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
    let nobody = !excluded.is_empty() && !audience.others().any(AddressedPerson::is_written);
    let bad: Vec<Excluded> = match policies::get(turn.tx, chat.id)? {
        Policy::Everyday if nobody => excluded.to_vec(),
        Policy::Everyday => Vec::new(),
        Policy::HighRisk => who_cannot(audience, excluded, |person| {
            (!person.ours && person.has_undecided()).then_some(Exclusion::Undecided)
        }),
        Policy::Verified => who_cannot(audience, excluded, |person| {
            (!person.is_verified()).then_some(Exclusion::NotVerified)
        }),
    };
    Ok((!bad.is_empty()).then(|| MessageFailure::PeopleLeftOut(SomeOf::new(bad))))
}

/// Everybody of whom no device gets it, and whoever stands in the way of what the person chose.
fn who_cannot(
    audience: &Audience,
    excluded: &[Excluded],
    objection: impl Fn(&AddressedPerson) -> Option<Exclusion>,
) -> Vec<Excluded> {
    let of = |person: &AddressedPerson| {
        let known = excluded.iter().find(|other| other.jid == person.jid).cloned();
        let objected = || {
            let (jid, why) = (person.jid.clone(), objection(person)?);
            Some(Excluded { jid, why })
        };
        known.or_else(objected)
    };
    audience.people.iter().filter_map(of).collect()
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
    let confirmed = if policy == Policy::Verified { members } else { &[] };
    policies::set_confirmed(turn.tx, chat.id, confirmed)?;
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

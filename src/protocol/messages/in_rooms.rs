//! Messages of rooms: who wrote one is what the room says at this moment of whoever has the nick, and what
//! comes back of what we wrote tells that everybody has it (XEP-0045 §7.4).

use minidom::Element;

use super::about::moderation;
use super::incoming::{take, tell_dropped};
use crate::follow_ups::FollowUp;
use crate::in_room::InRoom;
use crate::turn::Turn;
use model::room::RoomFeature;
use model::{BareJid, ChatId, Direction, MessageState};
use stanza::received::{self, Carried, Found, Occupant, Origin, Received, RoomWord};
use store::{Result, copies, messages, outbox};

/// A message to all in a room that we are in, and who wrote it: whoever has the nick at this moment.
pub(crate) fn read(turn: &mut Turn<'_>, room: &BareJid, stanza: &Element) -> Option<Received> {
    let in_room = turn.rooms.get(room)?;
    match received::of_room(stanza, word(room, in_room), &turn.own.jid) {
        Ok(mut received) => {
            identify(in_room, &turn.own.jid, &mut received);
            Some(received)
        }
        Err(dropped) => {
            tell_dropped(turn, stanza.attr("from"), dropped);
            None
        }
    }
}

/// What the archive of a room has; None: it is not taken in.
pub(crate) fn archived(
    turn: &mut Turn<'_>,
    room: &BareJid,
    found: &Found<'_>,
    origin: Origin,
) -> Result<Option<Received>> {
    let Some(in_room) = turn.rooms.get(room) else {
        return Ok(None);
    };
    if let Some(said) = received::moderated(found, room) {
        moderation::take(turn, room, said, false)?;
        return Ok(None);
    }
    match received::archived_in_room(found, word(room, in_room), &turn.own.jid, origin) {
        Ok(mut received) => {
            if is_doubtful(in_room, &received)
                && let Some(occupant) = &mut received.occupant
            {
                occupant.real = None;
            }
            identify(in_room, &turn.own.jid, &mut received);
            Ok(Some(received))
        }
        Err(dropped) => {
            tell_dropped(turn, found.sender(), dropped);
            Ok(None)
        }
    }
}

/// Takes in a message of a room, whichever road it came by; what we wrote on this device is known by its id.
pub(crate) fn take_in(turn: &mut Turn<'_>, received: &Received) -> Result<()> {
    if received.direction == Direction::Out && came_back(turn, received)? {
        return Ok(());
    }
    take(turn, received)
}

fn word<'a>(room: &'a BareJid, in_room: &InRoom) -> RoomWord<'a> {
    let has = |feature| in_room.features.contains(&feature);
    RoomWord {
        room,
        stable_ids: has(RoomFeature::StableIds),
        occupant_ids: has(RoomFeature::OccupantIds),
        non_anonymous: has(RoomFeature::NonAnonymous),
    }
}

/// Who wrote it, and whether that is us. Of what is not of this moment the nick says nothing: somebody else
/// may have had it then.
fn identify(in_room: &InRoom, own: &BareJid, received: &mut Received) {
    let is_now = received.origin == Origin::Live;
    let Some(occupant) = &mut received.occupant else {
        return;
    };
    let seen = match is_now {
        true => in_room.occupant(&occupant.nick),
        false => by_id(in_room, occupant),
    };
    if let Some(seen) = seen.filter(|_| occupant.real.is_none()) {
        occupant.real.clone_from(&seen.real);
    }
    let ours_by_nick = is_now && in_room.own_nick() == Some(occupant.nick.as_str());
    let own_id = in_room
        .own_nick()
        .and_then(|nick| in_room.occupant(nick)?.occupant_id.as_deref());
    let ours_by_id = own_id.is_some() && occupant.id.as_deref() == own_id && occupant.real.is_none();
    if ours_by_nick || ours_by_id || occupant.real.as_ref() == Some(own) {
        occupant.real = Some(own.clone());
        received.direction = Direction::Out;
    }
}

/// Whether the address that stands in it may be its sender's own word: the room may not have shown any then
/// (threat 5). What was sealed its key vouches for.
fn is_doubtful(in_room: &InRoom, received: &Received) -> bool {
    let is_older = match (in_room.shown_since, received.delay) {
        (Some(since), Some(time)) => time < since,
        _ => true,
    };
    is_older && !matches!(received.carried, Carried::Omemo(_))
}

fn by_id<'a>(in_room: &'a InRoom, occupant: &Occupant) -> Option<&'a crate::in_room::Seen> {
    let id = occupant.id.as_deref()?;
    in_room
        .occupants()
        .map(|(_, seen)| seen)
        .find(|seen| seen.occupant_id.as_deref() == Some(id))
}

/// Whether it is what this device wrote, as the room gives it to everybody.
fn came_back(turn: &mut Turn<'_>, received: &Received) -> Result<bool> {
    let (Some(chat), Some(id)) = (super::known::chat_of(turn, received)?, &received.id) else {
        return Ok(false);
    };
    if let Some(row) = copies::own(turn.tx, chat.id, &turn.own.jid, id)? {
        if let Some(server_id) = &received.server_id {
            messages::set_server_id(turn.tx, row, server_id)?;
        }
        if let Some(waiting) = outbox::by_message(turn.tx, row)? {
            store::left::set_written(turn.tx, waiting.id)?;
            outbox::remove(turn.tx, waiting.id)?;
        }
        if messages::get(turn.tx, row)?.is_some_and(|row| row.state == MessageState::Queued) {
            messages::set_state(turn.tx, row, MessageState::Sent, None)?;
        }
        turn.counters_matter = true;
        turn.message_changed(row);
        return Ok(true);
    }
    said_about(turn, chat.id, id)
}

/// The same of what this device said about a message.
fn said_about(turn: &mut Turn<'_>, chat: ChatId, id: &str) -> Result<bool> {
    let rows = outbox::all(turn.tx, turn.own.account)?;
    let ours = rows.into_iter().find(|row| {
        row.chat == chat && row.stanza.is_some() && row.about.as_ref().is_some_and(|about| about.id == id)
    });
    let Some(row) = ours else { return Ok(false) };
    outbox::remove(turn.tx, row.id)?;
    turn.counters_matter = true;
    turn.message_changed(row.message);
    turn.follow(FollowUp::WordAcknowledged(Box::new(row)));
    Ok(true)
}

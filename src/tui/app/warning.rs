//! What stays in view above the history of a room: that it is not what it was, that somebody is in it who may
//! not be, that we are not in it.

use super::chat_pane::OpenChat;
use super::connectivity::Connectivity;
use crate::theme::Part;
use api::{Failure, RoomStanding};
use model::room::{Affiliation, RoomFeature, missing_for_omemo};
use model::{Clean, RoomsNotice, shown};
use store::rooms::Room;
use words::Face;

/// Who is in it though they are no member is named of so many.
const LOOKED_AT: usize = 1_000;

/// What there is to say, and how much it weighs.
pub(super) fn of(connectivity: &Connectivity, open: &OpenChat) -> Option<(String, Part)> {
    let (words, part) = in_full(connectivity, open)?;
    // It is the one that is open: its name tells more than an address that nobody can guess.
    Some((words.replace(open.peer.address.as_str(), &open.name), part))
}

fn in_full(connectivity: &Connectivity, open: &OpenChat) -> Option<(String, Part)> {
    let room = open.room.as_ref()?;
    let now = connectivity.rooms.get(&open.peer);
    let standing = now.map(|now| &now.standing);
    if let Some(RoomStanding::Out { why: Some(why) }) = standing {
        return Some((
            said(&words::failure(Face::Screen, &Failure::Rooms(why.clone()))),
            Part::Bad,
        ));
    }
    if let Some(said) = not_as_it_was(room, open.recipients.encrypted) {
        return Some((said, Part::Bad));
    }
    if let Some(said) = now.and_then(|now| outcast_inside(now, room)) {
        return Some((said, Part::Bad));
    }
    let said = match standing {
        Some(RoomStanding::Joining) => "Going in …",
        Some(RoomStanding::Out { .. }) if connectivity.online => OUT,
        None if connectivity.online && !room.autojoin => OUT,
        _ => return None,
    };
    Some((said.to_owned(), Part::Waiting))
}

const OUT: &str = "You are not in this room: /join goes in.";

/// What became of it, if it is not the one that it was.
fn not_as_it_was(room: &Room, encrypted: bool) -> Option<String> {
    match missing_for_omemo(&room.features).filter(|_| encrypted) {
        Some(lost) => {
            let notice = RoomsNotice::Lost(room.peer.address.clone(), lost);
            Some(said(&words::notice(Face::Screen, &notice.into())))
        }
        None => room.suspect.then(|| {
            "This is not the room that it was: nothing is sent into it. Ask the others where they went."
                .to_owned()
        }),
    }
}

/// Somebody who is in a room for members only and is none (threat 58).
fn outcast_inside(now: &crate::rooms::RoomNow, room: &Room) -> Option<String> {
    if !room.features.contains(&RoomFeature::MembersOnly) {
        return None;
    }
    let mut occupants = now.occupants.iter().take(LOOKED_AT);
    let (nick, _) = occupants.find(|(_, view)| view.affiliation == Affiliation::Outcast)?;
    let notice = RoomsNotice::OutcastInside {
        room: room.peer.address.clone(),
        nick: nick.clone(),
    };
    Some(said(&words::notice(Face::Screen, &notice.into())))
}

fn said(words: &Clean) -> String {
    shown::one_line(words)
}

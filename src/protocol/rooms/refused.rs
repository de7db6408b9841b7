//! Why a room does not let us in, or does not say what it is (XEP-0045 §7.2), as servers use
//! the conditions.

use crate::iq::Refusal;
use model::{BareJid, Clean, RoomsFailure};
use stanza::iq::StanzaError;
use stanza::muc::occupants;

/// Why a room does not say what it is.
pub(super) fn no_info(room: &BareJid, refusal: &Refusal) -> RoomsFailure {
    match refusal {
        Refusal::Error(error) if error.condition == "item-not-found" => RoomsFailure::NoRoom(room.clone()),
        Refusal::Error(error) if error.condition == "gone" => {
            RoomsFailure::Destroyed(room.clone(), venue(error))
        }
        refusal => RoomsFailure::Refused(room.clone(), refusal.told()),
    }
}

/// Where a room that is gone goes on: `xmpp:new@service?join`.
fn venue(error: &StanzaError) -> Option<BareJid> {
    let uri = error.gone_to.as_deref()?.strip_prefix("xmpp:")?;
    occupants::can_be_room(uri.split('?').next()?)
}

/// Why a room does not let us in.
pub(super) fn refused(room: &BareJid, nick: &str, error: &StanzaError) -> RoomsFailure {
    let room = room.clone();
    match error.condition.as_str() {
        "not-authorized" => RoomsFailure::WantsPassword(room),
        "forbidden" => RoomsFailure::Banned(room),
        "registration-required" => RoomsFailure::MembersOnly(room),
        "conflict" => RoomsFailure::NickTaken(room, Clean::line(nick)),
        "item-not-found" => RoomsFailure::NoRoom(room),
        "gone" => RoomsFailure::Destroyed(room, venue(error)),
        "jid-malformed" | "not-acceptable" | "bad-request" => RoomsFailure::BadNick(Clean::line(nick)),
        "service-unavailable" => RoomsFailure::Full(room),
        "resource-constraint" => RoomsFailure::TooManyRooms(room),
        _ => RoomsFailure::Refused(room, Refusal::Error(error.clone()).told()),
    }
}

//! What is said of rooms.

use super::{keys, refusal, some_of};
use crate::Face;
use crate::deed::Deed;
use model::room::RoomFeature;
use model::{BareJid, Clean, MessageFailure, PutOut, RoomsFailure, RoomsNotice, SomeOf};

pub(super) fn failure(face: Face, failure: &RoomsFailure) -> String {
    match failure {
        RoomsFailure::NoService => {
            "Your server names no service for rooms. Name one yourself: an address like \
                                    team@conference.example.org, or ask its operator."
                .to_owned()
        }
        RoomsFailure::NoRoom(room) => instead(
            face,
            &format!("There is no room {room}."),
            "To make one",
            Deed::CreateRoom,
        ),
        RoomsFailure::Destroyed(room, Some(venue)) => {
            format!("The room {room} was ended by its owner; it goes on in {venue}.")
        }
        RoomsFailure::Destroyed(room, None) => format!("The room {room} was ended by its owner."),
        RoomsFailure::NotARoom(room) => format!("{room} is not a room."),
        RoomsFailure::NotAService(service) => format!("{service} has no rooms."),
        RoomsFailure::MayNotMake(room) => {
            format!(
                "The service does not let you make the room {room}. Ask its operator, or use another service."
            )
        }
        RoomsFailure::IsThere(room) => instead(
            face,
            &format!("There is a room {room} already."),
            "To go in",
            Deed::JoinRoom(room),
        ),
        RoomsFailure::WantsPassword(_)
        | RoomsFailure::Banned(_)
        | RoomsFailure::MembersOnly(_)
        | RoomsFailure::NickTaken(..)
        | RoomsFailure::BadNick(_)
        | RoomsFailure::Full(_)
        | RoomsFailure::TooManyRooms(_) => not_let_in(face, failure),
        RoomsFailure::MadeAnew(room) => made_anew(room),
        RoomsFailure::Changed(room, lost) => lost_feature(room, *lost),
        RoomsFailure::NotAsWanted(room, lacks) => format!(
            "The server made {room}, but {}, so it was ended again. Ask the server's operator, or use another service.",
            lacking(*lacks)
        ),
        other => not_done(face, other),
    }
}

/// Why what we want in it is not done.
fn not_done(face: Face, failure: &RoomsFailure) -> String {
    match failure {
        RoomsFailure::NotIn(room) => instead(
            face,
            &format!("You are not in {room}."),
            "To go in",
            Deed::JoinRoom(room),
        ),
        RoomsFailure::NotInvited(room) => format!("Nobody asked you to come into {room}."),
        RoomsFailure::PutOut(room) => format!("The room {room} put you out."),
        RoomsFailure::NotAllowed(room) => {
            format!("The room {room} does not let you do that. Ask one of its owners.")
        }
        RoomsFailure::NoModeration(room) => format!(
            "The service of {room} lets nobody take away what others wrote. Its operator can switch that on."
        ),
        RoomsFailure::NobodyCalled(room, nick) => {
            format!("Nobody in {room} is called {}.", nick.as_str())
        }
        RoomsFailure::LastOwner(room) => {
            format!("{room} cannot be without an owner. Make somebody else one first.")
        }
        RoomsFailure::NoField(room, field) => instead(
            face,
            &format!("The form of {room} has no field \"{}\".", field.as_str()),
            "To see which it has",
            Deed::RoomForm(room),
        ),
        RoomsFailure::BadValue(field, value) => {
            format!(
                "The field \"{}\" does not take \"{}\".",
                field.as_str(),
                value.as_str()
            )
        }
        RoomsFailure::Refused(room, why) => {
            format!("{room} did not do it: {}. Try again later.", refusal(why))
        }
        _ => String::new(),
    }
}

/// Why it does not let us in.
fn not_let_in(face: Face, failure: &RoomsFailure) -> String {
    match failure {
        RoomsFailure::WantsPassword(room) => instead(
            face,
            &format!("The room {room} asks for a password, and got none or a wrong one."),
            "To give it",
            Deed::JoinWithPassword(room),
        ),
        RoomsFailure::Banned(room) => format!("You are banned from {room}."),
        RoomsFailure::MembersOnly(room) => {
            format!("The room {room} is for its members only. Ask somebody in it to invite you.")
        }
        RoomsFailure::NickTaken(room, nick) => {
            format!(
                "Somebody in {room} is called {} already; choose another nick.",
                nick.as_str()
            )
        }
        RoomsFailure::BadNick(nick) => {
            format!(
                "Nobody can be called \"{}\" in a room; choose another nick.",
                nick.as_str()
            )
        }
        RoomsFailure::Full(room) => format!("The room {room} is full; try again later."),
        RoomsFailure::TooManyRooms(room) => format!(
            "Your server lets you be in no more rooms, so {room} was not joined. Leave one that you do not need."
        ),
        _ => String::new(),
    }
}

fn made_anew(room: &BareJid) -> String {
    format!(
        "The room {room} is gone: going in made a new one of that name, open to everybody, which was left at once. Nothing \
         is sent there. Ask the others where they went."
    )
}

fn lost_feature(room: &BareJid, lost: RoomFeature) -> String {
    format!(
        "The room {room} is not what it was: {}. Nothing is sent into it encrypted.",
        lacking(lost)
    )
}

/// Why nothing was sent into a room.
pub(super) fn of_message(face: Face, room: &BareJid, failure: &MessageFailure) -> String {
    match failure {
        MessageFailure::PeopleLeftOut(people) => instead(
            face,
            &format!(
                "Nothing was sent to {room}: some of its members could not read it, or their keys are not what you asked \
                 for ({}).",
                keys::excluded(people)
            ),
            "To write to the others all the same",
            Deed::Everyday(room),
        ),
        MessageFailure::MembersChanged(change) => members_changed(face, room, &change.came, &change.went),
        MessageFailure::NotForOmemo(lacks) => instead(
            face,
            &format!(
                "Nothing was sent to {room}: {}, so nobody knows who would read what is encrypted for it.",
                lacking(*lacks)
            ),
            "To make a private group instead",
            Deed::CreateRoom,
        ),
        MessageFailure::RoomSuspect => instead(
            face,
            &format!(
                "Nothing was sent to {room}: it is not the room that it was. Ask the others what happened first."
            ),
            "To go in all the same",
            Deed::JoinRoom(room),
        ),
        MessageFailure::MembersUnknown => format!(
            "Nothing was sent to {room}: it does not say who its members are, so it cannot be encrypted for them. Ask one \
             of its owners."
        ),
        MessageFailure::TooManyDevices { devices, most } => format!(
            "Nothing was sent to {room}: its members have {devices} devices, and your server takes messages that are \
             encrypted for about {most}. Ask its operator to take larger ones, or make smaller groups."
        ),
        _ => String::new(),
    }
}

fn members_changed(face: Face, room: &BareJid, came: &SomeOf<BareJid>, went: &SomeOf<BareJid>) -> String {
    let told = |some: &SomeOf<BareJid>, how: &str| {
        (!some.named.is_empty()).then(|| format!("{how} {}", some_of(some, ToString::to_string)))
    };
    let both = [told(came, "new in it:"), told(went, "gone from it:")];
    let both: Vec<String> = both.into_iter().flatten().collect();
    instead(
        face,
        &format!(
            "Nothing was sent to {room}: its members are not those whom you confirmed ({}).",
            both.join("; ")
        ),
        "If they are right as they are now",
        Deed::Confirm(room),
    )
}

/// What is so, and what can be done instead.
fn instead(face: Face, said: &str, to: &str, deed: Deed<'_>) -> String {
    match face.writes(deed) {
        Some(how) => format!("{said} {to}: {how}."),
        None => said.to_owned(),
    }
}

/// What a room is without this.
pub(super) fn lacking(feature: RoomFeature) -> &'static str {
    match feature {
        RoomFeature::MembersOnly => "anybody may enter it",
        RoomFeature::NonAnonymous => "it does not show its members who everybody is",
        RoomFeature::Persistent => "it ends when the last one leaves",
        RoomFeature::Hidden => "it stands in the public list",
        RoomFeature::Moderated => "everybody in it may write",
        RoomFeature::PasswordProtected => "it asks for no password",
        RoomFeature::Archive => "it keeps no archive",
        RoomFeature::StableIds => "its messages have no ids that can be relied on",
        RoomFeature::OccupantIds => "it does not say who is who over all nicks",
        RoomFeature::SelfPing => "it does not answer pings",
        RoomFeature::Moderation | RoomFeature::ModerationBefore => "nothing can be taken back for others",
    }
}

pub(super) fn notice(face: Face, notice: &RoomsNotice) -> String {
    match notice {
        RoomsNotice::MadeAnew(room) => made_anew(room),
        RoomsNotice::Lost(room, feature) => lost_feature(room, *feature),
        RoomsNotice::PutOut {
            room,
            how,
            by,
            reason,
        } => {
            let by = by
                .as_ref()
                .map_or_else(String::new, |by| format!(" by {}", by.as_str()));
            format!("{}{by}{}", put_out(room, *how), because(reason.as_ref()))
        }
        RoomsNotice::Destroyed { room, venue, reason } => {
            let venue = venue
                .as_ref()
                .map_or_else(String::new, |venue| format!("; it goes on in {venue}"));
            format!(
                "The room {room} was ended by its owner{venue}{}",
                because(reason.as_ref())
            )
        }
        RoomsNotice::Invited { room, by, reason } => {
            let by = by.as_ref().map_or("Somebody", Clean::as_str);
            format!(
                "{by} asks you to come into the room {room}{}",
                because(reason.as_ref())
            )
        }
        RoomsNotice::Declined { room, who, reason } => {
            format!(
                "{who} does not want to come into {room}{}",
                because(reason.as_ref())
            )
        }
        RoomsNotice::OutcastInside { room, nick } => format!(
            "{} is in {room} though the room says that they are no member: they can read what is not encrypted.",
            nick.as_str()
        ),
        RoomsNotice::NotJoined(failure) | RoomsNotice::NotDone(failure) => self::failure(face, failure),
        RoomsNotice::ListEmptied(rooms) => format!(
            "Another program emptied the list of rooms that your server keeps for all your devices. The {rooms} that stood \
             on it stay here. Join one again to put it back on the list, or leave it."
        ),
        RoomsNotice::NotListed(why) => format!(
            "Your server does not keep the list of your rooms: {}. They are there again after every start of this device, \
             and not on your others.",
            refusal(why)
        ),
        RoomsNotice::SetHereOnly(room) => format!(
            "Your server keeps no settings with a room: what you are told of {room}, and that it is pinned, holds on this \
             device alone."
        ),
    }
}

fn put_out(room: &BareJid, how: PutOut) -> String {
    match how {
        PutOut::Kicked => format!("You were put out of {room}"),
        PutOut::Banned => format!("You were banned from {room}"),
        PutOut::NoMember => format!("You are no member of {room} any more"),
    }
}

fn because(reason: Option<&Clean>) -> String {
    reason.map_or_else(|| ".".to_owned(), |reason| format!(": {}", reason.as_str()))
}

//! The same of a room: how many people read, on how many devices, and who does not.

use super::{Recipients, count};
use model::room::RoomFeature;
use model::{AddressedPerson, Audience, ChatKind, Excluded, Exclusion, Fate, MessageFailure, Policy};
use store::chats::Chat;
use store::omemo::KeyTally;
use store::{self, Reads, policies};

/// What is known of a room's readers beside their devices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomReaders {
    /// Why nothing goes into it, whoever has keys.
    pub shut: Option<MessageFailure>,
    /// Those of whom no device gets it.
    pub excluded: Vec<Excluded>,
    /// Those because of whom nothing goes.
    pub objections: Vec<Excluded>,
    pub policy: Policy,
}

impl RoomReaders {
    /// None: it is no room.
    pub(super) fn read(r: &impl Reads, chat: &Chat, audience: &Audience) -> store::Result<Option<Self>> {
        if chat.kind != ChatKind::Room {
            return Ok(None);
        }
        let policy = policies::get(r, chat.id)?;
        let unread = |person: &Excluded| person.why == Exclusion::NotLookedUp;
        let mut excluded = policies::excluded(r, chat.peer.account, audience)?;
        // Their keys are asked for before anything goes.
        excluded.retain(|person| !unread(person));
        let asked = audience.others().any(is_asked);
        let objections = match policy {
            Policy::Everyday if asked => Vec::new(),
            policy => policies::objections(policy, audience, &excluded),
        };
        Ok(Some(Self {
            shut: policies::shut(r, chat.id)?,
            objections,
            excluded,
            policy,
        }))
    }

    /// Whether nothing can be sent as it is.
    pub(super) fn is_stopped(&self) -> bool {
        self.shut.is_some() || !self.objections.is_empty()
    }
}

/// Whether somebody's keys are looked up when something is written, and nothing is known to reach them
/// before.
fn is_asked(person: &AddressedPerson) -> bool {
    let looked_up = person.devices.iter().any(|device| device.fate == Fate::LookedUp);
    !person.is_written() && (person.devices.is_empty() || looked_up)
}

/// The facts after the room's name, the most important first.
pub(super) fn parts(its: &Recipients, room: &RoomReaders, short: bool) -> Vec<String> {
    if let Some(why) = &room.shut {
        return vec![shut(why, short)];
    }
    let excluded = |person: &AddressedPerson| room.excluded.iter().any(|other| other.jid == person.jid);
    let people = || its.audience.others().filter(|person| !person.ours);
    let reading = people().filter(|person| person.is_written()).count();
    let asked = people()
        .filter(|person| is_asked(person) && !excluded(person))
        .count();
    let mut parts = Vec::new();
    if !room.objections.is_empty() {
        let said = if short {
            "cannot be sent"
        } else {
            "nothing can be sent"
        };
        parts.push(said.to_owned());
    } else if reading > 0 {
        parts.extend(readers(its, reading, short));
    } else if asked == 0 {
        parts.push("nobody else is in it".to_owned());
    }
    if asked > 0 {
        let more = if reading > 0 { " more" } else { "" };
        parts.push(match short {
            true => format!("{asked}{more} looked up"),
            false => format!("{asked}{more} looked up when you write"),
        });
    }
    let named = if room.objections.is_empty() {
        &room.excluded
    } else {
        &room.objections
    };
    parts.extend(left_out(named, short));
    let undecided = KeyTally::of(people().filter(|person| person.is_written())).undecided;
    if undecided > 0 {
        parts.push(match short {
            true => format!("{undecided} dev left out"),
            false => format!("{} left out", count(undecided, "new device")),
        });
    }
    parts.extend(its.ours_left_out(short));
    parts
}

fn readers(its: &Recipients, people: usize, short: bool) -> Vec<String> {
    let (theirs, ours) = (
        KeyTally::of(its.audience.others()),
        KeyTally::of(its.audience.ours()),
    );
    let who = if people == 1 { "1 person" } else { "people" };
    let who = if people == 1 {
        who.to_owned()
    } else {
        format!("{people} {who}")
    };
    let (devices, own) = (theirs.written(), ours.written());
    let read = match (short, own) {
        (true, 0) => format!("{who}, {devices} dev"),
        (true, own) => format!("{who}, {devices} dev + {own}"),
        (false, 0) => format!("readable by {who}, {}", count(devices, "device")),
        (false, own) => format!("readable by {who}, {} + {own} of yours", count(devices, "device")),
    };
    let state = match (theirs.verified + ours.verified, theirs.blind + ours.blind) {
        (_, 0) => "verified".to_owned(),
        (0, _) => "not verified".to_owned(),
        (_, blind) => format!("{blind} not verified"),
    };
    vec![read, state]
}

/// Who does not get it: the first two by name, the first one alone where it is narrow.
fn left_out(people: &[Excluded], short: bool) -> Option<String> {
    let (named, with_reason) = if short { (1, false) } else { (2, true) };
    let name = |person: &Excluded| {
        let name = person
            .jid
            .node()
            .map_or(person.jid.as_str(), |node| node.as_str());
        match with_reason {
            true => format!("{name} ({})", reason(person.why)),
            false => name.to_owned(),
        }
    };
    let mut names: Vec<String> = people.iter().take(named).map(name).collect();
    let more = people.len().saturating_sub(named);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    match (names.is_empty(), short) {
        (true, _) => None,
        (false, true) => Some(format!("{} left out", names.join(" + "))),
        (false, false) => Some(format!("left out: {}", names.join(", "))),
    }
}

fn reason(why: Exclusion) -> &'static str {
    match why {
        Exclusion::NotLookedUp => "not looked up",
        Exclusion::NoKeys => "no keys",
        Exclusion::OnlyToContacts => "keys for contacts only",
        Exclusion::NoList | Exclusion::NoBundles => "keys cannot be had",
        Exclusion::Undecided => "new key",
        Exclusion::Distrusted => "distrusted",
        Exclusion::NotListed => "on no list",
        Exclusion::NotVerified => "not verified",
    }
}

fn shut(why: &MessageFailure, short: bool) -> String {
    let (long, brief) = match why {
        MessageFailure::RoomSuspect => ("not the room that it was: nothing is sent", "cannot be sent"),
        MessageFailure::NotForOmemo(RoomFeature::MembersOnly) => (
            "anybody may enter it: nothing can be sent encrypted",
            "cannot be sent",
        ),
        MessageFailure::NotForOmemo(_) => (
            "it hides who is in it: nothing can be sent encrypted",
            "cannot be sent",
        ),
        MessageFailure::MembersChanged(_) => (
            "its members changed: nothing is sent until you confirm them, /policy verified",
            "members changed: /policy",
        ),
        _ => ("its members are not known yet", "members unknown"),
    };
    if short { brief } else { long }.to_owned()
}

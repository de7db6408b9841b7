//! What is said of itself: alarms about devices and keys, what was left out.

use super::{contacts, dialect, keys, messages, numbers, rooms};
use crate::Face;
use crate::deed::Deed;
use model::{
    BareJid, Clean, Excluded, Exclusion, KeysNotice, LeftOut, Notice, Refusal, SomeOf, StanzaKind, Timestamp,
};

pub(super) fn notice(face: Face, notice: &Notice) -> String {
    match notice {
        Notice::More { count, last } => format!(
            "{count} more like this in the last minute, the last one: {}",
            self::notice(face, last)
        ),
        Notice::EndedBadly => {
            "The session did not end in good order. What is stored is whole, and the next start goes on from there.".to_owned()
        }
        Notice::TooManyContacts { most } => format!(
            "Your contact list has more than {most} entries; those beyond are not shown here."
        ),
        Notice::TooManyAsk => format!(
            "More strangers ask to be your contact than are kept; the further ones are left out. Answer some of those that \
             wait{}.",
            face.beside(Deed::Asking)
        ),
        Notice::ContactsOld { why, seen } => contacts_old(why, seen.as_ref()),
        Notice::TooManyRequests => format!(
            "Strangers write more than is kept, so some of it is left out. Answer, delete or block some of those who wait{}.",
            face.beside(Deed::Requests)
        ),
        Notice::Unanswered => "More receipts and answers wait for the server than are kept; some people will not see that their \
                               messages arrived."
            .to_owned(),
        Notice::Rooms(notice) => rooms::notice(face, notice),
        Notice::SentWithout { peer, left_out } => sent_without(face, peer, left_out),
        Notice::SentWithoutPeople { room, people } => sent_without_people(face, room, people),
        Notice::KeptWithout { own, left_out } => kept_without(face, own, left_out),
        Notice::NotSaid { peer, failure } => messages::undone(face, peer, failure),
        Notice::NotTakenBack { peer, failure } => messages::not_taken_back(face, peer, failure),
        Notice::ClocksDiffer {
            from,
            written,
            arrived,
        } => clocks_differ(from, written.as_ref(), arrived),
        Notice::Misplaced { from } => {
            format!("A message for you alone came in the name of the room {from}. It was left out.")
        }
        Notice::Malformed { from, what } => format!(
            "A malformed message from {} was dropped ({}). If you miss one, ask for it again.",
            whom(from.as_ref()),
            what.as_str()
        ),
        Notice::Oversized { name } => format!(
            "The server sent a <{}> that was too large or too deep; it was left out. If something is missing, ask its operator.",
            name.as_str()
        ),
        Notice::NotXml { what, from } => format!(
            "A part of {} from {} is not valid XML and was left out; everything else goes on. If it comes again and again, \
             ask them what their program sends.",
            a_stanza(*what),
            whom(from.as_ref())
        ),
        Notice::Keys(notice) => of_keys(face, notice),
    }
}

fn sent_without(face: Face, peer: &BareJid, left_out: &SomeOf<LeftOut>) -> String {
    decide(
        &format!("Sent to {peer} without: {}.", keys::left_out(left_out)),
        face.writes(Deed::TheirKeys(peer)),
    )
}

fn sent_without_people(face: Face, room: &BareJid, people: &SomeOf<Excluded>) -> String {
    let decides = |person: &&Excluded| matches!(person.why, Exclusion::Undecided | Exclusion::Distrusted);
    let first = people.named.iter().find(decides);
    decide(
        &format!(
            "Sent to {room} without some of its members: {}.",
            keys::excluded(people)
        ),
        first.and_then(|person| face.writes(Deed::TheirKeys(&person.jid))),
    )
}

fn kept_without(face: Face, own: &BareJid, left_out: &SomeOf<LeftOut>) -> String {
    decide(
        &format!("Kept here alone, without: {}.", keys::left_out(left_out)),
        face.writes(Deed::OwnKeys(own)),
    )
}

const WENT_BACK: &str = "This vault is an older copy of itself: it was put back from a backup, or the machine went back to a \
    snapshot; or another copy of it is in use. New encrypted sessions begin with everybody; what you decided about keys stays \
    as it is here. What you wrote since that copy was made is not here, and of what came only what your server's archive still \
    has and this copy can read.";

/// Alarms about our devices, and the keys of others.
fn of_keys(face: Face, notice: &KeysNotice) -> String {
    let own = face.beside(Deed::OwnDevices);
    match notice {
        KeysNotice::WentBack => WENT_BACK.to_owned(),
        KeysNotice::KeepsRemoving(which) => format!(
            "Another client keeps removing this device from your {} device list. It stays off the list until the \
             next start: look at your other clients, or remove it there.",
            dialect(*which)
        ),
        KeysNotice::KeepsRenaming(which) => format!(
            "Another client keeps taking this device's name off your {} device list. It stays without a name until \
             the next start: look at your other clients.",
            dialect(*which)
        ),
        KeysNotice::Omemo2NotPublished(why) => format!(
            "The server keeps us from publishing our keys for OMEMO 2: {}. People whose program speaks only OMEMO 2 cannot \
             encrypt to this device, all others can; ask the server's administrator about it.",
            keys::fault(why)
        ),
        KeysNotice::OtherDevices(devices) => format!(
            "Your account has other devices already: {}. They will read what you write here; compare their keys{own}.",
            numbers(devices)
        ),
        KeysNotice::NewDevices(devices) => new_devices(face, devices),
        KeysNotice::DeviceBack(device) => format!(
            "Device {device} is at work on your own account again after it was taken off your device lists. If it is yours, end its \
             session there before you take it away; if not, somebody has your password: change it. It gets nothing to read \
             until you verify its key{own}."
        ),
        KeysNotice::LateKey(device) => format!(
            "Device {device} of your own account was there before this one and shows a key only now. If it is not yours, somebody \
             has your password: change it. It gets nothing to read until you verify its key{own}."
        ),
        KeysNotice::SharedKey { jid, other } => format!(
            "A device of {jid} has the key of a device of {other}: somebody on the way may be passing the words of one off as \
             those of the other. It gets nothing until you compare the key with {jid}{}.",
            face.beside(Deed::TheirKeys(jid))
        ),
        KeysNotice::VerifiedKeyTaken { jid, device } => format!(
            "Device {device} of {jid} has the key that you verified, in the place of its old one. It is written to with that key \
             from now on."
        ),
        KeysNotice::KeyOfOtherDevice { jid, device, owner } => format!(
            "Device {device} of {jid} shows the key of another device of theirs ({owner}): somebody on the way may have changed \
             the number. It was refused; if you miss a message, ask them for it."
        ),
        KeysNotice::KeyChanged { jid, device } => format!(
            "Device {device} of {jid} shows another identity key than before. Its messages stay closed until you \
             compare the new key with them{}.",
            face.beside(Deed::TheirKeys(jid))
        ),
        KeysNotice::Downgraded { jid, device } => format!(
            "Device {device} of {jid} published keys for OMEMO 2 before and does not any more: it is written to in the older OMEMO \
             now (downgrade). If they did not change their program, ask them about it: somebody at their server may hide the newer \
             keys."
        ),
    }
}

/// One or several: the number decides three words.
fn new_devices(face: Face, devices: &[u32]) -> String {
    let (what, are, they) = match devices.len() {
        1 => (
            "A new device",
            "it is",
            "It gets nothing to read until you verify its key",
        ),
        _ => (
            "New devices",
            "they are",
            "They get nothing to read until you verify their keys",
        ),
    };
    format!(
        "{what} ({}) appeared on your own account. If {are} not yours, somebody has your password: change it. {they}{}.",
        numbers(devices),
        face.beside(Deed::OwnDevices)
    )
}

/// A sentence, and where keys are decided about.
fn decide(said: &str, how: Option<String>) -> String {
    match how {
        Some(how) => format!("{said} To decide about keys: {how}."),
        None => said.to_owned(),
    }
}

fn contacts_old(why: &Refusal, seen: Option<&Timestamp>) -> String {
    let seen = match seen {
        Some(seen) => format!(
            "They are shown as last seen on {}.",
            seen.strftime("%Y-%m-%d at %H:%M UTC")
        ),
        None => "They may be incomplete.".to_owned(),
    };
    format!("{} {seen}", contacts::not_shown(why))
}

fn clocks_differ(from: &BareJid, written: Option<&Timestamp>, arrived: &Timestamp) -> String {
    let written = written.map_or_else(|| "a time that cannot be".to_owned(), Timestamp::to_string);
    format!(
        "A message from {from} says inside that it was written at {written}, but it was sent at {arrived} according to the \
         server. Either a clock is wrong, or somebody held it back: ask them when they wrote it."
    )
}

/// Who sent something; None: our own server.
fn whom(from: Option<&Clean>) -> &str {
    from.map_or("your server", Clean::as_str)
}

fn a_stanza(kind: StanzaKind) -> &'static str {
    match kind {
        StanzaKind::Message => "a message",
        StanzaKind::Presence => "a presence",
        StanzaKind::Iq => "an answer or question",
    }
}

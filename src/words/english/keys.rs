//! What is said of devices and keys.

use super::{refusal, some_of};
use crate::Face;
use crate::deed::Deed;
use model::{
    BareJid, DeviceProblem, Excluded, Exclusion, KeysFailure, LeftOut, PublishFault, Refusal, SomeOf,
    Unreachable, Why,
};

pub(super) fn failure(face: Face, failure: &KeysFailure) -> String {
    match failure {
        KeysFailure::NotPublished(why) => format!(
            "The server keeps us from publishing our OMEMO keys: {}. Nobody can encrypt to this device; ask the server's \
             administrator whether PEP (XEP-0163) is enabled.",
            fault(why)
        ),
        KeysFailure::LegacyNotPublished(why) => format!(
            "The server keeps us from publishing our keys for the older OMEMO, which most programs speak: {}. Only people \
             whose program speaks OMEMO 2 can encrypt to this device; ask the server's administrator about it.",
            fault(why)
        ),
        KeysFailure::Unreachable(peer, why) => unreachable(face, peer, why),
        KeysFailure::UnknownFingerprint(jid) => format!(
            "No key with this fingerprint is known for {jid}. Ask for their devices{}, then compare again.",
            face.beside(Deed::FetchKeys(jid))
        ),
        KeysFailure::ListsUnknown => {
            "Your device lists are not known yet. Try again in a moment.".to_owned()
        }
        KeysFailure::NoDevice => "This device has no keys yet. Connect once, then name it.".to_owned(),
        KeysFailure::NameTooLong { length, most } => {
            format!("This name has {length} characters. Take one of at most {most}.")
        }
        KeysFailure::ThisDevice => {
            "This is the device that you are using: it would put itself back at once. Take it away from another device, or \
             choose one of the others."
                .to_owned()
        }
        KeysFailure::NotListed(device) => format!(
            "Device {device} is on none of your device lists. Look which ones are{}.",
            face.beside(Deed::OwnDevices)
        ),
        KeysFailure::Hidden(device) => format!(
            "Device {device} cannot be taken away now: the server does not show one of the device lists that it is on. Try again \
             later."
        ),
        KeysFailure::BundleKept { device, why } => format!(
            "Device {device} is off your device lists, so nothing is encrypted to it any more, but the server keeps its \
             keys ({}). Ask the server's administrator if they have to go.",
            refusal(why)
        ),
        KeysFailure::ListRefused { device, why } => format!(
            "The server does not take the device list without device {device} ({}). Try again later.",
            refusal(why)
        ),
        KeysFailure::NothingToReset(jid) => {
            let shown = face.writes(Deed::TheirKeys(jid));
            let shown = shown.map_or_else(String::new, |how| format!(" ({how} shows them)"));
            format!(
                "No session with {jid} could be begun anew: there is no such device on their list, its keys could not be had, or \
                 its key is distrusted{shown}."
            )
        }
    }
}

/// What the server does, within a sentence.
pub(super) fn fault(fault: &PublishFault) -> String {
    match fault {
        PublishFault::ListNotShown(why) => format!("it does not show our device list ({})", refusal(why)),
        PublishFault::KeysNotShown => {
            format!("it does not show our keys ({})", refusal(&Refusal::TimedOut))
        }
        PublishFault::ListTooLarge => "our device list is larger than it takes at once".to_owned(),
        PublishFault::Refused(why) => format!("it refuses them ({})", refusal(why)),
        PublishFault::AccessClosed(why) => format!("their access cannot be opened ({})", refusal(why)),
    }
}

/// Why nothing can be encrypted to somebody, and what to do.
pub(super) fn unreachable(face: Face, peer: &BareJid, why: &Unreachable) -> String {
    let add = face.beside(Deed::AddContact(peer));
    match why {
        Unreachable::NoOwnKeys => {
            "Cannot encrypt because your server keeps this device from publishing its OMEMO keys, so nobody could \
             answer. Ask the server's administrator whether PEP (XEP-0163) is enabled. Nothing was sent."
                .to_owned()
        }
        Unreachable::OnlyToContacts => format!(
            "Cannot encrypt to {peer} because their client shows its keys only to contacts: check the address and add each other \
             first{add}, then send again."
        ),
        Unreachable::NoList(Refusal::TimedOut) => format!(
            "Cannot encrypt to {peer} because their server did not answer in time. Send again later."
        ),
        Unreachable::NoList(why) => format!(
            "Cannot encrypt to {peer} because their keys could not be fetched: {}. Nothing was sent; send again later.",
            refusal(why)
        ),
        Unreachable::Impossible => format!(
            "Cannot encrypt to {peer} because their program publishes only an impossible device number (there are 1 to \
             2147483647). Ask them to set OMEMO up anew. Nothing was sent."
        ),
        Unreachable::NoKeys => format!(
            "Cannot encrypt to {peer} because they publish no OMEMO keys. Ask them to turn OMEMO on in their client; \
             if it is on, add each other as contacts{add}. Nothing was sent."
        ),
        Unreachable::NoBundles(devices) => format!(
            "Cannot encrypt to {peer}: the keys of their devices cannot be had ({}). If their client shows them only to \
             contacts, add each other first{add}. Nothing was sent.",
            left_out(devices)
        ),
        Unreachable::NotTrusted(devices) => format!(
            "Cannot encrypt to {peer}: no device of theirs can be written to ({}). Compare their keys and decide{}. Nothing \
             was sent.",
            left_out(devices),
            face.beside(Deed::Decide(peer))
        ),
        Unreachable::Mistyped => format!(
            "Cannot encrypt to {peer} because no keys are shown for this address, and nobody there has answered since you added \
             it. Perhaps it is mistyped: the server does not say. Check it, or wait until they accept you. Nothing was sent."
        ),
    }
}

/// Devices, each with the reason.
pub(super) fn left_out(devices: &SomeOf<LeftOut>) -> String {
    some_of(devices, |LeftOut { jid, device, why }| {
        format!("{jid} device {device}, {}", problem(why))
    })
}

fn problem(problem: &DeviceProblem) -> String {
    match problem {
        DeviceProblem::Kept(why) => kept(*why).to_owned(),
        DeviceProblem::NotFetched(why) => format!("its keys could not be fetched ({})", refusal(why)),
        DeviceProblem::NotPublished => "its keys are not published".to_owned(),
        DeviceProblem::Damaged(how) => format!("its keys are damaged: {}", how.as_str()),
        DeviceProblem::Invalid(how) => format!("its keys are not valid: {}", how.as_str()),
        DeviceProblem::OurKey => "it shows the key of this device, which nobody else has".to_owned(),
        DeviceProblem::OtherKey => "it shows another identity key than before".to_owned(),
    }
}

/// Members of a room who cannot read, each with the reason.
pub(super) fn excluded(people: &SomeOf<Excluded>) -> String {
    some_of(people, |Excluded { jid, why }| {
        format!("{jid}, {}", exclusion(*why))
    })
}

/// Why somebody cannot read, within a sentence that names them.
pub(super) fn exclusion(why: Exclusion) -> &'static str {
    match why {
        Exclusion::NotLookedUp => "whose keys were not asked for yet",
        Exclusion::NoKeys => "who publishes no OMEMO keys",
        Exclusion::OnlyToContacts => "whose client shows its keys only to contacts",
        Exclusion::NoList => "whose server does not give their keys",
        Exclusion::NoBundles => "the keys of whose devices cannot be had",
        Exclusion::Undecided => "whose key is new and nobody decided about it",
        Exclusion::Distrusted => "whose keys are distrusted",
        Exclusion::NotListed => "whose devices stand on no list of theirs",
        Exclusion::NotVerified => "whose keys are not all verified",
    }
}

/// The end of a sentence that begins with "left out:".
pub(super) fn kept(why: Why) -> &'static str {
    match why {
        Why::Undecided => "its key is new and nobody decided about it",
        Why::Distrusted => "its key is distrusted",
        Why::NotListed => "it writes, but is on no device list of theirs; verify its key to write to it",
        Why::TakenOff => "it writes, but was taken off their device list",
    }
}

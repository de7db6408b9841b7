//! What is said of contacts, and of who is blocked.

use super::refusal;
use crate::Face;
use crate::deed::Deed;
use model::{ContactsFailure, Refusal};

pub(super) fn failure(face: Face, failure: &ContactsFailure) -> String {
    match failure {
        ContactsFailure::NotShown(why) => not_shown(why),
        ContactsFailure::OwnAddress => "That is your own address; it needs no contact.".to_owned(),
        ContactsFailure::NotThere(jid) => {
            format!("{jid} is not among your contacts; there is nothing to remove.")
        }
        ContactsFailure::NotToRename(jid) => {
            format!("{jid} is not among your contacts; add them first.")
        }
        ContactsFailure::NotAsking(jid) => instead(
            &format!(
                "{jid} has not asked to be your contact, as far as is known here, so nothing was changed."
            ),
            "To ask them",
            face.writes(Deed::AddContact(jid)),
        ),
        ContactsFailure::NothingToDecline(jid) => format!(
            "{jid} has not asked to be your contact, as far as is known here, so there is nothing to decline."
        ),
        ContactsFailure::SeesAlready(jid) => instead(
            &format!("{jid} does not ask: they see your presence already, and nothing was changed."),
            "To end it",
            face.writes(Deed::RemoveContact(jid)),
        ),
        ContactsFailure::ChangeRefused(why) => format!(
            "The server refused the change: {}. Nothing was changed; try again later.",
            refusal(why)
        ),
        ContactsFailure::OwnAddressBlocked => {
            "That is your own address or your server's; it cannot be blocked.".to_owned()
        }
        ContactsFailure::NotBlocked(jid) => match face.writes(Deed::Blocked) {
            Some(how) => format!("{jid} is not blocked ({how} lists who is)."),
            None => format!("{jid} is not blocked."),
        },
        ContactsFailure::BlockRefused(jid, why) => {
            did_not(&format!("block {jid}, so it is blocked here only"), why)
        }
        ContactsFailure::UnblockRefused(jid, why) => did_not(&format!("unblock {jid}"), why),
        ContactsFailure::BlockedNotShown(why) => did_not("show who is blocked", why),
    }
}

/// What is so, and what can be done instead.
fn instead(said: &str, to: &str, how: Option<String>) -> String {
    match how {
        Some(how) => format!("{said} {to}: {how}."),
        None => said.to_owned(),
    }
}

pub(super) fn not_shown(why: &Refusal) -> String {
    format!(
        "The server does not show the contacts ({}); try again later, or ask its operator.",
        refusal(why)
    )
}

fn did_not(what: &str, why: &Refusal) -> String {
    format!("The server did not {what}: {}. Try again later.", refusal(why))
}

//! Why nothing can be encrypted to somebody, each a sentence that says what to do next.

use crate::iq::Refusal;
use api::{Failure, FailureKind};
use model::{BareJid, Clean};

/// Why nothing can be encrypted to anybody.
pub(crate) fn no_own_keys() -> Failure {
    let text = "Cannot encrypt because your server keeps this device from publishing its OMEMO keys, so nobody could \
                answer. Ask the server's administrator whether PEP (XEP-0163) is enabled. Nothing was sent.";
    Failure::new(FailureKind::Unsafe, text)
}

/// Why nothing goes to somebody who is blocked.
pub(crate) fn blocked(peer: &BareJid) -> Failure {
    let text = format!(
        "You have blocked {peer}, so nothing is sent. To write to them again: `/unblock`, or `susurro unblock {peer}`."
    );
    Failure::new(FailureKind::Unsafe, text)
}

/// Why nothing can be encrypted when the list could not be had, and what to do.
fn no_list(peer: &BareJid, refusal: &Refusal) -> Failure {
    let text = if is_closed(refusal) {
        format!(
            "Cannot encrypt to {peer} because their client shows its keys only to contacts: check the address and add each other \
             first (`/add`, or `susurro contact add {peer}`), then send again."
        )
    } else if matches!(refusal, Refusal::TimedOut) {
        return Failure::new(
            FailureKind::TimedOut,
            format!(
                "Cannot encrypt to {peer} because their server did not answer in time. Send again later."
            ),
        );
    } else {
        format!(
            "Cannot encrypt to {peer} because their keys could not be fetched: {}. Nothing was sent; send again later.",
            refusal.words()
        )
    };
    Failure::new(FailureKind::Unsafe, text)
}

/// Whether a server answers so about somebody who shows nothing to us.
fn is_closed(refusal: &Refusal) -> bool {
    let closed = [
        "forbidden",
        "not-authorized",
        "not-allowed",
        "presence-subscription-required",
    ];
    closed.iter().any(|condition| refusal.is(condition))
}

/// What is known when no device of somebody can be written to.
pub(crate) struct Unreachable {
    /// Devices, each with the reason.
    pub(crate) left_out: Vec<String>,
    /// A device was left out because of what was, or was not, decided about its key.
    pub(crate) by_trust: bool,
    /// Why a list could not be had.
    pub(crate) refusal: Option<Refusal>,
    /// Their list names nothing but numbers that no device can have.
    pub(crate) impossible: bool,
    /// They stand among our contacts and never answered in any way.
    pub(crate) unanswered: bool,
}

impl Unreachable {
    pub(crate) fn failure(&self, peer: &BareJid) -> Failure {
        // Servers answer the same about who does not exist and who shows nothing
        // to us (Prosody: all of these).
        let hidden = |refusal: &Refusal| is_closed(refusal) || refusal.is("service-unavailable");
        let nothing = self.left_out.is_empty() && !self.impossible;
        match &self.refusal {
            _ if nothing && self.unanswered && self.refusal.as_ref().is_none_or(hidden) => mistyped(peer),
            Some(refusal) if nothing => no_list(peer, refusal),
            _ => self.nobody(peer),
        }
    }

    /// Why nothing can be encrypted when there is a list.
    fn nobody(&self, peer: &BareJid) -> Failure {
        let text = if self.left_out.is_empty() && self.impossible {
            format!(
                "Cannot encrypt to {peer} because their program publishes only an impossible device number (there are 1 to \
                 2147483647). Ask them to set OMEMO up anew. Nothing was sent."
            )
        } else if self.left_out.is_empty() {
            format!(
                "Cannot encrypt to {peer} because they publish no OMEMO keys. Ask them to turn OMEMO on in their client; \
                 if it is on, add each other as contacts (`/add`, or `susurro contact add {peer}`). Nothing was sent."
            )
        } else if !self.by_trust {
            format!(
                "Cannot encrypt to {peer}: the keys of their devices cannot be had ({}). If their client shows them only to \
                 contacts, add each other first (`/add`, or `susurro contact add {peer}`). Nothing was sent.",
                some_of(&self.left_out)
            )
        } else {
            format!(
                "Cannot encrypt to {peer}: no device of theirs can be written to ({}). Compare their keys and decide \
                 (`/fingerprint`, or `susurro trust list {peer}` and `susurro trust verify`). Nothing was sent.",
                some_of(&self.left_out)
            )
        };
        Failure::new(FailureKind::Unsafe, text)
    }
}

/// They were added, nothing came from them, and no keys are shown: that is all that a server says of an
/// address that does not exist.
fn mistyped(peer: &BareJid) -> Failure {
    let text = format!(
        "Cannot encrypt to {peer} because no keys are shown for this address, and nobody there has answered since you added it. \
         Perhaps it is mistyped: the server does not say. Check it, or wait until they accept you. Nothing was sent."
    );
    Failure::new(FailureKind::Unsafe, text)
}

/// So many of a list are named in a sentence.
const NAMED: usize = 3;

/// What fits into a sentence of what somebody else can make as long as they like: the first three,
/// and how many more there are.
pub(crate) fn some_of(names: &[String]) -> String {
    let mut said = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
    let more = names.len().saturating_sub(NAMED);
    if more > 0 {
        said.push_str(&format!("; and {more} more"));
    }
    said
}

/// The peer asked to go on without encryption: nothing goes until the person decided
/// (XEP-0384 §opt-out; threat 43).
pub(crate) fn opted_out(peer: &BareJid, reason: &Clean) -> Failure {
    let said = if reason.is_empty() {
        String::new()
    } else {
        format!(" (\"{}\")", reason.as_str())
    };
    let text = format!(
        "{peer} asked to go on without encryption{said}. Nothing was sent, and nothing will be until you decide: `/encrypt` or \
         `susurro encryption {peer} on` goes on encrypted, `/plaintext` or `susurro encryption {peer} off` in clear."
    );
    Failure::new(FailureKind::Unsafe, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_three_of_a_list_and_counts_the_rest() {
        let names = |many: usize| (1..=many).map(|n| format!("device {n}")).collect::<Vec<_>>();
        for (many, said) in [
            (1, "device 1"),
            (3, "device 1; device 2; device 3"),
            (4, "device 1; device 2; device 3; and 1 more"),
            (200, "device 1; device 2; device 3; and 197 more"),
        ] {
            assert_eq!(some_of(&names(many)), said);
        }
    }
}

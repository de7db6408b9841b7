//! Why nothing can be encrypted to somebody, each a sentence that says what to do next.

use super::iq::Refusal;
use crate::api::{Failure, FailureKind};
use crate::model::{BareJid, Clean};

/// Why nothing can be encrypted to anybody.
pub(super) fn no_own_keys() -> Failure {
    let text = "Cannot encrypt because your server keeps this device from publishing its OMEMO keys, so nobody could \
                answer. Ask the server's administrator whether PEP (XEP-0163) is enabled. Nothing was sent.";
    Failure::new(FailureKind::Unsafe, text)
}

/// Why nothing can be encrypted when the list could not be had, and what to do.
pub(super) fn no_list(peer: &BareJid, refusal: &Refusal) -> Failure {
    let closed = [
        "forbidden",
        "not-authorized",
        "not-allowed",
        "presence-subscription-required",
    ];
    let text = if closed.iter().any(|condition| refusal.is(condition)) {
        format!(
            "Cannot encrypt to {peer} because their client shows its keys only to contacts: add each other first \
             (`/add`, or `susurro contact add {peer}`), then send again."
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

/// Why nothing can be encrypted when there is a list.
/// `by_trust`: a device was left out because of what was, or was not, decided about its key.
pub(super) fn nobody_to_seal_for(peer: &BareJid, left_out: &[String], by_trust: bool) -> Failure {
    let text = if left_out.is_empty() {
        format!(
            "Cannot encrypt to {peer} because they publish no OMEMO keys. Ask them to turn OMEMO on in their client; \
             if it is on, add each other as contacts (`/add`, or `susurro contact add {peer}`). Nothing was sent."
        )
    } else if !by_trust {
        format!(
            "Cannot encrypt to {peer}: the keys of their devices cannot be had ({}). If their client shows them only to \
             contacts, add each other first (`/add`, or `susurro contact add {peer}`). Nothing was sent.",
            left_out.join("; ")
        )
    } else {
        format!(
            "Cannot encrypt to {peer}: no device of theirs can be written to ({}). Compare their keys and decide \
             (`/fingerprint`, or `susurro trust list {peer}` and `susurro trust verify`). Nothing was sent.",
            left_out.join("; ")
        )
    };
    Failure::new(FailureKind::Unsafe, text)
}

/// The peer asked to go on without encryption: nothing goes until the person decided (XEP-0384 §opt-out; threat 43).
pub(super) fn opted_out(peer: &BareJid, reason: &Clean) -> Failure {
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

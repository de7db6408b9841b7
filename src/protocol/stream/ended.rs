//! Why the server ended a stream, in words, and what follows from it.

use minidom::Element;

use crate::effect::Effect;
use api::{Failure, FailureKind};

/// A stream error (RFC 6120 §4.9.3) in words. The condition is a name that the server chose.
pub(crate) fn because(error: &Element) -> Effect {
    let condition = error
        .children()
        .find(|child| child.name() != "text")
        .map_or("undefined-condition", Element::name);
    let failure = |text: &str| Failure::new(FailureKind::NoConnection, text);
    match condition {
        // Coming back would throw out the other one, which would come back in turn.
        "conflict" => Effect::Close(Some(failure(
            "Another program took this account's place on the server, with the same resource (conflict): most likely a copy of \
             this profile that runs somewhere else. Two copies must not be used, because each spoils the other's keys. Find \
             and end the other one, then connect again.",
        ))),
        "system-shutdown" | "reset" => Effect::Abort(failure("The server is restarting; try again later.")),
        "see-other-host" => Effect::Abort(failure("The server sends us to another host.")),
        other => {
            let other: String = other.chars().take(60).collect();
            Effect::Abort(failure(&format!(
                "The server closed the stream ({other}); try again later, or ask its operator."
            )))
        }
    }
}

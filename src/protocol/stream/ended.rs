//! Why the server ended a stream, and what follows from it.

use minidom::Element;

use crate::effect::Effect;
use model::{Clean, StreamFailure};

/// A stream error (RFC 6120 §4.9.3). The condition is a name that the server chose.
pub(crate) fn because(error: &Element) -> Effect {
    let condition = error
        .children()
        .find(|child| child.name() != "text")
        .map_or("undefined-condition", Element::name);
    match condition {
        // Coming back would throw out the other one, which would come back in turn.
        "conflict" => Effect::Close(Some(StreamFailure::Conflict.into())),
        "system-shutdown" | "reset" => Effect::Abort(StreamFailure::Restarting.into()),
        "see-other-host" => Effect::Abort(StreamFailure::Elsewhere.into()),
        other => {
            let other: String = other.chars().take(60).collect();
            Effect::Abort(StreamFailure::Ended(Clean::line(&other)).into())
        }
    }
}

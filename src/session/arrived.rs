//! What comes from a stream, and what it is for the core.

use minidom::Element;

use super::ends::Unwritten;
use api::Failure;
use net::connection::elsewhere;
use net::guard::{PART, Replaced, Why};
use protocol::{Ended, Input};
use stanza::ns;

/// What is read from a stream.
pub(super) enum Arrived {
    Element(Element),
    /// What the guard says of a stanza.
    LeftOut(Replaced),
}

/// What happens on a stream.
pub(super) enum OnStream {
    Arrived(Arrived),
    /// Something that means nothing to us.
    Nothing,
    /// Nothing more can be read: how the other end let go, if that is known, and what the person is told.
    Over(Option<Ended>, Failure),
    /// Nothing more can be written.
    Unwritten(Unwritten),
}

impl Arrived {
    /// What it is for the core. Where a stream error sends us is noted in `moved`.
    pub(super) fn into_input(self, moved: &mut Option<String>) -> Input {
        match self {
            Self::Element(element) => {
                tracing::trace!(name = element.name(), "an element arrived");
                if element.is("error", ns::STREAM) {
                    *moved = elsewhere(&element);
                }
                match element.attr(PART) {
                    Some(_) => Input::Part(element),
                    None => Input::Element(element),
                }
            }
            Self::LeftOut(Replaced { name, from, why }) => match why {
                Why::TooMuch => Input::Oversized { name, from },
                Why::Malformed { text_lost } => Input::Malformed {
                    name,
                    from,
                    text_lost,
                },
            },
        }
    }
}

//! What happens to the core.

use minidom::Element;

use super::effect::Timer;
use crate::api::{Command, CommandId};
use crate::model::Clean;

/// One input; the shell feeds them one at a time, each in a transaction of its own.
#[derive(Debug)]
pub enum Input {
    /// A stream was opened and authenticated; `features` is its post-authentication `<stream:features>`.
    /// `facts`: what the login was like, in words, for `Online::facts`.
    Opened {
        /// Post-authentication features.
        features: Element,
        /// "TLS 1.3", "SCRAM-SHA-256-PLUS", …
        facts: Vec<Clean>,
    },
    /// A top-level element arrived: stanza, stream management, stream error.
    Element(Element),
    /// The guard replaced this many stanzas that were too large or deep; says of what kind ("message", "iq", …) and,
    /// for a message, whether a sender was still readable.
    Oversized {
        /// The element's name.
        name: String,
        /// Its `from`, if that was read before the limit.
        from: Option<String>,
    },
    /// The stream is gone.
    Lost,
    /// A timer that was set by an effect went off.
    Timer(Timer),
    /// A front end asks.
    Command(CommandId, Command),
}

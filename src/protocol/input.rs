//! What happens to the core.

use minidom::Element;

use crate::effect::Timer;
use crate::task::{TaskEvent, TaskId};
use api::{Command, CommandId};
use model::Fact;

/// One input; the shell feeds them one at a time, each in a transaction of its own.
#[derive(Debug)]
pub enum Input {
    /// A stream was opened and authenticated.
    Opened {
        /// Its `<stream:features>` after authentication.
        features: Element,
        /// What the login was like, in words: "TLS 1.3", "SCRAM-SHA-256-PLUS", …
        facts: Vec<Fact>,
        /// The SASL mechanism used; a weaker one is refused from now on.
        mechanism: String,
    },
    /// A top-level element arrived: stanza, stream management, stream error.
    Element(Element),
    /// The guard is about to replace, or has replaced, a stanza that was too large or deep.
    Oversized {
        /// The element's name.
        name: String,
        /// Its `from`, if that was read before the limit.
        from: Option<String>,
    },
    /// The other end let go of the stream without a word; [`Input::Lost`] follows.
    Ended(Ended),
    /// The guard left out a part of a stanza, or all of it, that is not valid XML.
    Malformed {
        /// The element's name.
        name: String,
        /// Its `from`, if that could be read.
        from: Option<String>,
        /// What was left out is, or may be, what somebody wrote.
        text_lost: bool,
    },
    /// A piece of an answer that lists much: more of it follows, and the last one
    /// comes as an ordinary element.
    Part(Element),
    /// The stream is gone.
    Lost,
    /// A timer that was set by an effect went off.
    Timer(Timer),
    /// Something becomes of what was begun.
    Task(TaskId, TaskEvent),
    /// A front end asks.
    Command(CommandId, Command),
}

impl Input {
    /// Whether it was read from the stream.
    pub(crate) fn was_read(&self) -> bool {
        match self {
            Self::Element(_) | Self::Oversized { .. } | Self::Malformed { .. } | Self::Part(_) => true,
            Self::Opened { .. }
            | Self::Ended(_)
            | Self::Lost
            | Self::Timer(_)
            | Self::Task(..)
            | Self::Command(..) => false,
        }
    }
}

/// How a stream ended that we did not end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The server closed it: the stream, or the encrypted connection under it.
    Closed,
    /// The line was cut, by whoever.
    Cut,
}

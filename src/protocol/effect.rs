//! What the core wants done, as data. Run in order, after the commit.

use std::time::Duration;

use minidom::Element;

use crate::api::Event;

/// One effect.
#[derive(Debug)]
pub enum Effect {
    /// Send this top-level element.
    Send(Element),
    /// Tell the front ends.
    Tell(Event),
    /// Feed `Input::Timer` after that long. A timer that is set again replaces the earlier one of the same value.
    Wake(Timer, Duration),
    /// Forget a timer.
    Sleep(Timer),
    /// Close the stream in good order; with `Some`, for good and for that reason (no reconnect).
    Close(Option<crate::api::Failure>),
    /// Drop the connection without a word (the server does not answer): it can be resumed.
    Abort,
}

/// Timers of the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// An iq request by its number got no answer.
    Iq(u64),
    /// Nothing was heard for a while: ask whether the stream lives.
    Silence,
    /// The server did not acknowledge in time.
    Ack,
    /// A device's bundle did not come in time; seal without it.
    Bundles,
    /// Prekeys were spent: publish what has gathered.
    Publish,
    /// Empty messages that are due are sent together.
    Completions,
}

//! What the core wants done, as data. Run in order, after the commit.

use std::time::Duration;

use minidom::Element;

use crate::task::{Task, TaskId};
use api::{Event, Failure};

/// One effect.
#[derive(Debug)]
pub enum Effect {
    /// Send this top-level element.
    Send(Element),
    /// Tell the front ends.
    Tell(Event),
    /// Feed `Input::Timer` after that long. A timer that is set again replaces the
    /// earlier one of the same value.
    Wake(Timer, Duration),
    /// Forget a timer.
    Sleep(Timer),
    /// Begin what takes longer than a turn; what becomes of it comes as `Input::Task`.
    Start(TaskId, Task),
    /// Break it off. Nothing more is heard of it.
    Cancel(TaskId),
    /// Close the stream in good order; with `Some`, for good and for that reason (no reconnect).
    Close(Option<Failure>),
    /// Drop the connection without a word, because the server does not answer or breaks the protocol; with a
    /// reconnect if the session makes any.
    Abort(Failure),
}

/// Timers of the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// An iq request, by its number, got no answer.
    Iq(u64),
    /// Look whether anything was heard lately.
    Silence,
    /// The server did not acknowledge in time.
    Ack,
    /// Prekeys were spent: publish what has gathered.
    Publish,
    /// Empty messages that are due are sent together.
    Completions,
    /// Notices that were held back are told.
    Notices,
    /// The archive, which gave no page, is asked again.
    Archive,
    /// What came live waits no longer for a line that broke.
    Held,
    /// What was read is told to those who are to know it.
    Reading,
    /// The way into a room takes too long, by its number.
    Entry(u64),
    /// Rooms that put us out by a fault are tried again, and those that were silent are asked whether we are
    /// in.
    Rooms,
    /// The list of rooms is read again.
    Bookmarks,
    /// Something was sealed a while ago: how far this device has come is told.
    Progress,
}

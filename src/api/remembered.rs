//! What front ends have kept of what they showed.

use model::{ChatEventId, Clean, DraftAbout, Message, MessageId, Place, Position};

/// An entry of the history as it was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Printed {
    Message {
        id: MessageId,
        /// With its words; else with the reason why there are none.
        readable: bool,
        /// With the words that it had after so many corrections.
        edited: u32,
    },
    Event(ChatEventId),
}

impl Printed {
    /// The row, as it is printed now.
    pub fn of(row: &Message) -> Self {
        Self::Message {
            id: row.id,
            readable: row.unreadable.is_none(),
            edited: row.edited,
        }
    }
}

/// What is remembered of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembered {
    /// What stands in its composer, not sent (empty: nothing), and what it becomes.
    Draft { text: Clean, about: Option<DraftAbout> },
    /// What stands at the lower edge of its history; None: the newest.
    Place(Option<Place>),
    /// Everything up to here was shown.
    Read(Position),
    /// It is the chat that is open.
    Current,
}

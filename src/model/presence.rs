//! How somebody says that they can be reached (RFC 6121 §4.7), as it is shown.

use super::Clean;

/// What a client that is online says of its person (`<show/>`). Who is offline has none.
///
/// In the order in which one of several clients with the same priority stands for
/// its person: the first counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Availability {
    /// Wants to talk ("chat").
    Chat,
    /// Says nothing more.
    Here,
    Away,
    /// Away for long ("xa").
    LongAway,
    /// Busy ("dnd").
    DoNotDisturb,
}

impl Availability {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Chat,
        Self::Here,
        Self::Away,
        Self::LongAway,
        Self::DoNotDisturb,
    ];
}

/// The presence of somebody who is online.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    pub availability: Availability,
    /// What they wrote beside it.
    pub status: Option<Clean>,
}

impl Presence {
    /// Online, and nothing more.
    pub fn here() -> Self {
        Self {
            availability: Availability::Here,
            status: None,
        }
    }
}

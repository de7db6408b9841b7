//! What a chat is.

use super::Clean;

/// Where what is written into a chat goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatKind {
    /// To one person, whose address it has.
    Person,
    /// Into a room, whose address it has.
    Room,
    /// To somebody in the room of this address, by way of it.
    PrivateInRoom { nick: Clean },
}

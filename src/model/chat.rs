//! What a chat is.

/// Who of a room must be able to read what is written into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// Whoever has keys; the others are named.
    #[default]
    Everyday,
    /// Everybody, or it does not go.
    HighRisk,
    /// Everybody, with keys that the person verified, and nobody who was not a member when the person looked.
    Verified,
}

/// Where what is written into a chat goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatKind {
    /// To one person, whose address it has.
    Person,
    /// Into a room, whose address it has.
    Room,
    /// To somebody in the room of this address, by way of it ([`super::InPrivate`]).
    PrivateInRoom,
}

//! What somebody does with a chat at this moment (XEP-0085).

/// A state of a conversation, as its writer says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChatState {
    /// They look at it.
    Active,
    /// They write something.
    Composing,
    /// They have begun to write, and stopped.
    Paused,
    /// They have not looked at it for a while.
    Inactive,
    /// They have left it.
    Gone,
}

impl ChatState {
    /// All, as XEP-0085 lists them.
    pub const ALL: [Self; 5] = [
        Self::Active,
        Self::Composing,
        Self::Paused,
        Self::Inactive,
        Self::Gone,
    ];

    /// The name of its element.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Composing => "composing",
            Self::Paused => "paused",
            Self::Inactive => "inactive",
            Self::Gone => "gone",
        }
    }
}

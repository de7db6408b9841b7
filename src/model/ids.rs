//! Row ids of the database as types of their own, so that one cannot stand where another belongs.

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);
    };
}

row_id!(
    /// An account of this profile.
    AccountId
);
row_id!(
    /// A conversation: one account with one bare JID.
    ChatId
);
row_id!(
    /// One message. Rows are numbered in the order in which they were stored, which is not that of the
    /// history: [`super::Position`].
    MessageId
);
row_id!(
    /// A file of a message.
    FileId
);
row_id!(
    /// A line of the history that nobody wrote.
    ChatEventId
);

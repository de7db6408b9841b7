//! Enums as the small numbers that stand in the database. A number never changes its meaning; a
//! new value takes the next one.

use super::{Result, StoreError};
use model::room::Affiliation;
use model::room::RoomNotify;
use model::{
    Availability, ChatEventKind, Dialect, Direction, Exclusion, Left, MessageState, Policy, Protection,
    Retracted, Subscription, Trust, UnreadableReason,
};

/// An enum with a number for each of its values.
pub(super) trait Code: Sized {
    fn code(self) -> i64;
    /// [`StoreError::Corrupt`] for a number that stands for nothing.
    fn from_code(code: i64) -> Result<Self>;
}

/// One table for both directions: a value without a number does not compile.
macro_rules! codes {
    ($kind:ident, $name:literal: $($value:ident = $code:literal),+ $(,)?) => {
        impl Code for $kind {
            fn code(self) -> i64 {
                match self {
                    $(Self::$value => $code,)+
                }
            }
            fn from_code(code: i64) -> Result<Self> {
                match code {
                    $($code => Ok(Self::$value),)+
                    _ => Err(StoreError::Corrupt($name)),
                }
            }
        }
    };
}

codes!(Direction, "direction": In = 0, Out = 1);
codes!(MessageState, "message state": Received = 0, Queued = 1, Sent = 2, Delivered = 3, Failed = 4, Kept = 5);
codes!(Left, "way": Not = 0, TakenBack = 1, Perhaps = 2, Refused = 3);
codes!(Protection, "protection": Clear = 0, OmemoLegacy = 1, Omemo2 = 2);
codes!(
    UnreadableReason, "reason":
    NotForThisDevice = 0,
    NoSession = 1,
    UnknownPreKey = 2,
    IdentityChanged = 3,
    Distrusted = 4,
    Damaged = 5,
    Malformed = 6,
    Oversized = 7,
    OtherEncryption = 8,
    OtherEnvelope = 9,
    TooManySkipped = 10,
    NotXml = 11,
    Repeated = 12,
    UnknownSender = 13,
);
codes!(
    ChatEventKind, "chat event":
    Gap = 1,
    BeforeDevice = 2,
    OptOut = 3,
    UntrustedOptOut = 4,
    OwnOptOut = 5,
    Invited = 6,
);
codes!(Retracted, "retraction": Author = 0, Moderator = 1);
codes!(Trust, "trust": Undecided = 0, Blind = 1, Verified = 2, Distrusted = 3);
codes!(Dialect, "dialect": Legacy = 0, Omemo2 = 1);
codes!(Availability, "availability": Chat = 0, Here = 1, Away = 2, LongAway = 3, DoNotDisturb = 4);
codes!(Affiliation, "affiliation": None = 0, Outcast = 1, Member = 2, Admin = 3, Owner = 4);
codes!(
    Exclusion, "exclusion":
    NotLookedUp = 0,
    NoKeys = 1,
    OnlyToContacts = 2,
    NoList = 3,
    NoBundles = 4,
    Undecided = 5,
    Distrusted = 6,
    NotListed = 7,
    NotVerified = 8,
);
codes!(Policy, "policy": Everyday = 0, HighRisk = 1, Verified = 2);
codes!(RoomNotify, "notify": Always = 0, Mentions = 1, Never = 2);
codes!(Subscription, "subscription": None = 0, To = 1, From = 2, Both = 3);

//! Enums as the small numbers that stand in the database. A number never changes its meaning; a
//! new value takes the next one.

use super::{Result, StoreError};
use model::room::Affiliation;
use model::room::RoomNotify;
use model::{
    Availability, ChatEventKind, Clean, Dialect, Direction, Exclusion, FileState, FilesFailure, Left,
    MessageState, Policy, Protection, Refusal, Retracted, Subscription, Trust, UnreadableReason,
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
codes!(FileState, "file state": Remote = 0, Moving = 1, Here = 2, Failed = 3, Deleted = 4);
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

/// Why a file failed, as one number: the reason in the lowest byte, a number that belongs to it above. Words
/// of others are not kept.
pub(super) struct FileFailure;

impl FileFailure {
    pub(super) fn stored(why: &FilesFailure) -> i64 {
        let with = |code: i64, number: u64| code | i64::try_from(number).unwrap_or(0).min(i64::MAX >> 8) << 8;
        match why {
            FilesFailure::NoService => 0,
            FilesFailure::TooLarge { largest, .. } => with(1, *largest),
            FilesFailure::Quota => 2,
            FilesFailure::Refused(_) => 3,
            FilesFailure::Status(status) => with(4, u64::from(*status)),
            FilesFailure::Gone => 5,
            FilesFailure::Net(_) => 6,
            FilesFailure::TimedOut => 7,
            FilesFailure::Broken => 8,
            FilesFailure::Redirected => 9,
            FilesFailure::TooMuch => 10,
            FilesFailure::NotAuthentic => 11,
            FilesFailure::NotByItself => 12,
            FilesFailure::NoFile => 13,
            FilesFailure::NotHere => 14,
            FilesFailure::Deleted => 15,
            FilesFailure::Cancelled => 16,
            FilesFailure::Disk(_) => 17,
            FilesFailure::Damaged => 18,
            FilesFailure::BadAddress => 19,
            FilesFailure::InPrivate => 20,
        }
    }

    /// `size`: of the file.
    pub(super) fn read(code: i64, size: Option<u64>) -> Result<FilesFailure> {
        let number = u64::try_from(code >> 8).unwrap_or(0);
        Ok(match code & 0xff {
            0 => FilesFailure::NoService,
            1 => FilesFailure::TooLarge {
                size: size.unwrap_or(0),
                largest: number,
            },
            2 => FilesFailure::Quota,
            3 => FilesFailure::Refused(Refusal::Error {
                condition: Clean::new("undefined-condition"),
                text: None,
            }),
            4 => FilesFailure::Status(u16::try_from(number).unwrap_or(0)),
            5 => FilesFailure::Gone,
            // The way to the host, whatever was the matter with it.
            6 | 8 => FilesFailure::Broken,
            7 => FilesFailure::TimedOut,
            9 => FilesFailure::Redirected,
            10 => FilesFailure::TooMuch,
            11 => FilesFailure::NotAuthentic,
            12 => FilesFailure::NotByItself,
            13 => FilesFailure::NoFile,
            14 => FilesFailure::NotHere,
            15 => FilesFailure::Deleted,
            16 => FilesFailure::Cancelled,
            17 => FilesFailure::Disk(Clean::new("disk error")),
            18 => FilesFailure::Damaged,
            19 => FilesFailure::BadAddress,
            20 => FilesFailure::InPrivate,
            _ => return Err(StoreError::Corrupt("file failure")),
        })
    }
}

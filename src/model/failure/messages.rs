//! What goes wrong with messages: [`MessagesFailure`] answers a command, [`MessageFailure`] stays with its
//! message and is stored.

use jid::BareJid;

use super::{Excluded, FailureKind, Refusal, SomeOf, Unreachable};
use crate::Clean;
use crate::room::RoomFeature;

/// Why nothing came of a command about a message or a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessagesFailure {
    /// Only what we wrote can be sent again.
    NotOursToRetry,
    /// Only what we wrote can be taken back.
    NotOursToWithdraw,
    /// It is not in the history any more.
    Gone,
    /// There is no chat with somebody.
    NoChat(BareJid),
    /// It is not sent again: they have it.
    Delivered(BareJid),
    /// It may have arrived: sent again, they may get it twice.
    MayArriveTwice(BareJid),
    /// It was written to be encrypted, and the chat is in clear now.
    ChatInClear(BareJid),
    /// It was given to the server, so it cannot be taken back.
    MayHaveLeft,
    /// Somebody in the chat, or another device of ours, reads the legacy dialect only: it would go in clear
    /// which message is meant.
    WouldReveal(BareJid),
    /// Only what this device wrote can be changed or taken back by it: others believe nobody else.
    NotOursToChange,
    /// It was written encrypted and the chat is in clear now, or the other way round: what it becomes would
    /// be another message to them.
    OtherProtection(BareJid),
    /// It has no words that could be changed, or answered.
    NoWords,
    /// It never left, so there is nothing that others could take away, or think of.
    NeverLeft,
    /// The room gave it no id, so nobody in it could tell which one is meant.
    Nameless,
    /// The server keeps no archive for us.
    NoArchive,
    /// It gave nothing older.
    NoOlder(Refusal),
    /// It is asked for once more only if it cannot be read.
    CanBeRead,
    /// It was asked for.
    AskedAlready,
    /// Another device of ours wrote what cannot be read here.
    OtherDeviceWrote,
    /// A stranger wrote it, and was not taken up.
    OfAStranger(BareJid),
    /// The key of the device that wrote it is none that is written to.
    KeyNotTrusted(BareJid),
}

impl MessagesFailure {
    pub(super) fn kind(&self) -> FailureKind {
        match self {
            Self::Delivered(_)
            | Self::MayArriveTwice(_)
            | Self::ChatInClear(_)
            | Self::MayHaveLeft
            | Self::OfAStranger(_)
            | Self::KeyNotTrusted(_)
            | Self::WouldReveal(_) => FailureKind::Unsafe,
            Self::NoArchive => FailureKind::Answered,
            Self::NoOlder(refusal) => refusal.kind(),
            Self::NotOursToRetry
            | Self::NotOursToWithdraw
            | Self::NotOursToChange
            | Self::OtherProtection(_)
            | Self::NoWords
            | Self::NeverLeft
            | Self::Nameless
            | Self::CanBeRead
            | Self::AskedAlready
            | Self::OtherDeviceWrote
            | Self::Gone
            | Self::NoChat(_) => FailureKind::Other,
        }
    }
}

/// Why a message of ours did not go, or what there is to know of its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageFailure {
    /// Words that an older version stored, kept as they are.
    Words(Clean),
    /// The person blocked whom it is for.
    Blocked,
    /// Its chat is with somebody in a room, in private: what was said there is not changed or answered.
    NotAPerson,
    /// Nothing is encrypted to somebody by way of a room; their own address, where the room shows it.
    NotInPrivate(Option<BareJid>),
    /// Whoever it is for is not in the room, or it is not known that they are.
    OccupantGone,
    /// The room lets nobody write to one of them.
    PrivateForbidden,
    /// Its room does not let us in.
    NotInRoom,
    /// It cannot be encrypted to them.
    Unreachable(Unreachable),
    /// They asked to go on without encryption, and the person has not decided; their reason, perhaps empty.
    OptedOut(Clean),
    /// It would take so many bytes on its way, where so many are taken at once; the bytes of its text.
    TooLong { size: usize, bound: usize, body: usize },
    /// The server ended the stream because of its size.
    TooLarge { size: usize },
    /// So many streams ended right after it.
    StreamsEnded { streams: u8, size: usize },
    /// Encryption was turned on before it could go out in clear.
    StoppedInClear,
    /// Encryption was turned on before the server confirmed it.
    PerhapsInClear,
    /// A key that it was encrypted to is no longer trusted.
    TrustWithdrawn,
    /// The person took it back before it was sent.
    TakenBack,
    /// It could not be sent in the time that it was given, and was taken back.
    NotInTime,
    /// Their server refused it, in its own words.
    Refused(Clean),
    /// The server returned a copy of it, in its own words: it may have arrived all the same.
    Returned(Clean),
    /// Since it was written, somebody has come to read the legacy dialect only, and it would go in clear
    /// which message is meant.
    WouldReveal,
    /// These members of the room could not read it.
    PeopleLeftOut(SomeOf<Excluded>),
    /// The person confirmed who is a member of the room, and that is not so any more.
    MembersChanged(Box<MembersChange>),
    /// The room is none that anything can be encrypted for: what it lacks.
    NotForOmemo(RoomFeature),
    /// The room is another one than it was.
    RoomSuspect,
    /// The room does not say who its members are.
    MembersUnknown,
    /// It would be sealed for so many devices, and the server takes what is sealed for so many.
    TooManyDevices { devices: usize, most: usize },
    /// The file that it is could not be put where others find it; with the file stands why.
    FileNotSent,
}

/// Who came into a room and who went since the person looked at its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MembersChange {
    pub came: SomeOf<BareJid>,
    pub went: SomeOf<BareJid>,
}

impl MessageFailure {
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Unreachable(why) => why.kind(),
            Self::Blocked
            | Self::NotAPerson
            | Self::NotInPrivate(_)
            | Self::OptedOut(_)
            | Self::StoppedInClear
            | Self::PerhapsInClear
            | Self::WouldReveal
            | Self::PeopleLeftOut(_)
            | Self::MembersChanged(_)
            | Self::NotForOmemo(_)
            | Self::RoomSuspect
            | Self::MembersUnknown
            | Self::TrustWithdrawn => FailureKind::Unsafe,
            Self::NotInRoom
            | Self::OccupantGone
            | Self::PrivateForbidden
            | Self::TooLarge { .. }
            | Self::StreamsEnded { .. }
            | Self::Refused(_)
            | Self::Returned(_) => FailureKind::Answered,
            Self::Words(_)
            | Self::TooLong { .. }
            | Self::TooManyDevices { .. }
            | Self::FileNotSent
            | Self::TakenBack
            | Self::NotInTime => FailureKind::Other,
        }
    }
}

//! What goes wrong with rooms.

use jid::BareJid;

use super::{Clean, FailureKind, Refusal};
use crate::room::RoomFeature;

/// Why nothing came of a command about a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomsFailure {
    /// The server names no service that has rooms.
    NoService,
    /// There is none at this address.
    NoRoom(BareJid),
    /// It was ended; where it goes on, if anywhere.
    Destroyed(BareJid, Option<BareJid>),
    /// What is there is no room; or there is a chat with a person who has this address.
    NotARoom(BareJid),
    /// It has no rooms, and searches for none.
    NotAService(BareJid),
    /// The service lets us make none.
    MayNotMake(BareJid),
    /// There is one already.
    IsThere(BareJid),
    /// It asks for a password, and got none or a wrong one.
    WantsPassword(BareJid),
    /// It does not let us in again.
    Banned(BareJid),
    /// It is for members only, and we are none.
    MembersOnly(BareJid),
    /// Somebody else is called so in it.
    NickTaken(BareJid, Clean),
    /// Nobody can be called so.
    BadNick(Clean),
    /// It takes nobody more.
    Full(BareJid),
    /// The server lets nobody be in more rooms.
    TooManyRooms(BareJid),
    /// It was not there any more: entering made another one of this name, which was left at once.
    MadeAnew(BareJid),
    /// It is not what it was: this is missing.
    Changed(BareJid, RoomFeature),
    /// The server made something else of it, which lacks this, and it was ended again.
    NotAsWanted(BareJid, RoomFeature),
    /// Nobody asked us to come.
    NotInvited(BareJid),
    /// We are not in it.
    NotIn(BareJid),
    /// It put us out before it was done.
    PutOut(BareJid),
    /// The room does not let us do that.
    NotAllowed(BareJid),
    /// Nobody can take away in it what others wrote.
    NoModeration(BareJid),
    /// Nobody in it is called so.
    NobodyCalled(BareJid, Clean),
    /// It cannot be without an owner.
    LastOwner(BareJid),
    /// Its form has no such field.
    NoField(BareJid, Clean),
    /// The field does not take this.
    BadValue(Clean, Clean),
    /// The answer to anything else was an error, or none came.
    Refused(BareJid, Refusal),
}

impl RoomsFailure {
    pub(super) fn kind(&self) -> FailureKind {
        match self {
            Self::Refused(_, refusal) => refusal.kind(),
            Self::NickTaken(..)
            | Self::BadNick(_)
            | Self::NotInvited(_)
            | Self::NotIn(_)
            | Self::NobodyCalled(..)
            | Self::NoField(..)
            | Self::BadValue(..)
            | Self::IsThere(_)
            | Self::NotAService(_)
            | Self::NotARoom(_) => FailureKind::Other,
            Self::MadeAnew(_) | Self::Changed(..) => FailureKind::Unsafe,
            Self::NoService
            | Self::MayNotMake(_)
            | Self::NoRoom(_)
            | Self::Destroyed(..)
            | Self::WantsPassword(_)
            | Self::Banned(_)
            | Self::MembersOnly(_)
            | Self::Full(_)
            | Self::TooManyRooms(_)
            | Self::NotAsWanted(..)
            | Self::PutOut(_)
            | Self::NotAllowed(_)
            | Self::NoModeration(_)
            | Self::LastOwner(_) => FailureKind::Answered,
        }
    }
}

//! What goes wrong with contacts, requests and the list of who is blocked.

use jid::{BareJid, Jid};

use super::{FailureKind, Refusal};

/// Why nothing came of a command about contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactsFailure {
    /// The server does not show the contacts.
    NotShown(Refusal),
    /// The own address needs no contact.
    OwnAddress,
    /// Somebody who is to be removed is no contact.
    NotThere(BareJid),
    /// Somebody who is to be named is no contact.
    NotToRename(BareJid),
    /// Somebody who is to be accepted has not asked, as far as is known.
    NotAsking(BareJid),
    /// They have not asked to be a contact, so there is nothing to decline.
    NothingToDecline(BareJid),
    /// Somebody who is to be declined sees our presence already.
    SeesAlready(BareJid),
    /// The server refused a change of the roster.
    ChangeRefused(Refusal),
    /// The own address, or the own server, cannot be blocked.
    OwnAddressBlocked,
    /// Somebody who is to be let go is not blocked.
    NotBlocked(Jid),
    /// The server did not block somebody, who is blocked here alone.
    BlockRefused(Jid, Refusal),
    /// The server did not let somebody go.
    UnblockRefused(Jid, Refusal),
    /// The server does not show who is blocked.
    BlockedNotShown(Refusal),
}

impl ContactsFailure {
    pub(super) fn kind(&self) -> FailureKind {
        match self {
            Self::NotShown(_) | Self::ChangeRefused(_) => FailureKind::Answered,
            Self::BlockRefused(_, refusal)
            | Self::UnblockRefused(_, refusal)
            | Self::BlockedNotShown(refusal) => refusal.kind(),
            Self::OwnAddress
            | Self::NotThere(_)
            | Self::NotToRename(_)
            | Self::NotAsking(_)
            | Self::NothingToDecline(_)
            | Self::SeesAlready(_)
            | Self::OwnAddressBlocked
            | Self::NotBlocked(_) => FailureKind::Other,
        }
    }
}

//! What goes wrong with devices and keys: ours that cannot be published, theirs that cannot be written to.

use jid::BareJid;

use super::{FailureKind, Refusal};
use crate::{Clean, Why};

/// Why nothing came of a command about keys, or of publishing ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysFailure {
    /// Nothing can be published, so nobody can encrypt to this device.
    NotPublished(PublishFault),
    /// Only OMEMO 2 can be published: that is nearly nobody, so it counts as refused.
    LegacyNotPublished(PublishFault),
    /// Nothing can be encrypted to somebody.
    Unreachable(BareJid, Unreachable),
    /// No key with such a fingerprint is known of somebody.
    UnknownFingerprint(BareJid),
    /// Our device lists are not known yet.
    ListsUnknown,
    /// This device has no keys yet.
    NoDevice,
    /// A name of a device is too long; how long it is, and how long it may be.
    NameTooLong { length: usize, most: usize },
    /// This device cannot take itself away.
    ThisDevice,
    /// A device to be taken away is on no list of ours.
    NotListed(u32),
    /// A device to be taken away is on a list that the server does not show.
    Hidden(u32),
    /// A device is off the lists, and the server keeps its keys.
    BundleKept { device: u32, why: Refusal },
    /// The server does not take the list without a device.
    ListRefused { device: u32, why: Refusal },
    /// No session with somebody could be begun anew.
    NothingToReset(BareJid),
}

impl KeysFailure {
    pub(super) fn kind(&self) -> FailureKind {
        match self {
            Self::Unreachable(_, why) => why.kind(),
            Self::NotPublished(_)
            | Self::LegacyNotPublished(_)
            | Self::Hidden(_)
            | Self::BundleKept { .. }
            | Self::ListRefused { .. }
            | Self::NothingToReset(_) => FailureKind::Answered,
            Self::UnknownFingerprint(_)
            | Self::ListsUnknown
            | Self::NoDevice
            | Self::NameTooLong { .. }
            | Self::ThisDevice
            | Self::NotListed(_) => FailureKind::Other,
        }
    }
}

/// What the server does so that our keys cannot be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishFault {
    /// It does not show our device list.
    ListNotShown(Refusal),
    /// It does not show our keys: no answer came in time.
    KeysNotShown,
    /// Our device list is larger than it takes at once.
    ListTooLarge,
    /// It refuses them.
    Refused(Refusal),
    /// Their access cannot be opened.
    AccessClosed(Refusal),
}

/// Why nothing can be encrypted to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreachable {
    /// Our own keys cannot be published, so nobody could answer.
    NoOwnKeys,
    /// Their client shows its keys only to contacts.
    OnlyToContacts,
    /// Their list could not be had.
    NoList(Refusal),
    /// Their list names nothing but numbers that no device can have.
    Impossible,
    /// They publish no keys.
    NoKeys,
    /// The keys of their devices cannot be had.
    NoBundles(SomeOf<LeftOut>),
    /// What was, or was not, decided about keys leaves nobody.
    NotTrusted(SomeOf<LeftOut>),
    /// They were added, nothing came from them, and no keys are shown: that is all that a server says of an
    /// address that does not exist.
    Mistyped,
}

impl Unreachable {
    /// A server that does not answer is no danger; everything else would be in clear.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::NoList(Refusal::TimedOut) => FailureKind::TimedOut,
            _ => FailureKind::Unsafe,
        }
    }
}

/// A device that a message is not sealed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    pub jid: BareJid,
    pub device: u32,
    pub why: DeviceProblem,
}

/// Why a device cannot be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceProblem {
    /// What was decided about its key, or where it stands.
    Kept(Why),
    /// Its keys could not be fetched.
    NotFetched(Refusal),
    /// Its keys are not published.
    NotPublished,
    /// Its keys are damaged; in what way.
    Damaged(Clean),
    /// Its keys are not valid; in what way.
    Invalid(Clean),
    /// It shows the key of this device.
    OurKey,
    /// It shows another identity key than before.
    OtherKey,
}

/// So many of a list are named.
const NAMED: usize = 3;

/// What fits into a sentence of what somebody else can make as long as they like: the first three, and how
/// many more there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SomeOf<T> {
    pub named: Vec<T>,
    pub more: usize,
}

impl<T> SomeOf<T> {
    pub fn new(mut all: Vec<T>) -> Self {
        let more = all.len().saturating_sub(NAMED);
        all.truncate(NAMED);
        Self { named: all, more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_of_a_list_are_named_and_the_rest_is_counted() {
        for (many, named, more) in [(0, 0, 0), (1, 1, 0), (3, 3, 0), (4, 3, 1), (200, 3, 197)] {
            let some = SomeOf::new((0..many).collect());
            assert_eq!((some.named, some.more), ((0..named).collect(), more));
        }
    }
}

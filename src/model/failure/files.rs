//! What goes wrong with files.

use super::{Clean, FailureKind, NetFailure, Refusal};

/// Why a file was not sent, did not come, or cannot be had. Where it stands in the store it is a code, and
/// what it is about goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesFailure {
    /// The server has no service that takes files (XEP-0363).
    NoService,
    /// It is larger than the service takes: its size, and the largest, in bytes.
    TooLarge { size: u64, largest: u64 },
    /// The service takes nothing more of us for now.
    Quota,
    /// The service refused.
    Refused(Refusal),
    /// An answer of HTTP that is none of those that help.
    Status(u16),
    /// It is not there any more.
    Gone,
    /// The way to the host.
    Net(NetFailure),
    /// The host said nothing for too long.
    TimedOut,
    /// The connection ended in the middle, and beginning anew did not help.
    Broken,
    /// The host sends us on too often, or to where we do not go.
    Redirected,
    /// More came than was announced, or than is taken.
    TooMuch,
    /// What came is not what was sent: the tag or the hash is another one.
    NotAuthentic,
    /// It lies in clear, or comes from a host that is not the sender's or ours, so that the person decides.
    NotByItself,
    /// Nobody is sent a file in private in a room: nothing would be encrypted.
    InPrivate,
    /// The message names none of this number.
    NoFile,
    /// It is not here.
    NotHere,
    /// It was deleted here.
    Deleted,
    /// The person stopped it.
    Cancelled,
    /// The disk, or the folder of the vault; what the system says.
    Disk(Clean),
    /// The container is damaged.
    Damaged,
    /// Nothing that can be fetched: not https, or no address.
    BadAddress,
}

impl FilesFailure {
    /// What kind of failure it is.
    pub(super) fn kind(&self) -> FailureKind {
        match self {
            Self::NotAuthentic | Self::Damaged | Self::InPrivate => FailureKind::Unsafe,
            Self::NoService
            | Self::TooLarge { .. }
            | Self::Quota
            | Self::Refused(_)
            | Self::Status(_)
            | Self::Gone
            | Self::Redirected => FailureKind::Answered,
            Self::Net(failure) => failure.kind(),
            Self::TimedOut => FailureKind::TimedOut,
            Self::Broken => FailureKind::NoConnection,
            Self::TooMuch
            | Self::NotByItself
            | Self::NoFile
            | Self::NotHere
            | Self::Deleted
            | Self::Cancelled
            | Self::Disk(_)
            | Self::BadAddress => FailureKind::Other,
        }
    }
}

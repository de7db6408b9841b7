//! What ends a stream, or the session around it.

use super::{DatabaseFault, FailureKind, Refusal};
use crate::Clean;

/// Why there is no stream, or none any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamFailure {
    /// A command needs a connection, and there is none right now.
    NotConnected,
    /// The server stopped answering.
    Silent,
    /// Another program took this account's place on the server, with the same resource.
    Conflict,
    /// The server is restarting.
    Restarting,
    /// The server sends us to another host.
    Elsewhere,
    /// The server closed the stream with this condition, a name that it chose.
    Ended(Clean),
    /// The server does not keep to the protocol.
    Fault(Fault),
    /// The server closed the connection in good order.
    Closed,
    /// The connection broke while something was sent.
    BrokenWhileSending,
    /// The account is gone from this profile.
    NoAccount,
    /// No session hears a command any more.
    NoSession,
    /// The local database failed.
    Database(DatabaseFault),
}

impl StreamFailure {
    pub(super) fn kind(&self) -> FailureKind {
        match self {
            Self::NoAccount | Self::NoSession | Self::Database(_) => FailureKind::Other,
            _ => FailureKind::NoConnection,
        }
    }
}

/// In what a server does not keep to the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It bound no resource.
    NoResource,
    /// It did not bind, and this is its answer.
    NotBound(Refusal),
    /// It bound an address that is not ours.
    OtherAddress,
    /// It acknowledged what was never sent.
    NeverSent,
    /// It resumed another stream than was asked for.
    OtherStream,
    /// It sent a stanza before there was a stream for it.
    TooEarly,
}

//! How connections and lines end, and what the person is told of it.

use std::io;

use api::Failure;
use model::StreamFailure;
use net::connection::EstablishError;
use net::guard::GuardError;
use protocol::Ended;
use store::StoreError;

/// Why one connection, or the line, ended.
#[derive(Debug)]
pub(super) enum End {
    /// Try again, if this line does.
    Lost(Failure),
    /// For good; without a failure, because the front end left.
    Stopped(Option<Failure>),
}

/// Why something could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unwritten {
    /// The other end reads no more.
    Late,
    /// The connection is gone.
    Broken,
}

/// What an error of reading says about who ended the connection; None: nothing.
pub(super) fn how(error: &io::Error) -> Option<Ended> {
    if let Some(guard) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<GuardError>())
    {
        return match guard {
            GuardError::Closed => Some(Ended::Closed),
            GuardError::Cut => Some(Ended::Cut),
            _ => None,
        };
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Some(Ended::Cut),
        _ => None,
    }
}

pub(super) fn no_account() -> Failure {
    StreamFailure::NoAccount.into()
}

pub(super) fn store_failure(error: &StoreError) -> Failure {
    tracing::error!("the database failed: {error}");
    StreamFailure::Database(error.fault()).into()
}

pub(super) fn closed() -> Failure {
    StreamFailure::Closed.into()
}

pub(super) fn read_failure(error: io::Error) -> Failure {
    EstablishError::from(error).failure
}

pub(super) fn write_failure() -> Failure {
    StreamFailure::BrokenWhileSending.into()
}

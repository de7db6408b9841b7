//! Why nothing came of a request, and whether to ask again by oneself.

use crate::connection::EstablishError;
use model::FilesFailure;
use model::failure::{Failure, NetFailure, TlsFailure};

/// A request that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpError {
    pub failure: FilesFailure,
    /// Whether it makes sense to ask again without anybody doing anything.
    pub retry: bool,
}

impl HttpError {
    pub(super) fn again(failure: FilesFailure) -> Self {
        Self { failure, retry: true }
    }

    pub(super) fn stop(failure: FilesFailure) -> Self {
        Self {
            failure,
            retry: false,
        }
    }

    /// What a status says that is none of success (RFC 9110 §15).
    pub(super) fn of_status(status: u16) -> Self {
        match status {
            404 | 410 => Self::stop(FilesFailure::Gone),
            408 | 425 | 429 | 500 | 502..=504 => Self::again(FilesFailure::Status(status)),
            _ => Self::stop(FilesFailure::Status(status)),
        }
    }
}

impl From<EstablishError> for HttpError {
    fn from(error: EstablishError) -> Self {
        let failure = match error.failure {
            // It is none of those that may be gone to.
            Failure::Net(NetFailure::NoHost) => FilesFailure::BadAddress,
            Failure::Net(failure) => FilesFailure::Net(failure),
            _ => FilesFailure::Broken,
        };
        Self {
            failure,
            retry: error.retry,
        }
    }
}

impl From<TlsFailure> for HttpError {
    fn from(error: TlsFailure) -> Self {
        EstablishError::from(error).into()
    }
}

impl From<hyper::Error> for HttpError {
    /// What the library says may hold what the host sent: it goes nowhere.
    fn from(error: hyper::Error) -> Self {
        Self {
            failure: FilesFailure::Broken,
            retry: !(error.is_parse() || error.is_user()),
        }
    }
}

//! Why no stream came about, and whether to try again by oneself.

use std::io;

use minidom::Element;
use tokio_xmpp::xmlstream::ReadError;

use crate::guard::GuardError;
use api::Failure;
use model::failure::{DnsFailure, Doing, GuardFault, NetFailure, StreamEnd, TlsFailure};
use model::{Clean, StreamFailure};
use sasl::SaslError;
use stanza::ns;

/// The longest text of a server that is repeated, in characters.
const MAX_WORDS: usize = 200;

/// A connection that did not come about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EstablishError {
    /// Why.
    pub failure: Failure,
    /// Whether it makes sense to try again without anybody doing anything: not after a wrong password, a bad
    /// certificate, a missing STARTTLS, a downgrade.
    pub retry: bool,
    /// Where the server sends us instead: host, and port if it named one. Only under TLS.
    pub elsewhere: Option<String>,
}

impl EstablishError {
    /// Worth another try.
    pub(crate) fn again(failure: impl Into<Failure>) -> Self {
        Self {
            failure: failure.into(),
            retry: true,
            elsewhere: None,
        }
    }

    /// Stop and say so.
    pub(crate) fn stop(failure: impl Into<Failure>) -> Self {
        Self {
            retry: false,
            ..Self::again(failure)
        }
    }

    /// The server is silent.
    pub(crate) fn silent(doing: Doing) -> Self {
        Self::again(NetFailure::Silent(doing))
    }
}

impl From<EstablishError> for Failure {
    fn from(error: EstablishError) -> Self {
        error.failure
    }
}

impl From<SaslError> for EstablishError {
    fn from(error: SaslError) -> Self {
        Self {
            retry: error.retry(),
            failure: error.into(),
            elsewhere: None,
        }
    }
}

impl From<TlsFailure> for EstablishError {
    fn from(error: TlsFailure) -> Self {
        Self {
            retry: error.retry(),
            ..Self::again(NetFailure::Tls(error))
        }
    }
}

impl From<DnsFailure> for EstablishError {
    fn from(error: DnsFailure) -> Self {
        Self::again(NetFailure::Name(error))
    }
}

impl From<GuardError> for EstablishError {
    fn from(error: GuardError) -> Self {
        let fault = match error {
            GuardError::Closed => return Self::again(StreamFailure::Closed),
            GuardError::Cut => return Self::again(NetFailure::Cut),
            GuardError::Forbidden(what) => GuardFault::Forbidden(Clean::line(what)),
            GuardError::Malformed(how) => GuardFault::Malformed(Clean::line(how)),
            GuardError::Header => GuardFault::Header,
            GuardError::Endless => GuardFault::Endless,
            GuardError::Early => GuardFault::Early,
        };
        Self {
            // Somebody who can write into the connection tried to.
            retry: fault != GuardFault::Early,
            ..Self::again(NetFailure::GivenUp(fault))
        }
    }
}

impl From<io::Error> for EstablishError {
    fn from(error: io::Error) -> Self {
        if let Some(guard) = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<GuardError>())
        {
            return (*guard).into();
        }
        Self::again(match error.kind() {
            // TLS that ends without a word, and TCP that was reset: nobody said goodbye.
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => NetFailure::Cut,
            // The parser's words may hold what the server sent, so they are not repeated.
            io::ErrorKind::InvalidData => NetFailure::Unreadable,
            kind => NetFailure::Broken(Clean::line(&kind.to_string())),
        })
    }
}

impl From<ReadError> for EstablishError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::HardError(error) => error.into(),
            ReadError::SoftTimeout => Self::silent(Doing::Waiting),
            ReadError::StreamFooterReceived => GuardError::Closed.into(),
            ReadError::ParseError(_) => io::Error::from(io::ErrorKind::InvalidData).into(),
        }
    }
}

/// What answers at an address does not begin as XMPP does.
pub(crate) fn no_xmpp(error: io::Error) -> EstablishError {
    let guard = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<GuardError>());
    match (guard, error.kind()) {
        (Some(GuardError::Malformed(_) | GuardError::Forbidden(_) | GuardError::Header), _)
        | (None, io::ErrorKind::InvalidData) => EstablishError::again(NetFailure::NotXmpp),
        _ => error.into(),
    }
}

/// The place that a stream error sends us to; at most a host name and a port.
pub fn elsewhere(error: &Element) -> Option<String> {
    let place = error.get_child("see-other-host", ns::STREAMS)?.text();
    let place = place.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    (!place.is_empty() && place.len() <= 300 && place.chars().all(fits)).then(|| place.to_owned())
}

/// What a `<stream:error/>` (RFC 6120 §4.9.3) says. What the server itself says is
/// repeated only if it came under TLS.
pub fn stream_error(error: &Element, domain: &str, secure: bool) -> EstablishError {
    let condition = error
        .children()
        .find(|child| child.has_ns(ns::STREAMS) && child.name() != "text")
        .map_or("undefined-condition", Element::name);
    let by = match condition {
        "host-unknown" | "host-gone" | "improper-addressing" => StreamEnd::NotServed(Clean::line(domain)),
        "see-other-host" => StreamEnd::Elsewhere,
        "system-shutdown" | "reset" => StreamEnd::Restarting,
        "resource-constraint"
        | "internal-server-error"
        | "connection-timeout"
        | "remote-connection-failed" => StreamEnd::Trouble(Clean::line(condition)),
        "policy-violation" => StreamEnd::Policy,
        "conflict" => StreamEnd::Conflict,
        "not-authorized" => StreamEnd::NotLoggedIn,
        other => StreamEnd::Other(short(other)),
    };
    let said = error
        .get_child("text", ns::STREAMS)
        .map(Element::text)
        .filter(|text| secure && !text.is_empty());
    let said = said.map(|text| short(&text));
    EstablishError {
        elsewhere: elsewhere(error).filter(|_| secure),
        ..EstablishError::again(NetFailure::Ended { by, said })
    }
}

/// Somebody else's words, on one line and short.
pub(crate) fn short(text: &str) -> Clean {
    let text: String = Clean::line(text).as_str().chars().take(MAX_WORDS).collect();
    Clean::line(&text)
}

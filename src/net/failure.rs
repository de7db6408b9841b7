//! Why no stream came about, and whether to try again by oneself.

use std::io;

use minidom::Element;
use tokio_xmpp::xmlstream::ReadError;

use crate::dns::DnsError;
use crate::guard::GuardError;
use crate::tls::TlsError;
use api::{Failure, FailureKind};
use model::Clean;
use sasl::SaslError;
use stanza::ns;

/// The longest text of a server that is repeated, in characters.
const MAX_WORDS: usize = 200;

/// A connection that did not come about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EstablishError {
    /// What a person is told.
    pub failure: Failure,
    /// Whether it makes sense to try again without anybody doing anything: not after a wrong password, a bad
    /// certificate, a missing STARTTLS, a downgrade.
    pub retry: bool,
    /// Where the server sends us instead: host, and port if it named one. Only under TLS.
    pub elsewhere: Option<String>,
}

impl EstablishError {
    /// Worth another try.
    pub(crate) fn again(kind: FailureKind, text: impl AsRef<str>) -> Self {
        Self {
            failure: Failure::said(kind, text),
            retry: true,
            elsewhere: None,
        }
    }

    /// Stop and say so.
    pub(crate) fn stop(kind: FailureKind, text: impl AsRef<str>) -> Self {
        Self {
            failure: Failure::said(kind, text),
            retry: false,
            elsewhere: None,
        }
    }

    /// The server is silent.
    pub(crate) fn silent(doing: &str) -> Self {
        Self::again(
            FailureKind::NoConnection,
            format!("The server did not answer in time ({doing}); check the network, or try again later."),
        )
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

impl From<TlsError> for EstablishError {
    fn from(error: TlsError) -> Self {
        Self {
            retry: error.retry(),
            elsewhere: None,
            failure: Failure::said(
                FailureKind::NoConnection,
                format!("No secure connection: {error}."),
            ),
        }
    }
}

impl From<DnsError> for EstablishError {
    fn from(error: DnsError) -> Self {
        Self::again(FailureKind::NoConnection, format!("No connection: {error}."))
    }
}

impl From<GuardError> for EstablishError {
    fn from(error: GuardError) -> Self {
        let text = format!("The connection was given up, because {error}; try from another network.");
        match error {
            GuardError::Closed => Self::again(FailureKind::NoConnection, CLOSED),
            GuardError::Cut => Self::again(FailureKind::NoConnection, CUT),
            // Somebody who can write into the connection tried to.
            GuardError::Early => Self::stop(FailureKind::NoConnection, text),
            _ => Self::again(FailureKind::NoConnection, text),
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
        let text = match error.kind() {
            // TLS that ends without a word, and TCP that was reset: nobody said goodbye.
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => CUT.to_owned(),
            // The parser's words may hold what the server sent, so they are not repeated.
            io::ErrorKind::InvalidData => {
                "The server sent XML that cannot be read, so the connection was given up; try again later, or ask its operator."
                    .to_owned()
            }
            kind => format!("The connection broke ({kind}); check the network."),
        };
        Self::again(FailureKind::NoConnection, text)
    }
}

impl From<ReadError> for EstablishError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::HardError(error) => error.into(),
            ReadError::SoftTimeout => Self::silent("waiting"),
            ReadError::StreamFooterReceived => GuardError::Closed.into(),
            ReadError::ParseError(_) => io::Error::from(io::ErrorKind::InvalidData).into(),
        }
    }
}

/// Somebody on the way, or the server's machine, ended the connection; the server said nothing.
const CUT: &str = "The connection was cut off; check the network, or try again later.";
/// The server ended it in good order, as far as it goes.
pub const CLOSED: &str = "The server closed the connection; try again later.";

/// What answers at an address does not begin as XMPP does.
pub(crate) fn no_xmpp(error: io::Error) -> EstablishError {
    let guard = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<GuardError>());
    match (guard, error.kind()) {
        (Some(GuardError::Malformed(_) | GuardError::Forbidden(_) | GuardError::Header), _)
        | (None, io::ErrorKind::InvalidData) => EstablishError::again(
            FailureKind::NoConnection,
            "What answers there is not XMPP; check host and port, or ask the server's operator.",
        ),
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

/// A `<stream:error/>` (RFC 6120 §4.9.3) in words. What the server itself says is
/// repeated only if it came under TLS.
pub fn stream_error(error: &Element, domain: &str, secure: bool) -> EstablishError {
    let condition = error
        .children()
        .find(|child| child.has_ns(ns::STREAMS) && child.name() != "text")
        .map_or("undefined-condition", Element::name);
    let sentence = match condition {
        "host-unknown" | "host-gone" | "improper-addressing" => {
            format!("The server there does not serve {domain}; check the address, or the server given for it (`--server`).")
        }
        "see-other-host" => {
            "The server sends us to another host in a way that is not followed; if that is meant, give it as the server of the account (`--server`)."
                .to_owned()
        }
        "system-shutdown" | "reset" => "The server is restarting; try again later.".to_owned(),
        "resource-constraint" | "internal-server-error" | "connection-timeout" | "remote-connection-failed" => {
            format!("The server has trouble ({condition}); try again later.")
        }
        "policy-violation" => "The server broke off for a rule of its own (policy-violation); try again later.".to_owned(),
        "conflict" => "The server ended this stream because another one took its place; see where else this account is logged in.".to_owned(),
        "not-authorized" => "The server ended the stream because we are not logged in; try again later.".to_owned(),
        other => format!("The server ended the stream ({}); ask its operator.", words(other)),
    };
    let text = error
        .get_child("text", ns::STREAMS)
        .map(Element::text)
        .filter(|text| secure && !text.is_empty());
    let sentence = match text {
        Some(text) => format!("{sentence} The server says: \"{}\"", words(&text)),
        None => sentence,
    };
    EstablishError {
        elsewhere: elsewhere(error).filter(|_| secure),
        ..EstablishError::again(FailureKind::NoConnection, sentence)
    }
}

/// Somebody else's words, on one line and short.
pub(crate) fn words(text: &str) -> String {
    Clean::line(text).as_str().chars().take(MAX_WORDS).collect()
}

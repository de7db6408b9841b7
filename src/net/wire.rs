//! One element at a time over a stream that is still being negotiated, each with its timeout.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use minidom::Element;
use tokio::io::{AsyncBufRead, AsyncWrite};
use tokio::time::timeout;
use tokio_xmpp::xmlstream::{PendingFeaturesRecv, StreamHeader, Timeouts, XmlStream, initiate_stream};

use crate::failure::{EstablishError, no_xmpp, stream_error};
use crate::guard::GuardError;
use model::failure::{Doing, Expected, NetFailure};
use stanza::announced::{StreamLimits, size};
use stanza::ns;

/// Liveness is the business of the session's own timers; the stream's should cost nothing.
const STREAM_TIMEOUTS: Timeouts = Timeouts {
    read_timeout: Duration::from_secs(30 * 60),
    response_timeout: Duration::from_secs(30 * 60),
};

/// A stream under negotiation.
pub(crate) struct NegotiatingStream<Io> {
    stream: XmlStream<Io, Element>,
    domain: String,
    /// Whether it runs under TLS.
    secure: bool,
    patience: Duration,
    /// What the server said of this stream.
    limits: StreamLimits,
}

/// Between whom a stream is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StreamAddresses<'a> {
    /// The domain of the JID.
    pub(crate) to: &'a str,
    /// Our bare JID, told under TLS only (RFC 6120 §4.7.1).
    pub(crate) from: Option<&'a str>,
    /// How long to wait for each answer.
    pub(crate) patience: Duration,
}

impl<Io: AsyncBufRead + AsyncWrite + Unpin> NegotiatingStream<Io> {
    /// Exchanges stream headers over `io` and reads the features.
    pub(crate) async fn open(io: Io, ends: StreamAddresses<'_>) -> Result<(Self, Element), EstablishError> {
        let header = StreamHeader {
            to: Some(ends.to.into()),
            from: ends.from.map(Into::into),
            id: None,
        };
        let opening = initiate_stream(io, ns::CLIENT, header, STREAM_TIMEOUTS);
        let pending: PendingFeaturesRecv<Io> = timeout(ends.patience, opening)
            .await
            .map_err(|_| EstablishError::silent(Doing::OpeningStream))?
            .map_err(no_xmpp)?;
        let mut wire = Self {
            stream: pending.skip_features(),
            domain: ends.to.to_owned(),
            secure: ends.from.is_some(),
            patience: ends.patience,
            limits: StreamLimits::default(),
        };
        let features = wire.receive(Doing::ReadingFeatures).await?;
        if !features.is("features", ns::STREAM) {
            return Err(unexpected(Expected::Features));
        }
        wire.limits = StreamLimits::read(&features);
        Ok((wire, features))
    }

    /// Sends `element`, unless it is larger than the server said that it takes: it would only end the stream.
    pub(crate) async fn send(&mut self, element: &Element) -> Result<(), EstablishError> {
        if !self.limits.allow(size(element)) {
            return Err(too_large());
        }
        let sent = timeout(self.patience, self.stream.send(element)).await;
        Ok(sent.map_err(|_| EstablishError::silent(Doing::Sending))??)
    }

    /// The next element. A stream error is an error, and so is the end.
    pub(crate) async fn receive(&mut self, doing: Doing) -> Result<Element, EstablishError> {
        let next = timeout(self.patience, self.stream.next())
            .await
            .map_err(|_| EstablishError::silent(doing))?;
        let element = match next {
            Some(element) => element?,
            None => return Err(GuardError::Closed.into()),
        };
        if element.is("error", ns::STREAM) {
            return Err(stream_error(&element, &self.domain, self.secure));
        }
        Ok(element)
    }

    /// The transport; only between two elements.
    pub(crate) fn into_inner(self) -> Io {
        self.stream.into_inner()
    }

    /// The stream itself.
    pub(crate) fn into_stream(self) -> XmlStream<Io, Element> {
        self.stream
    }
}

fn too_large() -> EstablishError {
    EstablishError::stop(NetFailure::TooLarge)
}

/// The server says something that has no place there.
pub(crate) fn unexpected(expected: Expected) -> EstablishError {
    EstablishError::again(NetFailure::Unexpected(expected))
}

//! A stream that stands: what is read from it, while what waits to be written is written.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream as _;
use minidom::Element;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_xmpp::xmlstream::{ReadError, XmlStream};

use super::ends::{self, Unwritten};
use super::outgoing::WriteQueue;
use api::Failure;
use net::connection::Transport;
use net::guard::{PART, Replaced, Why};
use protocol::{Ended, Input};

/// The stream of a line.
pub(super) struct Online {
    pub(super) stream: XmlStream<Transport, Element>,
    /// What the guard replaced on it.
    replaced: UnboundedReceiver<Replaced>,
    pub(super) outgoing: WriteQueue,
}

/// What happens on a stream.
pub(super) enum OnStream {
    Arrived(Element),
    LeftOut(Replaced),
    /// Something that means nothing to us.
    Nothing,
    /// Nothing more can be read: how the other end let go, if that is known, and what the person is told.
    Over(Option<Ended>, Failure),
    /// Nothing more can be written.
    Unwritten(Unwritten),
}

impl Online {
    pub(super) fn new(stream: XmlStream<Transport, Element>, replaced: UnboundedReceiver<Replaced>) -> Self {
        Self {
            stream,
            replaced,
            outgoing: WriteQueue::new(),
        }
    }

    /// What happens next. Reading goes on while the server takes nothing: it may do so until we have read;
    /// only with very much unwritten nothing is read that would be answered too.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<OnStream> {
        if let Poll::Ready(Err(unwritten)) = self.outgoing.poll(&mut self.stream, cx) {
            return Poll::Ready(OnStream::Unwritten(unwritten));
        }
        if let Ok(replaced) = self.replaced.try_recv() {
            return Poll::Ready(OnStream::LeftOut(replaced));
        }
        if self.outgoing.is_full() {
            return Poll::Pending;
        }
        let read = ready!(Pin::new(&mut self.stream).poll_next(cx));
        Poll::Ready(match read {
            Some(Ok(element)) => OnStream::Arrived(element),
            Some(Err(ReadError::HardError(error))) => {
                OnStream::Over(ends::how(&error), ends::read_failure(error))
            }
            Some(Err(ReadError::StreamFooterReceived)) | None => {
                OnStream::Over(Some(Ended::Closed), ends::closed())
            }
            Some(Err(ReadError::SoftTimeout | ReadError::ParseError(_))) => OnStream::Nothing,
        })
    }
}

/// What the guard says of a stanza.
pub(super) fn left_out(Replaced { name, from, why }: Replaced) -> Input {
    match why {
        Why::TooMuch => Input::Oversized { name, from },
        Why::Malformed { text_lost } => Input::Malformed {
            name,
            from,
            text_lost,
        },
    }
}

pub(super) fn arrived(element: Element) -> Input {
    if element.attr(PART).is_some() {
        Input::Part(element)
    } else {
        Input::Element(element)
    }
}

//! A stream that stands: what is read from it, while what waits to be written is written.

use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use futures::Stream as _;
use minidom::Element;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_xmpp::xmlstream::{ReadError, XmlStream};

use super::arrived::{Arrived, OnStream};
use super::ends;
use super::outgoing::WriteQueue;
use super::read_ahead::ReadAhead;
use net::connection::Transport;
use net::guard::Replaced;
use protocol::Ended;

/// The stream of a line.
pub(super) struct Online {
    pub(super) stream: XmlStream<Transport, Element>,
    /// What the guard replaced on it.
    replaced: UnboundedReceiver<Replaced>,
    /// What was read already: of a page of an archive.
    ahead: ReadAhead,
    pub(super) outgoing: WriteQueue,
}

impl Online {
    pub(super) fn new(stream: XmlStream<Transport, Element>, replaced: UnboundedReceiver<Replaced>) -> Self {
        Self {
            stream,
            replaced,
            ahead: ReadAhead::default(),
            outgoing: WriteQueue::new(),
        }
    }

    /// What happens next. Reading goes on while the server takes nothing: it may do so until we have read;
    /// only with very much unwritten nothing is read that would be answered too.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<OnStream> {
        if let Poll::Ready(Err(unwritten)) = self.outgoing.poll(&mut self.stream, cx) {
            return Poll::Ready(OnStream::Unwritten(unwritten));
        }
        // Taken out, since reading takes the rest of it.
        let mut ahead = std::mem::take(&mut self.ahead);
        let read = ahead.poll(cx, |cx| self.poll_read(cx));
        self.ahead = ahead;
        read
    }

    /// What can be read without waiting. Nobody is woken when there is more: before anybody waits, the line
    /// is asked again.
    pub(super) fn read_now(&mut self) -> Option<OnStream> {
        self.ahead
            .at_hand()
            .or_else(|| match self.poll_read(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(read) => Some(read),
                Poll::Pending => None,
            })
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<OnStream> {
        if let Ok(replaced) = self.replaced.try_recv() {
            return Poll::Ready(OnStream::Arrived(Arrived::LeftOut(replaced)));
        }
        if self.outgoing.is_full() {
            return Poll::Pending;
        }
        let read = ready!(Pin::new(&mut self.stream).poll_next(cx));
        Poll::Ready(match read {
            Some(Ok(element)) => OnStream::Arrived(Arrived::Element(element)),
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

//! What a line has to write, in order. It is written while everything else goes on, so that a
//! server that takes nothing keeps nobody waiting: neither who commands, nor another line, nor what
//! that server has to say itself.
//!
//! How much may gather: what the core answers by itself is bounded by what is unacknowledged (`protocol`,
//! `held`: beyond it, rows of the store), and where nothing is acknowledged by [`WriteQueue::is_full`], which
//! stops reading. What the person writes is bounded there too: beyond that it stays queued in the store.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::Sink;
use minidom::Element;
use tokio::time::{Instant, Sleep};
use tokio_xmpp::xmlstream::XmlStream;

use crate::ends::Unwritten;
use net::connection::Transport;
use stanza::announced;

/// How long the server may take nothing, beside the time that the line needs for what waits.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);

/// With so many bytes behind what is being written, nothing is read that would be answered too.
const MOST: usize = 4 * 1024 * 1024;

/// The queue of a line.
pub(super) struct WriteQueue {
    /// Behind what was handed to the stream, each with its size.
    queue: VecDeque<(Element, usize)>,
    queued: usize,
    /// The size of the last one that was handed to the stream, while not all of that is written.
    handed: usize,
    patience: Duration,
    most: usize,
    /// When the server took something last; None: nothing waits.
    since: Option<Instant>,
    /// When it is too late.
    deadline: Pin<Box<Sleep>>,
}

impl WriteQueue {
    pub(super) fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            queued: 0,
            handed: 0,
            patience: WRITE_PATIENCE,
            most: MOST,
            since: None,
            deadline: Box::pin(tokio::time::sleep(Duration::ZERO)),
        }
    }

    pub(super) fn push(&mut self, element: Element) {
        let size = announced::size(&element);
        self.queued = self.queued.saturating_add(size);
        self.queue.push_back((element, size));
        let since = self.since.unwrap_or_else(Instant::now);
        self.wait_from(since);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.since.is_none()
    }

    pub(super) fn is_full(&self) -> bool {
        self.queued > self.most
    }

    /// Writes as much as the server takes. Ready when all is written, and when nothing more can be.
    pub(super) fn poll(
        &mut self,
        stream: &mut XmlStream<Transport, Element>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Unwritten>> {
        if self.is_empty() {
            return Poll::Ready(Ok(()));
        }
        match self.poll_write(stream, cx) {
            Poll::Ready(Ok(())) => {
                (self.handed, self.since) = (0, None);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(_)) => Poll::Ready(Err(Unwritten::Broken)),
            Poll::Pending => {
                ready!(self.deadline.as_mut().poll(cx));
                Poll::Ready(Err(Unwritten::Late))
            }
        }
    }

    fn poll_write(
        &mut self,
        stream: &mut XmlStream<Transport, Element>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = Pin::new(stream);
        let mut sink: Pin<&mut dyn for<'a> Sink<&'a Element, Error = io::Error>> = stream;
        while !self.queue.is_empty() {
            ready!(sink.as_mut().poll_ready(cx))?;
            let Some((element, size)) = self.queue.pop_front() else {
                break;
            };
            sink.as_mut().start_send(&element)?;
            // The stream asks for more only when it has given nearly all before it away.
            self.queued = self.queued.saturating_sub(size);
            self.handed = size;
            self.wait_from(Instant::now());
        }
        sink.poll_flush(cx)
    }

    /// As long as the slowest line needs for so much, or it would be tried again for ever.
    fn wait_from(&mut self, since: Instant) {
        self.since = Some(since);
        let line = announced::time_for(self.queued.saturating_add(self.handed));
        self.deadline.as_mut().reset(since + self.patience + line);
    }
}

#[cfg(test)]
pub(super) mod tests;

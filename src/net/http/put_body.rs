//! The body of a request: pieces as they come, of a length that is known before.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::{mpsc, watch};

/// Nothing, or the pieces of a file.
#[derive(Default)]
pub(super) struct PutBody {
    left: u64,
    sending: Option<Sending>,
}

struct Sending {
    pieces: mpsc::Receiver<Bytes>,
    taken: watch::Sender<u64>,
}

impl PutBody {
    /// A body of this length, and how much of it was taken so far: that ends with the body.
    pub(super) fn new(length: u64, pieces: mpsc::Receiver<Bytes>) -> (Self, watch::Receiver<u64>) {
        let (taken, counted) = watch::channel(0);
        let body = Self {
            left: length,
            sending: Some(Sending { pieces, taken }),
        };
        (body, counted)
    }
}

impl Body for PutBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let Some(sending) = &mut self.sending else {
            return Poll::Ready(None);
        };
        let Some(piece) = ready!(sending.pieces.poll_recv(cx)) else {
            return Poll::Ready(None);
        };
        let count = piece.len() as u64;
        sending.taken.send_modify(|taken| *taken += count);
        self.left = self.left.saturating_sub(count);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    /// Exact: else it would be sent in chunks, of which services do not know the length.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

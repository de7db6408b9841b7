//! Limits on what the XML parser may be fed: a reader between TLS and the parser (design §6, threats 84, 85).
//!
//! A stanza is let through when it is complete and the parser takes it, byte for byte as it came. One that is
//! too deep, too large or has too many or too long attributes is replaced by an empty element of the same
//! name, so that the counters of stream management stay right, and is reported. So is one that the parser
//! refuses, because that would end the stream, and the server would send it again on the next one: of it is
//! kept what can be. Where the boundary between two stanzas is not sure, and where the server itself breaks
//! the rules, the stream ends.

mod limits;
mod scanner;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc::UnboundedSender;

pub use limits::{GuardError, Limits};
use scanner::Scanner;

/// A stanza that was replaced, or of which something was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The element's name.
    pub name: String,
    /// Its `from`, if that could be read.
    pub from: Option<String>,
    pub why: Why,
}

/// Why a stanza did not come through as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It is beyond the limits.
    TooMuch,
    /// The parser refuses it.
    Malformed {
        /// What was left out is, or may be, what somebody wrote; the message whose it was is marked
        /// ([`stanza::received::LOST`]).
        text_lost: bool,
    },
}

/// The attribute of ours that marks a piece of an answer, of which more follows. A stanza that comes with it
/// is none of a server's and is replaced.
pub const PART: &str = "susurro-part";

/// How much is read from the transport at a time.
const READ: usize = 8 * 1024;
/// After so many reads that gave nothing to pass on, the others on this thread get their turn.
const READS_IN_A_ROW: usize = 16;

/// Why nothing comes any more.
enum Failed {
    No,
    /// To be told after one more turn: the parser asks for more bytes before it gives out the last event of
    /// those it has, and would lose it to the error.
    Soon(io::Error),
    Now(io::Error),
    Told,
}

/// The guard over a transport. Writing goes through untouched.
pub struct Guard<Io> {
    io: Io,
    scanner: Scanner,
    input: Box<[u8]>,
    failed: Failed,
    reports: UnboundedSender<Replaced>,
}

impl<Io> Guard<Io> {
    /// Guards `io`, at the beginning of a stream; tells `reports` what it replaces.
    pub fn new(io: Io, limits: Limits, reports: UnboundedSender<Replaced>) -> Self {
        Self {
            io,
            scanner: Scanner::new(limits),
            input: vec![0; READ].into_boxed_slice(),
            failed: Failed::No,
            reports,
        }
    }

    /// The transport below, if nothing was read from it that was not passed on: bytes after `<proceed/>`
    /// would otherwise be taken for bytes that came under TLS, or be lost.
    pub fn into_inner(self) -> Result<Io, GuardError> {
        self.check_empty()?;
        Ok(self.io)
    }

    /// Expects a new stream header (RFC 6120 §6.4.6). Like [`Guard::into_inner`], this
    /// refuses what came too early.
    pub fn restart(&mut self) -> Result<(), GuardError> {
        self.check_empty()?;
        self.scanner.restart();
        Ok(())
    }

    fn check_empty(&self) -> Result<(), GuardError> {
        if matches!(self.failed, Failed::No) && self.scanner.is_empty() {
            Ok(())
        } else {
            Err(GuardError::Early)
        }
    }
}

impl<Io: AsyncRead + Unpin> Guard<Io> {
    /// Reads until there is something to pass on. `Ok(false)`: the end.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        for _ in 0..READS_IN_A_ROW {
            if !self.scanner.ready().is_empty() {
                return Poll::Ready(Ok(true));
            }
            match std::mem::replace(&mut self.failed, Failed::Told) {
                Failed::No => self.failed = Failed::No,
                Failed::Soon(error) => {
                    self.failed = Failed::Now(error);
                    break;
                }
                Failed::Now(error) => return Poll::Ready(Err(error)),
                Failed::Told => return Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            }
            let mut buffer = ReadBuf::new(&mut self.input);
            if let Err(error) = ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer)) {
                self.failed = Failed::Soon(error);
                continue;
            }
            if buffer.filled().is_empty() {
                let Some(error) = self.scanner.missing() else {
                    return Poll::Ready(Ok(false));
                };
                self.failed = Failed::Soon(io::Error::new(io::ErrorKind::UnexpectedEof, error));
                continue;
            }
            // What was complete before the error is still passed on, then the error is told.
            if let Err(error) = self.scanner.feed(buffer.filled()) {
                self.failed = Failed::Soon(io::Error::new(io::ErrorKind::InvalidData, error));
            }
            for replaced in self.scanner.take_replaced() {
                // Nobody listens before the login; such a stanza is answered there
                // as any that is not expected.
                let _ = self.reports.send(replaced);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<Io: AsyncRead + Unpin> AsyncBufRead for Guard<Io> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        ready!(this.poll_ready(cx))?;
        Poll::Ready(Ok(this.scanner.ready()))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        self.get_mut().scanner.consume(amount);
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Guard<Io> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_ready(cx))?;
        let ready = this.scanner.ready();
        let take = ready.get(..out.remaining()).unwrap_or(ready);
        out.put_slice(take);
        let amount = take.len();
        this.scanner.consume(amount);
        Poll::Ready(Ok(()))
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Guard<Io> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(cx, data)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests;

//! A TCP connection on which what comes is acknowledged at once.
//!
//! Servers send small writes by Nagle's algorithm unless they are told not to, and hold the last piece of a
//! page of an archive until what went before is acknowledged; a kernel that has nothing to send waits 40 ms
//! with that. Together each page costs those 40 ms for nothing.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Linux forgets after a while that it was asked, so it is asked after each read.
#[derive(Debug)]
pub(crate) struct Prompt(pub(crate) TcpStream);

impl Prompt {
    /// Where that cannot be had, it is slower and nothing else.
    fn acknowledge(&self) {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let _ = self.0.set_quickack(true);
    }
}

impl AsyncRead for Prompt {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.0).poll_read(context, buffer));
        self.acknowledge();
        Poll::Ready(read)
    }
}

impl AsyncWrite for Prompt {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Whoever writes and is answered gets into a state in which acknowledgements wait for the next words.
    #[tokio::test]
    async fn what_was_read_is_acknowledged_at_once_however_the_two_have_talked() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (ours, theirs) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (mut ours, mut theirs) = (Prompt(ours.unwrap()), theirs.unwrap().0);
        for _ in 0..5 {
            ours.write_all(b"a question").await.unwrap();
            theirs.read_exact(&mut [0; 10]).await.unwrap();
            ours.0.set_quickack(false).unwrap();
            theirs.write_all(b"an answer").await.unwrap();
            ours.read_exact(&mut [0; 9]).await.unwrap();
            assert!(ours.0.quickack().unwrap());
        }
    }
}

//! A stream that is let go. A server that is given more than it takes says why, closes and reads no further:
//! our writing fails then, and its reason stands in what we have not read yet.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::Stream as _;
use minidom::Element;
use tokio::time::{Instant, Sleep, sleep};
use tokio_xmpp::xmlstream::ReadError;

use super::ends::{End, Unwritten, how, write_failure};
use super::online::Online;
use api::Failure;
use protocol::Ended;
use stanza::ns;

/// How long the last words of a server are waited for once nothing can be written any more.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// How long closing in good order may take,
const CLOSE_PATIENCE: Duration = Duration::from_secs(3);
/// and how long writing what still waits then: somebody wants to leave, and what must not be
/// lost goes again another time.
const UNWRITTEN_PATIENCE: Duration = Duration::from_secs(10);
/// How long letting go may take in all: a server that never stops speaking must not keep anybody here.
const LONGEST: Duration = Duration::from_secs(13);

/// What is read when nothing can be written any more, or need be.
#[derive(Debug)]
pub(super) enum Words {
    /// A stanza.
    Stanza(Element),
    /// A stream error.
    Said(Element),
    /// Nothing more; how the connection ended, if it did.
    Nothing(Option<Ended>),
}

/// A stream that is let go.
pub(super) struct Parting {
    online: Online,
    /// Why it is, if that is because nothing can be written any more.
    pub(super) unwritten: Option<Unwritten>,
    /// What it is the end of.
    pub(super) end: End,
    /// What is written last, and the footer, are still to be sent.
    closing: bool,
    deadline: Pin<Box<Sleep>>,
    /// When it is over, whatever the server still says.
    last: Pin<Box<Sleep>>,
}

impl Parting {
    /// In good order: what waits is written, then the footer, and the server's is waited for a moment, so
    /// that nothing on its way is cut off.
    pub(super) fn closing(online: Online, why: Option<Failure>) -> Self {
        let patience = match online.outgoing.is_empty() {
            true => CLOSE_PATIENCE,
            false => UNWRITTEN_PATIENCE,
        };
        Self {
            online,
            unwritten: None,
            end: End::Stopped(why),
            closing: true,
            deadline: Box::pin(sleep(patience)),
            last: Box::pin(sleep(LONGEST)),
        }
    }

    /// Nothing can be written any more; the server may have said why.
    pub(super) fn unwritten(online: Online, unwritten: Unwritten) -> Self {
        Self {
            online,
            unwritten: Some(unwritten),
            end: End::Lost(write_failure()),
            closing: false,
            deadline: Box::pin(sleep(LAST_WORDS)),
            last: Box::pin(sleep(LONGEST)),
        }
    }

    /// The next of what the server says before it closes.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Words> {
        if self.last.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Words::Nothing(None));
        }
        if self.closing {
            match self.poll_close(cx) {
                Poll::Ready(true) => {
                    self.closing = false;
                    self.deadline.as_mut().reset(Instant::now() + CLOSE_PATIENCE);
                }
                Poll::Ready(false) => return Poll::Ready(Words::Nothing(None)),
                Poll::Pending => return self.poll_deadline(cx),
            }
        }
        loop {
            let Poll::Ready(read) = Pin::new(&mut self.online.stream).poll_next(cx) else {
                return self.poll_deadline(cx);
            };
            return Poll::Ready(match read {
                Some(Ok(element)) if element.is("error", ns::STREAM) => Words::Said(element),
                Some(Ok(element)) => Words::Stanza(element),
                Some(Err(ReadError::SoftTimeout | ReadError::ParseError(_))) => continue,
                Some(Err(ReadError::HardError(error))) => Words::Nothing(how(&error)),
                Some(Err(ReadError::StreamFooterReceived)) | None => Words::Nothing(Some(Ended::Closed)),
            });
        }
    }

    /// Whether everything is written, and the footer.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let Online { stream, outgoing, .. } = &mut self.online;
        if ready!(outgoing.poll(stream, cx)).is_err() {
            return Poll::Ready(false);
        }
        Pin::new(stream).poll_shutdown(cx).map(|closed| closed.is_ok())
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<Words> {
        self.deadline.as_mut().poll(cx).map(|()| Words::Nothing(None))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::io::AsyncWriteExt;

    use super::*;
    use crate::outgoing::tests::pair;

    #[tokio::test]
    async fn a_server_that_never_stops_speaking_keeps_nobody() {
        for unwritten in [None, Some(Unwritten::Late)] {
            let (online, mut theirs) = pair().await;
            theirs
                .write_all(b"<message id='theirs'/><message id='theirs'/>")
                .await
                .unwrap();
            let mut parting = match unwritten {
                None => Parting::closing(online, None),
                Some(unwritten) => Parting::unwritten(online, unwritten),
            };
            assert!(matches!(poll_fn(|cx| parting.poll(cx)).await, Words::Stanza(_)));
            parting.last.as_mut().reset(Instant::now());
            parting.last.as_mut().await;
            let said = poll_fn(|cx| parting.poll(cx)).await;
            assert!(matches!(said, Words::Nothing(None)), "{said:?}");
        }
    }
}

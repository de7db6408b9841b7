//! A page of an archive comes from the socket in several pieces, and each commit waits for the disk: what was
//! read of a page is handed on once the rest of it is there. Everything else is handed on as it is read.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

use super::arrived::{Arrived, OnStream};
use stanza::ns;

/// The rest of a page is waited for so long at most: less than anybody notices.
const REST: Duration = Duration::from_millis(20);
/// So many stanzas wait for it at most: as many as share a transaction.
const MOST: usize = 64;

/// What was read and is not handed on yet, in order.
#[derive(Default)]
pub(super) struct ReadAhead {
    read: VecDeque<OnStream>,
    /// Until then the rest is waited for. None: what is here is handed on.
    rest: Option<Pin<Box<Sleep>>>,
}

impl ReadAhead {
    /// What is handed on next; `read` reads from the stream.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut read: impl FnMut(&mut Context<'_>) -> Poll<OnStream>,
    ) -> Poll<OnStream> {
        loop {
            if self.rest.is_none()
                && let Some(first) = self.read.pop_front()
            {
                return Poll::Ready(first);
            }
            match (read(cx), &mut self.rest) {
                (Poll::Ready(next), _) => self.take(next),
                (Poll::Pending, Some(rest)) => {
                    ready!(rest.as_mut().poll(cx));
                    self.rest = None;
                }
                (Poll::Pending, None) => return Poll::Pending,
            }
        }
    }

    /// What is here already, while it is handed on.
    pub(super) fn at_hand(&mut self) -> Option<OnStream> {
        self.read.pop_front()
    }

    fn take(&mut self, next: OnStream) {
        // A server may ask in the middle of a page what we have.
        let goes_on = is_of_a_page(&next) || self.rest.is_some() && asks_what_arrived(&next);
        self.read.push_back(next);
        if !goes_on || self.read.len() >= MOST {
            self.rest = None;
        } else if self.rest.is_none() {
            self.rest = Some(Box::pin(sleep(REST)));
        }
    }
}

fn is_of_a_page(read: &OnStream) -> bool {
    matches!(read, OnStream::Arrived(Arrived::Element(stanza))
        if stanza.name() == "message" && stanza.has_child("result", ns::MAM))
}

fn asks_what_arrived(read: &OnStream) -> bool {
    matches!(read, OnStream::Arrived(Arrived::Element(element)) if element.is("r", ns::SM))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::task::Waker;

    const RESULT: &str = "<message xmlns='jabber:client'><result xmlns='urn:xmpp:mam:2'/></message>";
    const ASKS: &str = "<r xmlns='urn:xmpp:sm:3'/>";
    const END: &str = "<iq xmlns='jabber:client' type='result'><fin xmlns='urn:xmpp:mam:2'/></iq>";
    const WORDS: &str = "<message xmlns='jabber:client'><body>hi</body></message>";

    fn arrived(xml: &str) -> OnStream {
        OnStream::Arrived(Arrived::Element(xml.parse().unwrap()))
    }

    /// What is handed on when these are read; None: nothing yet.
    fn hand_on(ahead: &mut ReadAhead, pieces: &[&str]) -> Option<Vec<&'static str>> {
        let mut pieces = pieces.iter();
        let read = |_: &mut Context<'_>| match pieces.next() {
            Some(xml) => Poll::Ready(arrived(xml)),
            None => Poll::Pending,
        };
        match ahead.poll(&mut Context::from_waker(Waker::noop()), read) {
            Poll::Ready(first) => Some(names(first, ahead)),
            Poll::Pending => None,
        }
    }

    fn names(first: OnStream, ahead: &mut ReadAhead) -> Vec<&'static str> {
        std::iter::once(first)
            .chain(std::iter::from_fn(|| ahead.at_hand()))
            .map(|read| match read {
                read if is_of_a_page(&read) => "result",
                read if asks_what_arrived(&read) => "asks",
                OnStream::Arrived(Arrived::Element(stanza)) if stanza.name() == "iq" => "end",
                _ => "other",
            })
            .collect()
    }

    #[tokio::test]
    async fn a_page_is_handed_on_when_its_end_is_there() {
        let mut ahead = ReadAhead::default();
        assert_eq!(hand_on(&mut ahead, &[RESULT]), None);
        assert_eq!(hand_on(&mut ahead, &[ASKS, RESULT]), None);
        assert_eq!(
            hand_on(&mut ahead, &[RESULT, END]).unwrap(),
            ["result", "asks", "result", "result", "end"]
        );
    }

    #[tokio::test]
    async fn what_is_no_page_is_handed_on_at_once_and_ends_one() {
        let mut ahead = ReadAhead::default();
        assert_eq!(hand_on(&mut ahead, &[WORDS, RESULT]).unwrap(), ["other"]);
        assert_eq!(hand_on(&mut ahead, &[ASKS]).unwrap(), ["asks"]);
        assert_eq!(hand_on(&mut ahead, &[RESULT]), None);
        assert_eq!(hand_on(&mut ahead, &[WORDS]).unwrap(), ["result", "other"]);
    }

    #[tokio::test]
    async fn a_page_whose_rest_does_not_come_is_handed_on() {
        let mut ahead = ReadAhead::default();
        assert_eq!(hand_on(&mut ahead, &[RESULT]), None);
        let first = poll_fn(|cx| ahead.poll(cx, |_| Poll::Pending)).await;
        assert_eq!(names(first, &mut ahead), ["result"]);
    }

    #[tokio::test]
    async fn however_long_a_page_is_only_so_much_of_it_waits() {
        let handed = hand_on(&mut ReadAhead::default(), &[RESULT; 2 * MOST]).unwrap();
        assert_eq!(handed.len(), MOST);
    }
}

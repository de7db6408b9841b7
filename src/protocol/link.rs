//! What is counted on the current stream (XEP-0198 §4): stanzas in, stanzas out, and which of ours the server has not
//! acknowledged. Values only; `stream.rs` negotiates, `turn.rs` sends.

use std::collections::VecDeque;

use minidom::Element;

use crate::stanza::announced::StreamLimits;

/// How the server acknowledges what we send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Acks {
    /// Not known yet: `<enable/>` is on its way. Nothing that must be acknowledged is sent before.
    Unknown,
    /// XEP-0198.
    Managed {
        /// The stream can be resumed, so its counters are worth storing.
        resumable: bool,
    },
    /// The server has no stream management: a ping right after the message stands for the ack.
    Ping,
}

/// A stanza that the server has not acknowledged.
#[derive(Debug)]
pub(super) struct Unacked {
    pub(super) element: Element,
    /// The outbox row that it carries.
    pub(super) row: Option<i64>,
}

/// The counters of one stream.
#[derive(Debug)]
pub(super) struct Link {
    /// Bound or resumed: stanzas may be sent.
    pub(super) online: bool,
    pub(super) acks: Acks,
    /// Stanzas that we handled, modulo 2^32.
    pub(super) inbound: u32,
    /// Stanzas that we sent, modulo 2^32.
    outbound: u32,
    unacked: VecDeque<Unacked>,
    /// What the server said of this connection after the login.
    pub(super) limits: StreamLimits,
    /// The size of the largest stanza that was sent since the last ack and is not counted.
    beside: usize,
}

/// The server acknowledges what we never sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadAck;

impl Link {
    /// More than this many stanzas without an ack and the stream is given up.
    pub(super) const MOST_UNACKED: usize = 5_000;

    pub(super) fn new() -> Self {
        Self {
            online: false,
            acks: Acks::Unknown,
            inbound: 0,
            outbound: 0,
            unacked: VecDeque::new(),
            limits: StreamLimits::default(),
            beside: 0,
        }
    }

    /// A fresh stream: both counters start at zero, what was not acknowledged is forgotten (outbox rows are sent
    /// again from the store).
    pub(super) fn restart(&mut self) {
        *self = Self {
            limits: self.limits,
            ..Self::new()
        };
    }

    pub(super) fn is_resumable(&self) -> bool {
        self.acks == Acks::Managed { resumable: true }
    }

    /// Counts a stanza that is being sent; its number.
    pub(super) fn count_out(&mut self, element: &Element, row: Option<i64>) -> u32 {
        if self.acks == Acks::Ping && row.is_none() {
            self.beside = self.beside.max(String::from(element).len());
            return self.outbound;
        }
        self.outbound = self.outbound.wrapping_add(1);
        self.unacked.push_back(Unacked {
            element: element.clone(),
            row,
        });
        self.outbound
    }

    pub(super) fn count_in(&mut self) {
        self.inbound = self.inbound.wrapping_add(1);
    }

    pub(super) fn outbound(&self) -> u32 {
        self.outbound
    }

    pub(super) fn unacked(&self) -> usize {
        self.unacked.len()
    }

    /// What the server has not acknowledged, in order.
    pub(super) fn open(&self) -> impl Iterator<Item = &Unacked> {
        self.unacked.iter()
    }

    /// The size of the largest stanza that may be on its way and is not among [`Link::open`].
    pub(super) fn beside(&self) -> usize {
        self.beside
    }

    /// Whether the server acknowledged the stanza of this number, and so all before it.
    pub(super) fn has(&self, number: u32) -> bool {
        let open = u32::try_from(self.unacked.len()).unwrap_or(u32::MAX);
        self.outbound.wrapping_sub(open).wrapping_sub(number) < u32::MAX / 2
    }

    /// The server handled `h` of ours: the outbox rows among those that were open until now.
    pub(super) fn acknowledge(&mut self, h: u32) -> Result<Vec<i64>, BadAck> {
        let open = self.outbound.wrapping_sub(h) as usize;
        let done = self.unacked.len().checked_sub(open).ok_or(BadAck)?;
        self.beside = 0;
        Ok(self.unacked.drain(..done).filter_map(|sent| sent.row).collect())
    }

    /// After a resumption: counting goes on at `h`, and this must be sent again, in order.
    pub(super) fn rebase(&mut self, h: u32) -> Vec<Unacked> {
        self.outbound = h;
        self.unacked.drain(..).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stanza() -> Element {
        Element::bare("message", "jabber:client")
    }

    fn managed() -> Link {
        Link {
            acks: Acks::Managed { resumable: true },
            ..Link::new()
        }
    }

    #[test]
    fn an_ack_frees_the_rows_up_to_its_count_and_no_more() {
        let mut link = managed();
        for row in [Some(1), None, Some(2), Some(3)] {
            link.count_out(&stanza(), row);
        }
        assert_eq!(link.acknowledge(3), Ok(vec![1, 2]));
        assert_eq!(link.acknowledge(3), Ok(vec![]));
        assert_eq!(link.acknowledge(4), Ok(vec![3]));
    }

    #[test]
    fn an_ack_for_what_was_never_sent_or_was_acknowledged_before_is_refused() {
        let mut link = managed();
        link.count_out(&stanza(), Some(1));
        assert_eq!(link.acknowledge(2), Err(BadAck));
        assert_eq!(link.acknowledge(1), Ok(vec![1]));
        assert_eq!(link.acknowledge(0), Err(BadAck));
    }

    #[test]
    fn counters_wrap_at_two_to_the_thirty_two() {
        let mut link = managed();
        link.rebase(u32::MAX);
        assert_eq!(link.count_out(&stanza(), Some(7)), 0);
        assert_eq!(link.count_out(&stanza(), Some(8)), 1);
        assert_eq!(link.acknowledge(0), Ok(vec![7]));
    }

    #[test]
    fn what_is_sent_again_after_a_resumption_is_counted_from_the_servers_number() {
        let mut link = managed();
        for row in 1..=3 {
            link.count_out(&stanza(), Some(row));
        }
        assert_eq!(link.acknowledge(1), Ok(vec![1]));
        let again = link.rebase(1);
        assert_eq!(
            again.iter().filter_map(|sent| sent.row).collect::<Vec<_>>(),
            [2, 3]
        );
        assert_eq!(link.count_out(&stanza(), Some(2)), 2);
    }

    #[test]
    fn without_stream_management_only_rows_are_kept_for_the_ping() {
        let mut link = Link {
            acks: Acks::Ping,
            ..Link::new()
        };
        link.count_out(&stanza(), None);
        link.count_out(&stanza(), Some(1));
        assert_eq!(link.unacked(), 1);
        assert_eq!(link.acknowledge(link.outbound()), Ok(vec![1]));
    }
}

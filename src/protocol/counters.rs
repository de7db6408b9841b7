//! What is counted on the current stream (XEP-0198 §4): stanzas in, stanzas out, and which of ours the server has not
//! acknowledged. Values only; `stream.rs` negotiates, `turn.rs` sends.

use std::collections::VecDeque;

use minidom::Element;

use stanza::announced::{self, StreamLimits};

/// How the server acknowledges what we send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acks {
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

/// The largest stanzas that may be sent on a stream, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Of any stanza.
    pub(crate) whole: usize,
    /// Of what can be made as small as need be: where the server has shown that its limit is low, what no server refuses, lest
    /// it takes many streams to find out.
    pub(crate) careful: usize,
}

impl Bounds {
    /// What is taken for the limit of a server that says nothing (XEP-0478) and has shown nothing: the limit of Prosody and of
    /// ejabberd as they are installed. Where less is taken the server shows that by ending the stream at one stanza, which is
    /// remembered; a smaller guess would refuse what most servers take.
    const UNSAID: usize = 256 * 1024;
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            whole: Self::UNSAID,
            careful: Self::UNSAID,
        }
    }
}

/// Where a stanza is kept that is sent, for sending it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// In this row of the outbox.
    Row(i64),
    /// In this row of what answers by itself.
    Answer(i64),
    /// In no store.
    Nowhere,
}

/// A stanza that the server has not acknowledged.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) kept: Kept,
    /// On its way, in bytes.
    pub(crate) size: usize,
    /// What is kept nowhere else, unless there were too many of them.
    element: Option<Element>,
}

impl Sent {
    /// The outbox row that it carries.
    pub(crate) fn row(&self) -> Option<i64> {
        match self.kept {
            Kept::Row(row) => Some(row),
            Kept::Answer(_) | Kept::Nowhere => None,
        }
    }
}

/// What an acknowledgement covers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Acked {
    /// Rows of the outbox.
    pub(crate) rows: Vec<i64>,
    pub(crate) answers: Vec<i64>,
}

/// The counters of one stream.
#[derive(Debug)]
pub(crate) struct Counters {
    /// Bound or resumed: stanzas may be sent.
    pub(crate) online: bool,
    pub(crate) acks: Acks,
    /// Stanzas that we handled, modulo 2^32.
    pub(crate) inbound: u32,
    /// Stanzas that we sent, modulo 2^32.
    outbound: u32,
    unacked: VecDeque<Sent>,
    /// How many elements there are in `unacked`.
    elements: usize,
    /// Up to which stanza the server was asked to acknowledge, while it has not.
    asked: Option<u32>,
    /// How many answers wait in the store; None: not looked at yet.
    pub(crate) held: Option<usize>,
    /// What the server said of this connection after the login.
    pub(crate) limits: StreamLimits,
    /// How much may be sent at once.
    pub(crate) bounds: Bounds,
    /// The size of the largest stanza that was sent since the last ack and is not counted.
    beside: usize,
}

/// The server acknowledges what we never sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadAck;

impl Counters {
    /// With so many stanzas unacknowledged, nothing is answered by itself. It is a bound of what a resumption repeats, no
    /// judgement of the server: its acknowledgement may stand behind all that it has to say.
    const MOST_OPEN: usize = 400;
    /// So many elements are kept for sending them again.
    const MOST_ELEMENTS: usize = 2_000;

    pub(crate) fn new() -> Self {
        Self {
            online: false,
            acks: Acks::Unknown,
            inbound: 0,
            outbound: 0,
            unacked: VecDeque::new(),
            elements: 0,
            asked: None,
            held: None,
            limits: StreamLimits::default(),
            bounds: Bounds::default(),
            beside: 0,
        }
    }

    /// A fresh stream: both counters start at zero, what was not acknowledged is forgotten (outbox rows are sent
    /// again from the store).
    pub(crate) fn restart(&mut self) {
        *self = Self {
            limits: self.limits,
            bounds: self.bounds,
            ..Self::new()
        };
    }

    /// A stream of which a process before this one stored the counters.
    pub(crate) fn restart_at(&mut self, inbound: u32, outbound: u32) {
        self.restart();
        (self.inbound, self.outbound) = (inbound, outbound);
    }

    /// Whether `h` is no more than what was sent.
    pub(crate) fn sent_so_many(&self, h: u32) -> bool {
        self.outbound.wrapping_sub(h) < u32::MAX / 2
    }

    pub(crate) fn is_resumable(&self) -> bool {
        self.acks == Acks::Managed { resumable: true }
    }

    /// The number of the next stanza that is counted.
    pub(crate) fn next_out(&self) -> u32 {
        self.outbound.wrapping_add(1)
    }

    /// Counts a stanza that is being sent; its number.
    pub(crate) fn count_out(&mut self, element: &Element, kept: Kept) -> u32 {
        let size = announced::size(element);
        if self.acks == Acks::Ping && kept == Kept::Nowhere {
            self.beside = self.beside.max(size);
            return self.outbound;
        }
        self.outbound = self.next_out();
        let keeps = kept == Kept::Nowhere && self.elements < Self::MOST_ELEMENTS;
        self.elements += usize::from(keeps);
        self.unacked.push_back(Sent {
            kept,
            size,
            element: keeps.then(|| element.clone()),
        });
        self.outbound
    }

    pub(crate) fn count_in(&mut self) {
        self.inbound = self.inbound.wrapping_add(1);
    }

    pub(crate) fn outbound(&self) -> u32 {
        self.outbound
    }

    pub(crate) fn unacked(&self) -> usize {
        self.unacked.len()
    }

    /// How many stanzas may be sent until something must be acknowledged first.
    pub(crate) fn room(&self) -> usize {
        Self::MOST_OPEN.saturating_sub(self.unacked.len())
    }

    /// What the server has not acknowledged, in order.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Sent> {
        self.unacked.iter()
    }

    /// The size of the largest stanza that may be on its way and is not among [`Counters::open`].
    pub(crate) fn beside(&self) -> usize {
        self.beside
    }

    /// Whether the server acknowledged the stanza of this number, and so all before it.
    pub(crate) fn has(&self, number: u32) -> bool {
        let open = u32::try_from(self.unacked.len()).unwrap_or(u32::MAX);
        self.outbound.wrapping_sub(open).wrapping_sub(number) < u32::MAX / 2
    }

    pub(crate) fn has_room(&self) -> bool {
        self.room() > 0
    }

    /// Whether something that is stored waits to be acknowledged, and the server was not asked for it.
    pub(crate) fn must_ask(&self) -> bool {
        let stored = |sent: &Sent| sent.kept != Kept::Nowhere;
        self.asked.is_none() && self.unacked.iter().any(stored)
    }

    /// The server is asked to acknowledge everything so far. Whether no earlier request of ours waits.
    pub(crate) fn ask(&mut self) -> bool {
        self.asked.replace(self.outbound).is_none()
    }

    /// Nothing is asked any more, or it is answered.
    pub(crate) fn answered(&mut self) {
        self.asked = None;
    }

    /// Whether a request of ours still waits after an acknowledgement of `h`.
    pub(crate) fn still_asked(&mut self, h: u32) -> bool {
        let covers = |asked: u32| h.wrapping_sub(asked) < u32::MAX / 2;
        self.asked = self.asked.filter(|asked| !covers(*asked));
        self.asked.is_some()
    }

    /// The server handled `h` of ours: what is stored of those that were open until now.
    pub(crate) fn acknowledge(&mut self, h: u32) -> Result<Acked, BadAck> {
        let open = self.outbound.wrapping_sub(h) as usize;
        let done = self.unacked.len().checked_sub(open).ok_or(BadAck)?;
        let mut acked = Acked::default();
        for sent in self.unacked.drain(..done) {
            self.elements -= usize::from(sent.element.is_some());
            match sent.kept {
                Kept::Row(row) => acked.rows.push(row),
                Kept::Answer(row) => acked.answers.push(row),
                Kept::Nowhere => {}
            }
        }
        self.beside = 0;
        Ok(acked)
    }

    /// After a resumption: counting goes on at `h`, and these must be sent again, in order. What is stored is sent again from
    /// the store.
    pub(crate) fn rebase(&mut self, h: u32) -> Vec<Element> {
        self.outbound = h;
        self.elements = 0;
        self.unacked.drain(..).filter_map(|sent| sent.element).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts a stanza that is kept there.
    fn count(counters: &mut Counters, kept: Kept) -> u32 {
        counters.count_out(&Element::bare("message", "jabber:client"), kept)
    }

    fn managed() -> Counters {
        Counters {
            acks: Acks::Managed { resumable: true },
            ..Counters::new()
        }
    }

    fn rows(rows: &[i64]) -> Result<Acked, BadAck> {
        Ok(Acked {
            rows: rows.to_vec(),
            answers: Vec::new(),
        })
    }

    #[test]
    fn an_ack_frees_the_rows_up_to_its_count_and_no_more() {
        let mut counters = managed();
        for kept in [
            Kept::Row(1),
            Kept::Nowhere,
            Kept::Answer(9),
            Kept::Row(2),
            Kept::Row(3),
        ] {
            count(&mut counters, kept);
        }
        let first = Acked {
            rows: vec![1, 2],
            answers: vec![9],
        };
        assert_eq!(counters.acknowledge(4), Ok(first));
        assert_eq!(counters.acknowledge(4), rows(&[]));
        assert_eq!(counters.acknowledge(5), rows(&[3]));
    }

    #[test]
    fn an_ack_for_what_was_never_sent_or_was_acknowledged_before_is_refused() {
        let mut counters = managed();
        count(&mut counters, Kept::Row(1));
        assert_eq!(counters.acknowledge(2), Err(BadAck));
        assert_eq!(counters.acknowledge(1), rows(&[1]));
        assert_eq!(counters.acknowledge(0), Err(BadAck));
    }

    #[test]
    fn counters_wrap_at_two_to_the_thirty_two() {
        let mut counters = managed();
        counters.rebase(u32::MAX);
        assert_eq!(counters.next_out(), 0);
        assert_eq!(count(&mut counters, Kept::Row(7)), 0);
        assert!(counters.ask());
        assert_eq!(count(&mut counters, Kept::Row(8)), 1);
        assert!(!counters.ask());
        assert_eq!(counters.acknowledge(0), rows(&[7]));
        assert!(counters.still_asked(0));
        assert!(!counters.still_asked(1));
    }

    #[test]
    fn what_is_sent_again_after_a_resumption_is_counted_from_the_servers_number() {
        let mut counters = managed();
        for kept in [Kept::Row(1), Kept::Nowhere, Kept::Answer(2), Kept::Row(3)] {
            count(&mut counters, kept);
        }
        assert_eq!(counters.acknowledge(1), rows(&[1]));
        assert_eq!(counters.rebase(1).len(), 1, "the rows are in the store");
        assert_eq!(count(&mut counters, Kept::Row(3)), 2);
    }

    #[test]
    fn without_stream_management_only_rows_are_kept_for_the_ping() {
        let mut counters = Counters {
            acks: Acks::Ping,
            ..Counters::new()
        };
        count(&mut counters, Kept::Nowhere);
        count(&mut counters, Kept::Row(1));
        assert_eq!(counters.unacked(), 1);
        assert_eq!(counters.acknowledge(counters.outbound()), rows(&[1]));
    }

    #[test]
    fn what_is_kept_for_sending_again_is_bounded_and_counted_all_the_same() {
        let mut counters = managed();
        for _ in 0..Counters::MOST_ELEMENTS + 100 {
            count(&mut counters, Kept::Nowhere);
        }
        assert!(!counters.has_room());
        let all = u32::try_from(counters.unacked()).unwrap();
        assert_eq!(counters.acknowledge(all - 150), rows(&[]));
        assert_eq!(counters.rebase(all - 150).len(), 50);
        count(&mut counters, Kept::Nowhere);
        assert_eq!(counters.rebase(0).len(), 1);
    }
}

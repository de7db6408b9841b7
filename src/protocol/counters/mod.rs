//! What is counted on the current stream (XEP-0198 §4): stanzas in, stanzas out, and which of ours the server
//! has not acknowledged. Values only; `stream.rs` negotiates, `turn.rs` sends.

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
    /// Of what can be made as small as need be: where the server has shown that its limit is low, what no
    /// server refuses, lest it takes many streams to find out.
    pub(crate) careful: usize,
}

impl Bounds {
    /// What is taken for the limit of a server that says nothing (XEP-0478) and has shown nothing: the limit
    /// of Prosody and of ejabberd as they are installed. Where less is taken the server shows that by ending
    /// the stream at one stanza, which is remembered; a smaller guess would refuse what most servers take.
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

/// A place in what we send on a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Mark {
    /// The number of the stanza.
    stanza: u32,
    /// How many pings for acknowledgements stand before it.
    pings: u32,
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
    /// How many pings stood for such a request, and how many of them were answered; they are in order.
    pings: (u32, u32),
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
    /// With so many stanzas unacknowledged, nothing is answered by itself. It is a bound of what a resumption
    /// repeats, no judgement of the server: its acknowledgement may stand behind all that it has to say.
    const MOST_OPEN: usize = 400;
    /// So many messages of the person may be on their way.
    const MOST_ROWS: usize = 200;
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
            pings: (0, 0),
            held: None,
            limits: StreamLimits::default(),
            bounds: Bounds::default(),
            beside: 0,
        }
    }

    /// A fresh stream: both counters start at zero, what was not acknowledged is forgotten (outbox rows are
    /// sent again from the store).
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

    /// Whether a message of the person may leave before something is acknowledged. What answers by itself
    /// takes no room from them.
    pub(crate) fn takes_rows(&self) -> bool {
        let rows = self.unacked.iter().filter(|sent| sent.row().is_some());
        rows.count() < Self::MOST_ROWS
    }

    /// Whether something that is stored waits to be acknowledged, and the server was not asked for it.
    pub(crate) fn must_ask(&self) -> bool {
        let stored = |sent: &Sent| sent.kept != Kept::Nowhere;
        self.asked.is_none() && self.unacked.iter().any(stored)
    }

    /// The server is asked to acknowledge everything so far. Whether no earlier request of ours waits.
    pub(crate) fn ask(&mut self) -> bool {
        self.pings.0 = self.pings.0.saturating_add(1);
        self.asked.replace(self.outbound).is_none()
    }

    /// Where the last stanza stands.
    pub(crate) fn last(&self) -> Mark {
        Mark {
            stanza: self.outbound,
            pings: self.pings.0,
        }
    }

    /// Where the next stanza stands.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            stanza: self.next_out(),
            pings: self.pings.0,
        }
    }

    /// Whether the server was asked, behind what stands there, to acknowledge it.
    pub(crate) fn asked_behind(&self, mark: Mark) -> bool {
        match self.acks {
            Acks::Managed { .. } => self
                .asked
                .is_some_and(|asked| asked.wrapping_sub(mark.stanza) < u32::MAX / 2),
            Acks::Ping => self.pings.0 > mark.pings,
            Acks::Unknown => false,
        }
    }

    /// Whether it is known that the server has read what stands there.
    pub(crate) fn is_read(&self, mark: Mark) -> bool {
        match self.acks {
            Acks::Managed { .. } => self.has(mark.stanza),
            Acks::Ping => self.pings.1 > mark.pings,
            Acks::Unknown => false,
        }
    }

    /// A ping that stands for an acknowledgement was answered.
    pub(crate) fn ping_answered(&mut self) {
        self.pings.1 = self.pings.1.saturating_add(1);
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

    /// After a resumption: counting goes on at `h`, and these must be sent again, in order. What is stored
    /// is sent again from the store.
    pub(crate) fn rebase(&mut self, h: u32) -> Vec<Element> {
        self.outbound = h;
        self.elements = 0;
        self.unacked.drain(..).filter_map(|sent| sent.element).collect()
    }
}

#[cfg(test)]
mod tests;

//! Requests that wait for an answer (RFC 6120 §8.2.3). An answer counts only from the address that was asked
//! (threat 7); ids are 128 random bits.

use std::collections::BTreeMap;
use std::time::Duration;

use jid::Jid;
use minidom::Element;

use crate::counters::Mark;
use crate::purpose::{Purpose, StreamPurpose};
use model::{BareJid, Clean};
use stanza::iq::StanzaError;

/// How far the waiting for one answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The first half of the time.
    First,
    /// The second half; it is known that the server was asked to acknowledge.
    Second,
    /// What the server said before is being read.
    Behind,
    /// The time that it has after that, or all there is.
    Last,
}

impl Stage {
    /// Where the waiting begins.
    fn first(purpose: &Purpose) -> Self {
        match purpose.is_of_the_stream() {
            true => Self::Last,
            false => Self::First,
        }
    }

    /// After how long of such an answer's patience it is looked at.
    fn look(self, purpose: &Purpose) -> Duration {
        match self {
            Self::First => purpose.patience() / 2,
            _ => purpose.patience(),
        }
    }
}

/// After how long it is looked at first whether there is an answer.
pub(crate) fn first_look(purpose: &Purpose) -> Duration {
    Stage::first(purpose).look(purpose)
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    Error(StanzaError),
    TimedOut,
}

impl Refusal {
    /// Whether the answer was this defined condition.
    pub(crate) fn is(&self, condition: &str) -> bool {
        matches!(self, Refusal::Error(error) if error.condition == condition)
    }

    /// As it is told.
    pub(crate) fn told(&self) -> model::Refusal {
        match self {
            Refusal::TimedOut => model::Refusal::TimedOut,
            Refusal::Error(error) => model::Refusal::Error {
                condition: Clean::line(&error.condition),
                text: error.text.clone(),
            },
        }
    }
}

/// An answer: the payload of the result, or why there is none.
pub(crate) type Answer = Result<Option<Element>, Refusal>;

/// A request without an answer.
#[derive(Debug)]
pub(crate) struct Pending {
    number: u64,
    to: Option<Jid>,
    pub(crate) purpose: Purpose,
    /// Where it stands in what was sent.
    pub(crate) sent: Mark,
    pub(crate) stage: Stage,
}

/// The requests without an answer.
#[derive(Debug, Default)]
pub(crate) struct Iqs {
    next: u64,
    pending: BTreeMap<String, Pending>,
}

impl Iqs {
    /// Notes a request that is sent there; the number of its timer.
    pub(crate) fn expect(&mut self, id: String, to: Option<Jid>, purpose: Purpose, sent: Mark) -> u64 {
        self.next += 1;
        let stage = Stage::first(&purpose);
        self.pending.insert(
            id,
            Pending {
                number: self.next,
                to,
                purpose,
                sent,
                stage,
            },
        );
        self.next
    }

    /// The request with this timer.
    pub(crate) fn pending(&self, number: u64) -> Option<&Pending> {
        self.pending.values().find(|pending| pending.number == number)
    }

    /// How far the waiting for this one has come.
    pub(crate) fn set_stage(&mut self, number: u64, stage: Stage) {
        let mut pending = self.pending.values_mut();
        if let Some(pending) = pending.find(|pending| pending.number == number) {
            pending.stage = stage;
        }
    }

    /// The request that this answer belongs to. Nothing is taken if it comes from
    /// somebody else than was asked.
    pub(crate) fn take(&mut self, id: &str, from: Option<&Jid>, own: &BareJid) -> Option<(u64, Purpose)> {
        let pending = self.pending.get(id)?;
        // For a request to our own account servers answer as that account, as the client that asked, as the
        // server, or without a name (RFC 6120 §8.1.2.1, §10.3.3); nobody else knows the id.
        let ours = from.is_none_or(|from| from.to_bare() == *own || from.as_str() == own.domain().as_str());
        let expected = match &pending.to {
            None => ours,
            Some(to) => from == Some(to) || (ours && to.as_str() == own.as_str()),
        };
        if !expected {
            return None;
        }
        self.pending
            .remove(id)
            .map(|pending| (pending.number, pending.purpose))
    }

    /// The number of the request with that id, and what it is for.
    pub(crate) fn awaited(&self, id: &str) -> Option<(u64, &Purpose)> {
        let pending = self.pending.get(id)?;
        Some((pending.number, &pending.purpose))
    }

    /// The request whose timer went off.
    pub(crate) fn expire(&mut self, number: u64) -> Option<Purpose> {
        let id = self
            .pending
            .iter()
            .find(|(_, p)| p.number == number)
            .map(|(id, _)| id.clone())?;
        self.pending.remove(&id).map(|pending| pending.purpose)
    }

    /// Whether this request stands for an acknowledgement.
    pub(crate) fn is_ping_ack(&self, number: u64) -> bool {
        let mut pending = self.pending.values();
        pending.any(|p| p.number == number && matches!(p.purpose, Purpose::Stream(StreamPurpose::PingAck(_))))
    }

    /// The stream goes on after a pause, and everything that was not acknowledged was sent again,
    /// before this place: what still waits for an answer, with the time after which its patience,
    /// which begins anew, is looked at.
    pub(crate) fn waiting(&mut self, sent: Mark) -> Vec<(u64, Duration)> {
        let pending = self.pending.values_mut();
        let anew = |pending: &mut Pending| {
            pending.sent = sent;
            pending.stage = Stage::first(&pending.purpose);
            (pending.number, first_look(&pending.purpose))
        };
        pending.map(anew).collect()
    }

    /// Forgets the attempts to bind on earlier connections.
    pub(crate) fn forget_binding(&mut self) {
        let bind = Purpose::Stream(StreamPurpose::Bind);
        self.pending.retain(|_, pending| pending.purpose != bind);
    }

    /// The stream that they were asked on is gone for good.
    pub(crate) fn abandon(&mut self) -> Vec<(u64, Purpose)> {
        std::mem::take(&mut self.pending)
            .into_values()
            .map(|p| (p.number, p.purpose))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::purpose::{ContactsPurpose, KeysPurpose};
    use omemo::Dialect;

    const ROSTER: Purpose = Purpose::Contacts(ContactsPurpose::Roster);

    fn list(jid: &Jid) -> Purpose {
        KeysPurpose::List(jid.to_bare(), Dialect::Legacy).into()
    }

    fn own() -> BareJid {
        BareJid::new("ana@mired.test").unwrap()
    }

    #[test]
    fn an_answer_from_somebody_else_leaves_the_request_open() {
        let mut iqs = Iqs::default();
        let bob = Jid::new("bob@mired.test").unwrap();
        let eve = Jid::new("eve@mired.test").unwrap();
        iqs.expect("1".into(), Some(bob.clone()), list(&bob), Mark::default());
        assert_eq!(iqs.take("1", Some(&eve), &own()), None);
        assert_eq!(iqs.take("1", None, &own()), None);
        assert!(iqs.take("1", Some(&bob), &own()).is_some());
        assert_eq!(iqs.take("1", Some(&bob), &own()), None);
    }

    #[test]
    fn our_account_answers_as_itself_as_our_client_as_its_server_or_without_a_name() {
        let mut iqs = Iqs::default();
        let account = Some(Jid::from(own()));
        for to in [None, account] {
            for from in ["", "ana@mired.test", "ana@mired.test/here", "mired.test"] {
                iqs.expect("r".into(), to.clone(), ROSTER, Mark::default());
                for other in [
                    "eve@mired.test",
                    "ana@mired.test.evil",
                    "evil.test",
                    "mired.test/x",
                    "ana@evil.test/here",
                ] {
                    let other = Jid::new(other).unwrap();
                    assert_eq!(iqs.take("r", Some(&other), &own()), None, "{other}");
                }
                let from = Jid::new(from).ok();
                assert!(iqs.take("r", from.as_ref(), &own()).is_some(), "{from:?}");
            }
        }
    }

    #[test]
    fn somebody_else_is_not_answered_for_by_our_server() {
        let mut iqs = Iqs::default();
        let bob = Jid::new("bob@mired.test").unwrap();
        iqs.expect("r".into(), Some(bob.clone()), list(&bob), Mark::default());
        for from in ["mired.test", "ana@mired.test", "bob@mired.test/x"] {
            assert_eq!(
                iqs.take("r", Some(&Jid::new(from).unwrap()), &own()),
                None,
                "{from}"
            );
        }
        assert!(iqs.take("r", Some(&bob), &own()).is_some());
    }

    #[test]
    fn a_timer_takes_only_its_own_request() {
        let mut iqs = Iqs::default();
        let first = iqs.expect("a".into(), None, ROSTER, Mark::default());
        iqs.expect("b".into(), None, StreamPurpose::Bind.into(), Mark::default());
        assert_eq!(iqs.expire(first), Some(ROSTER));
        assert_eq!(iqs.expire(first), None);
        assert_eq!(iqs.abandon(), vec![(2, StreamPurpose::Bind.into())]);
    }
}

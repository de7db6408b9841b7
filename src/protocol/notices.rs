//! Notices that somebody else can cause as often as they like are gathered: the first of its kind is told
//! at once, what comes in the minute after it is told as one, with its number. A flood of them floods
//! neither the screen nor the eye.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{BareJid, Notice, Timestamp};
use omemo::DeviceId;

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A stanza that cannot be understood.
    Malformed,
    /// A stanza that the guard replaced.
    Oversized,
    /// A device of our own account that nobody decided about: no other one's alarm hides this one's.
    OwnDevice(DeviceId),
    /// More such devices in one minute than can be told one by one.
    OwnDevices,
    /// Somebody who may know that we are here shows another key; nobody else's notices hide theirs.
    KeyChanged(BareJid),
    /// A device of somebody is written to in a worse dialect than before.
    Lowered(BareJid),
    /// What somebody's envelope says of its time does not fit.
    Clock(BareJid),
    /// What a stranger's says of it: there may be any number of strangers.
    StrangersClock,
    /// A stranger does.
    StrangersKey,
    /// More of strangers waits than is kept.
    Requests,
    /// Somebody wants us in a room.
    Invitation,
    /// The server does not take what is to be answered.
    Unanswered,
}

/// How long further notices of a kind are gathered.
const GATHER: Duration = Duration::from_secs(60);

/// Alarms about so many devices of our own are told at once in one minute.
const MOST_OWN: usize = 20;

/// What was told of one kind, and what is held back.
#[derive(Debug)]
struct Told {
    at: Timestamp,
    held: u32,
    last: Option<Notice>,
}

/// What becomes of a notice.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Tell,
    /// It is held back; with a time, a timer has to be set for [`Notices::release`].
    Hold(Option<Duration>),
}

/// The notices of the last minute.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    told: BTreeMap<Kind, Told>,
    /// The timer is set.
    waiting: bool,
}

impl Notices {
    /// Takes a notice.
    pub(crate) fn take(&mut self, kind: Kind, notice: &Notice, now: Timestamp) -> Taken {
        let since = |told: &Told| now.duration_since(told.at).unsigned_abs();
        // What is over and has nothing to say is forgotten, so that there are only those of one minute.
        self.told.retain(|_, told| told.held > 0 || since(told) < GATHER);
        let kind = self.within_bounds(kind);
        let Some(told) = self.told.get_mut(&kind) else {
            let told = Told {
                at: now,
                held: 0,
                last: None,
            };
            self.told.insert(kind, told);
            return Taken::Tell;
        };
        told.held = told.held.saturating_add(1);
        told.last = Some(notice.clone());
        // Set once: a timer that is set again with each would never go off in a steady stream of them.
        let first = !std::mem::replace(&mut self.waiting, true);
        Taken::Hold(first.then(|| GATHER.saturating_sub(since(told))))
    }

    /// The kind, or the one of what is too many.
    fn within_bounds(&self, kind: Kind) -> Kind {
        let alarms = self.told.keys().filter(|told| matches!(told, Kind::OwnDevice(_)));
        match kind {
            Kind::OwnDevice(_) if !self.told.contains_key(&kind) && alarms.count() >= MOST_OWN => {
                Kind::OwnDevices
            }
            kind => kind,
        }
    }

    /// What was held back, as one line for each kind; a new minute begins for those.
    pub(crate) fn release(&mut self, now: Timestamp) -> Vec<Notice> {
        self.waiting = false;
        let held = self.told.values_mut().filter(|told| told.held > 0);
        held.filter_map(|told| {
            let last = told.last.take()?;
            let count = std::mem::take(&mut told.held);
            told.at = now;
            Some(match count {
                1 => last,
                _ => Notice::More {
                    count,
                    last: Box::new(last),
                },
            })
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::KeysNotice::DeviceBack;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// A notice, told apart by its number.
    fn nth(number: u32) -> Notice {
        DeviceBack(number).into()
    }

    fn more(count: u32, last: u32) -> Notice {
        let last = Box::new(nth(last));
        Notice::More { count, last }
    }

    #[test]
    fn the_first_of_a_kind_is_told_and_the_others_are_counted() {
        let mut notices = Notices::default();
        assert_eq!(notices.take(Kind::Malformed, &nth(1), at(0)), Taken::Tell);
        assert_eq!(notices.take(Kind::Oversized, &nth(9), at(0)), Taken::Tell);
        let left = Taken::Hold(Some(Duration::from_secs(50)));
        assert_eq!(notices.take(Kind::Malformed, &nth(2), at(10)), left);
        assert_eq!(notices.take(Kind::Malformed, &nth(3), at(11)), Taken::Hold(None));
        assert_eq!(notices.release(at(60)), [more(2, 3)]);
        assert_eq!(notices.release(at(60)), []);
        // The minute began anew with what was told.
        assert!(matches!(
            notices.take(Kind::Malformed, &nth(4), at(65)),
            Taken::Hold(Some(_))
        ));
        assert_eq!(notices.release(at(66)), [nth(4)]);
        for n in 0..500 {
            let taken = notices.take(Kind::Malformed, &nth(n), at(70));
            assert!(matches!(taken, Taken::Hold(_)));
        }
        assert_eq!(notices.release(at(120)), [more(500, 499)]);
        assert_eq!(notices.take(Kind::Malformed, &nth(5), at(300)), Taken::Tell);
    }

    #[test]
    fn an_alarm_about_a_device_of_ours_waits_for_no_other_one_until_there_are_many() {
        let mut notices = Notices::default();
        let own = |id| Kind::OwnDevice(DeviceId::new(id).unwrap());
        for id in 1..=20 {
            assert_eq!(notices.take(own(id), &nth(id), at(0)), Taken::Tell, "{id}");
        }
        assert_eq!(notices.take(own(21), &nth(21), at(0)), Taken::Tell);
        assert!(matches!(
            notices.take(own(22), &nth(22), at(1)),
            Taken::Hold(Some(_))
        ));
        assert!(matches!(notices.take(own(1), &nth(1), at(1)), Taken::Hold(None)));
        assert_eq!(notices.release(at(2)), [nth(1), nth(22)]);
        for id in 100..10_000 {
            notices.take(own(id), &nth(id), at(3));
        }
        assert!(notices.told.len() <= 22);
    }

    #[test]
    fn those_of_one_person_do_not_hide_those_of_another_and_are_forgotten() {
        let mut notices = Notices::default();
        for n in 0..1000 {
            let jid = BareJid::new(&format!("friend{n}@mired.test")).unwrap();
            assert_eq!(notices.take(Kind::KeyChanged(jid), &nth(0), at(n)), Taken::Tell);
        }
        assert_eq!(notices.told.len(), 60);
    }
}

//! Files on their way, as the session tells of them: how far each has come, and how quickly.

use std::collections::BTreeMap;

use api::Transfer;
use model::{FileId, Timestamp};

/// So many are known at once; of more the one that began first is forgotten.
const MOST: usize = 200;
/// Over so many milliseconds the speed is taken, and before so many there is none.
const SPAN_MS: i64 = 3_000;
const SOON_MS: i64 = 500;

/// All that are on their way.
#[derive(Debug, Default)]
pub struct Transfers(BTreeMap<FileId, Course>);

/// One of them.
#[derive(Debug)]
struct Course {
    newest: Transfer,
    /// When it had come how far, some seconds ago.
    then: (Timestamp, u64),
    speed: Option<u64>,
}

/// How far one has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub transfer: Transfer,
    /// Bytes a second.
    pub speed: Option<u64>,
}

impl Transfers {
    /// The session tells of one.
    pub fn on_transfer(&mut self, transfer: Transfer, now: Timestamp) {
        if self.0.len() >= MOST && !self.0.contains_key(&transfer.file) {
            self.0.pop_first();
        }
        let course = self.0.entry(transfer.file).or_insert(Course {
            newest: transfer,
            then: (now, transfer.done),
            speed: None,
        });
        // It waited, or began anew.
        if transfer.waits || transfer.done < course.newest.done {
            course.then = (now, transfer.done);
            course.speed = None;
        }
        course.newest = transfer;
        let (then, before) = course.then;
        let elapsed = now.as_millisecond().saturating_sub(then.as_millisecond());
        if elapsed >= SPAN_MS || (course.speed.is_none() && elapsed >= SOON_MS) {
            let bytes = transfer.done.saturating_sub(before);
            let milliseconds = u64::try_from(elapsed).unwrap_or(1).max(1);
            course.speed = Some(bytes.saturating_mul(1_000) / milliseconds);
        }
        if elapsed >= SPAN_MS {
            course.then = (now, transfer.done);
        }
    }

    /// How far this one has come, if it is on its way.
    pub fn of(&self, file: FileId) -> Option<Progress> {
        self.0.get(&file).map(|course| Progress {
            transfer: course.newest,
            speed: course.speed,
        })
    }
}

impl Progress {
    /// Hundredths, if it is known how much there is in all.
    pub fn percent(&self) -> Option<u64> {
        let total = self.transfer.total.filter(|total| *total > 0)?;
        let done = self.transfer.done.min(total);
        u64::try_from(u128::from(done) * 100 / u128::from(total)).ok()
    }

    /// Seconds until the end, at this speed.
    pub fn left(&self) -> Option<u64> {
        let total = self.transfer.total?;
        let speed = self.speed.filter(|speed| *speed > 0)?;
        Some(total.saturating_sub(self.transfer.done).div_ceil(speed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_764_500_000_000 + milliseconds).unwrap()
    }

    fn of(done: u64) -> Transfer {
        Transfer {
            file: FileId(7),
            leaves: false,
            done,
            total: Some(10_000),
            waits: false,
        }
    }

    #[test]
    fn speed_and_time_left_are_those_of_the_last_seconds() {
        let mut transfers = Transfers::default();
        transfers.on_transfer(of(0), at(0));
        let begun = transfers.of(FileId(7)).unwrap();
        assert_eq!(
            (begun.percent(), begun.speed, begun.left()),
            (Some(0), None, None)
        );
        transfers.on_transfer(of(500), at(500));
        let soon = transfers.of(FileId(7)).unwrap();
        assert_eq!((soon.speed, soon.left()), (Some(1_000), Some(10)));
        transfers.on_transfer(of(6_000), at(3_000));
        let later = transfers.of(FileId(7)).unwrap();
        assert_eq!(
            (later.percent(), later.speed, later.left()),
            (Some(60), Some(2_000), Some(2))
        );
    }

    #[test]
    fn one_that_begins_anew_has_no_speed_yet() {
        let mut transfers = Transfers::default();
        transfers.on_transfer(of(0), at(0));
        transfers.on_transfer(of(4_000), at(1_000));
        transfers.on_transfer(of(100), at(1_100));
        let anew = transfers.of(FileId(7)).unwrap();
        assert_eq!((anew.percent(), anew.speed), (Some(1), None));
    }

    #[test]
    fn whatever_is_counted_overflows_nothing_and_is_bounded() {
        let mut transfers = Transfers::default();
        for file in 0..1_000 {
            let transfer = Transfer {
                file: FileId(file),
                done: u64::MAX,
                total: Some(u64::MAX),
                ..of(0)
            };
            transfers.on_transfer(transfer, at(0));
            transfers.on_transfer(transfer, at(9_000));
        }
        assert_eq!(transfers.0.len(), MOST);
        let last = transfers.of(FileId(999)).unwrap();
        assert_eq!((last.percent(), last.left()), (Some(100), None));
    }
}

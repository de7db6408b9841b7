//! What the terminal makes of emoji: asked once, when it is taken. A string is printed and the
//! terminal says where the cursor is.
//!
//! Nobody waits for the answers. Until they are there, and where none come, emoji are drawn in the careful
//! way; what comes too late, or is no answer, changes nothing, and no answer is ever taken for a key.

use std::fmt::Write as _;
use std::time::Duration;

use tokio::time::Instant;

use super::text::Whole;

/// The row where it is asked. In the first one an answer could be taken for a key.
const ROW: u16 = 2;
/// What comes later than this changes nothing: people would see what they read move.
const PATIENCE: Duration = Duration::from_secs(5);
/// Where the cursor is behind a symbol of two columns.
const BEHIND: u16 = 3;

/// One string of each kind, and two that no font and no list joins.
const ASKED: [&str; 8] = [
    "漢",
    "👨\u{200d}👩\u{200d}👧",
    "🐛\u{200d}🧀",
    "👍🏽",
    "❤\u{fe0f}",
    "🤷\u{200d}♀\u{fe0f}",
    "1\u{fe0f}\u{20e3}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
];

/// The answers that came so far.
pub struct Probe {
    columns: Vec<u16>,
    since: Instant,
}

impl Probe {
    /// What is to be printed, and who waits for the answers. None where the terminal could not be believed:
    /// what stands between it and us (tmux, screen) answers for itself, not for the terminal that draws.
    pub fn begin(kind: Option<&str>) -> Option<(String, Self)> {
        let kind = kind.unwrap_or_default();
        let between = ["tmux", "screen"].iter().any(|name| kind.starts_with(name));
        if between || matches!(kind, "" | "dumb" | "linux") {
            return None;
        }
        let mut question = String::new();
        for text in ASKED {
            let _ = write!(question, "\x1b[{ROW};1H\x1b[2K{text}\x1b[6n");
        }
        let _ = write!(question, "\x1b[{ROW};1H\x1b[2K");
        let probe = Self {
            columns: Vec::new(),
            since: Instant::now(),
        };
        Some((question, probe))
    }

    /// Whether answers may still be on their way.
    pub fn is_open(&self) -> bool {
        self.since.elapsed() <= PATIENCE
    }

    /// The cursor is told to be at `column` of `row`; what the terminal draws as one,
    /// when that was the last answer.
    pub fn answer(&mut self, column: u16, row: u16) -> Option<Whole> {
        if row != ROW || !self.is_open() {
            return None;
        }
        self.columns.push(column);
        let [wide, family, odd, toned, coloured, inside, keycap, tagged] = *self.columns.as_slice() else {
            return None;
        };
        // A terminal that does not know what is wide knows nothing of emoji either.
        let is_whole = |at: u16| wide == BEHIND && at == BEHIND;
        Some(Whole {
            joined: is_whole(family) && is_whole(odd),
            toned: is_whole(toned),
            coloured: is_whole(coloured),
            coloured_inside: is_whole(inside),
            keycaps: is_whole(keycap),
            tagged: is_whole(tagged),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(columns: [u16; 8]) -> Option<Whole> {
        let (_, mut probe) = Probe::begin(Some("xterm-256color")).unwrap();
        let (last, first) = columns.split_last().unwrap();
        for column in first {
            assert_eq!(probe.answer(*column, ROW), None);
        }
        probe.answer(*last, ROW)
    }

    #[test]
    fn each_kind_is_believed_by_itself_and_joining_only_where_anything_is_joined() {
        let all = Whole {
            joined: true,
            toned: true,
            coloured: true,
            coloured_inside: true,
            keycaps: true,
            tagged: true,
        };
        assert_eq!(answered([3; 8]), Some(all));
        // By a list of its own: only what is in it.
        let listed = answered([3, 3, 5, 3, 3, 3, 3, 3]).unwrap();
        assert_eq!(listed, Whole { joined: false, ..all });
        // xterm.
        assert_eq!(
            answered([3, 7, 5, 5, 2, 4, 2, 3]).map(|whole| (whole.joined, whole.toned, whole.coloured)),
            Some((false, false, false))
        );
        // One that takes every byte for a letter.
        assert_eq!(answered([4, 19, 12, 9, 7, 14, 8, 29]), Some(Whole::default()));
        assert_eq!(answered([2, 3, 3, 3, 3, 3, 3, 3]), Some(Whole::default()));
    }

    #[test]
    fn what_is_no_answer_counts_for_nothing_and_where_nobody_can_answer_nobody_is_asked() {
        let (question, mut probe) = Probe::begin(Some("foot")).unwrap();
        assert_eq!(question.matches("\x1b[6n").count(), ASKED.len());
        for _ in 0..20 {
            assert_eq!(probe.answer(3, 1), None);
            assert_eq!(probe.answer(3, 24), None);
        }
        for kind in [
            None,
            Some("tmux-256color"),
            Some("screen"),
            Some("dumb"),
            Some("linux"),
        ] {
            assert!(Probe::begin(kind).is_none(), "{kind:?}");
        }
    }
}

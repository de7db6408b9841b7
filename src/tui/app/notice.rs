//! What is said to the person at the foot of the screen: until the next key, or until what it says ends.

use std::time::Duration;

use crate::text;
use model::{Clean, Peer, Timestamp, shown};

/// Lines that something which went wrong may take: it says what to do, and that stands at its end.
const BAD: u16 = 3;
/// Columns of the sign before it.
const SIGN: usize = 2;
/// How soon a key has to be pressed again to be meant.
const AGAIN: Duration = Duration::from_secs(2);
/// How long a warning stays, whatever is pressed: it is about the keys themselves.
const WARNING: Duration = Duration::from_secs(10);

/// Until when something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    NextKey,
    /// It asks for a key once more, until then.
    Again(Timestamp),
    /// Until then, whatever key comes.
    Time(Timestamp),
}

/// What a notice says, as far as it can end before a key is pressed. When it does not
/// hold any more, the notice goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holds {
    /// Of something that happened: nothing ends that.
    Always,
    /// While there is no connection.
    Offline,
    /// While nobody can write to this device in OMEMO.
    KeysRefused,
    /// While nothing is unread.
    NothingUnread,
    /// While somebody asks to be a contact.
    Asked,
    /// While no chat is open.
    NoChat,
    /// While no message is selected.
    NothingSelected,
    /// While there is no third pane.
    TooNarrow,
    /// While the peer's wish to go on in clear waits for a decision.
    Undecided(Peer),
    /// While nothing can be encrypted to them. `seen`: what is known of them says so
    /// too; before that it cannot end.
    NoKeys { peer: Peer, seen: bool },
}

/// A sentence or two for the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub text: Clean,
    pub bad: bool,
    holds: Holds,
    until: Until,
}

impl Notice {
    /// Lines that it takes at most.
    fn most(&self) -> u16 {
        if self.bad { BAD } else { 1 }
    }

    /// As at most so many lines of at most so many columns; `cut` stands where something is left out.
    fn lines(&self, columns: usize, most: usize, cut: &str) -> Vec<String> {
        let columns = columns.max(1);
        // No more of it is looked at than can be shown.
        let shown = text::fit(&shown::one_line(&self.text), columns * most, cut);
        let mut lines = text::wrap(&shown, columns);
        if lines.len() > most {
            let rest = lines.split_off(most.saturating_sub(1)).join(" ");
            lines.push(text::fit(&rest, columns, cut));
        }
        lines
    }
}

/// The one thing that is said, if any: a newer one takes its place.
#[derive(Debug, Default)]
pub struct Notices {
    notice: Option<Notice>,
}

impl Notices {
    /// What is said now.
    pub fn now(&self) -> Option<&Notice> {
        self.notice.as_ref()
    }

    pub(super) fn say_while(&mut self, holds: Holds, text: impl AsRef<str>) {
        self.put(text.as_ref(), false, holds);
    }

    pub(super) fn complain_while(&mut self, holds: Holds, text: impl AsRef<str>) {
        self.put(text.as_ref(), true, holds);
    }

    fn put(&mut self, text: &str, bad: bool, holds: Holds) {
        self.notice = Some(Notice {
            text: Clean::new(&shown::without_codes(text)),
            bad,
            holds,
            until: Until::NextKey,
        });
    }

    /// What is not so any more is not said any more.
    pub(super) fn keep_if(&mut self, still: impl FnOnce(&mut Holds) -> bool) {
        if let Some(notice) = &mut self.notice
            && !still(&mut notice.holds)
        {
            self.notice = None;
        }
    }

    /// Says something about what is typed.
    pub(super) fn warn(&mut self, text: &str, now: Timestamp) {
        self.complain_while(Holds::Always, text);
        self.stay(Until::Time(now.saturating_add(WARNING).unwrap_or(now)));
    }

    /// Asks for the key once more that leaves.
    pub(super) fn ask_again(&mut self, key: &str, now: Timestamp) {
        let text = format!("{key} again within two seconds leaves; to come back you need the passphrase.");
        self.say_while(Holds::Always, text);
        self.stay(Until::Again(now.saturating_add(AGAIN).unwrap_or(now)));
    }

    fn stay(&mut self, until: Until) {
        if let Some(notice) = &mut self.notice {
            notice.until = until;
        }
    }

    /// A key was pressed: what was said has been read. True if a key was asked for once more, in time.
    pub(super) fn key_pressed(&mut self, now: Timestamp) -> bool {
        let until = self.notice.as_ref().map(|notice| notice.until);
        if !matches!(until, Some(Until::Time(until)) if now < until) {
            self.notice = None;
        }
        matches!(until, Some(Until::Again(until)) if now <= until)
    }

    /// When what is said is over by itself.
    pub(super) fn due(&self) -> Option<Timestamp> {
        match self.notice.as_ref()?.until {
            Until::NextKey => None,
            Until::Again(until) | Until::Time(until) => Some(until),
        }
    }

    /// What asked for a key is not true any more when its time is over.
    pub(super) fn overdue(&mut self, now: Timestamp) {
        if self.due().is_some_and(|due| due <= now) {
            self.notice = None;
        }
    }

    /// Lines that the footer, of so many columns, needs.
    pub(super) fn height(&self, columns: usize, cut: &str) -> u16 {
        let most = self.notice.as_ref().map_or(1, Notice::most);
        u16::try_from(self.lines(columns, most, cut).len().max(1)).unwrap_or(most)
    }

    /// What there is to say, in at most `most` lines of so many columns, each with room for its sign.
    pub(super) fn lines(&self, columns: usize, most: u16, cut: &str) -> Vec<String> {
        let Some(notice) = &self.notice else {
            return Vec::new();
        };
        let most = usize::from(most.min(notice.most()).max(1));
        notice.lines(columns.saturating_sub(SIGN), most, cut)
    }
}

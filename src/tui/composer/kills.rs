//! The kill ring: what was cut out lately, the newest first.

use std::collections::VecDeque;

/// Texts that are kept.
const MOST: usize = 16;
/// Bytes that all of them may have; the newest is always kept.
const MOST_BYTES: usize = 1024 * 1024;

/// A text that was cut out.
#[derive(Debug, Clone)]
pub(super) struct Kill {
    pub text: String,
    /// All of it was typed.
    pub by_hand: bool,
}

/// On which side of the cursor it stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Kills {
    ring: VecDeque<Kill>,
}

impl Kills {
    /// Notes what was cut out; `join`: directly after another cut, so both are one text. A joined text that
    /// has become too long begins a text of its own.
    pub(super) fn push(&mut self, text: &str, side: Side, by_hand: bool, join: bool) {
        match self.ring.front_mut() {
            Some(last) if join && last.text.len() + text.len() <= super::Composer::MOST => {
                match side {
                    Side::Left => last.text.insert_str(0, text),
                    Side::Right => last.text.push_str(text),
                }
                last.by_hand &= by_hand;
            }
            _ => self.ring.push_front(Kill {
                text: text.to_owned(),
                by_hand,
            }),
        }
        while self.ring.len() > 1 && (self.ring.len() > MOST || self.bytes() > MOST_BYTES) {
            self.ring.pop_back();
        }
    }

    fn bytes(&self) -> usize {
        self.ring.iter().map(|kill| kill.text.len()).sum()
    }

    /// The text cut out `nth` before the last, round the ring.
    pub(super) fn get(&self, nth: usize) -> Option<&Kill> {
        self.ring.get(nth.checked_rem(self.ring.len())?)
    }

    pub(super) fn len(&self) -> usize {
        self.ring.len()
    }
}

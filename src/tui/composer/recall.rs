//! The own history: what was sent or run before, to be sent again.

use std::collections::VecDeque;

/// Texts that are kept.
const MOST: usize = 200;
/// Bytes that all of them may have.
const MOST_BYTES: usize = 1024 * 1024;

/// A text as it stood in the composer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SentText {
    pub text: String,
    pub by_hand: bool,
}

/// Whether the first slash of a text only says that what follows is no command: there is another, and
/// something other than a space stands behind all of them. ("// a comment" is sent as it is.)
pub fn escapes(text: &str) -> bool {
    let behind = text.trim_start_matches('/');
    text.starts_with("//") && behind.starts_with(|c: char| !c.is_whitespace())
}

#[derive(Debug, Clone, Default)]
pub(super) struct Recall {
    /// Newest first.
    sent: VecDeque<SentText>,
    /// Which of them stands in the composer.
    at: Option<usize>,
}

impl Recall {
    /// Texts of messages, newest first, behind what is known already. One that begins with a slash is kept as
    /// it has to be typed, so that it is sent again and never run.
    pub(super) fn remember(&mut self, sent: Vec<String>) {
        for text in sent {
            let typed = format!("/{text}");
            let text = if escapes(&typed) { typed } else { text };
            if text.is_empty() || self.sent.back().is_some_and(|last| last.text == text) {
                continue;
            }
            self.sent.push_back(SentText { text, by_hand: true });
            if self.bound() {
                break;
            }
        }
    }

    /// A text that was just sent or run.
    pub(super) fn add(&mut self, text: &str, by_hand: bool) {
        self.at = None;
        if text.trim().is_empty() {
            return;
        }
        let text = text.to_owned();
        self.sent.retain(|old| old.text != text);
        self.sent.push_front(SentText { text, by_hand });
        self.bound();
    }

    /// A text that was deleted.
    pub(super) fn forget(&mut self, text: &str) {
        let typed = format!("/{text}");
        self.sent.retain(|old| old.text != text && old.text != typed);
        self.at = None;
    }

    /// Drops the oldest that are too many; whether there were any.
    fn bound(&mut self) -> bool {
        let mut dropped = false;
        let bytes = |sent: &VecDeque<SentText>| sent.iter().map(|one| one.text.len()).sum::<usize>();
        while self.sent.len() > MOST || (self.sent.len() > 1 && bytes(&self.sent) > MOST_BYTES) {
            self.sent.pop_back();
            dropped = true;
        }
        dropped
    }

    pub(super) fn is_walking(&self) -> bool {
        self.at.is_some()
    }

    /// The text was changed by other means.
    pub(super) fn leave(&mut self) {
        self.at = None;
    }

    /// The next older text, if there is one.
    pub(super) fn older(&mut self) -> Option<SentText> {
        let at = self.at.map_or(0, |at| at + 1);
        let sent = self.sent.get(at)?.clone();
        self.at = Some(at);
        Some(sent)
    }

    /// The next newer text; the empty one after the newest. None if nothing is walked through.
    pub(super) fn newer(&mut self) -> Option<Option<SentText>> {
        let at = self.at?;
        self.at = at.checked_sub(1);
        Some(self.at.and_then(|at| self.sent.get(at)).cloned())
    }
}

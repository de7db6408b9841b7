//! What the person does at the screen, as far as others may hear of it: whether somebody looks (XEP-0352),
//! and that something is being written (XEP-0085). What of it is told, and to whom, the core decides.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::outlet::Outlet;
use api::Command;
use model::{ChatState, Peer, Timestamp};

/// Without a key for so long nobody looks.
const IDLE: Duration = Duration::from_secs(300);
/// Without a change for so long nobody writes.
const PAUSE: Duration = Duration::from_secs(8);
/// That somebody goes on writing is said so often.
const AGAIN: Duration = Duration::from_secs(5);

/// By which it is known that a text is another one.
pub(super) fn mark(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Something is being written.
struct Writing {
    /// The last change.
    changed: Timestamp,
    /// When it was said.
    said: Timestamp,
}

/// What was said of it.
pub(super) struct Attention {
    looks: bool,
    /// The last key; None: nothing was typed yet.
    typed: Option<Timestamp>,
    chat: Option<Peer>,
    writing: Option<Writing>,
}

impl Attention {
    pub(super) fn new() -> Self {
        Self {
            looks: true,
            typed: None,
            chat: None,
            writing: None,
        }
    }

    /// A key was pressed, or the like.
    pub(super) fn used(&mut self, now: Timestamp, out: &mut Outlet) {
        self.typed = Some(now);
        self.look(true, out);
    }

    /// The terminal's window got or lost the focus.
    pub(super) fn focused(&mut self, focused: bool, out: &mut Outlet) {
        self.look(focused, out);
    }

    fn look(&mut self, looks: bool, out: &mut Outlet) {
        if self.looks != looks {
            self.looks = looks;
            out.quietly(Command::Looks(looks));
        }
    }

    /// What stands in the composer of the open chat has changed: something is there, or nothing.
    pub(super) fn composed(
        &mut self,
        chat: Option<&Peer>,
        something: bool,
        now: Timestamp,
        out: &mut Outlet,
    ) {
        if self.chat.as_ref() != chat {
            self.stop(ChatState::Active, out);
            self.chat = chat.cloned();
            // What stands there was there before.
            return;
        }
        let Some(chat) = chat.filter(|_| something) else {
            self.stop(ChatState::Active, out);
            return;
        };
        let again = |writing: &Writing| now.duration_since(writing.said).unsigned_abs() >= AGAIN;
        let says = self.writing.as_ref().is_none_or(again);
        let said = self.writing.as_ref().map_or(now, |writing| writing.said);
        self.writing = Some(Writing {
            changed: now,
            said: if says { now } else { said },
        });
        if says {
            out.quietly(typing(chat, ChatState::Composing));
        }
    }

    fn stop(&mut self, state: ChatState, out: &mut Outlet) {
        if let (Some(_), Some(chat)) = (self.writing.take(), &self.chat) {
            out.quietly(typing(chat, state));
        }
    }

    pub(super) fn on_tick(&mut self, now: Timestamp, out: &mut Outlet) {
        if self.pauses().is_some_and(|at| at <= now) {
            self.stop(ChatState::Paused, out);
        }
        if self.idles().is_some_and(|at| at <= now) {
            self.look(false, out);
        }
    }

    /// When something is to be said without a key.
    pub(super) fn due(&self) -> Option<Timestamp> {
        [self.pauses(), self.idles()].into_iter().flatten().min()
    }

    fn pauses(&self) -> Option<Timestamp> {
        let writing = self.writing.as_ref()?;
        Some(writing.changed + PAUSE)
    }

    fn idles(&self) -> Option<Timestamp> {
        self.typed.filter(|_| self.looks).map(|typed| typed + IDLE)
    }
}

fn typing(chat: &Peer, state: ChatState) -> Command {
    Command::Typing {
        chat: chat.clone(),
        state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Effect;
    use model::{AccountId, BareJid};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000 + seconds).unwrap()
    }

    fn peer(name: &str) -> Peer {
        Peer::new(AccountId(1), BareJid::new(name).unwrap())
    }

    /// What was said, in words.
    fn said(out: &mut Outlet) -> Vec<String> {
        let effects = out.take().into_iter();
        effects
            .filter_map(|effect| match effect {
                Effect::Command(_, Command::Typing { chat, state }) => {
                    Some(format!("{} {}", chat.address, state.name()))
                }
                Effect::Command(_, Command::Looks(looks)) => Some(format!("looks {looks}")),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn who_writes_is_said_to_write_then_to_pause_and_to_have_stopped() {
        let (mut attention, mut out) = (Attention::new(), Outlet::new());
        let (bob, carol) = (peer("bob@mired.test"), peer("carol@mired.test"));
        // What stands there when a chat is opened was written before.
        attention.composed(Some(&bob), true, at(0), &mut out);
        assert_eq!((said(&mut out), attention.due()), (vec![], None));
        for second in 1..=4 {
            attention.composed(Some(&bob), true, at(second), &mut out);
        }
        assert_eq!(said(&mut out), ["bob@mired.test composing"]);
        attention.on_tick(at(11), &mut out);
        assert_eq!(said(&mut out), [""; 0]);
        assert_eq!(attention.due(), Some(at(12)));
        attention.on_tick(at(12), &mut out);
        assert_eq!(said(&mut out), ["bob@mired.test paused"]);
        attention.composed(Some(&bob), true, at(20), &mut out);
        attention.composed(Some(&bob), false, at(21), &mut out);
        assert_eq!(
            said(&mut out),
            ["bob@mired.test composing", "bob@mired.test active"]
        );
        attention.composed(Some(&bob), true, at(30), &mut out);
        attention.composed(Some(&carol), true, at(31), &mut out);
        assert_eq!(
            said(&mut out),
            ["bob@mired.test composing", "bob@mired.test active"]
        );
        assert_eq!(attention.due(), None);
    }

    #[test]
    fn nobody_looks_at_a_window_without_focus_or_after_five_minutes_without_a_key() {
        let (mut attention, mut out) = (Attention::new(), Outlet::new());
        attention.focused(false, &mut out);
        attention.focused(false, &mut out);
        assert_eq!(said(&mut out), ["looks false"]);
        attention.used(at(0), &mut out);
        assert_eq!(said(&mut out), ["looks true"]);
        assert_eq!(attention.due(), Some(at(300)));
        attention.on_tick(at(299), &mut out);
        assert_eq!(said(&mut out), [""; 0]);
        attention.on_tick(at(300), &mut out);
        assert_eq!(
            (said(&mut out), attention.due()),
            (vec!["looks false".to_owned()], None)
        );
    }
}

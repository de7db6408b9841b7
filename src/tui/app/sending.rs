//! What Enter does with what was typed, and completion.

use std::ops::Range;

use super::App;
use super::notice::Holds;
use crate::action::Action;
use crate::ask::QuestionName;
use crate::commands::{self, Typed};
use crate::composer::Edit;
use crate::history::Scroll;
use crate::recipients::ChatSecurity;
use api::{Command, Remembered};
use model::{BareJid, Clean, Timestamp};
use store::{self, Reads};

/// A completion that further presses walk through.
pub(super) struct Completion {
    options: Vec<String>,
    at: usize,
    /// Where the present option stands.
    range: Range<usize>,
}

impl App {
    /// Sends what was typed, or runs it as a command.
    pub(super) fn enter(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let text = self.composer.text().to_owned();
        if text.trim().is_empty() {
            return Ok(());
        }
        let by_hand = self.composer.began_by_hand();
        match commands::read(&self.facts.world(store, now), &text)? {
            Typed::Message(body) => self.send(&body, store, now)?,
            Typed::Command(_) | Typed::Suspicious if !by_hand => {
                self.put(QuestionName::LooksLikeCommand { text, pasted: true }, store, now)?;
            }
            Typed::Suspicious => {
                self.put(QuestionName::LooksLikeCommand { text, pasted: false }, store, now)?;
            }
            Typed::Command(Ok(asks)) => {
                self.taken(now);
                self.answer(asks, false, store, now)?;
            }
            Typed::Command(Err(wrong)) => self.complain(wrong),
        }
        Ok(())
    }

    /// Empties the composer: its text is on its way.
    pub(super) fn taken(&mut self, now: Timestamp) {
        self.composer.take();
        self.touched(now);
    }

    /// Reads again who can read what is typed, if that may have changed since the last frame. True if it is
    /// less protected than the truth line said: that line changes before the message goes, never after.
    fn less_protected(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<bool> {
        if !std::mem::take(&mut self.stale.recipients) {
            return Ok(false);
        }
        let security = |app: &Self| app.open.as_ref().map(|open| open.recipients.security);
        let before = security(self);
        self.read_recipients(store, now)?;
        Ok(match (before, security(self)) {
            (Some(ChatSecurity::Verified), now) => now != Some(ChatSecurity::Verified),
            (before, Some(ChatSecurity::Clear)) => before != Some(ChatSecurity::Clear),
            _ => false,
        })
    }

    /// Sends a text to the open chat, as protected as the chat says.
    pub(super) fn send(&mut self, text: &str, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let Some(to) = self.facts.chat.clone() else {
            self.open_first();
            return Ok(());
        };
        if self.less_protected(store, now)? {
            self.complain("Who can read this has just changed: look above the text, then send it again.");
            return Ok(());
        }
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.recipients.security == ChatSecurity::Asked)
        {
            let cut = crate::questions::cut(&self.facts.keymap, "your text");
            self.complain_while(
                Holds::Undecided(to),
                format!("Nothing is sent until you decide: {cut}, then /encrypt or /plaintext."),
            );
            return Ok(());
        }
        self.taken(now);
        let command = Command::Send {
            to: to.clone(),
            body: Clean::new(text),
            clear: false,
        };
        let id = self.command(command, None);
        if let Some(pending) = self.pending.get_mut(&id) {
            pending.to = Some(to.clone());
            pending.text = Some((to, text.to_owned()));
        }
        let world = self.facts.world(store, now);
        match &mut self.open {
            Some(open) => {
                open.history.unselect();
                open.history.scroll(&world, Scroll::Newest)
            }
            None => Ok(()),
        }
    }

    /// A message that could not be stored goes back to where it was written, before what was written since.
    pub(super) fn give_back(&mut self, jid: &BareJid, text: &str) {
        let composer = match self.parked.get_mut(jid) {
            _ if self.facts.chat.as_ref() == Some(jid) => &mut self.composer,
            Some(parked) => &mut parked.composer,
            None => {
                let (chat, what) = (jid.clone(), Remembered::Draft(Clean::new(text)));
                return self.quietly(Command::Remember { chat, what });
            }
        };
        if !composer.put_back(text) {
            composer.edit(Edit::TextStart);
            composer.paste(&format!("{text}\n"));
            composer.edit(Edit::TextEnd);
        }
    }

    /// Puts the next possibility in the place of what is being typed.
    pub(super) fn complete(&mut self, forward: bool, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let world = self.facts.world(store, now);
        let mut completion = match self.completion.take() {
            Some(mut known) => {
                let count = known.options.len();
                known.at = (known.at + if forward { 1 } else { count.saturating_sub(1) }) % count.max(1);
                known
            }
            None => {
                let text = self.composer.text();
                let (range, options) = commands::completions(&world, text, self.composer.cursor())?;
                Completion {
                    options,
                    at: 0,
                    range,
                }
            }
        };
        let Some(option) = completion.options.get(completion.at).cloned() else {
            return Ok(());
        };
        self.composer.replace(completion.range.clone(), &option);
        completion.range.end = completion.range.start + option.len();
        let rest: Vec<&str> = completion
            .options
            .iter()
            .map(|option| option.trim_end())
            .collect();
        if rest.len() > 1 {
            let key = self.facts.keymap.name(Action::Complete);
            let words = format!("{key} goes on: {}", rest.join("  "));
            self.say(words);
            self.completion = Some(completion);
        }
        self.touched(now);
        Ok(())
    }

    /// Empties the composer into the kill ring: what was typed is not lost.
    pub(super) fn clear_composer(&mut self, now: Timestamp) {
        self.composer.edit(Edit::KillAll);
        self.touched(now);
    }
}

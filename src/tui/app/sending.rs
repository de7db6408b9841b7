//! What Enter does with what was typed, and completion.

use std::ops::Range;

use super::App;
use crate::api::Command;
use crate::model::{BareJid, Clean, Timestamp};
use crate::store::{self, Reads};
use crate::tui::ask::QuestionName;
use crate::tui::commands::{self, Typed};
use crate::tui::composer::Edit;
use crate::tui::history::Scroll;

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

    /// Sends a text to the open chat, as protected as the chat says.
    pub(super) fn send(&mut self, text: &str, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let Some(to) = self.facts.chat.clone() else {
            self.open_first();
            return Ok(());
        };
        self.taken(now);
        let command = Command::Send {
            to: to.clone(),
            body: Clean::new(text),
            clear: false,
        };
        let id = self.command(command, None);
        if let Some(pending) = self.pending.get_mut(&id) {
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

    /// A message that could not be stored goes back to where it was written.
    pub(super) fn give_back(&mut self, jid: &BareJid, text: &str) {
        if self.facts.chat.as_ref() == Some(jid) && self.composer.is_empty() {
            self.composer.put_back(text);
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
            let words = format!("Tab goes on: {}", rest.join("  "));
            self.say(words);
            self.completion = Some(completion);
        }
        self.touched(now);
        Ok(())
    }

    /// Empties the composer into the kill ring: what was typed is not lost.
    pub(super) fn clear_composer(&mut self, now: Timestamp) {
        self.composer.edit(Edit::TextEnd);
        self.composer.set("");
        self.touched(now);
    }
}

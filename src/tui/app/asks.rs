//! What pages, questions and commands ask for.

use super::{App, Effect, Focus};
use crate::ask::{Ask, QuestionName, Switch};
use crate::commands::{self, Typed};
use api::Command;
use model::{Clean, Timestamp, shown};
use store::{self, Reads};

/// Questions that wait for their turn at most.
const WAITING: usize = 16;
/// What is put into the clipboard at most, in bytes: terminals refuse more.
const CLIPBOARD: usize = 64 * 1024;

impl App {
    /// Does what was asked for, in order. `by_question`: a question asked, so `Close` means that one.
    pub(super) fn answer(
        &mut self,
        asks: Vec<Ask>,
        by_question: bool,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        for ask in asks {
            match ask {
                Ask::Command { command, done } => {
                    if command == Command::Connect {
                        // Who asks for a try is told why it failed, whether that was said before or not.
                        self.waits_for = None;
                    }
                    if let Command::DeleteChat(jid) = &command {
                        self.forget_chat(jid);
                    }
                    self.command(command, done);
                }
                Ask::Open(jid) => self.open_chat(&jid, store, now)?,
                Ask::Show(page) => self.show(&page, store, now)?,
                Ask::Question(question) => self.put(question, store, now)?,
                Ask::Close if by_question => {
                    self.question = None;
                }
                Ask::Close => {
                    self.page = None;
                    self.stale.history = true;
                    self.stale.recipients = true;
                }
                Ask::Perform(action) => self.perform(action, store, now)?,
                Ask::Send(text) => self.send(&text, store, now)?,
                Ask::Run(line) => self.run(&line, store, now)?,
                Ask::Compose(text) => {
                    self.focus = Focus::Composer;
                    self.composer.set(&text);
                    self.touched(now);
                }
                Ask::Copy(text) => self.copy(&text),
                Ask::Say(text) => self.say(text),
                Ask::Complain(text) => self.complain(text),
                Ask::Switch { what, on } => self.switch(what, on),
                Ask::Later(fingerprint) => {
                    self.later.insert(fingerprint);
                }
                Ask::LaterAbout(jid) => {
                    self.later_about.insert(jid);
                }
            }
        }
        Ok(())
    }

    /// Asks now; what was being asked comes again later.
    pub(super) fn put(&mut self, name: QuestionName, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let world = self.facts.world(store, now);
        let Some(question) = crate::questions::make(&world, &name)? else {
            return Ok(());
        };
        if let Some((before, _)) = self.question.replace((name, question)) {
            self.wait(before);
        }
        Ok(())
    }

    /// Asks when nothing else is asked any more.
    pub(super) fn wait(&mut self, name: QuestionName) {
        let asked = self.question.as_ref().is_some_and(|(asked, _)| *asked == name);
        if !asked && !self.waiting.contains(&name) && self.waiting.len() < WAITING {
            self.waiting.push(name);
        }
    }

    /// One thing asks at a time.
    pub(super) fn ask_what_waits(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        while self.question.is_none() && self.page.is_none() && !self.waiting.is_empty() {
            let name = self.waiting.remove(0);
            let again = name.clone();
            let ours = match &name {
                QuestionName::NewDevice(jid) | QuestionName::OptedOut(jid) => {
                    Some(jid) == self.facts.chat.as_ref()
                }
                _ => true,
            };
            if ours && let Err(error) = self.put(name, store, now) {
                self.waiting.insert(0, again);
                return Err(error);
            }
        }
        Ok(())
    }

    /// A line with a slash, from the finder or a question.
    fn run(&mut self, line: &str, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let world = self.facts.world(store, now);
        match commands::read(&world, line.trim_start())? {
            Typed::Command(Ok(asks)) => {
                if self.composer.text() == line {
                    self.clear_composer(now);
                }
                self.answer(asks, false, store, now)
            }
            Typed::Command(Err(wrong)) => {
                self.complain(wrong);
                Ok(())
            }
            Typed::Message(_) | Typed::Suspicious => {
                let key = self.facts.keymap.name(crate::action::Action::Help);
                self.complain(format!("That is no command; {key} lists them."));
                Ok(())
            }
        }
    }

    /// Only text as it is shown goes to the clipboard, and only on request (threat 76).
    fn copy(&mut self, text: &str) {
        let text: String = shown::lines(&Clean::within(text, CLIPBOARD))
            .collect::<Vec<_>>()
            .join("\n");
        let text: String = text
            .chars()
            .filter(|c| !matches!(c, '\u{2066}'..='\u{2069}'))
            .collect();
        self.effects.push(Effect::Copy(text));
        self.say("Copied, if your terminal permits it (OSC 52).");
    }

    fn switch(&mut self, what: Switch, on: Option<bool>) {
        match what {
            Switch::Mouse => {
                self.mouse = on.unwrap_or(!self.mouse);
                self.effects.push(Effect::Mouse(self.mouse));
                self.say(match self.mouse {
                    true => "The mouse scrolls and opens; select text with Shift held.",
                    false => "The mouse selects text, as the terminal does it.",
                });
            }
            Switch::Offline => self.set_offline(on),
            Switch::Bell => {
                self.bell = on.unwrap_or(!self.bell);
                self.say(match self.bell {
                    true => "A new message rings the bell.",
                    false => "New messages are silent.",
                });
            }
        }
    }
}

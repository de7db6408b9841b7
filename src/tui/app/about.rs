//! What is said about messages: answers, corrections, reactions, that one is taken back.

use super::{App, Focus};
use crate::action::Action;
use crate::ask::QuestionName;
use api::{Command, Failure};
use model::{MessagesFailure, Timestamp};
use store::{self, Reads};

/// Whether it says something about a message, or shows what was said.
pub(super) fn is_about_a_message(action: Action) -> bool {
    matches!(
        action,
        Action::AnswerMessage
            | Action::EditMessage
            | Action::React
            | Action::WithdrawMessage
            | Action::EarlierVersions
            | Action::GoToAnswered
    )
}

impl App {
    /// Begins it: what is asked first, and what is written for it, comes after.
    pub(super) fn begin_about(
        &mut self,
        action: Action,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        let world = self.facts.world(store, now);
        self.panes.focus = Focus::Composer;
        let question = match action {
            Action::AnswerMessage => {
                self.chat_pane.answer(&world, &mut self.out)?;
                None
            }
            Action::EditMessage => {
                self.chat_pane.correct(&world, &mut self.out)?;
                None
            }
            Action::GoToAnswered => {
                self.chat_pane.go_to_answered(&world, &mut self.out)?;
                None
            }
            Action::EarlierVersions => {
                if let Some(page) = self.chat_pane.versions(&mut self.out) {
                    self.asking.show(&world, &page, &mut self.out)?;
                }
                None
            }
            Action::React => self.chat_pane.react(&world, &mut self.out)?,
            _ => self.chat_pane.take_back(&world, &mut self.out)?,
        };
        match question {
            Some(question) => self.asking.put(&world, question),
            None => Ok(()),
        }
    }

    /// Says it to the session.
    pub(super) fn say_about(
        &mut self,
        command: Command,
        done: Option<String>,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        if self.less_protected(store, now)? {
            let words = "Who can read this has just changed: look above the text, then do it again.";
            self.out.complain(words);
            return Ok(());
        }
        let world = self.facts.world(store, now);
        self.chat_pane.say_about(&world, command, done, &mut self.out)
    }

    /// It would show the server what that must not see unasked: the person is asked. True if that is the
    /// failure.
    pub(super) fn ask_to_reveal(
        &mut self,
        failure: &Failure,
        about: Option<(Command, Option<String>)>,
    ) -> bool {
        let Failure::Messages(MessagesFailure::WouldReveal(address)) = failure else {
            return false;
        };
        let open = self.facts.chat.as_ref().filter(|peer| peer.address == *address);
        let (Some(peer), Some((command, done))) = (open, about) else {
            return false;
        };
        self.asking.wait(QuestionName::WouldReveal {
            peer: peer.clone(),
            command: Box::new(command),
            done,
        });
        true
    }
}

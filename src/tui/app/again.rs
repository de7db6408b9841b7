//! The selected message once more: sent again, or taken back. What becomes of that,
//! and why not, the core says.

use super::App;
use crate::action::Action;
use crate::history::Scroll;
use crate::list;
use api::Command;
use model::{Direction, Message, MessageId, MessageState, Timestamp};
use store::{self, Reads};

impl App {
    /// Sends the selected message again. One that may have arrived only when the key is pressed twice:
    /// `doubled` is the message for which it was pressed just before.
    pub(super) fn retry_message(
        &mut self,
        doubled: Option<MessageId>,
        store: &dyn Reads,
        now: Timestamp,
    ) -> store::Result<()> {
        let Some(message) = self.selected_of_ours("sent again") else {
            return Ok(());
        };
        let again = doubled == Some(message.id);
        let doubtful = message.may_have_arrived() && message.state != MessageState::Delivered;
        if doubtful && !again {
            let name = list::name_of(&self.facts.world(store, now), &message.peer)?;
            let key = self.facts.keymap.name(Action::RetryMessage);
            self.doubled = Some(message.id);
            self.complain(format!(
                "{name} may have it. {key} once more sends it again all the same: they may get it twice."
            ));
            return Ok(());
        }
        let command = Command::Retry {
            message: message.id,
            again,
        };
        self.command(command, None);
        let world = self.facts.world(store, now);
        match &mut self.open {
            Some(open) => {
                open.history.unselect();
                open.history.scroll(&world, Scroll::Newest)
            }
            None => Ok(()),
        }
    }

    /// Takes the selected message back, if it never left.
    pub(super) fn withdraw_message(&mut self) {
        if let Some(message) = self.selected_of_ours("taken back") {
            let done = "Taken back: it was not sent.".to_owned();
            self.command(Command::Withdraw(message.id), Some(done));
        }
    }

    /// The selected message, if it is one of ours with words; else the person is told.
    fn selected_of_ours(&mut self, what: &str) -> Option<Message> {
        let selected = self.open.as_ref().and_then(|open| open.history.selected());
        let Some(message) = selected.cloned() else {
            let key = self.facts.keymap.name(Action::SelectUp);
            self.say(format!("Select a message first: {key}."));
            return None;
        };
        if message.direction != Direction::Out || message.body.is_none() {
            self.complain(format!("Only a message that you wrote can be {what}."));
            return None;
        }
        Some(message)
    }
}

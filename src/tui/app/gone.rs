//! Deleting here, for good: the selected message by a key that is pressed twice, a chat by a question.

use super::App;
use super::notice::Holds;
use crate::action::Action;
use crate::ask::QuestionName;
use crate::composer::Composer;
use api::Command;
use model::{BareJid, Direction, Timestamp};
use store::{self, Reads};

impl App {
    /// The first press says what the second one does.
    pub(super) fn delete_message(&mut self) {
        let selected = self.open.as_ref().and_then(|open| open.history.selected());
        let ours = selected.filter(|message| message.direction == Direction::Out);
        let ours = ours.and_then(|message| message.body.clone());
        let Some(id) = selected.map(|message| message.id) else {
            let key = self.facts.keymap.name(Action::SelectUp);
            self.say_while(Holds::NothingSelected, format!("Select a message first: {key}."));
            return;
        };
        if self.sure != Some(id) {
            let key = self.facts.keymap.name(Action::DeleteMessage);
            self.say(format!(
                "{key} again deletes this message here, for good; with the other side it stays."
            ));
            self.sure = Some(id);
            return;
        }
        self.sure = None;
        if let Some(open) = &mut self.open {
            open.history.unselect();
        }
        // The composer's own history does not bring it back either.
        if let Some(body) = ours {
            self.composer.forget(body.as_str());
        }
        self.command(
            Command::DeleteMessage(id),
            Some("The message is deleted here.".to_owned()),
        );
    }

    /// What the screen itself holds of a chat that is being deleted.
    pub(super) fn forget_chat(&mut self, jid: &BareJid) {
        self.parked.remove(jid);
        if let Some(open) = self.open.as_mut().filter(|open| open.jid == *jid) {
            open.stored.clear();
            self.composer = Composer::default();
            self.draft_due = None;
        }
    }

    /// Asks whether the chosen chat of the list is to go.
    pub(super) fn delete_chosen(&mut self, store: &dyn Reads, now: Timestamp) -> store::Result<()> {
        let chosen = self.entry_of(self.chosen).filter(|entry| entry.chat.is_some());
        match chosen.map(|entry| entry.jid.clone()) {
            Some(jid) => self.put(QuestionName::DeleteChat(jid), store, now),
            None => {
                self.say("Nothing was written with them, so there is nothing to delete.");
                Ok(())
            }
        }
    }
}

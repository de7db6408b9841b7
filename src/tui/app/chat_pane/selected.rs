//! The selected message: selecting it, sending it again, deleting it here. What becomes of
//! that, and why not, the core says.

use super::ChatPane;
use crate::action::Action;
use crate::app::notice::Holds;
use crate::app::outlet::Outlet;
use crate::ask::Context;
use crate::history::Scroll;
use crate::keymap::Keymap;
use crate::list;
use api::Command;
use model::{Direction, Message, MessageId, MessageState};
use store;

impl ChatPane {
    pub(in crate::app) fn selected(&self) -> Option<&Message> {
        self.open.as_ref()?.history.selected()
    }

    pub(in crate::app) fn select(&mut self, world: &Context<'_>, by: i32) -> store::Result<()> {
        match &mut self.open {
            Some(open) => open.history.select(world, by),
            None => Ok(()),
        }
    }

    /// Selects what stands on this line of the pane.
    pub(in crate::app) fn select_at(&mut self, line: u16) {
        if let Some(open) = &mut self.open {
            open.history.select_at(line);
        }
    }

    pub(in crate::app) fn unselect(&mut self) {
        if let Some(open) = &mut self.open {
            open.history.unselect();
        }
    }

    /// Another key than the one that deletes was pressed.
    pub(in crate::app) fn not_sure(&mut self) {
        self.sure = None;
    }

    /// A key was pressed: for which message it would be the second time.
    pub(in crate::app) fn take_doubled(&mut self) -> Option<MessageId> {
        self.doubled.take()
    }

    /// The selected message, for what is said of it; else the person is told how to select one.
    pub(in crate::app) fn selected_id(&self, keymap: &Keymap, out: &mut Outlet) -> Option<MessageId> {
        let selected = self.selected().map(|message| message.id);
        if selected.is_none() {
            let key = keymap.name(Action::SelectUp);
            out.say_while(Holds::NothingSelected, format!("Select a message first: {key}."));
        }
        selected
    }

    /// Sends the selected message again. One that may have arrived only when the key is pressed twice:
    /// `doubled` is the message for which it was pressed just before.
    pub(in crate::app) fn retry(
        &mut self,
        world: &Context<'_>,
        doubled: Option<MessageId>,
        out: &mut Outlet,
    ) -> store::Result<()> {
        let Some(message) = self.selected_of_ours("sent again", world.keymap, out) else {
            return Ok(());
        };
        let (id, peer) = (message.id, &message.peer);
        let again = doubled == Some(id);
        let doubtful = message.may_have_arrived() && message.state != MessageState::Delivered;
        if doubtful && !again {
            let name = list::name_of_chat(world, peer)?;
            let key = world.keymap.name(Action::RetryMessage);
            self.doubled = Some(id);
            out.complain(format!(
                "{name} may have it. {key} once more sends it again all the same: they may get it twice."
            ));
            return Ok(());
        }
        let retry = Command::Retry {
            message: id,
            again,
            reveal: false,
        };
        out.about(retry, None, None);
        match &mut self.open {
            Some(open) => {
                open.history.unselect();
                open.history.scroll(world, Scroll::Newest)
            }
            None => Ok(()),
        }
    }

    /// The selected message, if it is one of ours with words; else the person is told.
    fn selected_of_ours(&self, what: &str, keymap: &Keymap, out: &mut Outlet) -> Option<&Message> {
        let Some(message) = self.selected() else {
            let key = keymap.name(Action::SelectUp);
            out.say(format!("Select a message first: {key}."));
            return None;
        };
        if message.direction() != Direction::Out || message.body.is_none() {
            let key = keymap.name(Action::AnswerMessage);
            out.complain(format!(
                "Only a message that you wrote can be {what}; {key} answers this one."
            ));
            return None;
        }
        Some(message)
    }

    /// Deletes the selected message here, for good: the first press says what the second one does.
    pub(in crate::app) fn delete(&mut self, keymap: &Keymap, out: &mut Outlet) {
        let Some(id) = self.selected_id(keymap, out) else {
            return;
        };
        if self.sure != Some(id) {
            let key = keymap.name(Action::DeleteMessage);
            out.say(format!(
                "{key} again deletes this message here, for good; with the other side it stays."
            ));
            self.sure = Some(id);
            return;
        }
        self.sure = None;
        // The composer's own history does not bring it back either.
        let ours = self
            .selected()
            .filter(|message| message.direction() == Direction::Out);
        if let Some(body) = ours.and_then(|message| message.body.clone()) {
            self.composer.forget(body.as_str());
        }
        self.unselect();
        let done = "The message is deleted here.".to_owned();
        out.command(Command::DeleteMessage(id), Some(done));
    }
}

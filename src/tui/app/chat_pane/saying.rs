//! What can be said about a message: where it begins. The message is the selected one, else the newest.

use super::ChatPane;
use super::refuse;
use crate::app::outlet::Outlet;
use crate::ask::{Context, PageName, QuestionName};
use crate::history::answered;
use api::Command;
use model::room::Role;
use model::{Direction, Message, MessageId, MessagesFailure, Peer};
use store::messages;

/// Messages among which one is looked for that nobody selected.
const NEWEST: usize = 50;

impl ChatPane {
    /// The message that something is to be said about: the selected one, else the newest with words, of ours
    /// or of theirs.
    fn meant(&self, world: &Context<'_>, ours: bool) -> store::Result<Option<Message>> {
        if let Some(selected) = self.selected() {
            return Ok(Some(selected.clone()));
        }
        let Some(chat) = self.open.as_ref().and_then(|open| open.chat) else {
            return Ok(None);
        };
        let direction = if ours { Direction::Out } else { Direction::In };
        let mut newest = messages::history(&world.store, chat, None, NEWEST)?;
        newest.retain(|message| message.direction() == direction && message.body.is_some());
        Ok(newest.pop())
    }

    /// Lets what is written be an answer.
    pub(in crate::app) fn answer(&mut self, world: &Context<'_>, out: &mut Outlet) -> store::Result<()> {
        match self.meant(world, false)? {
            None => out.say("There is nothing to answer yet."),
            Some(message) if message.body.is_none() => refuse(out, MessagesFailure::NoWords),
            Some(message) => {
                self.begin_answer(message.id);
                self.unselect();
                self.touched(world.now);
            }
        }
        Ok(())
    }

    /// Brings the words of a message of ours into the composer, to be changed.
    pub(in crate::app) fn correct(&mut self, world: &Context<'_>, out: &mut Outlet) -> store::Result<()> {
        let Some(message) = self.meant(world, true)? else {
            out.say("There is nothing of yours to edit yet.");
            return Ok(());
        };
        if !is_ours(&message) {
            refuse(out, MessagesFailure::NotOursToChange);
        } else if let Some(body) = &message.body {
            self.begin_correction(message.id, body.as_str());
            self.unselect();
            self.touched(world.now);
        } else {
            refuse(out, MessagesFailure::NoWords);
        }
        Ok(())
    }

    /// Goes to the message that the selected one answers.
    pub(in crate::app) fn go_to_answered(
        &mut self,
        world: &Context<'_>,
        out: &mut Outlet,
    ) -> store::Result<()> {
        let Some(selected) = self.selected().cloned() else {
            out.say("Select an answer first.");
            return Ok(());
        };
        if selected.reply_to.is_none() {
            out.say("This message answers no other one.");
            return Ok(());
        }
        let there = match (answered(world, &selected)?, &mut self.open) {
            (Some(id), Some(open)) => open.history.go_to(world, id)?,
            _ => false,
        };
        if !there {
            out.say("The message that it answers is not here.");
        }
        Ok(())
    }

    /// Goes to a message of the open chat.
    pub(in crate::app) fn go_to(
        &mut self,
        world: &Context<'_>,
        message: MessageId,
        out: &mut Outlet,
    ) -> store::Result<()> {
        let there = match &mut self.open {
            Some(open) => open.history.go_to(world, message)?,
            None => false,
        };
        if !there {
            out.say("That message is not here any more.");
        }
        Ok(())
    }

    /// What the selected message said before, if it was edited.
    pub(in crate::app) fn versions(&self, out: &mut Outlet) -> Option<PageName> {
        let edited = self.selected().filter(|message| message.edited > 0);
        if edited.is_none() {
            out.say("Select a message that was edited first.");
        }
        edited.map(|message| PageName::Versions(message.id))
    }

    /// What is to be asked before somebody gives a message an emoji.
    pub(in crate::app) fn react(
        &self,
        world: &Context<'_>,
        out: &mut Outlet,
    ) -> store::Result<Option<QuestionName>> {
        match self.meant(world, false)? {
            None => out.say("There is nothing to react to yet."),
            Some(message) if message.body.is_none() => refuse(out, MessagesFailure::NoWords),
            Some(message) => return Ok(Some(QuestionName::React(message.id))),
        }
        Ok(None)
    }

    /// Takes a message of ours back that never left; of another one, what is to be asked before.
    pub(in crate::app) fn take_back(
        &self,
        world: &Context<'_>,
        out: &mut Outlet,
    ) -> store::Result<Option<QuestionName>> {
        let Some(message) = self.meant(world, true)? else {
            out.say("There is nothing of yours to take back yet.");
            return Ok(None);
        };
        if message.direction() == Direction::In && moderates(world, &message.peer) {
            if message.retracted.is_none() {
                return Ok(Some(QuestionName::Moderate(message.id)));
            }
            refuse(out, MessagesFailure::NoWords);
        } else if message.direction() == Direction::In {
            out.complain("Only a message that you wrote can be taken back.");
        } else if !message.was_written() {
            let done = "Taken back: it was not sent.".to_owned();
            out.command(Command::Withdraw(message.id), Some(done));
        } else if !is_ours(&message) {
            refuse(out, MessagesFailure::NotOursToChange);
        } else if message.body.is_none() {
            refuse(out, MessagesFailure::NoWords);
        } else {
            return Ok(Some(QuestionName::TakeBack(message.id)));
        }
        Ok(None)
    }
}

/// Whether this device wrote it.
fn is_ours(message: &Message) -> bool {
    message.direction() == Direction::Out && message.device.is_none()
}

/// Whether the room lets us take away what others write in it.
fn moderates(world: &Context<'_>, room: &Peer) -> bool {
    let ours = world.rooms.get(room).and_then(|now| now.ours());
    ours.is_some_and(|ours| ours.role == Role::Moderator)
}

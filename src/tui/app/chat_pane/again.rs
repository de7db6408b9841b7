//! What "again" means for the selected message: one that cannot be read is asked for, one of ours that left
//! is sent once more for whoever could not read it, and one that failed is sent anew.

use super::ChatPane;
use super::intent::refuse;
use crate::app::outlet::Outlet;
use crate::ask::{Context, QuestionName};
use crate::history::answered;
use model::{Direction, Message, MessageId, MessageState, MessagesFailure, Trust, UnreadableReason};
use store::{self, messages};

impl ChatPane {
    /// What is to be asked before. `doubled`: as for [`ChatPane::retry`].
    pub(in crate::app) fn again(
        &mut self,
        world: &Context<'_>,
        doubled: Option<MessageId>,
        out: &mut Outlet,
    ) -> store::Result<Option<QuestionName>> {
        let question = match self.selected() {
            Some(message) if message.unreadable.is_some() => {
                let why = refusal(message);
                let question = QuestionName::AskAgain(message.id);
                match why {
                    Some(why) => refuse(out, why),
                    None => return Ok(Some(question)),
                }
                return Ok(None);
            }
            Some(message) => left(world, message)?.map(QuestionName::Resend),
            None => None,
        };
        match question {
            Some(question) => Ok(Some(question)),
            None => self.retry(world, doubled, out).map(|()| None),
        }
    }
}

/// Why nobody is asked for it, as far as the row tells; the core knows all of it.
fn refusal(message: &Message) -> Option<MessagesFailure> {
    let is_doubtful = matches!(message.trust, Some(Trust::Undecided | Trust::Distrusted));
    match message.unreadable {
        _ if message.direction() == Direction::Out => Some(MessagesFailure::OtherDeviceWrote),
        _ if message.asked => Some(MessagesFailure::AskedAlready),
        Some(UnreadableReason::Distrusted | UnreadableReason::IdentityChanged) => {
            Some(MessagesFailure::KeyNotTrusted(message.peer.address.clone()))
        }
        _ => is_doubtful.then(|| MessagesFailure::KeyNotTrusted(message.peer.address.clone())),
    }
}

/// The message of ours that is meant and left: this one, or the one that it answers.
fn left(world: &Context<'_>, message: &Message) -> store::Result<Option<MessageId>> {
    let is_there = |message: &Message| {
        let ours = message.direction() == Direction::Out && message.device.is_none();
        let at_server = matches!(message.state, MessageState::Sent | MessageState::Delivered);
        ours && at_server && message.failure.is_none() && message.body.is_some()
    };
    if message.direction() == Direction::Out {
        return Ok(Some(message)
            .filter(|message| is_there(message))
            .map(|message| message.id));
    }
    let answered = match answered(world, message)? {
        Some(id) => messages::get(&world.store, id)?,
        None => None,
    };
    Ok(answered.filter(is_there).map(|answered| answered.id))
}

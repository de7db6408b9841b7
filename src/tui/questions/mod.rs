//! What is asked under the composer, one at a time, each question in a file of its own.

mod choice;
mod go_clear;
mod looks_like_command;
mod name_device;
mod new_device;
mod opted_out;
mod parts;
mod password;
mod press_twice;
mod take_away;

use super::ask::{Context, Question, QuestionName};

pub use parts::cut;

/// Makes a question; None if there is nothing to ask any more.
pub fn make(world: &Context<'_>, name: &QuestionName) -> store::Result<Option<Box<dyn Question>>> {
    match name {
        QuestionName::NewDevice(jid) => new_device::question(world, jid),
        QuestionName::OptedOut(jid) => opted_out::question(world, jid),
        QuestionName::NameDevice => name_device::question(world),
        QuestionName::GoClear(jid) => go_clear::question(world, jid),
        QuestionName::LooksLikeCommand { text, pasted } => looks_like_command::question(world, text, *pasted),
        QuestionName::RemoveContact(jid) => take_away::remove(world, jid),
        QuestionName::DeleteChat(jid) => take_away::delete(world, jid),
        QuestionName::Block(jid) => take_away::block(world, jid),
        QuestionName::Password { why } => password::question(world, why),
    }
}

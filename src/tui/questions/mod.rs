//! What is asked under the composer, one at a time, each question in a file of its own.

mod ask_again;
mod choice;
mod destroy;
mod go_clear;
mod invitation;
mod line;
mod looks_like_command;
mod moderate;
mod name_device;
mod new_device;
mod open_active;
mod opted_out;
mod parts;
mod password;
mod press_twice;
mod react;
mod reveal;
mod take_away;
mod take_back;

use super::ask::{Context, Question, QuestionName};

pub use parts::cut;

/// Makes a question; None if there is nothing to ask any more.
pub fn make(world: &Context<'_>, name: &QuestionName) -> store::Result<Option<Box<dyn Question>>> {
    match name {
        QuestionName::NewDevice(peer) => new_device::question(world, peer),
        QuestionName::OptedOut(peer) => opted_out::question(world, peer),
        QuestionName::NameDevice => name_device::question(world),
        QuestionName::GoClear(peer) => go_clear::question(world, peer),
        QuestionName::LooksLikeCommand { text, pasted } => looks_like_command::question(world, text, *pasted),
        QuestionName::RemoveContact(jid) => take_away::remove(world, jid),
        QuestionName::DeleteChat(peer) => take_away::delete(world, peer),
        QuestionName::Block(jid) => take_away::block(world, jid),
        QuestionName::Invited { room, by, reason } => {
            invitation::question(world, room, by.as_ref(), reason.as_ref())
        }
        QuestionName::TakeBack(id) => take_back::question(world, *id),
        QuestionName::Destroy(room) => destroy::question(world, room),
        QuestionName::Moderate(id) => moderate::question(world, *id),
        QuestionName::AskAgain(id) => ask_again::asking(world, *id),
        QuestionName::Resend(id) => ask_again::sending(world, *id),
        QuestionName::React(id) => react::question(world, *id),
        QuestionName::WouldReveal { peer, command, done } => {
            reveal::question(world, peer, command, done.as_deref())
        }
        QuestionName::OpenActive { file, why } => open_active::question(world, file, why),
        QuestionName::Password { why } => password::question(world, why),
        QuestionName::RoomPassword { room, why } => password::of_room(world, room, why),
    }
}

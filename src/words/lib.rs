//! What people are told: the one room that turns the codes of the rooms below (`model::Failure`,
//! `model::Notice`, …) into sentences. Each says what happened, why, and what to do next.
//!
//! Two things vary, and neither concerns who asks:
//!
//! - the **face** that shows the sentence, because each names its own commands ([`Face`], `deed.rs`);
//! - the **language**: [`mod@language`] chooses one, and each is an implementation of one trait, so a code
//!   without a sentence does not compile, and plurals and the order of words are its own affair
//!   (decision 0011).

mod deed;
mod english;
mod language;

use english::English;
use language::Language;
use model::failure::DatabaseFault;
use model::{
    Availability, BareJid, ChatEvent, ChatEventKind, Clean, Fact, Failure, MessageFailure, Notice, Retracted,
    Step, UnreadableReason, Why,
};

/// Who shows the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// A command at a shell: what helps is another command.
    Commands,
    /// The screen: what helps is typed into its composer.
    Screen,
    /// The first steps on the screen: what helps is a field of theirs.
    FirstRun,
}

/// The language that is spoken.
fn language() -> &'static dyn Language {
    &English
}

/// Why something did not come about.
pub fn failure(face: Face, failure: &Failure) -> Clean {
    Clean::new(&language().failure(face, failure))
}

/// Why a message to `peer` did not go, or what there is to know of its way.
pub fn of_message(face: Face, peer: &BareJid, failure: &MessageFailure) -> Clean {
    Clean::new(&language().of_message(face, peer, failure))
}

/// What is the matter with the database.
pub fn database(fault: &DatabaseFault) -> Clean {
    Clean::new(&language().database(fault))
}

/// One line worth showing.
pub fn notice(face: Face, notice: &Notice) -> Clean {
    Clean::new(&language().notice(face, notice))
}

/// A size in bytes.
pub fn size(bytes: u64) -> String {
    language().size(bytes)
}

/// Why a message cannot be read, and what to do: the end of a sentence that begins with "cannot be read:".
pub fn unreadable(face: Face, reason: UnreadableReason) -> String {
    language().unreadable(face, reason)
}

/// What the author of a message that cannot be read is asked, who may have any program; `when`: it was
/// written.
pub fn please_send_again(reason: UnreadableReason, when: &str) -> String {
    language().please_send_again(reason, when)
}

/// What stands in the place of words that were taken back.
pub fn retracted(by: Retracted) -> &'static str {
    language().retracted(by)
}

/// Why a device is left out: the end of a sentence that begins with "left out:".
pub fn left_out(why: Why) -> &'static str {
    language().kept(why)
}

/// How somebody can be reached, in the words that people set it with.
pub fn availability(availability: Availability) -> &'static str {
    language().availability(availability)
}

/// What a line of the history says that is no message, about a time from one moment to another, in the chat
/// with somebody of this name. Their own words, where there are any, stand at its end.
pub fn chat_event(event: &ChatEvent, name: &str, (from, until): (&str, &str)) -> String {
    language().chat_event(event, name, (from, until))
}

/// The same of the newest one in few words, behind "you: " if it is ours.
pub fn last_event(event: ChatEventKind, reason: &Clean) -> String {
    language().last_event(event, reason)
}

/// What is being done, as in "looking up mired.test".
pub fn step(step: &Step) -> Clean {
    Clean::line(&language().step(step))
}

/// What a login found, as in "TLS 1.3".
pub fn fact(fact: &Fact) -> Clean {
    Clean::line(&language().fact(fact))
}

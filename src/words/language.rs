//! What a language has to say.

use super::Face;
use model::failure::DatabaseFault;
use model::{
    Availability, BareJid, ChatEvent, ChatEventKind, Clean, Fact, Failure, MessageFailure, Notice, Retracted,
    Step, UnreadableReason, Why,
};

/// A language: a sentence for every code. A second one is a second implementation, and no caller changes.
pub(crate) trait Language {
    fn failure(&self, face: Face, failure: &Failure) -> String;
    fn of_message(&self, face: Face, peer: &BareJid, failure: &MessageFailure) -> String;
    fn database(&self, fault: &DatabaseFault) -> String;
    fn notice(&self, face: Face, notice: &Notice) -> String;
    fn size(&self, bytes: u64) -> String;
    fn unreadable(&self, face: Face, reason: UnreadableReason) -> String;
    fn please_send_again(&self, reason: UnreadableReason, when: &str) -> String;
    fn retracted(&self, by: Retracted) -> &'static str;
    fn kept(&self, why: Why) -> &'static str;
    fn chat_event(&self, event: &ChatEvent, name: &str, times: (&str, &str)) -> String;
    fn last_event(&self, event: ChatEventKind, reason: &Clean) -> String;
    fn availability(&self, availability: Availability) -> &'static str;
    fn step(&self, step: &Step) -> String;
    fn fact(&self, fact: &Fact) -> String;
}

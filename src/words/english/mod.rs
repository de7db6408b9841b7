//! English: what every code is called.

mod contacts;
mod database;
mod files;
mod keys;
mod login;
mod messages;
mod net;
mod notices;
mod rooms;
mod stream;
mod values;

use super::Face;
use super::language::Language;
use model::failure::DatabaseFault;
use model::{
    Availability, BareJid, ChatEvent, ChatEventKind, Clean, Dialect, Fact, Failure, MessageFailure, Notice,
    Refusal, Retracted, SomeOf, Step, UnreadableReason, Why,
};

pub(crate) struct English;

impl Language for English {
    fn failure(&self, face: Face, failure: &Failure) -> String {
        match failure {
            Failure::Net(failure) => net::failure(face, failure),
            Failure::Login(failure) => login::failure(face, failure),
            Failure::Registration(failure) => login::registration(face, failure),
            Failure::Stream(failure) => stream::failure(face, failure),
            Failure::Contacts(failure) => contacts::failure(face, failure),
            Failure::Keys(failure) => keys::failure(face, failure),
            Failure::Messages(failure) => messages::failure(face, failure),
            Failure::Rooms(failure) => rooms::failure(face, failure),
            Failure::Files(failure) => files::failure(face, failure),
            Failure::Message(peer, failure) => messages::of_message(face, peer, failure),
        }
    }

    fn of_message(&self, face: Face, peer: &BareJid, failure: &MessageFailure) -> String {
        messages::of_message(face, peer, failure)
    }

    fn database(&self, fault: &DatabaseFault) -> String {
        database::sentence(fault)
    }

    fn notice(&self, face: Face, notice: &Notice) -> String {
        notices::notice(face, notice)
    }

    fn size(&self, bytes: u64) -> String {
        files::bytes(bytes)
    }

    fn unreadable(&self, face: Face, reason: UnreadableReason) -> String {
        values::unreadable(face, reason)
    }

    fn please_send_again(&self, reason: UnreadableReason, when: &str) -> String {
        values::please_send_again(reason, when)
    }

    fn retracted(&self, by: Retracted) -> &'static str {
        values::retracted(by)
    }

    fn kept(&self, why: Why) -> &'static str {
        keys::kept(why)
    }

    fn chat_event(&self, event: &ChatEvent, name: &str, times: (&str, &str)) -> String {
        values::chat_event(event, name, times)
    }

    fn last_event(&self, event: ChatEventKind, reason: &Clean) -> String {
        values::last_event(event, reason)
    }

    fn availability(&self, availability: Availability) -> &'static str {
        values::availability(availability)
    }

    fn step(&self, step: &Step) -> String {
        login::step(step)
    }

    fn fact(&self, fact: &Fact) -> String {
        login::fact(fact)
    }
}

/// Why there is no answer, within a sentence.
fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::TimedOut => "no answer came in time".to_owned(),
        Refusal::NoList => "its answer is no list".to_owned(),
        Refusal::Error { condition, text } => match text {
            Some(text) => format!("{} ({})", condition.as_str(), text.as_str()),
            None => condition.as_str().to_owned(),
        },
    }
}

/// A sentence, and what the server says about it.
fn said(sentence: &str, said: Option<&Clean>) -> String {
    match said {
        Some(said) => format!("{sentence} The server says: \"{}\"", said.as_str()),
        None => sentence.to_owned(),
    }
}

/// What is named of a list, and how much more there is.
fn some_of<T>(some: &SomeOf<T>, said: impl Fn(&T) -> String) -> String {
    let mut list: Vec<String> = some.named.iter().map(said).collect();
    if some.more > 0 {
        list.push(format!("and {} more", some.more));
    }
    list.join("; ")
}

/// The dialect, where it matters which.
fn dialect(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Legacy => "OMEMO",
        Dialect::Omemo2 => "OMEMO 2",
    }
}

/// Numbers of devices in a row.
fn numbers(devices: &[u32]) -> String {
    let devices: Vec<String> = devices.iter().map(u32::to_string).collect();
    devices.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_three_of_a_list_and_counts_the_rest() {
        for (many, said) in [
            (1, "device 1"),
            (3, "device 1; device 2; device 3"),
            (4, "device 1; device 2; device 3; and 1 more"),
            (200, "device 1; device 2; device 3; and 197 more"),
        ] {
            let some = SomeOf::new((1..=many).collect());
            assert_eq!(some_of(&some, |n| format!("device {n}")), said);
        }
    }
}

//! Tests of the commands: the table, what is read, what is run, what is completed.

mod completing;
mod reading;
mod rooms;
mod running;

use crate::ask::Ask;
use crate::commands::{Entered, completions, read};
use crate::recipients::fixture::{Stage, jid, peer};
use model::{AccountId, BareJid, Contact, Subscription};
use store::contacts;

/// Ana knows Bob, Bobby and Carol White; two people are called Dave; Bob's chat is open.
pub(super) fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.contact("bob@mired.test", Some("Bob"));
    stage.contact("bobby@mired.test", Some("Bobby"));
    stage.contact("carol@mired.test", Some("Carol White"));
    stage.contact("dave@mired.test", Some("Dave"));
    stage.contact("dave@other.test", Some("Dave"));
    stage.chat = Some(peer("bob@mired.test"));
    stage
}

pub(super) fn requests(stage: &mut Stage, who: &str) {
    let account: AccountId = stage.account;
    stage.write(|tx| contacts::set_request(tx, account, &jid(who), true).unwrap());
}

pub(super) fn many_contacts(stage: &mut Stage, count: usize) {
    let account = stage.account;
    let contacts: Vec<Contact> = (0..count)
        .map(|n| Contact {
            jid: BareJid::new(&format!("person{n:05}@mired.test")).unwrap(),
            name: None,
            in_roster: true,
            subscription: Subscription::Both,
            asked: false,
            requests: false,
        })
        .collect();
    stage.write(|tx| contacts::replace_all(tx, account, &contacts, jiff::Timestamp::UNIX_EPOCH).unwrap());
}

pub(super) fn typed(stage: &mut Stage, text: &str) -> Entered {
    stage.look(|world| read(world, text)).unwrap()
}

/// What a command asks for.
pub(super) fn asks(stage: &mut Stage, text: &str) -> Vec<Ask> {
    match typed(stage, text) {
        Entered::Command(Ok(asks)) => asks,
        other => panic!("{text}: {other:?}"),
    }
}

/// The sentence that tells what is wrong.
pub(super) fn wrong(stage: &mut Stage, text: &str) -> String {
    match typed(stage, text) {
        Entered::Command(Err(wrong)) => wrong,
        other => panic!("{text}: {other:?}"),
    }
}

/// What Tab makes of the text, with the cursor at its end: the whole texts.
pub(super) fn completed(stage: &mut Stage, text: &str) -> Vec<String> {
    let (range, found) = stage.look(|world| completions(world, text, text.len())).unwrap();
    found
        .into_iter()
        .map(|with| {
            let mut whole = text.to_owned();
            whole.replace_range(range.clone(), &with);
            whole
        })
        .collect()
}

//! `susurro retry` and `susurro withdraw`: a message of ours sent again, as a new one in its place, or taken back while it was
//! never written to a stream.

use super::args::{Common, Retry, Withdraw};
use super::open::{Opened, with_profile, with_profile_kept};
use super::{Exit, output, sending};
use api::Command;
use model::{AccountId, Message};
use store::left::{self, Withdrawn};
use store::{chats, messages};

pub fn run(common: &Common, args: &Retry) -> Result<(), Exit> {
    with_profile_kept(common, |opened| {
        let account = opened.account()?.id;
        let message = named(opened, account, &args.id)?;
        let chat = opened.read(|tx| chats::get(tx, message.chat))?;
        let encrypted = chat.is_none_or(|chat| chat.encrypted);
        // No connection is needed to know that it is not sent.
        if let Some(why) = protocol::refusal(&message, encrypted, args.again) {
            return Err(why.into());
        }
        let command = Command::Retry {
            message: message.id,
            again: args.again,
        };
        sending::send(opened, command, args.manner)
    })
}

pub fn withdraw(common: &Common, args: &Withdraw) -> Result<(), Exit> {
    with_profile(common, |opened| {
        let account = opened.account()?.id;
        let message = named(opened, account, &args.id)?;
        match opened.write(|tx| left::withdraw(tx, message.id, protocol::TAKEN_BACK))? {
            Withdrawn::Done => {
                output::say("It is taken back: it was not sent, and will not be.");
                Ok(())
            }
            Withdrawn::MayHaveLeft => Err(protocol::may_have_left().into()),
            Withdrawn::NotOurs => Err(nobody_wrote()),
        }
    })
}

/// The message of ours with this id.
fn named(opened: &mut Opened, account: AccountId, id: &str) -> Result<Message, Exit> {
    let found = opened.read(|tx| {
        let ids = left::by_stanza_id(tx, account, id, 2)?;
        ids.into_iter()
            .map(|id| messages::get(tx, id))
            .collect::<store::Result<Vec<_>>>()
    })?;
    let mut found = found.into_iter().flatten();
    match (found.next(), found.next()) {
        (Some(message), None) => Ok(message),
        (None, _) => Err(nobody_wrote()),
        (Some(one), Some(other)) => Err(Exit::usage(format!(
            "Several messages of yours have this id, among them one to {} and one to {}. Nothing is done.",
            one.peer, other.peer
        ))),
    }
}

fn nobody_wrote() -> Exit {
    Exit::other(
        "No message that you wrote has this id. Ids are what send prints, and history --json gives as \"id\".",
    )
}

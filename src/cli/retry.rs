//! `susurro retry` and `susurro withdraw`: a message of ours sent again, as a new one in its place, or taken
//! back while it was never written to a stream.

use super::args::{Common, Retry, Withdraw};
use super::ids::{self, Named, Within};
use super::open::{OpenProfile, with_profile, with_profile_kept};
use super::{Exit, offline, output, sending};
use api::{Command, Failure};
use model::Message;
use store::chats;

pub fn run(common: &Common, args: &Retry) -> Result<(), Exit> {
    with_profile_kept(common, |opened| {
        let message = named(opened, &args.id, args.is_ref)?;
        let chat = opened.read(|tx| chats::get(tx, message.chat))?;
        let encrypted = chat.is_none_or(|chat| chat.encrypted);
        // No connection is needed to know that it is not sent.
        if let Some(why) = protocol::refusal(&message, encrypted, args.again) {
            return Err(Failure::from(why).into());
        }
        let command = Command::Retry {
            message: message.id,
            again: args.again,
            reveal: args.reveal,
        };
        sending::send(opened, command, args.manner)
    })
}

pub fn withdraw(common: &Common, args: &Withdraw) -> Result<(), Exit> {
    with_profile(common, |opened| {
        let message = named(opened, &args.id, args.is_ref)?;
        offline::perform(opened, vec![Command::Withdraw(message.id)])?;
        output::say("It is taken back: it was not sent, and will not be.");
        Ok(())
    })
}

/// The message that the person means.
fn named(opened: &mut OpenProfile, word: &str, is_ref: bool) -> Result<Message, Exit> {
    opened.read(|tx| ids::find(tx, Within::Vault, Named { word, is_ref }))?
}

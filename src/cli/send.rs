//! `susurro send`: one message, from the text to the server's or the other side's acknowledgement.

use super::args::{Common, Send};
use super::open::with_profile_kept;
use super::{Exit, sending, text};
use api::Command;
use model::Peer;

pub fn run(common: &Common, args: &Send) -> Result<(), Exit> {
    let body = text::body(args.text.as_deref())?;
    with_profile_kept(common, |opened| {
        let command = Command::Send {
            to: Peer::new(opened.account()?.id, args.jid.clone()),
            body,
            clear: args.plaintext,
        };
        sending::send(opened, command, args.manner)
    })
}

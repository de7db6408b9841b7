//! `susurro send`: one message, from the text to the server's or the other side's acknowledgement.

use super::args::{Common, Send};
use super::ids::{self, Named};
use super::open::with_profile_kept;
use super::{Exit, sending, text};
use api::Command;
use model::Peer;

pub fn run(common: &Common, args: &Send) -> Result<(), Exit> {
    let body = text::body(args.text.as_deref())?;
    with_profile_kept(common, |opened| {
        let to = Peer::new(opened.account()?.id, args.jid.clone());
        let command = match args.reply_to.as_deref() {
            Some(word) => {
                let is_ref = args.is_ref;
                let answered = opened.read(|tx| ids::in_chat(tx, &to, Named { word, is_ref }))?;
                Command::Reply {
                    to: answered
                        .map_err(|exit| Exit::new(exit.code, format!("--reply-to: {}", exit.text)))?
                        .id,
                    body,
                    reveal: args.reveal,
                }
            }
            None => Command::Send {
                to,
                body,
                clear: args.plaintext,
            },
        };
        sending::send(opened, command, args.manner)
    })
}

//! `susurro send`: one message, from the text to the server's or the other side's acknowledgement. `susurro
//! ask`: the same with words of ours, which ask for one that cannot be read.

use super::args::{Common, Manner, Send, Wait, WhichMessage};
use super::ids::{self, Named};
use super::open::with_profile_kept;
use super::{Exit, files, sending, text, time};
use api::Command;
use model::{Clean, Peer, UnreadableReason};

pub fn run(common: &Common, args: &Send) -> Result<(), Exit> {
    if !args.attached.files.is_empty() {
        return files::send(common, args);
    }
    let body = text::body(args.text.as_deref())?;
    with_profile_kept(common, |opened| {
        let to = match args.reply_to {
            Some(_) => opened.chat(&args.chat)?,
            None => opened.whoever(&args.chat)?,
        };
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

/// What is written is what the screen writes, with the day.
pub fn ask(common: &Common, which: &WhichMessage) -> Result<(), Exit> {
    with_profile_kept(common, |opened| {
        let chat = Peer::new(opened.account()?.id, which.jid.clone());
        let named = Named {
            word: &which.id,
            is_ref: which.is_ref,
        };
        let message = opened.read(|tx| ids::in_chat(tx, &chat, named))??;
        // Of one that can be read the core says so.
        let reason = message.unreadable.unwrap_or(UnreadableReason::Damaged);
        let words = ::words::please_send_again(reason, &time::minute(message.time, time::zone()));
        let command = Command::AskAgain {
            message: message.id,
            body: Clean::new(&words),
            reveal: which.reveal,
        };
        let manner = Manner {
            wait: Wait::Sent,
            timeout: which.timeout,
            json: which.json,
        };
        sending::send(opened, command, manner)
    })
}

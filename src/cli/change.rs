//! `susurro edit`, `retract`, `react`, `ask` and `resend`: something is said about a message that is in the
//! history. It is done here at once, and followed until the server has it.

use serde::Serialize;
use tokio::time::Instant;

use super::args::{Common, Edit, React, Retract, WhichMessage};
use super::client::{Client, one_shot, with_session};
use super::ids::{self, Named};
use super::open::{OpenProfile, with_profile_kept};
use super::{Code, Exit, json, offline, output, render, sending, text, time};
use api::Command;
use model::{Clean, Message, MessageId, MessageRef, Peer, UnreadableReason};
use session::SessionOptions;
use store::{messages, outbox};

pub fn edit(common: &Common, args: &Edit) -> Result<(), Exit> {
    let body = text::body(args.text.as_deref())?;
    let reveal = args.change.reveal;
    run(common, &args.change, |message| Command::Edit {
        message: message.id,
        body,
        reveal,
    })
}

pub fn retract(common: &Common, args: &Retract) -> Result<(), Exit> {
    let reveal = args.change.reveal;
    run(common, &args.change, |message| Command::Retract {
        message: message.id,
        reveal,
    })
}

pub fn react(common: &Common, args: &React) -> Result<(), Exit> {
    let emojis = args
        .emojis
        .iter()
        .map(|text| emoji(text))
        .collect::<Result<Vec<Clean>, Exit>>()?;
    let reveal = args.change.reveal;
    run(common, &args.change, |message| Command::React {
        message: message.id,
        emojis,
        reveal,
    })
}

/// What is written is what the screen writes, with the day.
pub fn ask(common: &Common, change: &WhichMessage) -> Result<(), Exit> {
    let reveal = change.reveal;
    run(common, change, |message| {
        let reason = message.unreadable.unwrap_or(UnreadableReason::Damaged);
        let words = ::words::please_send_again(reason, &time::minute(message.time, time::zone()));
        Command::AskAgain {
            message: message.id,
            body: Clean::new(&words),
            reveal,
        }
    })
}

pub fn resend(common: &Common, change: &WhichMessage) -> Result<(), Exit> {
    let reveal = change.reveal;
    run(common, change, |message| Command::Resend {
        message: message.id,
        reveal,
    })
}

fn emoji(text: &str) -> Result<Clean, Exit> {
    stanza::emoji(text).ok_or_else(|| {
        let shown = render::identifier(text);
        Exit::usage(format!(
            "\"{shown}\" is no emoji. Give each as a word of its own, as in: react JID ID 👍 🎉"
        ))
    })
}

fn run(
    common: &Common,
    change: &WhichMessage,
    command: impl FnOnce(&Message) -> Command,
) -> Result<(), Exit> {
    with_profile_kept(common, |opened| {
        let account = opened.account()?;
        let peer = Peer::new(account.id, change.jid.clone());
        let named = Named {
            word: &change.id,
            is_ref: change.is_ref,
        };
        let message = opened.read(|tx| ids::in_chat(tx, &peer, named))??;
        let options = SessionOptions {
            reconnect: true,
            ..one_shot(account.id)
        };
        let mut given = None;
        let command = command(&message);
        let watched = with_session(opened, options, async |client| {
            watch(client, command, change, &mut given).await
        });
        let Some(given) = given else { return watched };
        // What is said is a message of its own, or something about the one that is named.
        let message = opened.read(|tx| messages::get(tx, given))?.unwrap_or(message);
        let end = settled(opened, message.id, watched)?;
        let line = match change.json {
            false => message.stanza_id.clone(),
            true => json::object(
                &account.jid,
                ChangedLine {
                    id: &message.stanza_id,
                    state: if end.is_ok() { "sent" } else { "queued" },
                    r#ref: MessageRef::new(message.id).to_string(),
                },
            )?,
        };
        output::result(line)?;
        end
    })
}

#[derive(Serialize)]
struct ChangedLine<'a> {
    id: &'a str,
    state: &'static str,
    r#ref: String,
}

/// Waits until the server has it. `given`: the session has taken it on, as this.
async fn watch(
    client: &mut Client,
    command: Command,
    change: &WhichMessage,
    given: &mut Option<MessageId>,
) -> Result<(), Exit> {
    let deadline = Instant::now() + change.timeout;
    client.ready(deadline).await?;
    let number = client.command(command);
    let id = sending::number_of(client, number).await?;
    *given = Some(id);
    loop {
        let own = outbox::by_message(client.reader(), id)?;
        if own.is_none() && outbox::about(client.reader(), id)?.is_empty() {
            return Ok(());
        }
        sending::heard(client, number, deadline).await?;
    }
}

/// How it stands once the session has ended: what had not left is undone, what may leave is said to. The
/// outer error: nothing of it will leave.
fn settled(
    opened: &mut OpenProfile,
    message: MessageId,
    watched: Result<(), Exit>,
) -> Result<Result<(), Exit>, Exit> {
    let why = match watched {
        Ok(()) => return Ok(Ok(())),
        Err(why) => why,
    };
    let before = opened.read(|tx| messages::get(tx, message))?;
    offline::perform(opened, vec![Command::GiveUp(message)])?;
    let (after, waiting) =
        opened.read(|tx| Ok((messages::get(tx, message)?, outbox::about(tx, message)?)))?;
    if !waiting.is_empty() {
        let text = "It will be sent when next connected; do not repeat it.";
        return Ok(Err(Exit::new(Code::TimedOut, text)));
    }
    let undone = if before == after {
        ""
    } else {
        "It was not sent and is undone. "
    };
    Err(Exit::new(why.code, format!("{undone}{}", why.text)))
}

//! `susurro edit`, `retract`, `react` and `resend`: something is said about a message that is in the
//! history. It is done here at once, and followed until the server has it.

use serde::Serialize;
use tokio::time::Instant;

use super::args::{Common, Edit, React, Retract, WhichMessage};
use super::client::{Client, one_shot, with_session};
use super::ids::{self, Named};
use super::open::{OpenProfile, with_profile_kept};
use super::sending::Progress;
use super::{Code, Exit, json, offline, output, render, room, sending, text, words};
use api::Command;
use model::{Clean, Direction, Message, MessageId, MessageRef, MessageState, Peer};
use session::SessionOptions;
use store::outbox::{self, Outgoing};
use store::{Transaction, messages};

pub fn edit(common: &Common, args: &Edit) -> Result<(), Exit> {
    let body = text::body(args.text.as_deref())?;
    let reveal = args.change.reveal;
    run(common, &args.change, |message| Command::Edit {
        message,
        body,
        reveal,
    })
}

pub fn retract(common: &Common, args: &Retract) -> Result<(), Exit> {
    let reveal = args.change.reveal;
    let reason = args.reason.as_deref().map(Clean::line);
    with_profile_kept(common, |opened| {
        let message = which(opened, &args.change)?;
        // Of what somebody else wrote in a room that is a moderator's doing, and the room's.
        if message.in_room && message.direction() == Direction::In {
            room::moderate(opened, &message, reason)?;
            let line = changed_line(opened, &args.change, &message, "sent")?;
            return output::result(line);
        }
        if reason.is_some() {
            return Err(Exit::usage(
                "A reason can be given only where you take away what somebody else wrote in a room.",
            ));
        }
        let message_id = message.id;
        let command = Command::Retract {
            message: message_id,
            reveal,
        };
        change_one(opened, &args.change, message, command)
    })
}

pub fn react(common: &Common, args: &React) -> Result<(), Exit> {
    let emojis = args
        .emojis
        .iter()
        .map(|text| emoji(text))
        .collect::<Result<Vec<Clean>, Exit>>()?;
    if emojis.len() > stanza::MAX_REACTIONS {
        let text = format!(
            "At most {} emojis are read at one message.",
            stanza::MAX_REACTIONS
        );
        return Err(Exit::usage(text));
    }
    let reveal = args.change.reveal;
    run(common, &args.change, |message| Command::React {
        message,
        emojis,
        reveal,
    })
}

pub fn resend(common: &Common, change: &WhichMessage) -> Result<(), Exit> {
    let reveal = change.reveal;
    run(common, change, |message| Command::Resend { message, reveal })
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
    command: impl FnOnce(MessageId) -> Command,
) -> Result<(), Exit> {
    with_profile_kept(common, |opened| {
        let message = which(opened, change)?;
        let command = command(message.id);
        change_one(opened, change, message, command)
    })
}

/// The message that is meant.
fn which(opened: &mut OpenProfile, change: &WhichMessage) -> Result<Message, Exit> {
    let peer = Peer::new(opened.account()?.id, change.jid.clone());
    let named = Named {
        word: &change.id,
        is_ref: change.is_ref,
    };
    opened.read(|tx| ids::in_chat(tx, &peer, named))?
}

fn change_one(
    opened: &mut OpenProfile,
    change: &WhichMessage,
    message: Message,
    command: Command,
) -> Result<(), Exit> {
    let options = SessionOptions {
        reconnect: true,
        ..one_shot(opened.account()?.id)
    };
    let since = opened.read(|tx| outbox::newest(tx))?;
    let mut course = Course::default();
    let watched = with_session(opened, options, async |client| {
        watch(client, command, change, &mut course).await
    });
    let end = match (course.given, watched) {
        (false, watched) => return watched,
        (true, Ok(())) => Ok(()),
        // It is undone.
        (true, Err(why)) if course.refused => return Err(why),
        (true, Err(why)) => Err(settled(opened, message.id, since, why)?),
    };
    let after = opened.read(|tx| messages::get(tx, message.id))?;
    let state = match (&end, after.map(|after| after.state)) {
        (Err(_), _) => "queued",
        (_, Some(state @ (MessageState::Failed | MessageState::Kept))) => words::state(state),
        _ => "sent",
    };
    output::result(changed_line(opened, change, &message, state)?)?;
    end
}

/// What is printed of it.
fn changed_line(
    opened: &mut OpenProfile,
    change: &WhichMessage,
    message: &Message,
    state: &'static str,
) -> Result<String, Exit> {
    match change.json {
        false => Ok(message.stanza_id.clone()),
        true => json::object(
            &opened.account()?.jid,
            ChangedLine {
                id: &message.stanza_id,
                state,
                r#ref: MessageRef::new(message.id).to_string(),
            },
        ),
    }
}

#[derive(Serialize)]
struct ChangedLine<'a> {
    id: &'a str,
    state: &'static str,
    r#ref: String,
}

/// How far a command came.
#[derive(Debug, Default)]
struct Course {
    /// The session has taken it on.
    given: bool,
    /// It came to nothing.
    refused: bool,
}

/// Waits until the server has it, or refuses it.
async fn watch(
    client: &mut Client,
    command: Command,
    change: &WhichMessage,
    course: &mut Course,
) -> Result<(), Exit> {
    let deadline = Instant::now() + change.timeout;
    client.ready(deadline).await?;
    let number = client.command(command);
    let id = sending::number_of(client, number).await?;
    course.given = true;
    // What nobody has seen yet leaves as the message itself.
    let is_the_message = outbox::by_message(client.reader(), id)?.is_some_and(|row| row.stanza.is_none());
    loop {
        match sending::heard(client, number, deadline).await? {
            Progress::Acknowledged => return Ok(()),
            Progress::Refused(why) => {
                course.refused = true;
                return Err(why);
            }
            Progress::Nothing | Progress::Done
                if is_the_message && outbox::by_message(client.reader(), id)?.is_none() =>
            {
                let failed = messages::get(client.reader(), id)?
                    .filter(|message| message.state == MessageState::Failed);
                course.refused = failed.is_some();
                return failed.map_or(Ok(()), |message| Err(sending::failed(&message, None)));
            }
            Progress::Nothing | Progress::Done | Progress::Moves(_) => {}
        }
    }
}

/// How it stands once the session has ended without an answer: what had not left is undone, what may leave is
/// said to. The outer error: nothing of it will leave.
fn settled(opened: &mut OpenProfile, message: MessageId, since: i64, why: Exit) -> Result<Exit, Exit> {
    let waits = |tx: &Transaction<'_>| {
        let mut rows = outbox::about(tx, message)?;
        rows.extend(outbox::by_message(tx, message)?);
        Ok(rows)
    };
    let is_own = |row: &Outgoing| row.id > since;
    let before = opened.read(waits)?;
    offline::perform(opened, vec![Command::GiveUpWords { message, since }])?;
    let after = opened.read(waits)?;
    // What waited before takes along what was said now.
    let is_taken_along = !before.iter().any(is_own) && after.iter().any(|row| row.stanza.is_none());
    if after.iter().any(is_own) || is_taken_along {
        let text = "It will be sent when next connected; do not repeat it.";
        return Ok(Exit::new(Code::TimedOut, text));
    }
    let undone = match before.len() == after.len() {
        true => "",
        false => "It was not sent and is undone. ",
    };
    Err(Exit::new(why.code, format!("{undone}{}", why.text)))
}

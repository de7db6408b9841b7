//! What we say about messages: an answer, other words, that one is taken back, what we think of one. It is
//! done here at once and leaves as messages do; what cannot leave is undone
//! ([`Waiters`](crate::messages::waiters)).

use super::again;
use super::target::{Target, push};
use crate::follow_ups::FollowUp;
use crate::messages::outgoing::Outgoing;
use crate::messages::requests;
use crate::turn::Turn;
use api::{Command, CommandId, Outcome};
use model::{Clean, Direction, MessageId, MessageState, MessagesFailure, ReplyTo, Retracted};
use store::about::corrections::{self, Correction};
use store::about::retractions;
use store::outbox::{self, About, AboutKind};
use store::{Result, reactions};

/// One of the commands that say something about a message.
pub(crate) fn on_command(
    outgoing: &mut Outgoing,
    turn: &mut Turn<'_>,
    id: CommandId,
    command: Command,
) -> Result<()> {
    let (message, reveal) = match &command {
        Command::Reply { to, reveal, .. } => (*to, *reveal),
        Command::Edit { message, reveal, .. }
        | Command::AskAgain { message, reveal, .. }
        | Command::Resend { message, reveal }
        | Command::Retract { message, reveal }
        | Command::React { message, reveal, .. } => (*message, *reveal),
        _ => return Ok(()),
    };
    let Some(target) = Target::of(turn, id, message, reveal)? else {
        return Ok(());
    };
    match command {
        Command::Reply { body, .. } => reply(outgoing, turn, id, &target, body),
        Command::Edit { body, .. } => edit(outgoing, turn, id, &target, &body),
        Command::Retract { .. } => retract(outgoing, turn, id, &target),
        Command::React { emojis, .. } => react(outgoing, turn, id, &target, &emojis),
        Command::AskAgain { body, .. } => again::ask(outgoing, turn, id, &target, body),
        Command::Resend { .. } => again::resend(outgoing, turn, id, &target),
        _ => Ok(()),
    }
}

/// Answers a message.
fn reply(
    outgoing: &mut Outgoing,
    turn: &mut Turn<'_>,
    command: CommandId,
    target: &Target,
    body: Clean,
) -> Result<()> {
    let message = &target.message;
    if message.body.is_none() {
        turn.refuse(command, MessagesFailure::NoWords);
        return Ok(());
    }
    if let Some(why) = target.is_nameless() {
        turn.refuse(command, why);
        return Ok(());
    }
    // In a room everybody names a message by the id that the room gave it.
    let named = message.server_id.as_ref().filter(|_| message.in_room);
    let to = ReplyTo {
        id: named.unwrap_or(&message.stanza_id).clone(),
        author: (!message.in_room).then(|| message.from(&turn.own.jid).clone()),
    };
    requests::take_up(turn, &target.chat.peer)?;
    outgoing.submit(turn, command, &target.chat.peer, (body, Some(&to)), false)
}

/// Puts other words in the place of those of a message of ours.
fn edit(
    outgoing: &mut Outgoing,
    turn: &mut Turn<'_>,
    command: CommandId,
    target: &Target,
    body: &Clean,
) -> Result<()> {
    let message = &target.message;
    if let Some(why) = target.words_refusal() {
        turn.refuse(command, why);
        return Ok(());
    }
    let id = message.id;
    let waiting = outbox::about(turn.tx, id)?;
    let newest = corrections::newest(turn.tx, id)?.map(|(newest, _)| newest);
    // The correction that waits takes these words with it; what is sent again was seen before.
    let taken_along = waiting.last().filter(|row| {
        let is_newest = |about: &About| newest.as_ref() == Some(&about.id);
        row.stanza.is_none() && row.about.as_ref().is_some_and(is_newest)
    });
    let is_here_alone = waiting.is_empty()
        && !message.may_have_arrived()
        && matches!(
            message.state,
            MessageState::Queued | MessageState::Failed | MessageState::Kept
        );
    done(turn, command, id);
    if let Some(row) = taken_along {
        corrections::rewrite(turn.tx, id, body)?;
        outgoing.waiters.wait_for_row(row.id, command);
    } else if is_here_alone {
        // Nobody has seen them. Those that wait are told of with their message.
        corrections::rewrite(turn.tx, id, body)?;
        if message.state != MessageState::Queued {
            turn.done(command, Ok(Outcome::Acknowledged));
        }
    } else if message.body.as_ref() == Some(body) {
        turn.done(command, Ok(Outcome::Acknowledged));
    } else {
        let said = About {
            id: turn.random_id(),
            kind: AboutKind::Correction,
        };
        let before = corrections::newest(turn.tx, id)?.map(|(_, time)| time);
        let correction = Correction {
            id: &said.id,
            server_id: None,
            body,
            unstyled: message.unstyled,
            way: target.way(turn, before),
        };
        corrections::apply(turn.tx, id, &correction, false)?;
        push(outgoing, turn, command, target, &said)?;
    }
    Ok(())
}

/// Takes back a message of ours that left.
fn retract(outgoing: &mut Outgoing, turn: &mut Turn<'_>, command: CommandId, target: &Target) -> Result<()> {
    let message = &target.message;
    let why = match target.refusal() {
        None if !message.was_written() => Some(MessagesFailure::NeverLeft),
        None => target.is_nameless(),
        why => why,
    };
    if let Some(why) = why {
        turn.refuse(command, why);
        return Ok(());
    }
    for row in outbox::about(turn.tx, message.id)? {
        if row.stanza.is_none() {
            outbox::remove(turn.tx, row.id)?;
        }
    }
    retractions::apply(turn.tx, message.id, Retracted::Author)?;
    let gone = message.files.iter().filter_map(|file| file.container);
    turn.follow(FollowUp::FilesGone(gone.collect()));
    let said = About {
        id: turn.random_id(),
        kind: AboutKind::Retraction,
    };
    push(outgoing, turn, command, target, &said)?;
    done(turn, command, message.id);
    Ok(())
}

/// All that we think of a message.
fn react(
    outgoing: &mut Outgoing,
    turn: &mut Turn<'_>,
    command: CommandId,
    target: &Target,
    emojis: &[Clean],
) -> Result<()> {
    let message = &target.message;
    let never_left =
        message.direction() == Direction::Out && message.device.is_none() && !message.was_written();
    let why = match (message.body.is_some(), never_left) {
        (false, _) => Some(MessagesFailure::NoWords),
        (true, true) => Some(MessagesFailure::NeverLeft),
        (true, false) => target.is_nameless(),
    };
    if let Some(why) = why {
        turn.refuse(command, why);
        return Ok(());
    }
    let before = reactions::of_author(turn.tx, message.id, &turn.own.jid)?;
    requests::take_up(turn, &target.chat.peer)?;
    let way = target.way(turn, reactions::given_at(turn.tx, message.id, &turn.own.jid)?);
    let is_new = reactions::set(turn.tx, message.id, &turn.own.jid, emojis, &way)?;
    done(turn, command, message.id);
    let waits = |row: &&outbox::Outgoing| {
        row.stanza.is_none()
            && matches!(&row.about, Some(about) if matches!(about.kind, AboutKind::Reactions { .. }))
    };
    match outbox::about(turn.tx, message.id)?.iter().find(waits) {
        // It takes these with it.
        Some(row) => outgoing.waiters.wait_for_row(row.id, command),
        None if is_new => {
            let said = About {
                id: turn.random_id(),
                kind: AboutKind::Reactions { before },
            };
            push(outgoing, turn, command, target, &said)?;
        }
        None => turn.done(command, Ok(Outcome::Acknowledged)),
    }
    Ok(())
}

fn done(turn: &mut Turn<'_>, command: CommandId, message: MessageId) {
    turn.done(command, Ok(Outcome::Stored(message)));
    turn.message_changed(message);
}

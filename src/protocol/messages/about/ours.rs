//! What we say about messages: an answer, other words, that one is taken back, what we think of one. It is
//! done here at once and leaves as messages do; what cannot leave is undone
//! ([`Waiters`](crate::messages::waiters)).

use crate::block_list;
use crate::messages::outgoing::Outgoing;
use crate::messages::requests;
use crate::messages::sealing::is_legacy_read;
use crate::turn::Turn;
use api::{Command, CommandId, Failure, Outcome};
use model::{
    Clean, Direction, Message, MessageFailure, MessageId, MessageState, MessagesFailure, Protection, ReplyTo,
    Retracted, Timestamp,
};
use store::about::corrections::{self, Correction};
use store::about::retractions;
use store::chats::Chat;
use store::outbox::{self, About, AboutKind};
use store::{Result, Way, chats, messages, omemo as keys, reactions};

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
    let to = ReplyTo {
        id: message.stanza_id.clone(),
        author: Some(message.from(&turn.own.jid).clone()),
    };
    requests::take_up(turn, &target.chat.peer)?;
    outgoing.submit(turn, command, &target.chat.peer, (body, Some(&to)), false)
}

/// A message that something is to be said about, and its chat.
struct Target {
    message: Message,
    chat: Chat,
}

impl Target {
    /// None: it is refused, and the command is told why.
    fn of(turn: &mut Turn<'_>, command: CommandId, message: MessageId, reveal: bool) -> Result<Option<Self>> {
        let found = messages::get(turn.tx, message)?;
        let chat = match &found {
            Some(found) => chats::get(turn.tx, found.chat)?,
            None => None,
        };
        let (Some(message), Some(mut chat)) = (found, chat) else {
            turn.refuse(command, MessagesFailure::Gone);
            return Ok(None);
        };
        let peer = &chat.peer.address;
        let refused = match (chat.is_persons(), block_list::covers(turn, peer)?) {
            (false, _) => Some(MessageFailure::NotAPerson),
            (true, true) => Some(MessageFailure::Blocked),
            (true, false) => None,
        };
        if let Some(why) = refused {
            turn.refuse(command, Failure::Message(peer.clone(), why));
            return Ok(None);
        }
        if reveal && !chat.reveal {
            chats::set_reveal(turn.tx, chat.id)?;
            chat.reveal = true;
        }
        if would_reveal(turn, &chat)? {
            turn.refuse(command, MessagesFailure::WouldReveal(chat.peer.address));
            return Ok(None);
        }
        Ok(Some(Self { message, chat }))
    }

    /// Why this device may not change it, or take it back.
    fn refusal(&self) -> Option<MessagesFailure> {
        let message = &self.message;
        if message.direction() != Direction::Out || message.device.is_some() {
            return Some(MessagesFailure::NotOursToChange);
        }
        if message.body.is_none() {
            return Some(MessagesFailure::NoWords);
        }
        let was_clear = message.protection == Protection::Clear;
        let peer = || self.chat.peer.address.clone();
        (was_clear == self.chat.encrypted).then(|| MessagesFailure::OtherProtection(peer()))
    }

    /// `after`: when what it takes the place of was said. A clock that was set back since makes nothing
    /// older.
    fn way(&self, turn: &Turn<'_>, after: Option<Timestamp>) -> Way {
        Way {
            time: after.map_or(turn.now, |after| after.max(turn.now)),
            protection: match (self.chat.encrypted, self.message.protection) {
                (false, _) => Protection::Clear,
                (true, Protection::Clear) => Protection::OmemoLegacy,
                (true, sealed) => sealed,
            },
            device: None,
            fingerprint: None,
            trust: None,
        }
    }
}

/// Whether it would go in clear, beside what is encrypted, which message is meant; the store alone is
/// asked, so that nothing changes for what is refused.
fn would_reveal(turn: &Turn<'_>, chat: &Chat) -> Result<bool> {
    if !chat.encrypted || chat.reveal {
        return Ok(false);
    }
    let people = std::slice::from_ref(&chat.peer.address);
    Ok(is_legacy_read(&keys::audience(
        turn.tx,
        turn.own.account,
        people,
    )?))
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
    if let Some(why) = target.refusal() {
        turn.refuse(command, why);
        return Ok(());
    }
    let id = message.id;
    let waiting = outbox::about(turn.tx, id)?;
    // The correction that waits takes these words with it.
    let taken_along = waiting.last().filter(|row| {
        row.stanza.is_none() && matches!(&row.about, Some(about) if about.kind == AboutKind::Correction)
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
        (true, false) => None,
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

fn push(
    outgoing: &mut Outgoing,
    turn: &mut Turn<'_>,
    command: CommandId,
    target: &Target,
    said: &About,
) -> Result<()> {
    let chat = (turn.own.account, target.chat.id);
    let row = outbox::push_about(turn.tx, chat, target.message.id, said, !target.chat.encrypted)?;
    outgoing.waiters.wait_for_row(row, command);
    outgoing.look_again();
    Ok(())
}

fn done(turn: &mut Turn<'_>, command: CommandId, message: MessageId) {
    turn.done(command, Ok(Outcome::Stored(message)));
    turn.message_changed(message);
}

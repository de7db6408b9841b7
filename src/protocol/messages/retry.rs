//! Sending again, and taking back. A retry is a new message in the place of the old one (law 5); what was
//! never written to a stream can be taken back.

use crate::block_list;
use crate::messages::about::target::would_reveal;
use crate::messages::composed::Composed;
use crate::messages::outgoing::Outgoing;
use crate::turn::Turn;
use api::{Change, CommandId, Failure, Outcome};
use model::{Message, MessageFailure, MessageId, MessageState, MessagesFailure, Protection};
use store::left::{self, Withdrawn};
use store::outbox::{About, AboutKind};
use store::{Result, about, chats, messages, outbox};

/// Why a message is not sent again; None: it may be. `encrypted`: its chat is. `again`: the person
/// knows that it may arrive twice.
pub fn refusal(message: &Message, encrypted: bool, again: bool) -> Option<MessagesFailure> {
    if !left::is_ours(message) {
        return Some(MessagesFailure::NotOursToRetry);
    }
    let peer = || message.peer.address.clone();
    if message.state == MessageState::Delivered {
        return Some(MessagesFailure::Delivered(peer()));
    }
    if message.may_have_arrived() && !again {
        return Some(MessagesFailure::MayArriveTwice(peer()));
    }
    if message.protection != Protection::Clear && !encrypted {
        return Some(MessagesFailure::ChatInClear(peer()));
    }
    None
}

/// Sends a message of ours once more: the row is replaced, and its text goes as
/// protected as the chat says now. What it answers is shown to the server only if that may be.
pub(crate) fn retry(
    outgoing: &mut Outgoing,
    turn: &mut Turn<'_>,
    command: CommandId,
    message: MessageId,
    (again, reveal): (bool, bool),
) -> Result<()> {
    let Some(old) = messages::get(turn.tx, message)? else {
        turn.refuse(command, MessagesFailure::Gone);
        return Ok(());
    };
    let chat = chats::get(turn.tx, old.chat)?;
    let encrypted = chat.as_ref().is_none_or(|chat| chat.encrypted);
    if let Some(why) = refusal(&old, encrypted, again) {
        turn.refuse(command, why);
        return Ok(());
    }
    if block_list::covers(turn, &old.peer.address)? {
        turn.refuse(
            command,
            Failure::Message(old.peer.address, MessageFailure::Blocked),
        );
        return Ok(());
    }
    if let Some(mut chat) = chat.filter(|_| old.reply_to.is_some())
        && would_reveal(turn, &mut chat, reveal)?
    {
        turn.refuse(command, MessagesFailure::WouldReveal(old.peer.address));
        return Ok(());
    }
    outgoing.waiters.forget(message);
    if !old.files.is_empty() {
        let what = (Composed::FilesOf(message), false);
        outgoing.submit_any(turn, command, &old.peer, what)?;
        left::remove(turn.tx, message)?;
        turn.changed(Change::Messages(vec![message]));
        return Ok(());
    }
    let Some(body) = old.body else { return Ok(()) };
    left::remove(turn.tx, message)?;
    turn.changed(Change::Messages(vec![message]));
    outgoing.submit(turn, command, &old.peer, (body, old.reply_to.as_ref()), false)
}

/// Takes back what was never written to a stream.
pub(crate) fn withdraw(
    outgoing: &mut Outgoing,
    turn: &mut Turn<'_>,
    command: CommandId,
    message: MessageId,
) -> Result<()> {
    let result = match left::withdraw(turn.tx, message, &MessageFailure::TakenBack)? {
        Withdrawn::Done => {
            outgoing.waiters.forget(message);
            turn.message_changed(message);
            Ok(Outcome::Done)
        }
        Withdrawn::MayHaveLeft => Err(MessagesFailure::MayHaveLeft),
        Withdrawn::NotOurs => Err(MessagesFailure::NotOursToWithdraw),
    };
    turn.done(command, result.map_err(Into::into));
    Ok(())
}

/// Takes back what waits and is not sealed: whoever sent it does not wait any longer. Of what is sealed a
/// front end that ends does not know whether it leaves, and the person would send it twice.
pub(crate) fn give_up(
    outgoing: &mut Outgoing,
    turn: &mut Turn<'_>,
    command: CommandId,
    message: MessageId,
) -> Result<()> {
    let found = messages::get(turn.tx, message)?;
    let waits = found.is_some_and(|found| found.state == MessageState::Queued);
    let sealed = outbox::by_message(turn.tx, message)?.is_some_and(|row| row.stanza.is_some());
    if waits && !sealed && left::withdraw(turn.tx, message, &MessageFailure::NotInTime)? == Withdrawn::Done {
        outgoing.waiters.forget(message);
        turn.message_changed(message);
    }
    turn.done(command, Ok(Outcome::Done));
    Ok(())
}

/// The same of what was said about a message, as far as it stands behind `since` in the outbox: what waited
/// there before somebody else said.
pub(crate) fn give_up_words(
    turn: &mut Turn<'_>,
    command: CommandId,
    message: MessageId,
    since: i64,
) -> Result<()> {
    for row in outbox::about(turn.tx, message)? {
        // Words that were taken back are gone here: that they are goes out when it can.
        let undone = |said: &About| row.stanza.is_none() && said.kind != AboutKind::Retraction;
        if row.id > since
            && let Some(said) = row.about.as_ref().filter(|said| undone(said))
        {
            outbox::remove(turn.tx, row.id)?;
            about::undo(turn.tx, message, said, &turn.own.jid)?;
            turn.message_changed(message);
        }
    }
    turn.done(command, Ok(Outcome::Done));
    Ok(())
}

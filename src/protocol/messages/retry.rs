//! Sending again, and taking back. A retry is a new message in the place of the old one (law 5); what was
//! never written to a stream can be taken back.

use crate::block_list;
use crate::messages::outgoing::Outgoing;
use crate::refusals;
use crate::turn::Turn;
use api::{Change, CommandId, Failure, FailureKind, Outcome};
use model::{Message, MessageId, MessageState, Protection};
use store::left::{self, Withdrawn};
use store::{Result, chats, messages};

/// Why a message is not sent again; None: it may be. `encrypted`: its chat is. `again`: the person
/// knows that it may arrive twice.
pub fn refusal(message: &Message, encrypted: bool, again: bool) -> Option<Failure> {
    let unsafe_to = |text: String| Some(Failure::new(FailureKind::Unsafe, text));
    if !left::is_ours(message) {
        let text = "Only a message that you wrote can be sent again.";
        return Some(Failure::new(FailureKind::Other, text));
    }
    let peer = &message.peer;
    if message.state == MessageState::Delivered {
        return unsafe_to(format!("It is not sent again: {peer} has it."));
    }
    if message.may_have_arrived() && !again {
        return unsafe_to(format!(
            "It may have arrived, so it is not sent again by itself: {peer} might get it twice. Ask them; to send it all the \
             same, say so (press the key again, or `susurro retry ID --again`)."
        ));
    }
    if message.protection != Protection::Clear && !encrypted {
        return unsafe_to(format!(
            "It was written to be encrypted, and the chat with {peer} is in clear now. Turn encryption on (`/encrypt`, or \
             `susurro encryption {peer} on`), or write it anew."
        ));
    }
    None
}

/// Sends a message of ours once more: the row is replaced, and its text goes as
/// protected as the chat says now.
pub(crate) fn retry(
    outgoing: &mut Outgoing,
    turn: &mut Turn<'_>,
    command: CommandId,
    message: MessageId,
    again: bool,
) -> Result<()> {
    let found = messages::get(turn.tx, message)?.filter(|found| found.account == turn.own.account);
    let Some(old) = found else {
        let text = "The message is not in the history any more.";
        turn.done(command, Err(Failure::new(FailureKind::Other, text)));
        return Ok(());
    };
    let encrypted = chats::get(turn.tx, old.chat)?.is_none_or(|chat| chat.encrypted);
    if let Some(why) = refusal(&old, encrypted, again) {
        turn.done(command, Err(why));
        return Ok(());
    }
    if block_list::covers(turn, &old.peer)? {
        turn.done(command, Err(refusals::blocked(&old.peer)));
        return Ok(());
    }
    let Some(body) = old.body else { return Ok(()) };
    outgoing.forget(message);
    left::remove(turn.tx, message)?;
    turn.changed(Change::Messages(vec![message]));
    outgoing.submit(turn, command, &old.peer, body, false)
}

/// What is told of a message that the person took back.
pub const TAKEN_BACK: &str = "Taken back before it was sent.";

/// Why a message cannot be taken back.
pub fn may_have_left() -> Failure {
    let text = "It cannot be taken back: it was given to the server, so it may have left.";
    Failure::new(FailureKind::Unsafe, text)
}

/// Takes back what was never written to a stream.
pub(crate) fn withdraw(
    outgoing: &mut Outgoing,
    turn: &mut Turn<'_>,
    command: CommandId,
    message: MessageId,
) -> Result<()> {
    let result = match left::withdraw(turn.tx, message, TAKEN_BACK)? {
        Withdrawn::Done => {
            outgoing.forget(message);
            turn.message_changed(message);
            Ok(Outcome::Done)
        }
        Withdrawn::MayHaveLeft => Err(may_have_left()),
        Withdrawn::NotOurs => Err(Failure::new(
            FailureKind::Other,
            "Only a message that you wrote can be taken back.",
        )),
    };
    turn.done(command, result);
    Ok(())
}

//! Errors that answer our messages. Such a stanza is a word of whoever sent it, often long after the message:
//! it never outweighs a receipt, and of what our server has it says no more than that a copy came back.

use crate::follow_ups::FollowUp;
use crate::turn::Turn;
use model::{BareJid, Clean, Direction, Left, Message, MessageFailure, MessageId, MessageState};
use stanza::iq::StanzaError;
use stanza::received::Received;
use store::{Result, chats, copies, left, messages, outbox};

/// Conditions that say, whenever they come, that the message was not passed on: there is no way to that
/// address, or no right to write to it.
const REFUSALS: [&str; 13] = [
    "bad-request",
    "feature-not-implemented",
    "forbidden",
    "gone",
    "jid-malformed",
    "not-acceptable",
    "not-allowed",
    "not-authorized",
    "policy-violation",
    "redirect",
    "registration-required",
    "remote-server-not-found",
    "subscription-required",
];
/// Conditions that say so when they come at once, while our own server has not even acknowledged the message.
/// Later they come also of messages that were archived and perhaps read: when a stream of the other side ends
/// for good, what it had not acknowledged comes back.
const REFUSALS_AT_ONCE: [&str; 2] = ["item-not-found", "service-unavailable"];

/// Somebody answered one of our messages with an error. Only the address that we wrote to, or our own server,
/// can do so, and only of a message that left (threat 22).
pub(crate) fn on_error(
    turn: &mut Turn<'_>,
    received: &Received,
    id: &str,
    error: &StanzaError,
) -> Result<()> {
    let Some(message) = about(turn, &received.peer, id)? else {
        return Ok(());
    };
    let row = outbox::by_message(turn.tx, message.id)?;
    let open = matches!(message.state, MessageState::Queued | MessageState::Sent);
    if message.direction() != Direction::Out || !open || !message.was_written() {
        return Ok(());
    }
    // It came back, so it was at the server: it is not sent again by itself.
    if let Some(row) = row {
        outbox::remove(turn.tx, row.id)?;
    }
    let said = error.text.clone();
    let said = said.unwrap_or_else(|| Clean::line(&error.condition));
    // A single device of theirs (a full address) speaks for no other one.
    let whole = received.from.resource().is_none() || received.peer == turn.own.jid;
    if whole && refuses(&error.condition, message.state) {
        left::set(turn.tx, message.id, Left::Refused)?;
        turn.follow(FollowUp::Failed(message.id, MessageFailure::Refused(said)));
        return Ok(());
    }
    let why = MessageFailure::Returned(said);
    messages::set_state(turn.tx, message.id, MessageState::Sent, Some(&why))?;
    turn.message_changed(message.id);
    Ok(())
}

fn refuses(condition: &str, state: MessageState) -> bool {
    REFUSALS.contains(&condition) || (state == MessageState::Queued && REFUSALS_AT_ONCE.contains(&condition))
}

/// The message of ours that an error of this address is about. Our own server may answer in its own name: an
/// id that nobody can guess then tells which one is meant.
fn about(turn: &Turn<'_>, from: &BareJid, id: &str) -> Result<Option<Message>> {
    let (account, own) = (turn.own.account, &turn.own.jid);
    let found: Option<MessageId> = match chats::with_person(turn.tx, &turn.peer(from))? {
        Some(chat) => copies::waiting(turn.tx, chat.id, own, id)?,
        None => None,
    };
    let our_server = from == own || (from.node().is_none() && from.domain() == own.domain());
    let found = match found {
        None if our_server => match left::by_stanza_id(turn.tx, account, id, 2)?.as_slice() {
            [one] => Some(*one),
            _ => None,
        },
        found => found,
    };
    match found {
        Some(found) => messages::get(turn.tx, found),
        None => Ok(None),
    }
}

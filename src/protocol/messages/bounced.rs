//! Errors that answer our messages. Such a stanza is a word of whoever sent it, often long after the message:
//! it never outweighs a receipt, and of what our server has it says no more than that a copy came back.

use crate::follow_ups::FollowUp;
use crate::turn::Turn;
use model::{BareJid, Clean, Direction, Left, Message, MessageFailure, MessageId, MessageState};
use stanza::iq::StanzaError;
use stanza::received::Received;
use store::outbox::{self, Outgoing as Row};
use store::{Result, chats, copies, in_private, left, messages};

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
        return on_word(turn, received, id, error);
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
    if message.peer.within.is_some() {
        return in_private(turn, message.id, error);
    }
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

/// A room does not pass on what was written to one of those in it: they are not there, or nobody may.
fn in_private(turn: &mut Turn<'_>, message: MessageId, error: &StanzaError) -> Result<()> {
    let said = error.text.clone();
    let failure = match error.condition.as_str() {
        "item-not-found" | "recipient-unavailable" | "jid-malformed" => MessageFailure::OccupantGone,
        "forbidden" | "not-allowed" | "policy-violation" | "feature-not-implemented" => {
            MessageFailure::PrivateForbidden
        }
        condition => MessageFailure::Refused(said.unwrap_or_else(|| Clean::line(condition))),
    };
    left::set(turn.tx, message, Left::Refused)?;
    turn.follow(FollowUp::Failed(message, failure));
    Ok(())
}

/// The same of what we said about a message, which has no row. A reaction that comes back is as if it had not
/// been given (XEP-0444 §4.2), and so are other words; of what a copy alone came back nothing changes.
fn on_word(turn: &mut Turn<'_>, received: &Received, id: &str, error: &StanzaError) -> Result<()> {
    let peer = &received.peer;
    let whole = received.from.resource().is_none() || *peer == turn.own.jid;
    let our_server = is_our_server(turn, peer);
    let is_meant = |row: &Row| row.stanza.is_some() && row.about.as_ref().is_some_and(|said| said.id == id);
    let waiting = outbox::all(turn.tx, turn.own.account)?.into_iter().find(is_meant);
    let said = error
        .text
        .clone()
        .unwrap_or_else(|| Clean::line(&error.condition));
    let failure = MessageFailure::Refused(said);
    let Some(row) = waiting else {
        if whole && refuses(&error.condition, MessageState::Sent) {
            let by = (!our_server).then(|| peer.clone());
            turn.follow(FollowUp::WordRefused(id.to_owned(), by, failure));
        }
        return Ok(());
    };
    let of_chat = chats::get(turn.tx, row.chat)?.is_some_and(|chat| chat.peer.address == *peer);
    if !of_chat && !our_server {
        return Ok(());
    }
    outbox::remove(turn.tx, row.id)?;
    if whole && refuses(&error.condition, MessageState::Queued) {
        turn.follow(FollowUp::RowFailed(Box::new(row), failure));
    } else {
        turn.message_changed(row.message);
    }
    Ok(())
}

/// Our own server answers in its own name, or in ours.
fn is_our_server(turn: &Turn<'_>, from: &BareJid) -> bool {
    let own = &turn.own.jid;
    from == own || (from.node().is_none() && from.domain() == own.domain())
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
        None => match in_private::of_own(turn.tx, &turn.peer(from), id)? {
            Some(chat) => copies::waiting(turn.tx, chat, own, id)?,
            None => None,
        },
    };
    let found = match found {
        None if is_our_server(turn, from) => match left::by_stanza_id(turn.tx, account, id, 2)?.as_slice() {
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

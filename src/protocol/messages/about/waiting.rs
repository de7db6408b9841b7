//! What was said about a message that is not here: it waits.

use crate::acquaintance::may_know_us;
use crate::messages::arrivals::{is_deleted_whole, sane_time};
use crate::messages::known::chat_of;
use crate::messages::requests;
use crate::turn::Turn;
use model::{BareJid, ChatId, Message, MessageId};
use stanza::received::Received;
use store::about::early::{self, Early, EarlyContent};
use store::chats::Chat;
use store::{Result, Way, messages};

/// The chat in which something is said about a message. An archive is read backwards: there its newest word
/// comes before the chat does, which begins here if we know them.
pub(super) fn chat_of_word(turn: &mut Turn<'_>, received: &Received) -> Result<Option<Chat>> {
    if let Some(chat) = chat_of(turn, received)? {
        return Ok(Some(chat));
    }
    let peer = turn.peer_of(received);
    let time = sane_time(received.delay, turn.now);
    let comes = received.origin.is_archived()
        && may_know_us(turn, &peer.address)?
        && !is_deleted_whole(turn, received, &peer, time)?;
    match comes {
        true => requests::chat_for(turn, &peer, received.direction, None),
        false => Ok(None),
    }
}

/// Lets it wait.
pub(super) fn wait(
    turn: &mut Turn<'_>,
    received: &Received,
    chat: ChatId,
    target: &str,
    said: EarlyContent,
    way: Way,
) -> Result<()> {
    let early = Early {
        author: received.writer(),
        said,
        stanza_id: received.id.clone().unwrap_or_default(),
        server_id: received.server_id.clone(),
        way,
    };
    turn.counters_matter = true;
    turn.loaded.early.set(Some(true));
    early::put(turn.tx, chat, target, &early)
}

/// Something waits from now on.
pub(super) fn waits(turn: &Turn<'_>) {
    turn.loaded.early.set(Some(true));
}

/// Whether anything waits for a message.
pub(super) fn anything(turn: &Turn<'_>) -> Result<bool> {
    let any = match turn.loaded.early.get() {
        Some(any) => any,
        None => early::any(turn.tx, turn.own.account)?,
    };
    turn.loaded.early.set(Some(any));
    Ok(any)
}

/// The row of the correction of this author that waits for the message `target`.
pub(super) fn standing(
    turn: &Turn<'_>,
    chat: ChatId,
    author: &BareJid,
    target: &str,
) -> Result<Option<Message>> {
    if !anything(turn)? {
        return Ok(None);
    }
    let Some((stanza_id, server_id)) = early::standing(turn.tx, chat, author, target)? else {
        return Ok(None);
    };
    match messages::find(turn.tx, chat, author, &stanza_id, server_id.as_deref())? {
        Some(row) => messages::get(turn.tx, row),
        None => Ok(None),
    }
}

/// The same of what stands in the history meanwhile.
pub(super) fn wait_with_row(
    turn: &mut Turn<'_>,
    target: &str,
    row: MessageId,
    said: EarlyContent,
    way: Way,
) -> Result<()> {
    let Some(row) = messages::get(turn.tx, row)? else {
        return Ok(());
    };
    let early = Early {
        author: row.from(&turn.own.jid).clone(),
        said,
        stanza_id: row.stanza_id,
        server_id: row.server_id,
        way,
    };
    turn.loaded.early.set(Some(true));
    early::put(turn.tx, row.chat, target, &early)
}

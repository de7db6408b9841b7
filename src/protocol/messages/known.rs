//! By what a message that arrived is known, and which rows it is a copy of.

use crate::turn::Turn;
use model::{BareJid, ChatId};
use stanza::received::Received;
use store::chats::Chat;
use store::copies::{self, Closed, Ids, Mark};
use store::{Result, chats, deleted};

/// A message that arrived, and by what other copies of it are known.
pub(crate) struct Arrival<'a> {
    pub(crate) received: &'a Received,
    /// What a row of it may have been marked with that stayed closed; the first is the mark of a
    /// new one.
    pub(crate) closed: Vec<Mark>,
    /// The payload of the letter that was opened.
    pub(crate) opened: Option<Mark>,
}

impl<'a> Arrival<'a> {
    /// One in clear, or one that can only be known by its server's id.
    pub(crate) fn plain(received: &'a Received) -> Self {
        Self::marked(received, Vec::new())
    }

    /// One that is known by these marks while it stays closed.
    pub(crate) fn marked(received: &'a Received, closed: Vec<Mark>) -> Self {
        Self {
            received,
            closed,
            opened: None,
        }
    }
}

/// The chat that it belongs to, if there is one.
pub(crate) fn chat_of(turn: &Turn<'_>, received: &Received) -> Result<Option<Chat>> {
    let peer = turn.peer_of(received);
    match (&received.within, &received.occupant) {
        (Some(_), _) => chats::by_peer(turn.tx, &peer),
        (None, Some(_)) => Ok(chats::by_peer(turn.tx, &peer)?.filter(Chat::is_room)),
        (None, None) => chats::with_person(turn.tx, &peer),
    }
}

/// Whether the row of a message that was read accounts for this one, which its session
/// calls a copy and which differs.
pub(crate) fn is_told(turn: &Turn<'_>, arrival: &Arrival<'_>) -> Result<bool> {
    let received = arrival.received;
    let from = received.writer();
    let peer = turn.peer_of(received);
    // What was deleted here was told.
    if let Some(id) = received.id.as_deref()
        && deleted::was_sealed(turn.tx, &peer, &from, id)?
    {
        return Ok(true);
    }
    match chat_of(turn, received)? {
        Some(chat) => copies::is_told(turn.tx, &ids(received, &from, chat.id), &arrival.closed),
        None => Ok(false),
    }
}

/// The rows in `chat` that stayed closed of this very message, and of one with its id.
pub(super) fn closed(turn: &Turn<'_>, arrival: &Arrival<'_>, chat: Option<&Chat>) -> Result<Closed> {
    let received = arrival.received;
    let from = received.writer();
    match chat {
        Some(chat) => copies::closed(turn.tx, &ids(received, &from, chat.id), &arrival.closed),
        None => Ok(Closed::default()),
    }
}

fn ids<'a>(received: &'a Received, from: &'a BareJid, chat: ChatId) -> Ids<'a> {
    Ids {
        chat,
        from: from.as_str(),
        stanza_id: received.id.as_deref(),
        server_id: received.server_id.as_deref(),
        occupant: None,
    }
}

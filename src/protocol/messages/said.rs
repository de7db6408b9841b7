//! What is told to the front ends of what somebody says beside messages.

use crate::acquaintance::may_know_us;
use crate::messages::arrivals::sane_time;
use crate::messages::road::Road;
use crate::turn::Turn;
use api::{Aside, AsideKind, Event};
use model::{ChatState, Direction, Fingerprint, Protection, Trust};
use stanza::received::{Origin, Received};
use store::{Result, chats, messages};

/// Whose word it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    pub(crate) protection: Protection,
    /// The key that it was sealed with, and its trust.
    pub(crate) key: Option<(Fingerprint, Trust)>,
    /// It stood in an envelope.
    pub(crate) sealed: bool,
}

impl Word {
    pub(crate) fn on(road: &Road<'_>) -> Self {
        Self {
            protection: road.protection(),
            key: road.key(),
            sealed: road.is_sealed(),
        }
    }

    /// The key vouches for what it sealed, and not for what stands beside.
    pub(crate) fn tell(&self, turn: &mut Turn<'_>, received: &Received, kind: AsideKind) {
        let protection = match self.sealed {
            true => self.protection,
            false => Protection::Clear,
        };
        let said = Aside {
            chat: turn.peer_of(received),
            from: received.writer(),
            kind,
            id: received.id.clone(),
            time: sane_time(received.delay, turn.now),
            protection,
            key: self.key.filter(|_| self.sealed),
        };
        turn.tell(Event::Aside(Box::new(said)));
    }
}

/// What somebody does with the chat now. What is old, or was not sent to us alone, says nothing of now; nor
/// does a stranger, nor in clear somebody whose newest message was in OMEMO 2 (threats 46, 92).
pub(crate) fn on_state(
    turn: &mut Turn<'_>,
    received: &Received,
    state: ChatState,
    word: &Word,
) -> Result<()> {
    let live = received.direction == Direction::In
        && received.origin == Origin::Live
        && received.delay.is_none()
        && !received.is_groupchat;
    if !live || !may_know_us(turn, &received.peer)? {
        return Ok(());
    }
    let Some(chat) = chats::with_person(turn.tx, &turn.peer_of(received))? else {
        return Ok(());
    };
    let newest = messages::history(turn.tx, chat.id, None, 1)?;
    let in_omemo2 = newest
        .first()
        .is_some_and(|row| row.protection == Protection::Omemo2);
    if chat.request || (in_omemo2 && !word.sealed) {
        return Ok(());
    }
    word.tell(turn, received, AsideKind::State(state));
    Ok(())
}

//! What a room says of messages that a moderator took away (XEP-0425): its own word alone, from its bare
//! address or in its archive, counts for whatever was said there, however that was protected. It names them
//! by the ids that it gave them itself.

use super::waiting;
use crate::turn::Turn;
use api::{Aside, AsideKind, Event};
use model::{BareJid, ChatId, Clean, MessageId, Protection};
use stanza::muc::moderation::Moderation;
use store::about::early::{self, Early, EarlyContent};
use store::about::{self, retractions};
use store::{Result, Way, chats, messages, outbox};

/// The room says it; `is_live`: just now, and not in its archive.
pub(crate) fn take(turn: &mut Turn<'_>, room: &BareJid, said: Moderation, is_live: bool) -> Result<()> {
    let Some(chat) = chats::by_peer(turn.tx, &turn.peer(room))? else {
        return Ok(());
    };
    match named(turn, chat.id, &said.of)? {
        Some(message) => {
            if put(turn, message, said.reason.as_ref())? && is_live {
                tell(turn, room, message)?;
            }
            Ok(())
        }
        None => wait(turn, room, chat.id, said),
    }
}

fn named(turn: &Turn<'_>, chat: ChatId, id: &str) -> Result<Option<MessageId>> {
    match about::by_server_id(turn.tx, chat, id, None)? {
        Some(message) => Ok(Some(message)),
        None => retractions::by_correction(turn.tx, chat, id),
    }
}

/// Takes the words of a message away; whether there were any. What waits to be said about it is said to
/// nobody.
pub(crate) fn put(turn: &mut Turn<'_>, message: MessageId, why: Option<&Clean>) -> Result<bool> {
    let is_new = retractions::moderate(turn.tx, message, why)?;
    if is_new {
        for row in outbox::about(turn.tx, message)? {
            if row.stanza.is_none() {
                outbox::remove(turn.tx, row.id)?;
            }
        }
        turn.counters_matter = true;
        turn.message_changed(message);
    }
    Ok(is_new)
}

/// An archive is read backwards, so the message may come behind it.
fn wait(turn: &mut Turn<'_>, room: &BareJid, chat: ChatId, said: Moderation) -> Result<()> {
    let early = Early {
        author: room.clone(),
        said: EarlyContent::Moderation(said.reason),
        stanza_id: String::new(),
        server_id: None,
        way: Way {
            time: turn.now,
            protection: Protection::Clear,
            device: None,
            fingerprint: None,
            trust: None,
        },
    };
    turn.counters_matter = true;
    waiting::waits(turn);
    early::put(turn.tx, chat, &said.of, &early)
}

fn tell(turn: &mut Turn<'_>, room: &BareJid, message: MessageId) -> Result<()> {
    let Some(row) = messages::get(turn.tx, message)? else {
        return Ok(());
    };
    let said = Aside {
        chat: turn.peer(room),
        from: room.clone(),
        kind: AsideKind::Retracted(row.stanza_id),
        id: None,
        time: turn.now,
        protection: Protection::Clear,
        key: None,
    };
    turn.tell(Event::Aside(Box::new(said)));
    Ok(())
}

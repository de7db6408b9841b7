//! Reactions (XEP-0444): everything that somebody thinks of a message, each time anew.

use super::{in_order, is_believed, is_known, named, waiting, way};
use crate::messages::known::Arrival;
use crate::messages::road::Road;
use crate::messages::said::Word;
use crate::turn::Turn;
use api::AsideKind;
use model::{BareJid, Clean, MessageId, Reactions};
use stanza::received::Origin;
use store::about::early::EarlyContent;
use store::{Result, Way, messages, reactions};

/// Keeps what somebody thinks of a message, in a chat that is there.
pub(crate) fn take(
    turn: &mut Turn<'_>,
    arrival: &Arrival<'_>,
    said: Reactions,
    (road, word): (&Road<'_>, &Word),
) -> Result<()> {
    let received = arrival.received;
    if !road.is_heeded() || !is_known(received) {
        return Ok(());
    }
    let Some(chat) = waiting::chat_of_word(turn, received)? else {
        return Ok(());
    };
    let (author, way) = (received.writer(), way(turn, received, road));
    match named(turn, received, chat.id, &said.id, None)? {
        Some(target) => {
            let before = reactions::given_at(turn.tx, target, &author)?;
            let way = in_order(way, received, before);
            let id = put(turn, target, &author, &said.emojis, &way)?;
            if let Some(id) = id.filter(|_| received.origin != Origin::Past) {
                word.tell(turn, received, AsideKind::Reacted(id, said.emojis));
            }
            Ok(())
        }
        None => waiting::wait(
            turn,
            received,
            chat.id,
            &said.id,
            EarlyContent::Reactions(said.emojis),
            way,
        ),
    }
}

/// The same, once it is known of which; its id, if that changes anything.
pub(super) fn put(
    turn: &mut Turn<'_>,
    message: MessageId,
    author: &BareJid,
    emojis: &[Clean],
    way: &Way,
) -> Result<Option<String>> {
    let Some(row) = messages::get(turn.tx, message)? else {
        return Ok(None);
    };
    let is_new = row.retracted.is_none()
        && is_believed(&row, way)
        && reactions::set(turn.tx, message, author, emojis, way)?;
    if is_new {
        turn.counters_matter = true;
        turn.message_changed(message);
    }
    Ok(is_new.then_some(row.stanza_id))
}

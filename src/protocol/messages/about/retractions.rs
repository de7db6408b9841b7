//! Retractions (XEP-0424). What was sealed is taken back by the same key alone: deployed clients of the
//! legacy dialect send theirs in clear, where anybody on the way could, so those do not count for what was
//! sealed.

use super::{is_its_author, is_known, is_same_hand, named, waiting, way};
use crate::follow_ups::FollowUp;
use crate::messages::known::Arrival;
use crate::messages::road::Road;
use crate::messages::said::Word;
use crate::turn::Turn;
use api::AsideKind;
use model::{Message, MessageId, Retracted};
use stanza::received::{Origin, Received};
use store::about::early::EarlyContent;
use store::about::retractions;
use store::{Result, Way, messages};

/// The author of the message `of` takes it back.
pub(crate) fn take(
    turn: &mut Turn<'_>,
    arrival: &Arrival<'_>,
    of: &str,
    (road, word): (&Road<'_>, &Word),
) -> Result<()> {
    let received = arrival.received;
    let Some(chat) = waiting::chat_of_word(turn, received)? else {
        return Ok(());
    };
    let (author, way) = (received.writer(), way(turn, received, road));
    match named(turn, received, chat.id, of, Some(author.as_str()))? {
        Some(target) => {
            let id = put(turn, target, &way, Some(received))?;
            if let Some(id) = id.filter(|_| received.origin != Origin::Past) {
                word.tell(turn, received, AsideKind::Retracted(id));
            }
            Ok(())
        }
        None if !is_known(received) => Ok(()),
        None => {
            // Its words may stand here by a correction.
            if let Some(row) = waiting::standing(turn, chat.id, &author, of)? {
                put(turn, row.id, &way, None)?;
            }
            waiting::wait(turn, received, chat.id, of, EarlyContent::Retraction, way)
        }
    }
}

/// The same, once it is known which; its id if it is taken back now.
pub(super) fn put(
    turn: &mut Turn<'_>,
    message: MessageId,
    way: &Way,
    received: Option<&Received>,
) -> Result<Option<String>> {
    let row = messages::get(turn.tx, message)?;
    let is_theirs = |row: &Message| received.is_none_or(|received| is_its_author(row, received));
    let Some(row) = row.filter(|row| is_same_hand(row, way) && is_theirs(row)) else {
        tracing::debug!(
            account = turn.own.account.0,
            "a retraction by somebody else was ignored"
        );
        return Ok(None);
    };
    let is_new = retractions::apply(turn.tx, message, Retracted::Author)?;
    if is_new {
        turn.counters_matter = true;
        turn.message_changed(message);
        let gone = row.files.iter().filter_map(|file| file.container);
        turn.follow(FollowUp::FilesGone(gone.collect()));
    }
    Ok(is_new.then_some(row.stanza_id))
}

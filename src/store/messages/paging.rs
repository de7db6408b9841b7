//! The history, page by page.

use rusqlite::params;

use super::reading;
use crate::{Reads, Result, rows};
use model::{ChatId, Message, MessageId};

/// The newest `limit` rows of the chat before `before` (exclusive; None: from the end), oldest first. Ordered
/// by (standing, row). Before a row that is not of this chat there is nothing.
pub fn history(
    r: &impl Reads,
    chat: ChatId,
    before: Option<MessageId>,
    limit: usize,
) -> Result<Vec<Message>> {
    let mut page = match before {
        None => rows::all(r, HISTORY_END, params![chat.0, rows::limit(limit)], reading())?,
        Some(before) => beside(r, [BEFORE_IN_SECOND, BEFORE_SECOND], chat, before, limit)?,
    };
    page.reverse();
    Ok(page)
}

/// The oldest `limit` rows of the chat after `after` (exclusive), oldest first, in the order of [`history`].
/// After a row that is not of this chat there is nothing.
pub fn after(r: &impl Reads, chat: ChatId, after: MessageId, limit: usize) -> Result<Vec<Message>> {
    beside(r, [AFTER_IN_SECOND, AFTER_SECOND], chat, after, limit)
}

/// The rows on one side of `row`: those of its second first, then the others. In two ranges, since SQLite
/// would use only the second of `(standing, id) < (?, ?)` for the index and walk over every row of an equal
/// second: whoever writes us chooses the times. And in two statements, since one over both ranges would
/// gather and sort their rows.
fn beside(
    r: &impl Reads,
    [in_second, beyond]: [&str; 2],
    chat: ChatId,
    row: MessageId,
    limit: usize,
) -> Result<Vec<Message>> {
    let mut page = rows::all(
        r,
        in_second,
        params![chat.0, rows::limit(limit), row.0],
        reading(),
    )?;
    let rest = limit.saturating_sub(page.len());
    if rest > 0 {
        let further = params![chat.0, rows::limit(rest), row.0];
        page.extend(rows::all(r, beyond, further, reading())?);
    }
    Ok(page)
}

/// All of these walk the index messages_by_standing and stop at the limit, however long the chat is.
pub(crate) const HISTORY_END: &str =
    select!("WHERE m.chat = ?1 ORDER BY m.standing DESC, m.id DESC LIMIT ?2");
pub(crate) const HISTORY_START: &str = select!("WHERE m.chat = ?1 ORDER BY m.standing, m.id LIMIT ?2");
pub(crate) const BEFORE_IN_SECOND: &str = select!(
    "WHERE m.chat = ?1 AND m.standing = (SELECT standing FROM messages WHERE id = ?3 AND chat = ?1) AND m.id < ?3
     ORDER BY m.id DESC LIMIT ?2"
);
pub(crate) const BEFORE_SECOND: &str = select!(
    "WHERE m.chat = ?1 AND m.standing < (SELECT standing FROM messages WHERE id = ?3 AND chat = ?1)
     ORDER BY m.standing DESC, m.id DESC LIMIT ?2"
);
pub(crate) const AFTER_IN_SECOND: &str = select!(
    "WHERE m.chat = ?1 AND m.standing = (SELECT standing FROM messages WHERE id = ?3 AND chat = ?1) AND m.id > ?3
     ORDER BY m.id LIMIT ?2"
);
pub(crate) const AFTER_SECOND: &str = select!(
    "WHERE m.chat = ?1 AND m.standing > (SELECT standing FROM messages WHERE id = ?3 AND chat = ?1)
     ORDER BY m.standing, m.id LIMIT ?2"
);

/// The oldest `limit` rows of the chat, oldest first.
pub fn oldest(r: &impl Reads, chat: ChatId, limit: usize) -> Result<Vec<Message>> {
    rows::all(r, HISTORY_START, params![chat.0, rows::limit(limit)], reading())
}

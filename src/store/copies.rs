//! Which row an id means that somebody else chose, and of which row another copy came (law 9). Ids are unique
//! per stream only (RFC 6120 §8.1.3), so of two messages with one id neither hides the other.

use rusqlite::{Row, params};

use super::codes::Code;
use super::{Reads, Result, Transaction, rows};
use model::{BareJid, ChatId, Clean, Direction, Left, MessageId, MessageState, Protection};

/// By what another copy of a message is known where ids do not tell: a digest of what arrived.
pub type Mark = [u8; 16];

/// Rows of one sender with one id that are looked through, the newest ones: whoever gives every message the
/// same id must not make each one dearer than the last.
const LOOKED_THROUGH: i64 = 64;

/// What a message is known by.
#[derive(Debug, Clone, Copy)]
pub struct Ids<'a> {
    pub chat: ChatId,
    /// The address that stands for its author.
    pub from: &'a str,
    pub stanza_id: Option<&'a str>,
    /// That our server vouches for.
    pub server_id: Option<&'a str>,
    /// Of somebody in a room that shows no address of theirs, which is then the room's: what they are called,
    /// and who that is over all nicks.
    pub occupant: Option<(&'a str, Option<&'a str>)>,
}

/// Whether a row with this id of the server, nick and occupant-id may be of the same writer. In a room that
/// shows no addresses all have one, so an id that somebody chose must not hide the words of others.
fn may_be_same(row: &Row<'_>, first: usize, ids: &Ids<'_>) -> Result<bool> {
    let Some((nick, id)) = ids.occupant else {
        return Ok(true);
    };
    let optional = |column| rows::optional_text(row, first + column);
    let (server_id, its_nick, its_id) = (optional(0)?, optional(1)?, optional(2)?);
    let differs = given(ids.server_id)
        .zip(given(server_id))
        .is_some_and(|(one, other)| one != other);
    Ok(!differs && its_nick == Some(nick) && its_id == id)
}

/// The row in clear that these words in clear are a copy of: the same id of our server, or the same id of
/// their sender and the same words. What is encrypted is no copy of them, however it is called.
pub(super) fn in_clear(r: &impl Reads, ids: &Ids<'_>, body: &Clean) -> Result<Option<MessageId>> {
    let clear = Protection::Clear.code();
    if let Some(server_id) = given(ids.server_id) {
        let sql = "SELECT id FROM messages
                   WHERE chat = ?1 AND server_id = ?2 AND protection = ?3 AND body IS NOT NULL";
        let found = rows::first(r, sql, params![ids.chat.0, server_id, clear], rows::message)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    let sql = "SELECT id, server_id, nick, occupant FROM (SELECT id, server_id, nick, occupant, body, protection FROM messages
                   WHERE chat = ?1 AND stanza_id = ?2 AND sender = ?3 AND stanza_id <> '' ORDER BY id DESC LIMIT ?4)
               WHERE body = ?5 AND protection = ?6";
    let stanza_id = ids.stanza_id.unwrap_or_default();
    let from = ids.from;
    let named = params![ids.chat.0, stanza_id, from, LOOKED_THROUGH, body.as_str(), clear];
    let same = |row: &Row<'_>| Ok(may_be_same(row, 1, ids)?.then_some(rows::message(row)?));
    let found = rows::all(r, sql, named, same)?.into_iter().flatten().next();
    match found {
        Some(found) => Ok(Some(found)),
        None => Ok(rows::all(r, CORRECTED, named, same)?.into_iter().flatten().next()),
    }
}

/// Its first words were these: it was corrected since.
const CORRECTED: &str = "SELECT id, server_id, nick, occupant FROM
    (SELECT id, server_id, nick, occupant, edited, protection FROM messages
        WHERE chat = ?1 AND stanza_id = ?2 AND sender = ?3 AND stanza_id <> '' ORDER BY id DESC LIMIT ?4) m
    WHERE edited > 0 AND protection = ?6
        AND ?5 = (SELECT body FROM message_versions WHERE message = m.id ORDER BY time, id LIMIT 1)";

/// The rows of a message of which a copy with one of these marks came that could not be read: the same id of
/// our server, or the same id of its sender and the same mark.
pub fn closed(r: &impl Reads, ids: &Ids<'_>, marks: &[Mark]) -> Result<Closed> {
    if let Some(server_id) = given(ids.server_id) {
        let sql = "SELECT id FROM messages WHERE chat = ?1 AND server_id = ?2 AND unreadable IS NOT NULL";
        let found = rows::first(r, sql, params![ids.chat.0, server_id], rows::message)?;
        if found.is_some() {
            return Ok(Closed {
                same: found,
                ..Closed::default()
            });
        }
    }
    let sql = "SELECT id, mark, asked, unreadable IS NOT NULL, body IS NOT NULL AND protection <> ?5 FROM messages
               WHERE chat = ?1 AND stanza_id = ?2 AND sender = ?3 AND stanza_id <> '' ORDER BY id DESC LIMIT ?4";
    let stanza_id = ids.stanza_id.unwrap_or_default();
    let clear = Protection::Clear.code();
    let named = params![ids.chat.0, stanza_id, ids.from, LOOKED_THROUGH, clear];
    let mut closed = Closed::default();
    let found = rows::all(r, sql, named, |row| {
        let mark: Option<Mark> = rows::optional_bytes(row, 1, "mark")?.copied();
        let is_same = mark.is_some_and(|mark| marks.contains(&mark));
        let [asked, is_closed, is_read] = [rows::get(row, 2)?, rows::get(row, 3)?, rows::get(row, 4)?];
        Ok((rows::message(row)?, is_same, asked, is_closed, is_read))
    })?;
    for (id, is_same, asked, is_closed, is_read) in found {
        closed.is_read |= is_same && is_read;
        if is_closed {
            closed.same = closed.same.or(Some(id).filter(|_| is_same));
            closed.asked = closed.asked.or(Some(id).filter(|_| asked));
        }
    }
    Ok(closed)
}

/// A row that could not be read, as another message with its id finds it.
#[derive(Debug, Default)]
pub struct Closed {
    /// It is a copy of that.
    pub same: Option<MessageId>,
    /// Its author was asked to send it once more; the newest of these.
    pub asked: Option<MessageId>,
    /// That stayed closed once, and is read since: its author sent it once more.
    pub is_read: bool,
}

/// Whether an encrypted message with this id was read that accounts for a copy with these marks, though the
/// copy differs: it was told and read after all, or read before marks were kept.
pub fn is_told(r: &impl Reads, ids: &Ids<'_>, marks: &[Mark]) -> Result<bool> {
    let found = marks_of_read(r, ids)?;
    Ok(found
        .iter()
        .any(|mark| mark.is_none_or(|mark| marks.contains(&mark))))
}

/// The marks of the encrypted messages with this id that can be read.
fn marks_of_read(r: &impl Reads, ids: &Ids<'_>) -> Result<Vec<Option<Mark>>> {
    let sql = "SELECT mark FROM messages
               WHERE chat = ?1 AND stanza_id = ?2 AND sender = ?3 AND stanza_id <> '' AND body IS NOT NULL
                   AND protection <> ?4
               ORDER BY id DESC LIMIT ?5";
    let stanza_id = ids.stanza_id.unwrap_or_default();
    let from = ids.from;
    let named = params![
        ids.chat.0,
        stanza_id,
        from,
        Protection::Clear.code(),
        LOOKED_THROUGH
    ];
    rows::all(r, sql, named, |row| {
        Ok(rows::optional_bytes(row, 0, "mark")?.copied())
    })
}

/// Of our own rows with this id that left the one of which it is not known that it arrived. Another device of
/// ours may have used the id too: of several nobody can say which is meant, so it is none.
pub fn waiting(r: &impl Reads, chat: ChatId, own: &BareJid, stanza_id: &str) -> Result<Option<MessageId>> {
    let sql = "SELECT id FROM messages WHERE chat = ?1 AND stanza_id = ?2 AND sender = ?3 AND stanza_id <> ''
               AND direction = ?4 AND state <> ?5 AND (state = ?6 OR gone IN (?7, ?8)) ORDER BY id DESC LIMIT 2";
    let (delivered, sent) = (MessageState::Delivered.code(), MessageState::Sent.code());
    let (perhaps, refused) = (Left::Perhaps.code(), Left::Refused.code());
    let (own, out) = (own.as_str(), Direction::Out.code());
    let named = params![chat.0, stanza_id, own, out, delivered, sent, perhaps, refused];
    let found = rows::all(r, sql, named, rows::message)?;
    Ok(match found.as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}

/// The row of ours with this id that has no id of the server yet; of several none.
pub fn own(r: &impl Reads, chat: ChatId, own: &BareJid, stanza_id: &str) -> Result<Option<MessageId>> {
    let sql = "SELECT id FROM messages WHERE chat = ?1 AND stanza_id = ?2 AND sender = ?3 AND stanza_id <> ''
               AND direction = ?4 AND server_id IS NULL ORDER BY id DESC LIMIT 2";
    let named = params![chat.0, stanza_id, own.as_str(), Direction::Out.code()];
    let found = rows::all(r, sql, named, rows::message)?;
    Ok(match found.as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}

/// The row of what was opened, from this sender and with this id of theirs, that has no id of the server yet.
pub fn nameless(
    r: &impl Reads,
    chat: ChatId,
    (sender, stanza_id): (&BareJid, &str),
    opened: &Mark,
) -> Result<Option<MessageId>> {
    let sql = "SELECT id FROM messages WHERE chat = ?1 AND stanza_id = ?2 AND sender = ?3 AND stanza_id <> ''
               AND mark = ?4 AND body IS NOT NULL AND server_id IS NULL LIMIT 1";
    let named = params![chat.0, stanza_id, sender.as_str(), opened];
    rows::first(r, sql, named, rows::message)
}

/// Notes by what another copy of this row is known.
pub fn set_mark(tx: &Transaction<'_>, id: MessageId, mark: &Mark) -> Result<()> {
    let sql = "UPDATE messages SET mark = ?2 WHERE id = ?1";
    rows::must_change(tx, "message", sql, params![id.0, mark])
}

/// An id that says something.
pub(super) fn given(id: Option<&str>) -> Option<&str> {
    id.filter(|id| !id.is_empty())
}

//! Who asked to go on without encryption, as lines of the history (what of it is still to be decided, `chats`
//! has). They are news as messages are: unread below the read position of their chat, and printed by `listen`
//! once (`seen` in the table). Ours are not, nor those from before anybody waits for them.

use rusqlite::{Row, params};

use super::codes::Code;
use super::{Reads, Result, StoreError, Transaction, events, positions, rows};
use model::{
    AccountId, BareJid, ChatEvent, ChatEventId, ChatEventKind, ChatId, Clean, Peer, Position, Timestamp,
};

macro_rules! select {
    ($where:literal) => {
        concat!(
            "SELECT e.id, e.chat, e.position, e.kind, e.time, e.until, e.detail, c.account, c.peer
             FROM chat_events e JOIN chats c ON c.id = e.chat WHERE ",
            $where
        )
    };
}

/// By which road it came, which says where it stands and whether it is news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Just now: below everything that is there.
    Live,
    /// From the archive, since we were last here: at its time, but below what was read.
    Archived,
    /// From before: at its time, and read.
    Past,
}

/// Stores one. Of a stranger who waits for an answer only the newest is kept: how many there are, they say.
pub fn put(
    tx: &Transaction<'_>,
    chat: ChatId,
    kind: ChatEventKind,
    (reason, time): (&Clean, Timestamp),
    stand: Stand,
) -> Result<ChatEventId> {
    let sql = "DELETE FROM chat_events WHERE chat = ?1 AND kind IN (?2, ?3)
               AND EXISTS (SELECT 1 FROM chats WHERE id = ?1 AND request = 1)";
    let theirs = [ChatEventKind::OptOut, ChatEventKind::UntrustedOptOut].map(Code::code);
    rows::change(tx, sql, params![chat.0, theirs[0], theirs[1]])?;
    let position = match stand {
        Stand::Live => positions::last(tx, chat, time)?,
        Stand::Archived => below_what_was_read(tx, chat, time)?,
        Stand::Past => positions::at_its_time(tx, chat, time)?,
    };
    let news = (kind.is_theirs() && stand != Stand::Past).then_some(0);
    let sql = "INSERT INTO chat_events (account, chat, position, kind, time, until, detail, seen)
               SELECT account, id, ?2, ?3, ?4, ?4, ?5, ?6 FROM chats WHERE id = ?1 RETURNING id";
    let time = time.as_millisecond();
    let values = params![chat.0, position.0, kind.code(), time, reason.as_str(), news];
    let id = rows::first(tx, sql, values, |row| Ok(ChatEventId(rows::get(row, 0)?)))?;
    id.ok_or(StoreError::Missing("chat"))
}

/// There is no mark for one that stands above the read position and is unread: so none does.
fn below_what_was_read(tx: &Transaction<'_>, chat: ChatId, time: Timestamp) -> Result<Position> {
    let at = positions::behind_what_came(tx, chat, time)?;
    let sql = "SELECT EXISTS (SELECT 1 FROM chats WHERE id = ?1 AND read_position >= ?2)";
    match rows::exists(tx, sql, params![chat.0, at.0])? {
        true => positions::last(tx, chat, time),
        false => Ok(at),
    }
}

/// Any line of a history, with the name of its chat.
pub fn get(r: &impl Reads, id: ChatEventId) -> Result<Option<(Peer, ChatEvent)>> {
    rows::first(r, select!("e.id = ?1"), [id.0], read)
}

/// Whether it is news that was neither shown nor printed.
pub fn is_unread(r: &impl Reads, id: ChatEventId) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM chat_events e JOIN chats c ON c.id = e.chat
               WHERE e.id = ?1 AND e.seen IS NOT NULL AND e.position > c.read_position)";
    rows::exists(r, sql, [id.0])
}

/// Those of the account that `listen` has not printed, the oldest first, at most `limit`.
pub fn unlistened(
    r: &impl Reads,
    account: AccountId,
    from: Option<&BareJid>,
    limit: usize,
) -> Result<Vec<(Peer, ChatEvent)>> {
    let sql = select!("e.account = ?1 AND e.seen = 0 AND (?2 IS NULL OR c.peer = ?2) ORDER BY e.id LIMIT ?3");
    let from = from.map(|from| from.as_str());
    rows::all(r, sql, params![account.0, from, rows::limit(limit)], read)
}

/// Marks one as printed by `listen`; what came into its chat up to it is read then.
pub fn set_listened(tx: &Transaction<'_>, id: ChatEventId) -> Result<()> {
    if rows::change(
        tx,
        "UPDATE chat_events SET seen = 1 WHERE id = ?1 AND seen = 0",
        [id.0],
    )? > 0
    {
        let sql = "UPDATE chats SET read_position = e.position FROM chat_events e
                   WHERE e.id = ?1 AND chats.id = e.chat AND chats.read_position < e.position";
        rows::change(tx, sql, [id.0])?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<(Peer, ChatEvent)> {
    let peer = Peer::new(AccountId(rows::get(row, 7)?), rows::jid(row, 8)?);
    Ok((peer, events::read(row)?))
}

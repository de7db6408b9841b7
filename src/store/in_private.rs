//! Chats with somebody in a room, in private (XEP-0045 §7.5).

use rusqlite::params;

use super::chats::{self, Chat};
use super::private_names::column;
use super::{Reads, Result, Transaction, rows};
use model::{AccountId, ChatId, Clean, InPrivate, MessageId, Peer};

/// The chats with those in the room of this name, in the order in which they were made.
pub fn all(r: &impl Reads, room: &Peer) -> Result<Vec<Chat>> {
    chats::in_private(r, room)
}

/// How many there are in all rooms of the account.
pub fn count(r: &impl Reads, account: AccountId) -> Result<usize> {
    let sql = "SELECT count(*) FROM chats WHERE account = ?1 AND kind = 2";
    let count = rows::first(r, sql, [account.0], |row| rows::get::<i64>(row, 0))?;
    Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
}

/// The newest chat with somebody who was called so last.
pub fn called(r: &impl Reads, room: &Peer, nick: &str) -> Result<Option<Chat>> {
    let nick = Clean::line(nick);
    let is_called = |chat: &Chat| chat.peer.within.as_ref().is_some_and(|with| with.nick == nick);
    Ok(all(r, room)?.into_iter().rfind(is_called))
}

/// Whether a chat with somebody in this room begins as one in which nothing goes in clear.
pub fn begins_encrypted(r: &impl Reads, peer: &Peer) -> Result<bool> {
    let room = Peer::new(peer.account, peer.address.clone());
    Ok(chats::by_peer(r, &room)?.is_some_and(|room| room.encrypted))
}

/// Whoever it is with is called so from now on; whether that is news.
pub fn set_nick(tx: &Transaction<'_>, chat: &Chat, with: &InPrivate) -> Result<bool> {
    let known = chat.peer.within.as_deref();
    if with.occupant_id.is_none() || known.is_none_or(|known| known != with || known.nick == with.nick) {
        return Ok(false);
    }
    let sql = "UPDATE chats SET nick = ?2 WHERE id = ?1";
    Ok(rows::change(tx, sql, params![chat.id.0, column(with)])? > 0)
}

/// In which chat with somebody in this room a row of ours stands that has this id.
pub fn of_own(r: &impl Reads, room: &Peer, stanza_id: &str) -> Result<Option<ChatId>> {
    let sql =
        "SELECT m.chat FROM messages m JOIN chats c ON c.id = m.chat WHERE c.account = ?1 AND c.peer = ?2
               AND c.kind = 2 AND m.stanza_id = ?3 AND m.direction = 1 AND m.stanza_id <> '' LIMIT 2";
    let values = params![room.account.0, room.address.as_str(), stanza_id];
    let found = rows::all(r, sql, values, |row| Ok(ChatId(rows::get(row, 0)?)))?;
    Ok(match found.as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}

/// The row in a chat with somebody in this room that our server knows by this id.
pub fn of_server(r: &impl Reads, room: &Peer, server_id: &str) -> Result<Option<(MessageId, ChatId)>> {
    let sql = "SELECT m.id, m.chat FROM messages m JOIN chats c ON c.id = m.chat WHERE c.account = ?1
               AND c.peer = ?2 AND c.kind = 2 AND m.server_id = ?3 AND m.server_id <> '' LIMIT 1";
    let values = params![room.account.0, room.address.as_str(), server_id];
    rows::first(r, sql, values, |row| {
        Ok((rows::message(row)?, ChatId(rows::get(row, 1)?)))
    })
}

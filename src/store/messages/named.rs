//! The rows that an id may mean. Senders choose those of stanzas, so there may be any number of rows; with an
//! id that our server vouches for there is one.

use rusqlite::params;

use super::reading;
use crate::{Reads, Result, rows};
use model::{ChatId, Message, Position};

/// The rows of a chat with this id, either direction: at most `limit`.
pub fn in_chat(r: &impl Reads, chat: ChatId, stanza_id: &str, limit: usize) -> Result<Vec<Message>> {
    let params = params![chat.0, stanza_id, rows::limit(limit)];
    reading::all(r, NAMED_IN_CHAT, params)
}

/// The rows with this id in whichever chat of whichever account: at most `limit`.
pub fn anywhere(r: &impl Reads, stanza_id: &str, limit: usize) -> Result<Vec<Message>> {
    reading::all(r, NAMED, params![stanza_id, rows::limit(limit)])
}

/// Where the row with this id of our server stands in a chat.
pub fn where_is(r: &impl Reads, chat: ChatId, server_id: &str) -> Result<Option<Position>> {
    let sql = "SELECT position FROM messages WHERE chat = ?1 AND server_id = ?2";
    rows::first(r, sql, params![chat.0, server_id], |row| {
        Ok(Position(rows::get(row, 0)?))
    })
}

/// The index messages_by_stanza_id answers. A stanza without an id is not found by one.
pub(crate) const NAMED_IN_CHAT: &str =
    select!("WHERE m.chat = ?1 AND m.stanza_id = ?2 AND m.stanza_id <> '' LIMIT ?3");
/// So it does here, chat by chat.
pub(crate) const NAMED: &str = select!(
    "WHERE m.id IN (SELECT n.id FROM chats o CROSS JOIN messages n
                    WHERE n.chat = o.id AND n.stanza_id = ?1 AND n.stanza_id <> '' LIMIT ?2)"
);

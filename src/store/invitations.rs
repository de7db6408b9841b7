//! Who wants the person in a room, as lines of the history: of what a room says by itself in the chat of that
//! room, which is no room of the person's before they go in; of what somebody says in the chat with them.

use rusqlite::params;

use super::codes::Code;
use super::opt_outs::{self, Stand};
use super::{Reads, Result, Transaction, chats, rooms, rows};
use model::{ChatEventId, ChatEventKind, ChatId, Clean, Invited, Peer, Timestamp};

/// What is said again within so many milliseconds is the same.
const SAME_MS: i64 = 600_000;

/// The chat of a room into which the person is asked, made if there is none: it waits among the requests.
pub fn open(tx: &Transaction<'_>, room: &Peer) -> Result<ChatId> {
    if let Some(chat) = chats::by_peer(tx, room)? {
        return Ok(chat.id);
    }
    let chat = chats::open_request(tx, room)?.id;
    rows::change(
        tx,
        "UPDATE chats SET kind = 1, encrypted = 0 WHERE id = ?1",
        [chat.0],
    )?;
    if let Some(mut kept) = rooms::open(tx, room, "")? {
        kept.autojoin = false;
        rooms::set_bookmark(tx, &kept)?;
    }
    Ok(chat)
}

/// Stores the line; None if it stands there already.
pub fn put(
    tx: &Transaction<'_>,
    chat: ChatId,
    (invited, time): (&Invited, Timestamp),
    stand: Stand,
) -> Result<Option<ChatEventId>> {
    let words = invited.to_words();
    let kind = ChatEventKind::Invited;
    let sql = "SELECT EXISTS (SELECT 1 FROM chat_events
               WHERE chat = ?1 AND kind = ?2 AND detail = ?3 AND abs(time - ?4) < ?5)";
    let values = params![
        chat.0,
        kind.code(),
        words.as_str(),
        time.as_millisecond(),
        SAME_MS
    ];
    if rows::exists(tx, sql, values)? {
        return Ok(None);
    }
    opt_outs::put(tx, chat, kind, (&words, time), stand).map(Some)
}

/// The newest one into this room, in whichever chat it stands.
pub fn newest(r: &impl Reads, room: &Peer) -> Result<Option<Invited>> {
    let sql = "SELECT detail FROM chat_events WHERE account = ?1 AND kind = ?2 AND substr(detail, 1, length(?3)) = ?3
               ORDER BY id DESC LIMIT 1";
    let beginning = format!("{}\n", room.address);
    let values = params![room.account.0, ChatEventKind::Invited.code(), beginning];
    let found: Option<Option<Clean>> = rows::first(r, sql, values, |row| rows::clean(row, 0))?;
    Ok(found.flatten().and_then(|words| Invited::of_words(&words)))
}

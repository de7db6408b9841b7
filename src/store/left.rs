//! How far what we wrote has gone from here, and what may still be done about it: taken back while it was
//! never written to a stream, replaced by a new message after that.

use rusqlite::Row;

use super::codes::Code;
use super::{Reads, Result, Transaction, messages, outbox, rows};
use model::{AccountId, ChatId, Direction, Left, Message, MessageFailure, MessageId, MessageState};

/// What became of taking a message back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawn {
    /// It is out of the outbox and will not be sent.
    Done,
    /// It was written to a stream, so it may have left.
    MayHaveLeft,
    /// It is no message that we wrote.
    NotOurs,
}

/// The row of the outbox is about to be written to a stream: from now on its message may arrive.
pub fn set_written(tx: &Transaction<'_>, row: i64) -> Result<()> {
    let sql =
        "UPDATE messages SET gone = 2 WHERE id = (SELECT message FROM outbox WHERE id = ?1) AND gone <> 2";
    rows::change(tx, sql, [row])?;
    Ok(())
}

/// How far a message has gone.
pub fn set(tx: &Transaction<'_>, message: MessageId, left: Left) -> Result<()> {
    let sql = "UPDATE messages SET gone = ?2 WHERE id = ?1";
    rows::must_change(tx, "message", sql, rusqlite::params![message.0, left.code()])
}

/// Takes back what was never written to a stream: it leaves the outbox and is failed, with `why` as
/// the reason. Its words stay.
pub fn withdraw(tx: &Transaction<'_>, message: MessageId, why: &MessageFailure) -> Result<Withdrawn> {
    let ours = messages::get(tx, message)?.filter(is_ours);
    let Some(ours) = ours else {
        return Ok(Withdrawn::NotOurs);
    };
    if ours.was_written() {
        return Ok(Withdrawn::MayHaveLeft);
    }
    if let Some(row) = outbox::by_message(tx, message)? {
        outbox::remove(tx, row.id)?;
    }
    messages::set_state(tx, message, MessageState::Failed, Some(why))?;
    set(tx, message, Left::TakenBack)?;
    Ok(Withdrawn::Done)
}

/// Whether we wrote it and its words are here.
pub fn is_ours(message: &Message) -> bool {
    let says = message.body.is_some() || !message.files.is_empty();
    message.direction() == Direction::Out && says
}

/// Removes a message of which a new one was made, with its place in the outbox; whoever left the chat
/// there is at its end. Nothing happens if there is none.
pub fn remove(tx: &Transaction<'_>, message: MessageId) -> Result<()> {
    let sql = "UPDATE chats SET place = NULL FROM messages m
               WHERE m.id = ?1 AND chats.id = m.chat AND chats.place = m.position";
    rows::change(tx, sql, [message.0])?;
    rows::change(tx, "DELETE FROM messages WHERE id = ?1", [message.0])?;
    Ok(())
}

/// The messages of ours with this stanza id, in whichever chat: at most `limit`.
pub fn by_stanza_id(
    r: &impl Reads,
    account: AccountId,
    stanza_id: &str,
    limit: usize,
) -> Result<Vec<MessageId>> {
    let params = rusqlite::params![account.0, stanza_id, rows::limit(limit)];
    rows::all(r, BY_STANZA_ID, params, read_id)
}

/// In each chat the index messages_by_stanza_id is asked (direction 1 = out).
pub(super) const BY_STANZA_ID: &str = "SELECT m.id FROM chats c CROSS JOIN messages m
    WHERE c.account = ?1 AND m.chat = c.id AND m.stanza_id = ?2 AND m.stanza_id <> '' AND m.direction = 1 LIMIT ?3";

/// The newest row of the history.
pub fn newest(r: &impl Reads) -> Result<MessageId> {
    let newest = rows::first(r, "SELECT max(id) FROM messages", [], |row| {
        rows::get::<Option<i64>>(row, 0)
    })?;
    Ok(MessageId(newest.flatten().unwrap_or(0)))
}

/// The first message of ours that was stored after `newest`.
pub fn written_after(r: &impl Reads, account: AccountId, newest: MessageId) -> Result<Option<MessageId>> {
    let sql = "SELECT id FROM messages WHERE id > ?2 AND account = ?1 AND direction = 1 ORDER BY id LIMIT 1";
    rows::first(r, sql, [account.0, newest.0], read_id)
}

/// Messages of ours that failed and were neither taken back nor sent again, the
/// newest first: at most `limit`.
pub fn failed(r: &impl Reads, account: AccountId, limit: usize) -> Result<Vec<MessageId>> {
    rows::all(r, FAILED, [account.0, rows::limit(limit)], read_id)
}

/// The condition is that of the index messages_failed (direction 1 = out, state 4 = failed; 1 = taken back).
pub(super) const FAILED: &str = "SELECT id FROM messages
    WHERE direction = 1 AND state = 4 AND account = ?1 AND gone <> 1 ORDER BY id DESC LIMIT ?2";

fn read_id(row: &Row<'_>) -> Result<MessageId> {
    Ok(MessageId(rows::get(row, 0)?))
}

/// Messages of ours in this chat that are on their way.
pub fn queued_in(r: &impl Reads, chat: ChatId) -> Result<Vec<MessageId>> {
    let sql = "SELECT id FROM messages WHERE chat = ?1 AND direction = 1 AND state = ?2 ORDER BY id";
    rows::all(r, sql, [chat.0, MessageState::Queued.code()], read_id)
}

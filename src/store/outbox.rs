//! The outbox: what waits for being sealed, and what was sealed and is not acknowledged by the server.
//!
//! A row goes `waiting` -> `sealed` (with its rendered stanza) -> gone. A sealed row is sent byte for byte
//! under the same id until the server acknowledged it.

use rusqlite::{Row, params};

use super::{Reads, Result, StoreError, Transaction, rows};
use model::{AccountId, ChatId, Clean, MessageId};

/// An outbox row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Order of sending.
    pub id: i64,
    pub chat: ChatId,
    /// The row of the history that it is, or is about.
    pub message: MessageId,
    /// What it says about that row; None: it is the row.
    pub about: Option<About>,
    /// Send in clear (a deliberate act of the user for this message or chat).
    pub clear: bool,
    /// The rendered stanza once sealed.
    pub stanza: Option<String>,
    /// Its number in the current stream, once sent there (XEP-0198 counter, modulo 2^32).
    pub sequence: Option<u32>,
    /// How many streams the server ended right after it, before it acknowledged it.
    pub blamed: u8,
}

/// Something said about a message that is no message itself. What it says now stands with that message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The id of the stanza that says it.
    pub id: String,
    pub kind: AboutKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AboutKind {
    /// Its words are the message's now.
    Correction,
    Retraction,
    /// All that we think of it; what we thought before.
    Reactions {
        before: Vec<Clean>,
    },
}

impl About {
    fn written(&self) -> String {
        let (kind, before): (&str, &[Clean]) = match &self.kind {
            AboutKind::Correction => ("correction", &[]),
            AboutKind::Retraction => ("retraction", &[]),
            AboutKind::Reactions { before } => ("reactions", before),
        };
        let lines = [kind, self.id.as_str()]
            .into_iter()
            .chain(before.iter().map(Clean::as_str));
        lines.collect::<Vec<_>>().join("\n")
    }

    fn read(text: &str) -> Result<Self> {
        let mut lines = text.lines();
        let (kind, id) = (lines.next(), lines.next().unwrap_or_default().to_owned());
        let kind = match kind {
            Some("correction") => AboutKind::Correction,
            Some("retraction") => AboutKind::Retraction,
            Some("reactions") => AboutKind::Reactions {
                before: lines.map(Clean::line).collect(),
            },
            _ => return Err(StoreError::Corrupt("outbox content")),
        };
        Ok(Self { id, kind })
    }
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, chat, coalesce(message, target), clear, stanza, sequence, blamed, content FROM outbox ",
            $tail
        )
    };
}

/// Appends a row; its id. A message stands in the outbox once at most.
pub fn push(
    tx: &Transaction<'_>,
    account: AccountId,
    chat: ChatId,
    message: MessageId,
    clear: bool,
) -> Result<i64> {
    rows::change(
        tx,
        "INSERT INTO outbox (account, chat, message, clear) VALUES (?1, ?2, ?3, ?4)",
        params![account.0, chat.0, message.0, clear],
    )?;
    Ok(tx.conn().last_insert_rowid())
}

/// Appends something that is said about a message; its id.
pub fn push_about(
    tx: &Transaction<'_>,
    (account, chat): (AccountId, ChatId),
    target: MessageId,
    about: &About,
    clear: bool,
) -> Result<i64> {
    let sql = "INSERT INTO outbox (account, chat, target, content, clear) VALUES (?1, ?2, ?3, ?4, ?5)";
    rows::change(
        tx,
        sql,
        params![account.0, chat.0, target.0, about.written(), clear],
    )?;
    Ok(tx.conn().last_insert_rowid())
}

/// The number of the newest row that there ever was; 0: there was none.
pub fn newest(r: &impl Reads) -> Result<i64> {
    let sql = "SELECT max(seq) FROM sqlite_sequence WHERE name = 'outbox'";
    let newest = rows::first(r, sql, [], |row| rows::get::<Option<i64>>(row, 0))?;
    Ok(newest.flatten().unwrap_or(0))
}

/// What waits to be said about a message, in order.
pub fn about(r: &impl Reads, target: MessageId) -> Result<Vec<Outgoing>> {
    rows::all(r, select!("WHERE target = ?1 ORDER BY id"), [target.0], read)
}

/// All rows in order.
pub fn all(r: &impl Reads, account: AccountId) -> Result<Vec<Outgoing>> {
    rows::all(r, select!("WHERE account = ?1 ORDER BY id"), [account.0], read)
}

/// Rows without a stanza, in order.
pub fn waiting(r: &impl Reads, account: AccountId) -> Result<Vec<Outgoing>> {
    let sql = select!("WHERE account = ?1 AND stanza IS NULL ORDER BY id");
    rows::all(r, sql, [account.0], read)
}

pub fn get(r: &impl Reads, id: i64) -> Result<Option<Outgoing>> {
    rows::first(r, select!("WHERE id = ?1"), [id], read)
}

pub fn by_message(r: &impl Reads, message: MessageId) -> Result<Option<Outgoing>> {
    rows::first(r, select!("WHERE message = ?1"), [message.0], read)
}

/// Rows of a chat that are to go out in clear, or have gone and are not known to be at the server.
pub fn in_clear(r: &impl Reads, account: AccountId, chat: ChatId) -> Result<Vec<Outgoing>> {
    let mut found = all(r, account)?;
    found.retain(|row| row.clear && row.chat == chat);
    Ok(found)
}

/// Stores the rendered stanza. A row is sealed once: a second time is an error, since what may have
/// left already must not change.
pub fn set_sealed(tx: &Transaction<'_>, id: i64, stanza: &str) -> Result<()> {
    let sql = "UPDATE outbox SET stanza = ?2 WHERE id = ?1 AND stanza IS NULL";
    rows::must_change(tx, "waiting message", sql, params![id, stanza])
}

/// Stores the number of a sealed row in the current stream.
pub fn set_sequence(tx: &Transaction<'_>, id: i64, sequence: u32) -> Result<()> {
    let sql = "UPDATE outbox SET sequence = ?2 WHERE id = ?1 AND stanza IS NOT NULL";
    rows::must_change(tx, "sealed message", sql, params![id, sequence])
}

/// Notes how many streams ended right after a row.
pub fn set_blamed(tx: &Transaction<'_>, id: i64, streams: u8) -> Result<()> {
    let sql = "UPDATE outbox SET blamed = ?2 WHERE id = ?1";
    rows::must_change(tx, "sealed message", sql, params![id, streams])
}

/// Forgets the numbers of all rows: the stream they were counted in is gone.
pub fn clear_sequences(tx: &Transaction<'_>, account: AccountId) -> Result<()> {
    rows::change(
        tx,
        "UPDATE outbox SET sequence = NULL WHERE account = ?1",
        [account.0],
    )?;
    Ok(())
}

/// Removes a row. Nothing happens if there is none.
pub fn remove(tx: &Transaction<'_>, id: i64) -> Result<()> {
    rows::change(tx, "DELETE FROM outbox WHERE id = ?1", [id])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Outgoing> {
    Ok(Outgoing {
        id: rows::get(row, 0)?,
        chat: ChatId(rows::get(row, 1)?),
        message: MessageId(rows::get(row, 2)?),
        clear: rows::get(row, 3)?,
        stanza: rows::get(row, 4)?,
        sequence: rows::get(row, 5)?,
        blamed: rows::get(row, 6)?,
        about: rows::optional_text(row, 7)?.map(About::read).transpose()?,
    })
}

/// Rows that wait, or are sealed and not known to be at the server.
pub fn count(r: &impl Reads, account: AccountId) -> Result<usize> {
    let sql = "SELECT count(*) FROM outbox WHERE account = ?1";
    let count = rows::first(r, sql, [account.0], |row| rows::get::<i64>(row, 0))?;
    Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
}

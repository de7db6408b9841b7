//! Chats: one conversation of one account with one bare JID.

use rusqlite::{Row, params};

use super::{Reads, Result, StoreError, Transaction, rows};
use crate::model::{AccountId, BareJid, ChatId};

/// A chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    pub id: ChatId,
    pub account: AccountId,
    pub peer: BareJid,
    /// Encryption is on (the default). Never turned off but by `Command::SetEncryption`.
    pub encrypted: bool,
}

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT id, account, peer, encrypted FROM chats ", $tail)
    };
}

/// The chat with `peer`, made (encrypted) if there is none.
pub fn open(tx: &Transaction<'_>, account: AccountId, peer: &BareJid) -> Result<Chat> {
    if let Some(chat) = by_peer(tx, account, peer)? {
        return Ok(chat);
    }
    rows::change(
        tx,
        "INSERT INTO chats (account, peer, encrypted) VALUES (?1, ?2, 1)",
        params![account.0, peer.as_str()],
    )?;
    by_peer(tx, account, peer)?.ok_or(StoreError::Missing("chat"))
}

pub fn get(r: &impl Reads, id: ChatId) -> Result<Option<Chat>> {
    rows::first(r, select!("WHERE id = ?1"), [id.0], read)
}

pub fn by_peer(r: &impl Reads, account: AccountId, peer: &BareJid) -> Result<Option<Chat>> {
    let sql = select!("WHERE account = ?1 AND peer = ?2");
    rows::first(r, sql, params![account.0, peer.as_str()], read)
}

/// Every chat of the account, in the order in which they were made.
pub fn all(r: &impl Reads, account: AccountId) -> Result<Vec<Chat>> {
    rows::all(r, select!("WHERE account = ?1 ORDER BY id"), [account.0], read)
}

pub fn set_encrypted(tx: &Transaction<'_>, id: ChatId, on: bool) -> Result<()> {
    let sql = "UPDATE chats SET encrypted = ?2 WHERE id = ?1";
    rows::must_change(tx, "chat", sql, params![id.0, on])
}

/// Whether we ever wrote to this peer (an `Out` row that was sent or is queued).
pub fn wrote_to(r: &impl Reads, account: AccountId, peer: &BareJid) -> Result<bool> {
    // The condition is that of the index messages_written (direction 1 = out, state 4 = failed).
    let sql = "SELECT EXISTS (SELECT 1 FROM messages WHERE direction = 1 AND state <> 4 AND chat =
               (SELECT id FROM chats WHERE account = ?1 AND peer = ?2))";
    rows::exists(r, sql, params![account.0, peer.as_str()])
}

fn read(row: &Row<'_>) -> Result<Chat> {
    Ok(Chat {
        id: ChatId(rows::get(row, 0)?),
        account: AccountId(rows::get(row, 1)?),
        peer: rows::jid(row, 2)?,
        encrypted: rows::get(row, 3)?,
    })
}

//! Who must be able to read what is written into a room, as the person chose it, and whom they know to be
//! in it.

use rusqlite::params;

use super::codes::Code;
use super::room_words::{CONFIRMED, put_said, said};
use super::{Reads, Result, StoreError, Transaction, rows};
use model::{BareJid, ChatId, Policy, address};

pub fn get(r: &impl Reads, chat: ChatId) -> Result<Policy> {
    let sql = "SELECT policy FROM chats WHERE id = ?1";
    let found = rows::first(r, sql, [chat.0], |row| rows::code(row, 0))?;
    Ok(found.unwrap_or_default())
}

pub fn set(tx: &Transaction<'_>, chat: ChatId, policy: Policy) -> Result<()> {
    let sql = "UPDATE chats SET policy = ?2 WHERE id = ?1";
    rows::must_change(tx, "chat", sql, params![chat.0, policy.code()])
}

/// Those whom the person knows to be members of the room, us among them or not: for a verified group nobody
/// else counts.
pub fn set_confirmed(tx: &Transaction<'_>, chat: ChatId, people: &[BareJid]) -> Result<()> {
    let features = said(tx, chat)?;
    let features = features.split(' ').filter(|word| !word.starts_with(CONFIRMED));
    let people: Vec<String> = people.iter().map(|jid| format!("{CONFIRMED}{jid}")).collect();
    put_said(tx, chat, features.chain(people.iter().map(String::as_str)))
}

/// Those whom the person confirmed.
pub fn confirmed(r: &impl Reads, chat: ChatId) -> Result<Vec<BareJid>> {
    let said = said(r, chat)?;
    let people = said.split(' ').filter_map(|word| word.strip_prefix(CONFIRMED));
    people
        .map(|jid| address::bare(jid).map_err(|_| StoreError::Corrupt("confirmed member")))
        .collect()
}

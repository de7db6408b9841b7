//! The outbox: what waits for being sealed, and what was sealed and is not acknowledged by the server.
//!
//! A row goes `waiting` -> `sealed` (with its rendered stanza) -> gone. A sealed row is sent byte for byte under the same
//! id until the server acknowledged it.

use super::{Reads, Result, Transaction};
use crate::model::{AccountId, ChatId, MessageId};

/// An outbox row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Order of sending.
    pub id: i64,
    pub chat: ChatId,
    pub message: MessageId,
    /// Send in clear (a deliberate act of the user for this message or chat).
    pub clear: bool,
    /// The rendered stanza once sealed.
    pub stanza: Option<String>,
    /// Its number in the current stream, once sent there (XEP-0198 counter, modulo 2^32).
    pub sequence: Option<u32>,
}

pub fn push(
    _tx: &Transaction<'_>,
    _account: AccountId,
    _chat: ChatId,
    _message: MessageId,
    _clear: bool,
) -> Result<i64> {
    todo!()
}
/// All rows in order.
pub fn all(_r: &impl Reads, _account: AccountId) -> Result<Vec<Outgoing>> {
    todo!()
}
/// Rows without a stanza, in order.
pub fn waiting(_r: &impl Reads, _account: AccountId) -> Result<Vec<Outgoing>> {
    todo!()
}
pub fn by_message(_r: &impl Reads, _message: MessageId) -> Result<Option<Outgoing>> {
    todo!()
}
pub fn set_sealed(_tx: &Transaction<'_>, _id: i64, _stanza: &str) -> Result<()> {
    todo!()
}
pub fn set_sequence(_tx: &Transaction<'_>, _id: i64, _sequence: u32) -> Result<()> {
    todo!()
}
/// Forgets the numbers of all rows: the stream they were counted in is gone.
pub fn clear_sequences(_tx: &Transaction<'_>, _account: AccountId) -> Result<()> {
    todo!()
}
pub fn remove(_tx: &Transaction<'_>, _id: i64) -> Result<()> {
    todo!()
}

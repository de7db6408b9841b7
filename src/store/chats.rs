//! Chats: one conversation of one account with one bare JID.

use super::{Reads, Result, Transaction};
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

/// The chat with `peer`, made (encrypted) if there is none.
pub fn open(_tx: &Transaction<'_>, _account: AccountId, _peer: &BareJid) -> Result<Chat> {
    todo!()
}
pub fn get(_r: &impl Reads, _id: ChatId) -> Result<Option<Chat>> {
    todo!()
}
pub fn by_peer(_r: &impl Reads, _account: AccountId, _peer: &BareJid) -> Result<Option<Chat>> {
    todo!()
}
pub fn all(_r: &impl Reads, _account: AccountId) -> Result<Vec<Chat>> {
    todo!()
}
pub fn set_encrypted(_tx: &Transaction<'_>, _id: ChatId, _on: bool) -> Result<()> {
    todo!()
}
/// Whether we ever wrote to this peer (an `Out` row that was sent or is queued).
pub fn wrote_to(_r: &impl Reads, _account: AccountId, _peer: &BareJid) -> Result<bool> {
    todo!()
}

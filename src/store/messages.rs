//! The history.

use super::{Reads, Result, Transaction};
use crate::model::{
    AccountId, BareJid, ChatId, Clean, Direction, Fingerprint, Message, MessageId, MessageState, Protection,
    Timestamp, Trust, UnreadableReason,
};

/// A row to store. Exactly one of `body` and `unreadable` is set.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub chat: ChatId,
    pub from: BareJid,
    pub direction: Direction,
    pub stanza_id: String,
    pub server_id: Option<String>,
    pub time: Timestamp,
    pub body: Option<Clean>,
    pub unreadable: Option<UnreadableReason>,
    pub protection: Protection,
    pub fingerprint: Option<Fingerprint>,
    pub trust: Option<Trust>,
    pub state: MessageState,
}

/// What became of an insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    New(MessageId),
    /// The same message is there already: unique by (chat, sender, stanza_id), and by (chat, server_id) where given.
    Duplicate(MessageId),
}

pub fn insert(_tx: &Transaction<'_>, _message: &NewMessage) -> Result<Inserted> {
    todo!()
}
/// Whether a message of that sender with that stanza id (or with that server id) is in the chat.
pub fn find(
    _r: &impl Reads,
    _chat: ChatId,
    _from: &BareJid,
    _stanza_id: &str,
    _server_id: Option<&str>,
) -> Result<Option<MessageId>> {
    todo!()
}
pub fn get(_r: &impl Reads, _id: MessageId) -> Result<Option<Message>> {
    todo!()
}
/// The newest `limit` rows of the chat before `before` (exclusive; None: from the end), oldest first. Ordered by (time, row).
pub fn history(
    _r: &impl Reads,
    _chat: ChatId,
    _before: Option<MessageId>,
    _limit: usize,
) -> Result<Vec<Message>> {
    todo!()
}
/// The row of a chat with this stanza id, either direction (what `--before` takes).
pub fn by_stanza_id(_r: &impl Reads, _chat: ChatId, _stanza_id: &str) -> Result<Option<MessageId>> {
    todo!()
}
/// An unreadable row that was read after all (another copy could be opened): the body takes the reason's place.
pub fn set_readable(
    _tx: &Transaction<'_>,
    _id: MessageId,
    _body: &Clean,
    _fingerprint: Option<Fingerprint>,
    _trust: Option<Trust>,
) -> Result<()> {
    todo!()
}
pub fn set_state(
    _tx: &Transaction<'_>,
    _id: MessageId,
    _state: MessageState,
    _failure: Option<&Clean>,
) -> Result<()> {
    todo!()
}
pub fn set_server_id(_tx: &Transaction<'_>, _id: MessageId, _server_id: &str) -> Result<()> {
    todo!()
}
/// Inbound rows of the account after the listen cursor, in row order, at most `limit`.
pub fn unlistened(
    _r: &impl Reads,
    _account: AccountId,
    _from: Option<&BareJid>,
    _limit: usize,
) -> Result<Vec<Message>> {
    todo!()
}
/// Marks one row as printed by `listen`. (With `--from` rows of others stay unprinted, so it is a mark per row, not one
/// number.)
pub fn set_listened(_tx: &Transaction<'_>, _id: MessageId) -> Result<()> {
    todo!()
}

//! Stub.
use super::{Result, Transaction};
use model::{AccountId, ChatId, Timestamp};
pub fn gap(_: &Transaction<'_>, _: AccountId, _: Timestamp, _: Timestamp) -> Result<Vec<ChatId>> {
    Ok(Vec::new())
}
pub fn before_device(_: &Transaction<'_>, _: ChatId, _: Timestamp) -> Result<bool> {
    Ok(true)
}
pub fn gaps(_: &impl super::Reads, _: AccountId) -> Result<u64> { Ok(0) }

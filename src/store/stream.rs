//! The stream that could be resumed (XEP-0198), so that even a killed process continues where it was.

use super::{Reads, Result, Transaction};
use crate::model::AccountId;

/// What a resumption needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumable {
    pub sm_id: String,
    /// Full JID bound in that stream.
    pub bound: String,
    /// Where the server wants to be reached ("host:port").
    pub location: Option<String>,
    /// Stanzas of the server that we handled and stored.
    pub inbound: u32,
    /// Stanzas that we sent.
    pub outbound: u32,
}

pub fn get(_r: &impl Reads, _account: AccountId) -> Result<Option<Resumable>> {
    todo!()
}
pub fn put(_tx: &Transaction<'_>, _account: AccountId, _resumable: &Resumable) -> Result<()> {
    todo!()
}
pub fn set_counters(_tx: &Transaction<'_>, _account: AccountId, _inbound: u32, _outbound: u32) -> Result<()> {
    todo!()
}
pub fn clear(_tx: &Transaction<'_>, _account: AccountId) -> Result<()> {
    todo!()
}

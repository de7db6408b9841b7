//! Contacts: the server's roster as last seen, and strangers who ask.

use super::{Reads, Result, Transaction};
use crate::model::{AccountId, BareJid, Contact};

/// Puts or replaces one contact (by JID). `requests` of an existing row is kept if it is set there.
pub fn put(_tx: &Transaction<'_>, _account: AccountId, _contact: &Contact) -> Result<()> {
    todo!()
}
/// Replaces the whole roster: rows not in `contacts` go, unless they hold a pending request (then they stay as strangers).
pub fn replace_all(_tx: &Transaction<'_>, _account: AccountId, _contacts: &[Contact]) -> Result<()> {
    todo!()
}
pub fn remove(_tx: &Transaction<'_>, _account: AccountId, _jid: &BareJid) -> Result<()> {
    todo!()
}
/// Notes or clears a pending request of a JID; makes a stranger row if there is none; at most 1000 strangers are kept,
/// false if that was reached.
pub fn set_request(
    _tx: &Transaction<'_>,
    _account: AccountId,
    _jid: &BareJid,
    _pending: bool,
) -> Result<bool> {
    todo!()
}
pub fn get(_r: &impl Reads, _account: AccountId, _jid: &BareJid) -> Result<Option<Contact>> {
    todo!()
}
pub fn all(_r: &impl Reads, _account: AccountId) -> Result<Vec<Contact>> {
    todo!()
}

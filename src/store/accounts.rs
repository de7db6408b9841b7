//! Accounts: the JID, the password, how to connect, and what was learnt about the server.

use zeroize::Zeroizing;

use super::{Reads, Result, Transaction};
use crate::model::{AccountId, BareJid};

/// How to connect, as given to `account add`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountOptions {
    /// Host and port to use in place of DNS.
    pub server: Option<(String, u16)>,
    pub direct_tls: bool,
    /// Further trusted roots, the PEM text itself (the file may go away).
    pub ca_pem: Option<String>,
    /// PLAIN may be used if the server offers nothing better.
    pub allow_plain: bool,
}

/// An account. No Debug: it holds the password.
#[derive(Clone)]
pub struct Account {
    pub id: AccountId,
    pub jid: BareJid,
    pub password: Zeroizing<String>,
    pub options: AccountOptions,
    /// The resource of `listen` and of the screen: random, made once.
    pub resource: String,
    /// A login succeeded at least once; an unproved account is replaced by the next `account add`.
    pub proved: bool,
    /// The strongest SASL mechanism that a login has used; a weaker one is refused later ("SCRAM-SHA-256-PLUS").
    pub mechanism: Option<String>,
}

pub fn add(
    _tx: &Transaction<'_>,
    _jid: &BareJid,
    _password: &str,
    _options: &AccountOptions,
    _resource: &str,
) -> Result<AccountId> {
    todo!()
}
pub fn all(_r: &impl Reads) -> Result<Vec<Account>> {
    todo!()
}
pub fn get(_r: &impl Reads, _id: AccountId) -> Result<Option<Account>> {
    todo!()
}
pub fn by_jid(_r: &impl Reads, _jid: &BareJid) -> Result<Option<Account>> {
    todo!()
}
pub fn set_password(_tx: &Transaction<'_>, _id: AccountId, _password: &str) -> Result<()> {
    todo!()
}
pub fn set_proved(_tx: &Transaction<'_>, _id: AccountId) -> Result<()> {
    todo!()
}
pub fn set_mechanism(_tx: &Transaction<'_>, _id: AccountId, _mechanism: &str) -> Result<()> {
    todo!()
}
/// Removes the account and every row that belongs to it.
pub fn remove(_tx: &Transaction<'_>, _id: AccountId) -> Result<()> {
    todo!()
}

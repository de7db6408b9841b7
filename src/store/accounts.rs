//! Accounts: the JID, the password, how to connect, and what was learnt about the server.

use rusqlite::{Row, params};
use zeroize::Zeroizing;

use super::{Reads, Result, StoreError, Transaction, rows, wizard};
use model::{AccountId, AccountOptions, BareJid};

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
    /// The strongest SASL mechanism that a login has used; a weaker one is refused
    /// later ("SCRAM-SHA-256-PLUS").
    pub mechanism: Option<String>,
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, jid, password, server_host, server_port, direct_tls, ca_pem, allow_plain, resource, proved, \
             mechanism FROM accounts ",
            $tail
        )
    };
}

/// Makes an account. One with the same JID that was never proved is replaced, with every row that belongs to
/// it; a proved one is kept, and the answer is an error.
pub fn add(
    tx: &Transaction<'_>,
    jid: &BareJid,
    password: &str,
    options: &AccountOptions,
    resource: &str,
) -> Result<AccountId> {
    rows::change(
        tx,
        "DELETE FROM accounts WHERE jid = ?1 AND proved = 0",
        [jid.as_str()],
    )?;
    rows::change(
        tx,
        "INSERT INTO accounts (jid, password, server_host, server_port, direct_tls, ca_pem, allow_plain, resource)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            jid.as_str(),
            password.as_bytes(),
            options.server.as_ref().map(|(host, _)| host),
            options.server.as_ref().map(|(_, port)| port),
            options.direct_tls,
            options.ca_pem,
            options.allow_plain,
            resource,
        ],
    )?;
    Ok(AccountId(tx.conn().last_insert_rowid()))
}

/// Every account, in the order in which they were made.
pub fn all(r: &impl Reads) -> Result<Vec<Account>> {
    rows::all(r, select!("ORDER BY id"), [], read)
}

pub fn get(r: &impl Reads, id: AccountId) -> Result<Option<Account>> {
    rows::first(r, select!("WHERE id = ?1"), [id.0], read)
}

pub fn by_jid(r: &impl Reads, jid: &BareJid) -> Result<Option<Account>> {
    rows::first(r, select!("WHERE jid = ?1"), [jid.as_str()], read)
}

pub fn set_password(tx: &Transaction<'_>, id: AccountId, password: &str) -> Result<()> {
    let sql = "UPDATE accounts SET password = ?2 WHERE id = ?1";
    rows::must_change(tx, "account", sql, params![id.0, password.as_bytes()])
}

/// A login succeeded: there is an account, and what the wizard kept for making one goes.
pub fn set_proved(tx: &Transaction<'_>, id: AccountId) -> Result<()> {
    wizard::forget(tx)?;
    rows::must_change(
        tx,
        "account",
        "UPDATE accounts SET proved = 1 WHERE id = ?1",
        [id.0],
    )
}

pub fn set_mechanism(tx: &Transaction<'_>, id: AccountId, mechanism: &str) -> Result<()> {
    let sql = "UPDATE accounts SET mechanism = ?2 WHERE id = ?1";
    rows::must_change(tx, "account", sql, params![id.0, mechanism])
}

/// Removes the account and every row that belongs to it. Nothing happens if there is none.
pub fn remove(tx: &Transaction<'_>, id: AccountId) -> Result<()> {
    rows::change(tx, "DELETE FROM accounts WHERE id = ?1", [id.0])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Account> {
    let password = std::str::from_utf8(rows::blob(row, 2, "password")?)
        .map(|password| Zeroizing::new(password.to_owned()))
        .map_err(|_| StoreError::Corrupt("password"))?;
    let host: Option<String> = rows::get(row, 3)?;
    let port: Option<u16> = rows::get(row, 4)?;
    Ok(Account {
        id: AccountId(rows::get(row, 0)?),
        jid: rows::jid(row, 1)?,
        password,
        options: AccountOptions {
            server: host.zip(port),
            direct_tls: rows::get(row, 5)?,
            ca_pem: rows::get(row, 6)?,
            allow_plain: rows::get(row, 7)?,
        },
        resource: rows::get(row, 8)?,
        proved: rows::get(row, 9)?,
        mechanism: rows::get(row, 10)?,
    })
}

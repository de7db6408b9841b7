//! Who is blocked: the server's list (XEP-0191) as last seen, and what is blocked here only.

use rusqlite::params;

use super::{Reads, Result, StoreError, Transaction, rows};
use model::{AccountId, Jid, address};

/// One blocked address: bare, full, a domain, or a domain with a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    pub jid: Jid,
    /// The server keeps its stanzas from us, on every device; else they are left out here only.
    pub at_server: bool,
}

/// Everybody who is blocked, by address.
pub fn all(r: &impl Reads, account: AccountId) -> Result<Vec<Blocked>> {
    let sql = "SELECT jid, at_server FROM blocked WHERE account = ?1 ORDER BY jid";
    rows::all(r, sql, [account.0], |row| {
        Ok(Blocked {
            jid: address::jid(rows::text(row, 0)?).map_err(|_| StoreError::Corrupt("address"))?,
            at_server: rows::get(row, 1)?,
        })
    })
}

/// How this very address stands on the list; None: it does not.
pub fn get(r: &impl Reads, account: AccountId, jid: &Jid) -> Result<Option<Blocked>> {
    let sql = "SELECT at_server FROM blocked WHERE account = ?1 AND jid = ?2";
    rows::first(r, sql, params![account.0, jid.as_str()], |row| {
        Ok(Blocked {
            jid: jid.clone(),
            at_server: rows::get(row, 0)?,
        })
    })
}

/// Blocks an address.
pub fn put(tx: &Transaction<'_>, account: AccountId, jid: &Jid, at_server: bool) -> Result<()> {
    let sql = "INSERT INTO blocked (account, jid, at_server) VALUES (?1, ?2, ?3)
               ON CONFLICT (account, jid) DO UPDATE SET at_server = excluded.at_server";
    rows::change(tx, sql, params![account.0, jid.as_str(), at_server])?;
    Ok(())
}

/// Lets an address go. Nothing happens if it is not blocked.
pub fn remove(tx: &Transaction<'_>, account: AccountId, jid: &Jid) -> Result<()> {
    let sql = "DELETE FROM blocked WHERE account = ?1 AND jid = ?2";
    rows::change(tx, sql, params![account.0, jid.as_str()])?;
    Ok(())
}

/// The server blocks nobody any more; who is blocked here only stays so.
pub fn clear_server(tx: &Transaction<'_>, account: AccountId) -> Result<()> {
    let sql = "DELETE FROM blocked WHERE account = ?1 AND at_server = 1";
    rows::change(tx, sql, [account.0])?;
    Ok(())
}

/// Takes the server's list in the place of the one that was known.
pub fn replace_server(tx: &Transaction<'_>, account: AccountId, list: &[Jid]) -> Result<()> {
    clear_server(tx, account)?;
    list.iter().try_for_each(|jid| put(tx, account, jid, true))
}

/// Whether anybody is.
pub fn any(r: &impl Reads, account: AccountId) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM blocked WHERE account = ?1)";
    rows::exists(r, sql, [account.0])
}

/// Whether what comes from this address is left out: it, its account or its server is
/// blocked (XEP-0191 §matching).
pub fn covers(r: &impl Reads, account: AccountId, from: &Jid) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM blocked WHERE account = ?1 AND jid IN (?2, ?3, ?4))";
    let (bare, domain) = (from.to_bare(), from.domain().as_str());
    rows::exists(r, sql, params![account.0, from.as_str(), bare.as_str(), domain])
}

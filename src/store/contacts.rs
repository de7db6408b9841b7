//! Contacts: the server's roster as last seen, and strangers who ask.

use rusqlite::{Row, params};

use super::codes::Code;
use super::{Reads, Result, Transaction, rows};
use model::{AccountId, BareJid, Clean, Contact, Peer, Timestamp};

/// Strangers with a pending request that are kept: anyone can ask, under any number of names.
pub const STRANGERS: i64 = 1000;

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT jid, name, in_roster, subscription, asked, requests FROM contacts ",
            $tail
        )
    };
}

/// Puts or replaces one contact (by JID). `requests` of an existing row is kept if it is set there.
pub fn put(tx: &Transaction<'_>, account: AccountId, contact: &Contact) -> Result<()> {
    rows::change(
        tx,
        "INSERT INTO contacts (account, jid, name, in_roster, subscription, asked, requests)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (account, jid) DO UPDATE SET
             name = excluded.name, in_roster = excluded.in_roster, subscription = excluded.subscription,
             asked = excluded.asked, requests = max(requests, excluded.requests)",
        params![
            account.0,
            contact.jid.as_str(),
            contact.name.as_ref().map(Clean::as_str),
            contact.in_roster,
            contact.subscription.code(),
            contact.asked,
            contact.requests,
        ],
    )?;
    Ok(())
}

/// Replaces the whole roster, read at `now`: rows not in `contacts` go, unless they hold a pending request
/// (then they stay as strangers).
pub fn replace_all(
    tx: &Transaction<'_>,
    account: AccountId,
    contacts: &[Contact],
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE accounts SET roster_seen = ?2 WHERE id = ?1";
    rows::change(tx, sql, params![account.0, now.as_millisecond()])?;
    rows::change(
        tx,
        "DELETE FROM contacts WHERE account = ?1 AND requests = 0",
        [account.0],
    )?;
    // 0 is Subscription::None.
    rows::change(
        tx,
        "UPDATE contacts SET in_roster = 0, name = NULL, subscription = 0, asked = 0 WHERE account = ?1",
        [account.0],
    )?;
    contacts.iter().try_for_each(|contact| put(tx, account, contact))
}

/// When the server last showed the whole roster; None: never, or before that was noted.
pub fn seen(r: &impl Reads, account: AccountId) -> Result<Option<Timestamp>> {
    let sql = "SELECT roster_seen FROM accounts WHERE id = ?1";
    Ok(rows::first(r, sql, [account.0], |row| rows::optional_time(row, 0))?.flatten())
}

/// Removes a contact, a pending request with it. Nothing happens if there is none.
pub fn remove(tx: &Transaction<'_>, account: AccountId, jid: &BareJid) -> Result<()> {
    let sql = "DELETE FROM contacts WHERE account = ?1 AND jid = ?2";
    rows::change(tx, sql, params![account.0, jid.as_str()])?;
    Ok(())
}

/// Notes or clears a pending request of a JID; makes a stranger row if there is none; at most [`STRANGERS`]
/// are kept, false if that was reached. A stranger whose request is cleared goes.
pub fn set_request(tx: &Transaction<'_>, account: AccountId, jid: &BareJid, pending: bool) -> Result<bool> {
    let known = rows::change(
        tx,
        "UPDATE contacts SET requests = ?3 WHERE account = ?1 AND jid = ?2",
        params![account.0, jid.as_str(), pending],
    )?;
    if !pending {
        let sql = "DELETE FROM contacts WHERE account = ?1 AND jid = ?2 AND in_roster = 0";
        rows::change(tx, sql, params![account.0, jid.as_str()])?;
        return Ok(true);
    }
    if known > 0 {
        return Ok(true);
    }
    let made = rows::change(
        tx,
        "INSERT INTO contacts (account, jid, in_roster, subscription, asked, requests)
         SELECT ?1, ?2, 0, 0, 0, 1
         WHERE (SELECT count(*) FROM contacts WHERE account = ?1 AND in_roster = 0) < ?3",
        params![account.0, jid.as_str(), STRANGERS],
    )?;
    Ok(made > 0)
}

pub fn get(r: &impl Reads, account: AccountId, jid: &BareJid) -> Result<Option<Contact>> {
    let sql = select!("WHERE account = ?1 AND jid = ?2");
    rows::first(r, sql, params![account.0, jid.as_str()], read)
}

/// Every contact and stranger of the account, by JID.
pub fn all(r: &impl Reads, account: AccountId) -> Result<Vec<Contact>> {
    rows::all(r, select!("WHERE account = ?1 ORDER BY jid"), [account.0], read)
}

fn read(row: &Row<'_>) -> Result<Contact> {
    Ok(Contact {
        jid: rows::jid(row, 0)?,
        name: rows::clean(row, 1)?,
        in_roster: rows::get(row, 2)?,
        subscription: rows::code(row, 3)?,
        asked: rows::get(row, 4)?,
        requests: rows::get(row, 5)?,
    })
}

/// Who asks for our presence and waits for an answer, by JID.
pub fn asking(r: &impl Reads, account: AccountId) -> Result<Vec<BareJid>> {
    let sql = "SELECT jid FROM contacts WHERE account = ?1 AND requests = 1 ORDER BY jid";
    rows::all(r, sql, [account.0], |row| rows::jid(row, 0))
}

/// How many people ask for our presence and wait for an answer.
pub fn requests(r: &impl Reads, account: AccountId) -> Result<usize> {
    let sql = "SELECT count(*) FROM contacts WHERE account = ?1 AND requests = 1";
    let count = rows::first(r, sql, [account.0], |row| rows::get::<i64>(row, 0))?;
    Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
}

/// Whether anything of `peer` ever arrived.
pub fn heard_from(r: &impl Reads, peer: &Peer) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM messages m JOIN chats c ON c.id = m.chat
               WHERE c.account = ?1 AND c.peer = ?2 AND c.kind = 0 AND m.direction = 0)";
    rows::exists(r, sql, params![peer.account.0, peer.address.as_str()])
}

/// Whether we ever wrote to this peer (an `Out` row that was sent or is queued).
pub fn wrote_to(r: &impl Reads, peer: &Peer) -> Result<bool> {
    // The condition is that of the index messages_written (direction 1 = out, state 4 = failed).
    let sql = "SELECT EXISTS (SELECT 1 FROM messages WHERE direction = 1 AND state <> 4 AND chat =
               (SELECT id FROM chats WHERE account = ?1 AND peer = ?2 AND kind = 0))";
    rows::exists(r, sql, params![peer.account.0, peer.address.as_str()])
}

//! How contacts are here, as far as the stream that can be resumed has told: the server tells it once.

use rusqlite::params;

use super::{Reads, Result, Transaction, rows};
use model::{AccountId, Availability, BareJid, Clean, Presence};

/// One client of a contact that is online.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Empty: the bare address itself.
    pub resource: String,
    pub priority: i8,
    pub presence: Presence,
}

/// Puts these in the place of everything that is stored of a contact.
pub fn replace(tx: &Transaction<'_>, account: AccountId, jid: &BareJid, clients: &[Client]) -> Result<()> {
    let sql = "DELETE FROM presences WHERE account = ?1 AND jid = ?2";
    rows::change(tx, sql, params![account.0, jid.as_str()])?;
    for client in clients {
        rows::change(
            tx,
            "INSERT INTO presences (account, jid, resource, priority, availability, status)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                account.0,
                jid.as_str(),
                client.resource,
                client.priority,
                super::codes::Code::code(client.presence.availability),
                client.presence.status.as_ref().map(Clean::as_str),
            ],
        )?;
    }
    Ok(())
}

/// Everybody's, by JID.
pub fn all(r: &impl Reads, account: AccountId) -> Result<Vec<(BareJid, Client)>> {
    let sql = "SELECT jid, resource, priority, availability, status FROM presences
               WHERE account = ?1 ORDER BY jid, resource";
    rows::all(r, sql, [account.0], |row| {
        let presence = Presence {
            availability: rows::code::<Availability>(row, 3)?,
            status: rows::clean(row, 4)?,
        };
        let client = Client {
            resource: rows::get(row, 1)?,
            priority: rows::get(row, 2)?,
            presence,
        };
        Ok((rows::jid(row, 0)?, client))
    })
}

/// The stream is new: the server tells everything again.
pub fn clear(tx: &Transaction<'_>, account: AccountId) -> Result<()> {
    rows::change(tx, "DELETE FROM presences WHERE account = ?1", [account.0])?;
    Ok(())
}

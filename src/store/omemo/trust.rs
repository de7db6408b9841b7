//! Trust of identity keys, by (account, bare JID, identity key).

use rusqlite::{Row, params};

use crate::codes::Code;
use crate::{Reads, Result, Transaction, rows};
use model::{AccountId, BareJid, Timestamp};
use omemo::{Ed25519Fingerprint, Fingerprint, IdentityKey, Trust};

/// A key of a JID and what was decided about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTrust {
    pub identity: IdentityKey,
    /// The form in which OMEMO 2 publishes it, if it was seen there.
    pub ed25519: Option<Ed25519Fingerprint>,
    pub trust: Trust,
    pub first_seen: Timestamp,
}

/// None: this key was never seen for this JID.
pub fn trust(
    r: &impl Reads,
    account: AccountId,
    jid: &BareJid,
    identity: &IdentityKey,
) -> Result<Option<Trust>> {
    let sql = "SELECT trust FROM omemo_trust WHERE account = ?1 AND jid = ?2 AND identity = ?3";
    rows::first(r, sql, params![account.0, jid.as_str(), identity.0], |row| {
        rows::code(row, 0)
    })
}

/// Another JID that has this key: on one of its devices, or as a key that was distrusted there.
pub fn held_elsewhere(
    r: &impl Reads,
    account: AccountId,
    jid: &BareJid,
    identity: &IdentityKey,
) -> Result<Option<BareJid>> {
    let sql = "SELECT t.jid FROM omemo_trust t
               WHERE t.account = ?1 AND t.jid <> ?2 AND t.identity = ?3 AND (t.trust = ?4
                   OR EXISTS (SELECT 1 FROM omemo_devices d
                       WHERE d.account = ?1 AND d.jid = t.jid AND d.identity = t.identity))
               ORDER BY t.first_seen, t.jid LIMIT 1";
    let values = params![account.0, jid.as_str(), identity.0, Trust::Distrusted.code()];
    rows::first(r, sql, values, |row| rows::jid(row, 0))
}

/// This key of the JID; None: it was never seen for it.
pub fn key(
    r: &impl Reads,
    account: AccountId,
    jid: &BareJid,
    identity: &IdentityKey,
) -> Result<Option<KeyTrust>> {
    let sql = "SELECT identity, trust, first_seen, ed25519 FROM omemo_trust
               WHERE account = ?1 AND jid = ?2 AND identity = ?3";
    rows::first(r, sql, params![account.0, jid.as_str(), identity.0], read)
}

/// Every key of the JID, oldest first.
pub fn keys(r: &impl Reads, account: AccountId, jid: &BareJid) -> Result<Vec<KeyTrust>> {
    let sql = "SELECT identity, trust, first_seen, ed25519 FROM omemo_trust
               WHERE account = ?1 AND jid = ?2 ORDER BY first_seen, identity";
    rows::all(r, sql, params![account.0, jid.as_str()], read)
}

fn read(row: &Row<'_>) -> Result<KeyTrust> {
    Ok(KeyTrust {
        identity: IdentityKey(*rows::bytes(row, 0, "identity key")?),
        ed25519: rows::optional_bytes(row, 3, "identity key")?.map(|bytes| Ed25519Fingerprint(*bytes)),
        trust: rows::code(row, 1)?,
        first_seen: rows::time(row, 2)?,
    })
}

/// The key of `jid` that has this fingerprint, in either of its forms.
///
/// The form of OMEMO 2 goes first: it is stored only of keys that were proved, while a key in the other form
/// may have been made up by whoever delivered a message, to look like somebody's fingerprint.
pub fn key_named(
    r: &impl Reads,
    account: AccountId,
    jid: &BareJid,
    fingerprint: &Fingerprint,
) -> Result<Option<KeyTrust>> {
    let known = keys(r, account, jid)?;
    let place = known
        .iter()
        .position(|key| key.ed25519.is_some_and(|form| form.0 == fingerprint.0))
        .or_else(|| {
            known
                .iter()
                .position(|key| key.identity.fingerprint() == *fingerprint)
        });
    Ok(place.and_then(|place| known.into_iter().nth(place)))
}

/// Notes in which form OMEMO 2 publishes a key that is known, as a signed bundle or
/// an opened message proved it.
pub fn set_ed25519(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    identity: &IdentityKey,
    ed25519: &Ed25519Fingerprint,
) -> Result<()> {
    rows::change(
        tx,
        "UPDATE omemo_trust SET ed25519 = ?4
         WHERE account = ?1 AND jid = ?2 AND identity = ?3 AND ed25519 IS NOT ?4",
        params![account.0, jid.as_str(), identity.0, ed25519.0],
    )?;
    Ok(())
}

/// Forgets keys of `jid` that no device has and nobody decided about, the oldest first,
/// until there are `most` of them.
pub fn forget_claims(tx: &Transaction<'_>, account: AccountId, jid: &BareJid, most: u32) -> Result<()> {
    rows::change(
        tx,
        "DELETE FROM omemo_trust
         WHERE account = ?1 AND jid = ?2 AND identity IN (
             SELECT t.identity FROM omemo_trust t
             WHERE t.account = ?1 AND t.jid = ?2 AND t.trust = ?3
                 AND NOT EXISTS (SELECT 1 FROM omemo_devices d
                     WHERE d.account = ?1 AND d.jid = ?2 AND d.identity = t.identity)
             ORDER BY t.first_seen DESC, t.identity LIMIT -1 OFFSET ?4)",
        params![account.0, jid.as_str(), Trust::Undecided.code(), most],
    )?;
    Ok(())
}

/// Sets the trust of a key; `now` becomes its first sight if it is new.
pub fn set_trust(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    identity: &IdentityKey,
    trust: Trust,
    now: Timestamp,
) -> Result<()> {
    rows::change(
        tx,
        "INSERT INTO omemo_trust (account, jid, identity, trust, first_seen) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (account, jid, identity) DO UPDATE SET trust = excluded.trust",
        params![
            account.0,
            jid.as_str(),
            identity.0,
            trust.code(),
            now.as_millisecond()
        ],
    )?;
    Ok(())
}

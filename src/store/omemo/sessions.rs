//! Session records: one for each device in each dialect.

use rusqlite::params;

use crate::codes::Code;
use crate::{Reads, Result, StoreError, Transaction, rows};
use model::{AccountId, BareJid};
use omemo::{DeviceId, Dialect, SessionRecord};

pub fn session(
    r: &impl Reads,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    id: DeviceId,
) -> Result<Option<SessionRecord>> {
    let sql = "SELECT record FROM omemo_sessions
               WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device = ?4";
    let key = params![account.0, jid.as_str(), dialect.code(), id.get()];
    rows::first(r, sql, key, |row| {
        // Read where it lies: one copy less. SQLite wipes its own when it frees it (cipher_memory_security),
        // but not a piece of lookaside, which is wiped by whatever it is used for next (decision 0002).
        SessionRecord::from_bytes(rows::blob(row, 0, "session")?).map_err(|_| StoreError::Corrupt("session"))
    })
}

/// The same, unless nothing is to be sealed with it.
pub fn sealing_session(
    r: &impl Reads,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    id: DeviceId,
) -> Result<Option<SessionRecord>> {
    let record = session(r, account, jid, dialect, id)?;
    Ok(record.filter(|record| !record.is_retired()))
}

/// Lets nothing be sealed any more with the session of this device, if it has one.
pub fn retire_session(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    id: DeviceId,
) -> Result<()> {
    match session(tx, account, jid, dialect, id)? {
        Some(mut record) => {
            record.retire();
            put_session(tx, account, jid, dialect, id, &record)
        }
        None => Ok(()),
    }
}

/// The sessions that seal for these devices, in their order: in one statement, for a room has hundreds. None if
/// one of them has none.
pub fn sealing_sessions(
    r: &impl Reads,
    account: AccountId,
    dialect: Dialect,
    devices: &[(&BareJid, DeviceId)],
) -> Result<Option<Vec<SessionRecord>>> {
    let pair = |(jid, id): &(&BareJid, DeviceId)| format!("[{},{}]", rows::quoted(jid.as_str()), id.get());
    let pairs: Vec<String> = devices.iter().map(pair).collect();
    let sql = "SELECT s.record FROM json_each(?3) j CROSS JOIN omemo_sessions s
               ON s.account = ?1 AND s.jid = json_extract(j.value, '$[0]') AND s.dialect = ?2
                   AND s.device = json_extract(j.value, '$[1]')
               WHERE s.retired = 0 ORDER BY j.key";
    let key = params![account.0, dialect.code(), format!("[{}]", pairs.join(","))];
    let found = rows::all(r, sql, key, |row| {
        SessionRecord::from_bytes(rows::blob(row, 0, "session")?).map_err(|_| StoreError::Corrupt("session"))
    })?;
    Ok((found.len() == devices.len()).then_some(found))
}

/// Every device of these people with which there is a session that seals.
pub fn with_sessions(
    r: &impl Reads,
    account: AccountId,
    people: &[BareJid],
) -> Result<Vec<(BareJid, Dialect, DeviceId)>> {
    let people: Vec<String> = people.iter().map(|jid| rows::quoted(jid.as_str())).collect();
    let sql = "SELECT jid, dialect, device FROM omemo_sessions
               WHERE account = ?1 AND retired = 0 AND jid IN (SELECT value FROM json_each(?2))";
    let key = params![account.0, format!("[{}]", people.join(","))];
    rows::all(r, sql, key, |row| {
        let device = DeviceId::new(rows::get(row, 2)?).ok_or(StoreError::Corrupt("device id"))?;
        Ok((rows::jid(row, 0)?, rows::code(row, 1)?, device))
    })
}

/// Whether there is a session that seals.
pub fn has_session(
    r: &impl Reads,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    id: DeviceId,
) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM omemo_sessions
               WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device = ?4 AND retired = 0)";
    rows::exists(r, sql, params![account.0, jid.as_str(), dialect.code(), id.get()])
}

/// Puts the record in the place of the one before, if any.
pub fn put_session(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    id: DeviceId,
    record: &SessionRecord,
) -> Result<()> {
    rows::change(
        tx,
        "INSERT INTO omemo_sessions (account, jid, dialect, device, record, retired) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (account, jid, dialect, device) DO UPDATE SET record = excluded.record, retired = excluded.retired",
        params![
            account.0,
            jid.as_str(),
            dialect.code(),
            id.get(),
            record.to_bytes().as_slice(),
            record.is_retired(),
        ],
    )?;
    Ok(())
}

/// Beyond `most` sessions with devices of `jid` that are not on its list, those go that were silent for
/// longest. Sessions with listed devices, which are what writing needs, stay and do not count. How many went.
///
/// Of the numbers that are left without a session one for each key is remembered, the first that showed it:
/// whose key it is, and which dialect it spoke, must not be forgotten.
pub fn bound_unlisted(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    most: u32,
) -> Result<usize> {
    let sql = "DELETE FROM omemo_sessions WHERE rowid IN (
        SELECT s.rowid FROM omemo_sessions s LEFT JOIN omemo_devices d
            ON d.account = s.account AND d.jid = s.jid AND d.dialect = s.dialect AND d.device = s.device
        WHERE s.account = ?1 AND s.jid = ?2 AND s.dialect = ?3 AND coalesce(d.listed, 0) = 0
        ORDER BY d.last_seen DESC NULLS LAST, s.rowid DESC LIMIT -1 OFFSET ?4)";
    let gone = rows::change(tx, sql, params![account.0, jid.as_str(), dialect.code(), most])?;
    if gone > 0 {
        let sql = "DELETE FROM omemo_devices AS d
            WHERE d.account = ?1 AND d.jid = ?2 AND d.dialect = ?3 AND d.listed = 0
                AND NOT EXISTS (SELECT 1 FROM omemo_sessions s WHERE s.account = d.account
                    AND s.jid = d.jid AND s.dialect = d.dialect AND s.device = d.device)
                AND EXISTS (SELECT 1 FROM omemo_devices o WHERE o.account = d.account
                    AND o.jid = d.jid AND o.dialect = d.dialect AND o.identity = d.identity
                    AND (o.first_seen, o.device) < (d.first_seen, d.device))";
        rows::change(tx, sql, params![account.0, jid.as_str(), dialect.code()])?;
    }
    Ok(gone)
}

/// Strangers may begin sessions with us as often as they like: beyond `most` sessions with people who are
/// neither on the roster nor were written to, the oldest go. How many went.
pub fn bound_strangers(tx: &Transaction<'_>, account: AccountId, most: u32) -> Result<usize> {
    rows::change(tx, BOUND_STRANGERS, params![account.0, most])
}

/// Row ids ascend with time: a session that is replaced keeps its row. The conditions are those of
/// the index messages_written.
pub(in super::super) const BOUND_STRANGERS: &str = "DELETE FROM omemo_sessions WHERE rowid IN (
        SELECT s.rowid FROM omemo_sessions s
        WHERE s.account = ?1
            AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = s.account AND a.jid = s.jid)
            AND NOT EXISTS (SELECT 1 FROM contacts c
                WHERE c.account = s.account AND c.jid = s.jid AND c.in_roster = 1)
            AND NOT EXISTS (SELECT 1 FROM chats t JOIN messages m ON m.chat = t.id
                WHERE t.account = s.account AND t.peer = s.jid AND m.direction = 1 AND m.state <> 4)
        ORDER BY s.rowid DESC LIMIT -1 OFFSET ?2)";

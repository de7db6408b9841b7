//! Other devices, and our other ones: device lists, identity keys, when they were seen.

use rusqlite::{Row, params};

use crate::codes::Code;
use crate::{Reads, Result, StoreError, Transaction, rows};
use model::{AccountId, BareJid, Clean, Timestamp};
use omemo::{DeviceId, Dialect, IdentityKey};

/// Devices without a key that left the device list: so many of one JID and dialect are remembered,
/// the newest ones. Somebody else writes the list, and could write a new one every second.
const KEYLESS: i64 = 200;
/// So many devices of one list are stored, the first ones.
pub const MOST_LISTED: usize = 200;

/// What is known about one device of one JID in one dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub jid: BareJid,
    pub id: DeviceId,
    pub dialect: Dialect,
    /// Its identity key, once a bundle or message showed it; it never changes then (threat 25).
    pub identity: Option<IdentityKey>,
    /// On the newest device list.
    pub active: bool,
    /// When it was missing on a list that had named it before; None: no list named
    /// it yet, or the newest does.
    pub taken_off: Option<Timestamp>,
    /// It is on no list, but messages of it were opened, and the session that it began stands.
    pub writes: bool,
    pub first_seen: Timestamp,
    /// A message from it was opened last at.
    pub last_seen: Option<Timestamp>,
    /// What its owner calls it, as the list says; nobody has checked the signature.
    pub label: Option<DeviceLabel>,
}

/// A label with its signature (XEP-0384 0.9 §devices).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLabel {
    pub text: Clean,
    pub signature: Vec<u8>,
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT jid, device, dialect, identity, active, first_seen, last_seen, label, label_signature, taken_off,
                 active = 0 AND last_seen IS NOT NULL AND EXISTS (SELECT 1 FROM omemo_sessions s
                     WHERE s.account = omemo_devices.account AND s.jid = omemo_devices.jid
                         AND s.dialect = omemo_devices.dialect AND s.device = omemo_devices.device AND s.retired = 0)
             FROM omemo_devices ",
            $tail
        )
    };
}

/// Every device known of `jid`, active first, then by id.
pub fn devices(r: &impl Reads, account: AccountId, jid: &BareJid) -> Result<Vec<Device>> {
    rows::all(r, DEVICES, params![account.0, jid.as_str()], read)
}

pub(in super::super) const DEVICES: &str =
    select!("WHERE account = ?1 AND jid = ?2 ORDER BY active DESC, device, dialect");

pub fn device(
    r: &impl Reads,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    id: DeviceId,
) -> Result<Option<Device>> {
    let sql = select!("WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device = ?4");
    let key = params![account.0, jid.as_str(), dialect.code(), id.get()];
    rows::first(r, sql, key, read)
}

/// What is known of the device with this number in either dialect: it has the same number in both.
pub fn in_every_dialect(
    r: &impl Reads,
    account: AccountId,
    jid: &BareJid,
    id: DeviceId,
) -> Result<Vec<Device>> {
    let [newer, older] = Dialect::ALL.map(Code::code);
    let key = params![account.0, jid.as_str(), newer, older, id.get()];
    rows::all(r, IN_EVERY_DIALECT, key, read)
}

/// The dialects are named, so that the primary key finds the devices.
pub(in super::super) const IN_EVERY_DIALECT: &str =
    select!("WHERE account = ?1 AND jid = ?2 AND dialect IN (?3, ?4) AND device = ?5");

/// Every JID with at least one device known.
pub fn jids_with_devices(r: &impl Reads, account: AccountId) -> Result<Vec<BareJid>> {
    let sql = "SELECT DISTINCT jid FROM omemo_devices WHERE account = ?1 ORDER BY jid";
    rows::all(r, sql, [account.0], |row| rows::jid(row, 0))
}

/// Every device of everybody, by JID.
pub fn every_device(r: &impl Reads, account: AccountId) -> Result<Vec<Device>> {
    rows::all(r, EVERY, [account.0], read)
}

/// In the order of the primary key, so that nothing is sorted.
pub(in super::super) const EVERY: &str = select!("WHERE account = ?1 ORDER BY jid, dialect, device");

/// Whether the person was told that this device is written to in the legacy dialect
/// though it spoke OMEMO 2 before.
pub fn lowering_told(r: &impl Reads, account: AccountId, jid: &BareJid, id: DeviceId) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM omemo_devices
               WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device = ?4 AND lowering_told = 1)";
    rows::exists(
        r,
        sql,
        params![account.0, jid.as_str(), Dialect::Legacy.code(), id.get()],
    )
}

/// Notes that they were told, or that there is nothing to tell any more.
pub fn set_lowering_told(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    id: DeviceId,
    told: bool,
) -> Result<()> {
    let sql = "UPDATE omemo_devices SET lowering_told = ?5
               WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device = ?4";
    rows::change(
        tx,
        sql,
        params![account.0, jid.as_str(), Dialect::Legacy.code(), id.get(), told],
    )?;
    Ok(())
}

/// Stores a device list: these are active, all others of the JID and dialect are not; new ones
/// are made. Returns the new ids.
///
/// Of a list of more than [`MOST_LISTED`] the first ones are stored. Who was on the
/// list before is taken off it.
pub fn set_device_list(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    ids: &[DeviceId],
    now: Timestamp,
) -> Result<Vec<DeviceId>> {
    let sql = "UPDATE omemo_devices SET active = 0, listed = 0, taken_off = iif(listed = 1, ?4, taken_off)
               WHERE account = ?1 AND jid = ?2 AND dialect = ?3";
    let all = params![account.0, jid.as_str(), dialect.code(), now.as_millisecond()];
    rows::change(tx, sql, all)?;
    let mut new = Vec::new();
    for id in ids.iter().take(MOST_LISTED) {
        let key = params![account.0, jid.as_str(), dialect.code(), id.get()];
        let sql = "UPDATE omemo_devices SET active = 1, listed = 1, taken_off = NULL
                   WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device = ?4";
        if rows::change(tx, sql, key)? == 0 {
            make(tx, account, jid, dialect, *id, true, now)?;
            new.push(*id);
        }
    }
    rows::change(
        tx,
        "INSERT INTO omemo_device_lists (account, jid, dialect, seen) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (account, jid, dialect) DO UPDATE SET seen = excluded.seen",
        params![account.0, jid.as_str(), dialect.code(), now.as_millisecond()],
    )?;
    forget_keyless(tx, account, jid, dialect)?;
    Ok(new)
}

/// When the list of `jid` was stored last; None: never.
pub fn device_list_seen(
    r: &impl Reads,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
) -> Result<Option<Timestamp>> {
    let sql = "SELECT seen FROM omemo_device_lists WHERE account = ?1 AND jid = ?2 AND dialect = ?3";
    let list = params![account.0, jid.as_str(), dialect.code()];
    rows::first(r, sql, list, |row| rows::time(row, 0))
}

/// Notes whether the newest list of `jid` names nothing but numbers that no device can have.
pub fn set_impossible(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    impossible: bool,
) -> Result<()> {
    let sql =
        "UPDATE omemo_device_lists SET impossible = ?4 WHERE account = ?1 AND jid = ?2 AND dialect = ?3";
    rows::change(
        tx,
        sql,
        params![account.0, jid.as_str(), dialect.code(), impossible],
    )?;
    Ok(())
}

/// Whether a list of `jid` is so, in any dialect.
pub fn is_impossible(r: &impl Reads, account: AccountId, jid: &BareJid) -> Result<bool> {
    let sql =
        "SELECT EXISTS (SELECT 1 FROM omemo_device_lists WHERE account = ?1 AND jid = ?2 AND impossible = 1)";
    rows::exists(r, sql, params![account.0, jid.as_str()])
}

/// Sets the identity of a device that has none (making the device, inactive, if it is unknown);
/// false if it has another one, and then nothing changes.
pub fn set_identity(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    id: DeviceId,
    identity: IdentityKey,
    now: Timestamp,
) -> Result<bool> {
    match device(tx, account, jid, dialect, id)? {
        Some(Device {
            identity: Some(known),
            ..
        }) => return Ok(known == identity),
        Some(_) => {}
        None => make(tx, account, jid, dialect, id, false, now)?,
    }
    let sql = "UPDATE omemo_devices SET identity = ?5
               WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device = ?4 AND identity IS NULL";
    let key = params![account.0, jid.as_str(), dialect.code(), id.get(), identity.0];
    rows::must_change(tx, "device", sql, key)?;
    Ok(true)
}

/// Puts a new identity key in the place of a device's old one, because the person verified the new
/// key; the session with the old key goes.
pub fn replace_identity(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    id: DeviceId,
    identity: IdentityKey,
) -> Result<()> {
    let key = params![account.0, jid.as_str(), dialect.code(), id.get()];
    let sessions = "DELETE FROM omemo_sessions
                    WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device = ?4";
    rows::change(tx, sessions, key)?;
    let sql = "UPDATE omemo_devices SET identity = ?5
               WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device = ?4";
    let key = params![account.0, jid.as_str(), dialect.code(), id.get(), identity.0];
    rows::must_change(tx, "device", sql, key)
}

/// A message from the device was opened.
pub fn set_seen(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    id: DeviceId,
    now: Timestamp,
) -> Result<()> {
    rows::change(
        tx,
        "INSERT INTO omemo_devices (account, jid, dialect, device, active, first_seen, last_seen)
         VALUES (?1, ?2, ?3, ?4, 0, ?5, ?5)
         ON CONFLICT (account, jid, dialect, device) DO UPDATE SET last_seen = excluded.last_seen",
        params![
            account.0,
            jid.as_str(),
            dialect.code(),
            id.get(),
            now.as_millisecond()
        ],
    )?;
    Ok(())
}

/// Whether the newest list names this device.
pub fn is_listed(
    r: &impl Reads,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    id: DeviceId,
) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM omemo_devices
               WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device = ?4 AND listed = 1)";
    let key = params![account.0, jid.as_str(), dialect.code(), id.get()];
    rows::exists(r, sql, key)
}

/// Forgets a number that turned out to be another device's, with its session; a list that names it
/// keeps it.
pub fn forget_number(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    id: DeviceId,
) -> Result<()> {
    for sql in [
        "DELETE FROM omemo_sessions WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device = ?4",
        "DELETE FROM omemo_devices
         WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device = ?4 AND listed = 0",
    ] {
        let key = params![account.0, jid.as_str(), dialect.code(), id.get()];
        rows::change(tx, sql, key)?;
    }
    Ok(())
}

/// Makes a device that is unknown so far; `listed`: the newest list names it.
fn make(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    id: DeviceId,
    listed: bool,
    now: Timestamp,
) -> Result<()> {
    rows::change(
        tx,
        "INSERT INTO omemo_devices (account, jid, dialect, device, active, listed, first_seen)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)",
        params![
            account.0,
            jid.as_str(),
            dialect.code(),
            id.get(),
            listed,
            now.as_millisecond()
        ],
    )?;
    Ok(())
}

/// Forgets the oldest inactive devices of which nothing but the number is known, beyond
/// [`KEYLESS`].
fn forget_keyless(tx: &Transaction<'_>, account: AccountId, jid: &BareJid, dialect: Dialect) -> Result<()> {
    rows::change(
        tx,
        "DELETE FROM omemo_devices
         WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device IN (
             SELECT device FROM omemo_devices
             WHERE account = ?1 AND jid = ?2 AND dialect = ?3
                 AND active = 0 AND identity IS NULL AND last_seen IS NULL
             ORDER BY first_seen DESC, device LIMIT -1 OFFSET ?4)",
        params![account.0, jid.as_str(), dialect.code(), KEYLESS],
    )?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Device> {
    Ok(Device {
        jid: rows::jid(row, 0)?,
        id: DeviceId::new(rows::get(row, 1)?).ok_or(StoreError::Corrupt("device id"))?,
        dialect: rows::code(row, 2)?,
        identity: rows::optional_bytes(row, 3, "identity key")?.map(|bytes| IdentityKey(*bytes)),
        active: rows::get(row, 4)?,
        first_seen: rows::time(row, 5)?,
        last_seen: rows::optional_time(row, 6)?,
        label: read_label(row)?,
        taken_off: rows::optional_time(row, 9)?,
        writes: rows::get(row, 10)?,
    })
}

fn read_label(row: &Row<'_>) -> Result<Option<DeviceLabel>> {
    let (text, signature) = (rows::clean(row, 7)?, rows::get::<Option<Vec<u8>>>(row, 8)?);
    Ok(text
        .zip(signature)
        .map(|(text, signature)| DeviceLabel { text, signature }))
}

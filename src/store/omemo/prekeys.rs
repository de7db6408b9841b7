//! Our signed prekeys and one-time prekeys (XEP-0384; X3DH §2.2).

use std::time::Duration;

use rusqlite::params;

use crate::{Reads, Result, StoreError, Transaction, rows};
use model::{AccountId, Timestamp};
use omemo::{PreKeyId, PreKeyPair, PublicKey, SignedPreKeyId, SignedPreKeyPair};

/// A signed prekey with the signature that was published with it.
pub struct StoredSignedPreKey {
    pub pair: SignedPreKeyPair,
    /// Legacy signature.
    pub signature: [u8; 64],
    /// OMEMO 2 signature; None: this key was not signed for it yet.
    pub signature2: Option<[u8; 64]>,
    pub created: Timestamp,
}

/// Newest first.
pub fn signed_prekeys(r: &impl Reads, account: AccountId) -> Result<Vec<StoredSignedPreKey>> {
    let sql = "SELECT id, secret, signature, created, signature2 FROM omemo_signed_prekeys
               WHERE account = ?1 ORDER BY created DESC, id DESC";
    rows::all(r, sql, [account.0], |row| {
        let id = SignedPreKeyId(rows::get(row, 0)?);
        Ok(StoredSignedPreKey {
            pair: SignedPreKeyPair::from_secret(id, rows::bytes(row, 1, "signed prekey")?),
            signature: *rows::bytes(row, 2, "signature")?,
            created: rows::time(row, 3)?,
            signature2: rows::optional_bytes(row, 4, "signature")?.copied(),
        })
    })
}

/// Stores a new signed prekey. One with the same id is not replaced: that is an error.
pub fn put_signed_prekey(tx: &Transaction<'_>, account: AccountId, key: &StoredSignedPreKey) -> Result<()> {
    rows::change(
        tx,
        "INSERT INTO omemo_signed_prekeys (account, id, secret, signature, created, signature2)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            account.0,
            key.pair.id.0,
            key.pair.secret().as_slice(),
            key.signature,
            key.created.as_millisecond(),
            key.signature2.as_ref().map(<[u8; 64]>::as_slice),
        ],
    )?;
    Ok(())
}

/// A signed prekey cannot be made in the time to come: one that says so was made under a clock that ran
/// ahead, and counts as made `now`.
pub fn set_back_signed_prekeys(tx: &Transaction<'_>, account: AccountId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE omemo_signed_prekeys SET created = ?2 WHERE account = ?1 AND created > ?2";
    rows::change(tx, sql, params![account.0, now.as_millisecond()])?;
    Ok(())
}

/// Stores the OMEMO 2 signature of a signed prekey that was made before there was one.
pub fn set_signature2(
    tx: &Transaction<'_>,
    account: AccountId,
    id: SignedPreKeyId,
    signature: &[u8; 64],
) -> Result<()> {
    let sql = "UPDATE omemo_signed_prekeys SET signature2 = ?3 WHERE account = ?1 AND id = ?2";
    rows::must_change(tx, "signed prekey", sql, params![account.0, id.0, signature])
}

pub fn signed_prekey(
    r: &impl Reads,
    account: AccountId,
    id: SignedPreKeyId,
) -> Result<Option<SignedPreKeyPair>> {
    let sql = "SELECT secret FROM omemo_signed_prekeys WHERE account = ?1 AND id = ?2";
    rows::first(r, sql, params![account.0, id.0], |row| {
        Ok(SignedPreKeyPair::from_secret(
            id,
            rows::bytes(row, 0, "signed prekey")?,
        ))
    })
}

/// Erases a signed prekey. Nothing happens if there is none.
pub fn remove_signed_prekey(tx: &Transaction<'_>, account: AccountId, id: SignedPreKeyId) -> Result<()> {
    let sql = "DELETE FROM omemo_signed_prekeys WHERE account = ?1 AND id = ?2";
    rows::change(tx, sql, params![account.0, id.0])?;
    Ok(())
}

/// Public halves of the prekeys that are to be published (spent ones are not), by id.
pub fn published_prekeys(r: &impl Reads, account: AccountId) -> Result<Vec<(PreKeyId, PublicKey)>> {
    let sql = "SELECT id, public FROM omemo_prekeys WHERE account = ?1 AND spent = 0 ORDER BY id";
    rows::all(r, sql, [account.0], |row| {
        let public = *rows::bytes(row, 1, "prekey")?;
        Ok((PreKeyId(rows::get(row, 0)?), PublicKey(public)))
    })
}

/// A prekey, spent ones included while they are kept.
pub fn prekey(r: &impl Reads, account: AccountId, id: PreKeyId) -> Result<Option<PreKeyPair>> {
    let sql = "SELECT secret FROM omemo_prekeys WHERE account = ?1 AND id = ?2";
    rows::first(r, sql, params![account.0, id.0], |row| {
        Ok(PreKeyPair::from_secret(id, rows::bytes(row, 0, "prekey")?))
    })
}

/// Stores a new prekey, not spent. One with the same id is not replaced: that is an error.
pub fn put_prekey(tx: &Transaction<'_>, account: AccountId, key: &PreKeyPair) -> Result<()> {
    rows::change(
        tx,
        "INSERT INTO omemo_prekeys (account, id, secret, public, spent) VALUES (?1, ?2, ?3, ?4, 0)",
        params![account.0, key.id.0, key.secret().as_slice(), key.public().0],
    )?;
    Ok(())
}

/// So many exchanges may use one prekey while it is kept: people who fetched the same bundle choose the same
/// one now and then. Beyond that it is erased.
const MOST_USES: u32 = 50;

/// Marks a prekey as spent by the exchange with this base key: it is no longer published, and kept
/// until it is erased ([`erase_old_spent`], [`bound_spent`]); so long the base key is remembered.
/// Nothing happens if there is none.
pub fn spend_prekey(
    tx: &Transaction<'_>,
    account: AccountId,
    (id, base_key): (PreKeyId, PublicKey),
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE omemo_prekeys SET spent = 1, spent_at = coalesce(spent_at, ?3)
               WHERE account = ?1 AND id = ?2";
    if rows::change(tx, sql, params![account.0, id.0, now.as_millisecond()])? == 0 {
        return Ok(());
    }
    let sql = "INSERT INTO omemo_base_keys (account, base_key, prekey) VALUES (?1, ?2, ?3)
               ON CONFLICT (account, base_key) DO NOTHING";
    rows::change(tx, sql, params![account.0, base_key.0, id.0])?;
    let sql = "DELETE FROM omemo_prekeys WHERE account = ?1 AND id = ?2 AND ?3 <=
                   (SELECT count(*) FROM omemo_base_keys WHERE account = ?1 AND prekey = ?2)";
    rows::change(tx, sql, params![account.0, id.0, MOST_USES])?;
    Ok(())
}

/// Whether the exchange with this base key was opened before, with a prekey that is still kept.
pub fn is_exchange_spent(r: &impl Reads, account: AccountId, base_key: &PublicKey) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM omemo_base_keys WHERE account = ?1 AND base_key = ?2)";
    rows::exists(r, sql, params![account.0, base_key.0])
}

/// Erases the prekeys that were not spent within `age` of `now`, before it or (the clock
/// was wrong) after it; how many.
pub fn erase_old_spent(
    tx: &Transaction<'_>,
    account: AccountId,
    now: Timestamp,
    age: Duration,
) -> Result<usize> {
    let (now, age) = (
        now.as_millisecond(),
        i64::try_from(age.as_millis()).unwrap_or(i64::MAX),
    );
    let sql = "DELETE FROM omemo_prekeys WHERE account = ?1 AND spent = 1
                   AND (spent_at IS NULL OR spent_at NOT BETWEEN ?2 AND ?3)";
    let kept = params![account.0, now.saturating_sub(age), now.saturating_add(age)];
    rows::change(tx, sql, kept)
}

/// Erases spent prekeys but the `most` that were spent last; how many.
pub fn bound_spent(tx: &Transaction<'_>, account: AccountId, most: u32) -> Result<usize> {
    let sql = "DELETE FROM omemo_prekeys WHERE account = ?1 AND spent = 1 AND id NOT IN
                   (SELECT id FROM omemo_prekeys WHERE account = ?1 AND spent = 1
                    ORDER BY spent_at DESC, id DESC LIMIT ?2)";
    rows::change(tx, sql, params![account.0, most])
}

/// The id for the next prekey: ids ascend for ever (wrapping at 2^24-2 to 1), so none is used twice.
///
/// After a wrap an id that is still in the table is passed over.
pub fn next_prekey_id(tx: &Transaction<'_>, account: AccountId) -> Result<PreKeyId> {
    // Bounded by the number of prekeys that are stored: ours.
    loop {
        let sql = "UPDATE accounts SET next_prekey_id = next_prekey_id % 16777214 + 1 WHERE id = ?1
                   RETURNING CASE next_prekey_id WHEN 1 THEN 16777214 ELSE next_prekey_id - 1 END";
        let id: u32 = rows::first(tx, sql, [account.0], |row| rows::get(row, 0))?
            .ok_or(StoreError::Missing("account"))?;
        let sql = "SELECT EXISTS (SELECT 1 FROM omemo_prekeys WHERE account = ?1 AND id = ?2)";
        if !rows::exists(tx, sql, params![account.0, id])? {
            return Ok(PreKeyId(id));
        }
    }
}

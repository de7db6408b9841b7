//! What every table file needs: run a cached statement, and read a column as a type of ours.

use std::cell::Cell;

use rusqlite::types::FromSql;
use rusqlite::{CachedStatement, Params, Row};

use super::codes::Code;
use super::{Reads, Result, StoreError, Transaction};
use model::{BareJid, Clean, MessageId, Timestamp, address};

thread_local! {
    static STATEMENTS: Cell<u64> = const { Cell::new(0) };
}

/// How many statements this thread has run: what a message costs is counted, so that no clock decides.
pub fn statements() -> u64 {
    STATEMENTS.get()
}

/// A statement that was prepared before, or is now.
fn prepare<'c>(r: &'c impl Reads, sql: &str) -> Result<CachedStatement<'c>> {
    STATEMENTS.set(STATEMENTS.get().wrapping_add(1));
    Ok(r.conn().prepare_cached(sql)?)
}

/// Every row that `sql` gives.
pub(super) fn all<T>(
    r: &impl Reads,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    prepare(r, sql)?.query_and_then(params, read)?.collect()
}

/// The first row that `sql` gives.
pub(super) fn first<T>(
    r: &impl Reads,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    prepare(r, sql)?.query_and_then(params, read)?.next().transpose()
}

/// Whether `sql`, a `SELECT EXISTS`, says so.
pub(super) fn exists(r: &impl Reads, sql: &str, params: impl Params) -> Result<bool> {
    Ok(first(r, sql, params, |row| Ok(row.get(0)?))?.unwrap_or(false))
}

/// Runs a change; how many rows it touched.
pub(super) fn change(tx: &Transaction<'_>, sql: &str, params: impl Params) -> Result<usize> {
    Ok(prepare(tx, sql)?.execute(params)?)
}

/// Runs a change that must touch a row; `what` names it in the error.
pub(super) fn must_change(
    tx: &Transaction<'_>,
    what: &'static str,
    sql: &str,
    params: impl Params,
) -> Result<()> {
    match change(tx, sql, params)? {
        0 => Err(StoreError::Missing(what)),
        _ => Ok(()),
    }
}

/// A text as `json_each` reads it in a list. One with control characters, which no address has, is another one then.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// A limit as SQLite takes it.
pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) fn get<T: FromSql>(row: &Row<'_>, column: usize) -> Result<T> {
    Ok(row.get(column)?)
}

/// A text column, borrowed from the row.
pub(super) fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str> {
    row.get_ref(column)?
        .as_str()
        .map_err(|_| StoreError::Corrupt("text"))
}

/// The same where NULL is allowed.
pub(super) fn optional_text<'r>(row: &'r Row<'_>, column: usize) -> Result<Option<&'r str>> {
    row.get_ref(column)?
        .as_str_or_null()
        .map_err(|_| StoreError::Corrupt("text"))
}

/// The id of a message in the first column.
pub(super) fn message(row: &Row<'_>) -> Result<MessageId> {
    Ok(MessageId(get(row, 0)?))
}

pub(super) fn jid(row: &Row<'_>, column: usize) -> Result<BareJid> {
    address::bare(text(row, column)?).map_err(|_| StoreError::Corrupt("address"))
}

pub(super) fn clean(row: &Row<'_>, column: usize) -> Result<Option<Clean>> {
    Ok(optional_text(row, column)?.map(Clean::new))
}

pub(super) fn code<T: Code>(row: &Row<'_>, column: usize) -> Result<T> {
    T::from_code(row.get(column)?)
}

pub(super) fn optional_code<T: Code>(row: &Row<'_>, column: usize) -> Result<Option<T>> {
    row.get::<_, Option<i64>>(column)?.map(T::from_code).transpose()
}

pub(super) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    Timestamp::from_millisecond(row.get(column)?).map_err(|_| StoreError::Corrupt("time"))
}

pub(super) fn optional_time(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    row.get::<_, Option<i64>>(column)?
        .map(|ms| Timestamp::from_millisecond(ms).map_err(|_| StoreError::Corrupt("time")))
        .transpose()
}

/// A blob column, borrowed from the row, so that no copy of a secret is made here.
pub(super) fn blob<'r>(row: &'r Row<'_>, column: usize, what: &'static str) -> Result<&'r [u8]> {
    row.get_ref(column)?
        .as_blob()
        .map_err(|_| StoreError::Corrupt(what))
}

/// A blob of exactly `N` bytes, borrowed from the row.
pub(super) fn bytes<'r, const N: usize>(
    row: &'r Row<'_>,
    column: usize,
    what: &'static str,
) -> Result<&'r [u8; N]> {
    blob(row, column, what)?
        .try_into()
        .map_err(|_| StoreError::Corrupt(what))
}

/// The same where NULL is allowed.
pub(super) fn optional_bytes<'r, const N: usize>(
    row: &'r Row<'_>,
    column: usize,
    what: &'static str,
) -> Result<Option<&'r [u8; N]>> {
    let blob = row
        .get_ref(column)?
        .as_blob_or_null()
        .map_err(|_| StoreError::Corrupt(what))?;
    blob.map(|bytes| bytes.try_into().map_err(|_| StoreError::Corrupt(what)))
        .transpose()
}

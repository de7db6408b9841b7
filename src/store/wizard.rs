//! What was typed about an account before there is one: whoever leaves the wizard finds it there again.

use rusqlite::{Row, params};

use super::{Reads, Result, Transaction, rows};
use model::AccountDraft;

/// What was typed last, if an account is not made yet.
pub fn get(r: &impl Reads) -> Result<Option<AccountDraft>> {
    let sql = "SELECT make, address, server, direct_tls, ca_file, allow_plain FROM wizard";
    rows::first(r, sql, [], read)
}

/// Keeps it in the place of what was kept before.
pub fn put(tx: &Transaction<'_>, typed: &AccountDraft) -> Result<()> {
    rows::change(
        tx,
        "INSERT OR REPLACE INTO wizard (id, make, address, server, direct_tls, ca_file, allow_plain)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            typed.make,
            typed.address,
            typed.server,
            typed.direct_tls,
            typed.ca_file,
            typed.allow_plain,
        ],
    )?;
    Ok(())
}

/// It is needed no more.
pub(super) fn forget(tx: &Transaction<'_>) -> Result<()> {
    rows::change(tx, "DELETE FROM wizard", [])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<AccountDraft> {
    Ok(AccountDraft {
        make: rows::get(row, 0)?,
        address: rows::get(row, 1)?,
        server: rows::get(row, 2)?,
        direct_tls: rows::get(row, 3)?,
        ca_file: rows::get(row, 4)?,
        allow_plain: rows::get(row, 5)?,
    })
}

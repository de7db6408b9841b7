//! Which letters were opened, so that a copy of one is known for sure, whatever became of
//! its row and of the session.

use rusqlite::params;

use crate::{Reads, Result, Transaction, rows};
use model::AccountId;

/// So many are remembered for each account, the newest ones. A copy of an older one is
/// refused by its session, and told.
const MOST: i64 = 100_000;
/// Those beyond are forgotten at every so-manieth letter.
const SWEPT: i64 = 64;

/// Notes that a letter with this payload was opened.
pub fn set_opened(tx: &Transaction<'_>, account: AccountId, payload: &[u8; 16]) -> Result<()> {
    let sql = "INSERT INTO omemo_opened (account, payload) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    if rows::change(tx, sql, params![account.0, payload])? == 0 {
        return Ok(());
    }
    // Ids ascend over all accounts, so this keeps at least as many as it says of
    // the account that gets the most.
    let newest = tx.conn().last_insert_rowid();
    if newest % SWEPT != 0 {
        return Ok(());
    }
    let sql = "DELETE FROM omemo_opened WHERE id <= ?1 AND account = ?2";
    rows::change(tx, sql, params![newest.saturating_sub(MOST), account.0])?;
    Ok(())
}

/// Whether a letter with this payload was opened before.
pub fn is_opened(r: &impl Reads, account: AccountId, payload: &[u8; 16]) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM omemo_opened WHERE account = ?1 AND payload = ?2)";
    rows::exists(r, sql, params![account.0, payload])
}

//! What owners call their devices, as the lists say.

use rusqlite::params;

use super::DeviceLabel;
use crate::codes::Code;
use crate::{Result, Transaction, rows};
use model::{AccountId, BareJid};
use omemo::{DeviceId, Dialect};

/// Stores the labels that a list shows, over all devices of `jid` in this dialect:
/// who has none on it has none.
pub fn set_labels(
    tx: &Transaction<'_>,
    account: AccountId,
    jid: &BareJid,
    dialect: Dialect,
    labels: &[(DeviceId, DeviceLabel)],
) -> Result<()> {
    let list = params![account.0, jid.as_str(), dialect.code()];
    let sql = "UPDATE omemo_devices SET label = NULL, label_signature = NULL
               WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND label IS NOT NULL";
    rows::change(tx, sql, list)?;
    for (id, label) in labels {
        let sql = "UPDATE omemo_devices SET label = ?5, label_signature = ?6
                   WHERE account = ?1 AND jid = ?2 AND dialect = ?3 AND device = ?4";
        let row = params![
            account.0,
            jid.as_str(),
            dialect.code(),
            id.get(),
            label.text.as_str(),
            label.signature
        ];
        rows::change(tx, sql, row)?;
    }
    Ok(())
}

//! What files take on the disk.

use rusqlite::params;

use super::{read, select};
use crate::{Reads, Result, rows};
use model::{AccountId, BareJid, ChatId, MessageFile};

/// What the files of a chat take on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesHeld {
    pub chat: ChatId,
    pub peer: BareJid,
    pub files: u64,
    pub bytes: u64,
}

/// What is here of each chat, the most first.
pub fn held(r: &impl Reads, account: AccountId) -> Result<Vec<FilesHeld>> {
    let sql = "SELECT c.id, c.peer, count(*), coalesce(sum(f.stored), 0) AS bytes
               FROM files f JOIN messages m ON m.id = f.message JOIN chats c ON c.id = m.chat
               WHERE f.container IS NOT NULL AND f.account = ?1 GROUP BY c.id ORDER BY bytes DESC, c.id";
    rows::all(r, sql, [account.0], |row| {
        let unsigned = |column| -> Result<u64> {
            let value: i64 = rows::get(row, column)?;
            Ok(u64::try_from(value).unwrap_or(0))
        };
        Ok(FilesHeld {
            chat: ChatId(rows::get(row, 0)?),
            peer: rows::jid(row, 1)?,
            files: unsigned(2)?,
            bytes: unsigned(3)?,
        })
    })
}

/// The files that are here for the longest time, so many of them that `wanted` bytes get free; never one
/// that still has to be sent, or is on its way.
pub fn oldest(r: &impl Reads, account: AccountId, wanted: u64) -> Result<Vec<MessageFile>> {
    let sql = select!(
        "JOIN messages m ON m.id = f.message WHERE f.container IS NOT NULL AND f.account = ?1 AND f.state = 2
             AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message = f.message)
             AND NOT (m.direction = 1 AND m.state = 4)
         ORDER BY m.time, f.id"
    );
    let found = rows::all(r, sql, params![account.0], read)?;
    let mut freed = 0_u64;
    let mut needed = |file: &MessageFile| {
        let take = freed < wanted;
        freed = freed.saturating_add(file.stored.unwrap_or(0));
        take
    };
    Ok(found.into_iter().take_while(|file| needed(file)).collect())
}

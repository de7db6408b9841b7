//! What becomes of a file.

use rusqlite::params;

use super::{get, stored_size, written};
use crate::codes::{Code, FileFailure};
use crate::{Reads, Result, Transaction, rows};
use model::{
    AccountId, Clean, ContainerId, FileId, FileSecret, FileState, FilesFailure, MessageId, SharedFile,
    StagedFile,
};

/// The files that a message brought. They lie where it says.
pub fn put_shared(
    tx: &Transaction<'_>,
    (account, message): (AccountId, MessageId),
    files: &[SharedFile],
) -> Result<Vec<FileId>> {
    let sql = "INSERT OR IGNORE INTO files (account, message, number, name, media_type, size, sha256, url, secret, state)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let mut put = Vec::with_capacity(files.len());
    for (number, file) in (0_i64..).zip(files) {
        let secret = file.secret.as_ref().map(written);
        let values = params![
            account.0,
            message.0,
            number,
            file.name.as_ref().map(Clean::as_str),
            file.media_type.as_ref().map(Clean::as_str),
            file.size.map(stored_size),
            file.sha256,
            file.url,
            secret.as_ref().map(|secret| secret.as_slice()),
            FileState::Remote.code()
        ];
        if rows::change(tx, sql, values)? == 1 {
            put.push(FileId(tx.conn().last_insert_rowid()));
        }
    }
    count(tx, message)?;
    Ok(put)
}

/// The file that a message of ours is: here, and not sent yet. `kept`: what is here stays when it was sent.
pub fn put_staged(
    tx: &Transaction<'_>,
    (account, message): (AccountId, MessageId),
    file: &StagedFile,
    kept: bool,
) -> Result<FileId> {
    let sql = "INSERT INTO files (account, message, number, name, media_type, size, sha256, state, container, stored, kept)
               VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let values = params![
        account.0,
        message.0,
        file.name.as_str(),
        file.media_type.as_str(),
        stored_size(file.size),
        file.sha256,
        FileState::Here.code(),
        file.container.0,
        stored_size(file.stored),
        kept
    ];
    rows::change(tx, sql, values)?;
    let id = FileId(tx.conn().last_insert_rowid());
    count(tx, message)?;
    Ok(id)
}

/// They belong to another message of ours from now on, which takes the place of this one, and have to be
/// sent anew: an address and a key are for one time.
pub fn move_to(tx: &Transaction<'_>, from: MessageId, to: MessageId) -> Result<()> {
    let sql = "UPDATE files SET message = ?2, url = NULL, secret = NULL, failure = NULL WHERE message = ?1";
    rows::change(tx, sql, [from.0, to.0])?;
    count(tx, from)?;
    count(tx, to)
}

fn count(tx: &Transaction<'_>, message: MessageId) -> Result<()> {
    let sql = "UPDATE messages SET files = (SELECT count(*) FROM files WHERE message = ?1) WHERE id = ?1";
    rows::must_change(tx, "message", sql, [message.0])
}

/// It is on its way here, into this container.
pub fn set_moving(tx: &Transaction<'_>, id: FileId, container: ContainerId) -> Result<()> {
    let sql = "UPDATE files SET state = ?2, container = ?3, stored = NULL, failure = NULL WHERE id = ?1";
    let values = params![id.0, FileState::Moving.code(), container.0];
    rows::must_change(tx, "file", sql, values)
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub size: u64,
    pub sha256: [u8; 32],
    pub media_type: Option<Clean>,
    pub stored: u64,
}

/// It is here, whole.
pub fn set_here(tx: &Transaction<'_>, id: FileId, fetched: &Fetched) -> Result<()> {
    let sql = "UPDATE files SET state = ?2, size = ?3, sha256 = ?4, media_type = coalesce(?5, media_type), stored = ?6,
                   failure = NULL WHERE id = ?1";
    let values = params![
        id.0,
        FileState::Here.code(),
        stored_size(fetched.size),
        fetched.sha256,
        fetched.media_type.as_ref().map(Clean::as_str),
        stored_size(fetched.stored)
    ];
    rows::must_change(tx, "file", sql, values)
}

/// It did not come, and nothing of it is here. None: nobody wants it now.
pub fn set_failed(tx: &Transaction<'_>, id: FileId, why: Option<&FilesFailure>) -> Result<()> {
    let sql = "UPDATE files SET state = ?2, failure = ?3, container = NULL, stored = NULL WHERE id = ?1";
    let state = match why {
        Some(_) => FileState::Failed,
        None => FileState::Remote,
    };
    let values = params![id.0, state.code(), why.map(FileFailure::stored)];
    rows::must_change(tx, "file", sql, values)
}

/// One of ours did not leave, and is still here.
pub fn set_not_sent(tx: &Transaction<'_>, id: FileId, why: &FilesFailure) -> Result<()> {
    let sql = "UPDATE files SET failure = ?2, url = NULL, secret = NULL WHERE id = ?1";
    rows::must_change(tx, "file", sql, params![id.0, FileFailure::stored(why)])
}

/// One of ours lies where others find it.
pub fn set_uploaded(tx: &Transaction<'_>, id: FileId, url: &str, secret: Option<&FileSecret>) -> Result<()> {
    let sql = "UPDATE files SET url = ?2, secret = ?3, failure = NULL WHERE id = ?1";
    let secret = secret.map(written);
    let values = params![id.0, url, secret.as_ref().map(|secret| secret.as_slice())];
    rows::must_change(tx, "file", sql, values)
}

/// What is here of it goes: the container that is to be taken off the disk. `state`: what it is then.
pub fn delete(tx: &Transaction<'_>, id: FileId, state: FileState) -> Result<Option<ContainerId>> {
    let container = get(tx, id)?.and_then(|file| file.container);
    let sql = "UPDATE files SET state = ?2, container = NULL, stored = NULL, failure = NULL WHERE id = ?1";
    rows::must_change(tx, "file", sql, params![id.0, state.code()])?;
    Ok(container)
}

/// A message loses its files; what is to be taken off the disk.
pub fn take_of_message(tx: &Transaction<'_>, message: MessageId) -> Result<Vec<ContainerId>> {
    let sql = "DELETE FROM files WHERE message = ?1 RETURNING container";
    let found = rows::all(tx, sql, [message.0], |row| {
        Ok(rows::optional_bytes(row, 0, "container")?.map(|id| ContainerId(*id)))
    })?;
    if !found.is_empty() {
        count(tx, message)?;
    }
    Ok(found.into_iter().flatten().collect())
}

/// What was on its way here when the process ended is not: it lies where it lay.
pub fn begin(tx: &Transaction<'_>, account: AccountId) -> Result<()> {
    let sql = "UPDATE files SET state = ?2, container = NULL, stored = NULL WHERE account = ?1 AND state = ?3 AND container IS NOT NULL";
    let (remote, moving) = (FileState::Remote.code(), FileState::Moving.code());
    rows::change(tx, sql, [account.0, remote, moving])?;
    Ok(())
}

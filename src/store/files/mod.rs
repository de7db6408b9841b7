//! Files of messages: what is known of each, how far it has come, and where it lies in the vault's folder.
//! All that is asked and changed of them stands here and in the files beside it.

use std::collections::HashSet;

use rusqlite::Row;

use super::codes::FileFailure;
use super::{Reads, Result, StoreError, rows};
use model::{
    AccountId, ChatId, Clean, ContainerId, FileCipher, FileId, FileSecret, MessageFile, MessageId, SharedFile,
};

mod changes;
mod sums;

pub use changes::{
    Fetched, begin, delete, move_to, put_shared, put_staged, set_failed, set_here, set_moving, set_not_sent,
    set_uploaded, take_of_message,
};
pub use sums::{FilesHeld, held, oldest};

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT f.id, f.message, f.number, f.name, f.media_type, f.size, f.sha256, f.url, f.secret IS NOT NULL, \
             f.state, f.failure, f.container, f.stored FROM files f ",
            $tail
        )
    };
}
use select;

/// One file.
pub fn get(r: &impl Reads, id: FileId) -> Result<Option<MessageFile>> {
    rows::first(r, select!("WHERE f.id = ?1"), [id.0], read)
}

/// The files of a message, in the order in which it names them.
pub fn of_message(r: &impl Reads, message: MessageId) -> Result<Vec<MessageFile>> {
    let sql = select!("WHERE f.message = ?1 ORDER BY f.number");
    rows::all(r, sql, [message.0], read)
}

/// All files of a chat, in the order of its history.
pub fn of_chat(r: &impl Reads, chat: ChatId) -> Result<Vec<MessageFile>> {
    let sql = select!(
        "JOIN messages m ON m.id = f.message WHERE m.chat = ?1 AND m.files > 0 ORDER BY m.position, f.number"
    );
    rows::all(r, sql, [chat.0], read)
}

/// Where a file lies and what opens it there, as its message says; None: it was not sent yet, or there is
/// none.
pub fn shared(r: &impl Reads, id: FileId) -> Result<Option<SharedFile>> {
    let sql =
        "SELECT url, secret, name, media_type, size, sha256 FROM files WHERE id = ?1 AND url IS NOT NULL";
    rows::first(r, sql, [id.0], |row| {
        Ok(SharedFile {
            url: rows::get(row, 0)?,
            secret: rows::get::<Option<Vec<u8>>>(row, 1)?
                .map(|bytes| secret(&zeroize::Zeroizing::new(bytes)))
                .transpose()?,
            name: rows::clean(row, 2)?,
            media_type: rows::clean(row, 3)?,
            size: size(row, 4)?,
            sha256: rows::optional_bytes(row, 5, "file hash")?.copied(),
        })
    })
}

/// The account, the chat and the message that it belongs to.
pub fn place(r: &impl Reads, id: FileId) -> Result<Option<(AccountId, ChatId, MessageId)>> {
    let sql =
        "SELECT f.account, m.chat, m.id FROM files f JOIN messages m ON m.id = f.message WHERE f.id = ?1";
    rows::first(r, sql, [id.0], |row| {
        let (account, chat, message) = (rows::get(row, 0)?, rows::get(row, 1)?, rows::get(row, 2)?);
        Ok((AccountId(account), ChatId(chat), MessageId(message)))
    })
}

/// What the vault's folder is to hold: all else in it belongs to nothing.
pub fn containers(r: &impl Reads) -> Result<HashSet<ContainerId>> {
    let found = rows::all(
        r,
        "SELECT container FROM files WHERE container IS NOT NULL",
        [],
        |row| Ok(ContainerId(*rows::bytes(row, 0, "container")?)),
    )?;
    Ok(found.into_iter().collect())
}

/// What lies in the vault's folder of the files of a chat.
pub fn containers_of(r: &impl Reads, chat: ChatId) -> Result<Vec<ContainerId>> {
    let sql = "SELECT f.container FROM files f JOIN messages m ON m.id = f.message
               WHERE m.chat = ?1 AND f.container IS NOT NULL";
    rows::all(r, sql, [chat.0], |row| {
        Ok(ContainerId(*rows::bytes(row, 0, "container")?))
    })
}

/// Files of ours that are here, were sent, and need not be kept.
pub fn sent(r: &impl Reads, account: AccountId) -> Result<Vec<FileId>> {
    let sql = "SELECT f.id FROM files f CROSS JOIN messages m ON m.id = f.message
               WHERE f.container IS NOT NULL AND f.account = ?1 AND f.kept = 0 AND f.state = 2 AND m.direction = 1
                   AND m.state IN (2, 3) AND f.url IS NOT NULL";
    rows::all(r, sql, [account.0], |row| Ok(FileId(rows::get(row, 0)?)))
}

fn read(row: &Row<'_>) -> Result<MessageFile> {
    let size = size(row, 5)?;
    let url = rows::optional_text(row, 7)?;
    Ok(MessageFile {
        id: FileId(rows::get(row, 0)?),
        message: MessageId(rows::get(row, 1)?),
        number: rows::get(row, 2)?,
        name: rows::clean(row, 3)?,
        media_type: rows::clean(row, 4)?,
        size,
        sha256: rows::optional_bytes(row, 6, "file hash")?.copied(),
        host: url.map(|url| Clean::line(host(url))),
        encrypted: rows::get(row, 8)?,
        state: rows::code(row, 9)?,
        failure: rows::get::<Option<i64>>(row, 10)?
            .map(|code| FileFailure::read(code, size))
            .transpose()?,
        container: rows::optional_bytes(row, 11, "container")?.map(|id| ContainerId(*id)),
        stored: self::size(row, 12)?,
    })
}

/// The host that an `https` address names.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest.get(..end).unwrap_or(rest)
}

fn size(row: &Row<'_>, column: usize) -> Result<Option<u64>> {
    let size: Option<i64> = rows::get(row, column)?;
    size.map(|size| u64::try_from(size).map_err(|_| StoreError::Corrupt("file size")))
        .transpose()
}

/// As SQLite keeps it.
fn stored_size(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// The number of the cipher, the key, the IV.
fn written(secret: &FileSecret) -> zeroize::Zeroizing<Vec<u8>> {
    let cipher = match secret.cipher {
        FileCipher::Gcm => 0,
        FileCipher::GcmPerhapsBare => 1,
        FileCipher::Cbc => 2,
    };
    let parts = [&[cipher], secret.key.as_slice(), secret.iv.as_slice()];
    zeroize::Zeroizing::new(parts.concat())
}

fn secret(bytes: &[u8]) -> Result<FileSecret> {
    const BROKEN: StoreError = StoreError::Corrupt("file key");
    let (cipher, rest) = bytes.split_first().ok_or(BROKEN)?;
    let (key, iv) = rest.split_first_chunk::<32>().ok_or(BROKEN)?;
    Ok(FileSecret {
        cipher: match cipher {
            0 => FileCipher::Gcm,
            1 => FileCipher::GcmPerhapsBare,
            2 => FileCipher::Cbc,
            _ => return Err(BROKEN),
        },
        key: *key,
        iv: iv.to_vec(),
    })
}

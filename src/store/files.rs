//! Files of messages: what is known of each, and what is kept of it here.

use rusqlite::{Row, params};

use super::{Reads, Result, StoreError, rows};
use model::{
    AccountId, BareJid, ChatId, Clean, ContainerId, FileId, FileState, MessageFile, MessageId, Peer,
};

/// What is kept of the files of one chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatTotal {
    pub chat: ChatId,
    pub peer: Peer,
    /// Files that are here.
    pub files: u64,
    /// What they take on the disk, in bytes.
    pub stored: u64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT files.id, files.message, files.number, files.name, files.media_type, files.size, files.sha256, files.url,
                    files.secret IS NOT NULL, files.state, files.container, files.stored
             FROM files ",
            $rest
        )
    };
}

/// The file with this number.
pub fn get(r: &impl Reads, id: FileId) -> Result<Option<MessageFile>> {
    rows::first(r, select!("WHERE files.id = ?1"), [id.0], read)
}

/// The files of a message, as it names them.
pub fn of_message(r: &impl Reads, message: MessageId) -> Result<Vec<MessageFile>> {
    rows::all(
        r,
        select!("WHERE files.message = ?1 ORDER BY files.number"),
        [message.0],
        read,
    )
}

/// The files of a chat, the newest first.
pub fn of_chat(r: &impl Reads, chat: ChatId, limit: usize) -> Result<Vec<MessageFile>> {
    let sql = select!(
        "JOIN messages ON messages.id = files.message WHERE messages.chat = ?1
         ORDER BY messages.position DESC, files.number LIMIT ?2"
    );
    rows::all(r, sql, params![chat.0, rows::limit(limit)], read)
}

/// What is kept of the files of each chat of an account, the largest first.
pub fn totals(r: &impl Reads, account: AccountId) -> Result<Vec<ChatTotal>> {
    let sql = "SELECT chats.id, chats.peer, count(*), sum(coalesce(files.stored, 0)) AS total
               FROM files JOIN messages ON messages.id = files.message JOIN chats ON chats.id = messages.chat
               WHERE files.account = ?1 AND files.container IS NOT NULL
               GROUP BY chats.id ORDER BY total DESC, chats.id";
    rows::all(r, sql, [account.0], |row| {
        let peer: BareJid = rows::jid(row, 1)?;
        Ok(ChatTotal {
            chat: ChatId(rows::get(row, 0)?),
            peer: Peer::new(account, peer),
            files: unsigned(Some(rows::get(row, 2)?)).unwrap_or(0),
            stored: unsigned(Some(rows::get(row, 3)?)).unwrap_or(0),
        })
    })
}

fn read(row: &Row<'_>) -> Result<MessageFile> {
    let state = match rows::get::<i64>(row, 9)? {
        0 => FileState::Remote,
        1 => FileState::Moving,
        2 => FileState::Here,
        3 => FileState::Failed,
        4 => FileState::Deleted,
        _ => return Err(StoreError::Corrupt("file state")),
    };
    Ok(MessageFile {
        id: FileId(rows::get(row, 0)?),
        message: MessageId(rows::get(row, 1)?),
        number: rows::get(row, 2)?,
        name: rows::clean(row, 3)?,
        media_type: rows::clean(row, 4)?,
        size: unsigned(rows::get(row, 5)?),
        sha256: rows::optional_bytes(row, 6, "sha256")?.copied(),
        host: rows::optional_text(row, 7)?.map(host),
        encrypted: rows::get(row, 8)?,
        state,
        failure: None,
        container: rows::optional_bytes(row, 10, "container")?
            .copied()
            .map(ContainerId),
        stored: unsigned(rows::get(row, 11)?),
    })
}

fn unsigned(number: Option<i64>) -> Option<u64> {
    number.and_then(|number| u64::try_from(number).ok())
}

/// Of an `https` address.
fn host(url: &str) -> Clean {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    Clean::line(authority.rsplit('@').next().unwrap_or_default())
}

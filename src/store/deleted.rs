//! What was deleted here, and stays so: the rows go, and keyed hashes of their ids stay, so that no further
//! copy brings them back, whichever road it takes. Ids that others choose hide nothing but what they stood
//! for: the hash of a stanza's id holds the words that came under it, so another message with the same id is
//! not taken for the one that was deleted.

use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Row, params};
use sha2::Sha256;

use super::copies::Mark;
use super::{Reads, Result, StoreError, Transaction, private_names, rows};
use model::{AccountId, BareJid, ChatId, InPrivate, MessageId, Peer, Timestamp};

/// Rows of a chat that is deleted whole of which the ids are kept, the newest ones: what a server still holds
/// back is among them. Older ones come from an archive only, and [`not_before`] covers those.
const REMEMBERED: i64 = 10_000;

type Hash = [u8; 16];

/// What is known of a message by which another copy of it can be told.
#[derive(Debug, Clone, Copy)]
pub struct Copy<'a> {
    /// The chat that it is in.
    pub chat: &'a Peer,
    pub sender: &'a BareJid,
    pub stanza_id: Option<&'a str>,
    /// That our server vouches for.
    pub server_id: Option<&'a str>,
    pub said: Said<'a>,
}

/// What a message says, as far as it can be told from another one under the same id.
#[derive(Debug, Clone, Copy)]
pub enum Said<'a> {
    Words(&'a str),
    /// It cannot be read; a digest of what arrived, if there is one.
    Closed(Option<&'a Mark>),
}

/// Whether it was deleted here.
pub fn is_deleted(r: &impl Reads, copy: &Copy<'_>) -> Result<bool> {
    let Some(key) = key(r, copy.chat.account)? else {
        return Ok(false);
    };
    let sql = "SELECT EXISTS (SELECT 1 FROM deleted_messages WHERE account = ?1 AND hash = ?2)";
    for hash in hashes(&key, copy).into_iter().flatten() {
        if rows::exists(r, sql, params![copy.chat.account.0, hash])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a message that was sealed was deleted here under this id: a copy of it says
/// nothing, as its session knows.
pub fn was_sealed(r: &impl Reads, chat: &Peer, sender: &BareJid, stanza_id: &str) -> Result<bool> {
    let Some(key) = key(r, chat.account)? else {
        return Ok(false);
    };
    let sql = "SELECT EXISTS (SELECT 1 FROM deleted_messages WHERE account = ?1 AND hash = ?2)";
    let hash = sealed(&key, chat, sender, stanza_id);
    rows::exists(r, sql, params![chat.account.0, hash])
}

/// Deletes one row of the history, and what waited to be sent of it; false if there is none.
pub fn message(tx: &Transaction<'_>, id: MessageId) -> Result<bool> {
    let sql = "SELECT account, chat FROM messages WHERE id = ?1";
    let found = rows::first(tx, sql, [id.0], |row| {
        Ok((AccountId(rows::get(row, 0)?), ChatId(rows::get(row, 1)?)))
    })?;
    let Some((account, chat)) = found else {
        return Ok(false);
    };
    let key = made_key(tx, account)?;
    remember(tx, account, &key, "m.id = ?1 LIMIT ?2", id.0)?;
    rows::must_change(tx, "message", "DELETE FROM messages WHERE id = ?1", [id.0])?;
    // With the last one goes that others are missing (kind 1). What cannot be read here stays said.
    let sql = "DELETE FROM chat_events WHERE chat = ?1 AND kind = 1
               AND NOT EXISTS (SELECT 1 FROM messages WHERE chat = ?1)";
    rows::change(tx, sql, [chat.0])?;
    Ok(true)
}

/// Keeps the hashes of a row that stays while its words go.
pub(super) fn keep_hashes(tx: &Transaction<'_>, id: MessageId) -> Result<()> {
    let sql = "SELECT account FROM messages WHERE id = ?1";
    let account = rows::first(tx, sql, [id.0], |row| Ok(AccountId(rows::get(row, 0)?)))?;
    let account = account.ok_or(StoreError::Missing("message"))?;
    let key = made_key(tx, account)?;
    remember(tx, account, &key, "m.id = ?1 LIMIT ?2", id.0)
}

/// Deletes a chat with all its rows, its draft and what waited to be sent in it; how many rows, None if there
/// is no such chat. A contact stays a contact, keys stay keys. What comes after `now` was not there, whatever
/// the times of rows say: our clock may have run ahead.
pub fn chat(tx: &Transaction<'_>, id: ChatId, now: Timestamp) -> Result<Option<u64>> {
    let sql = "SELECT account, peer, (SELECT max(time) FROM
                   (SELECT time FROM messages WHERE chat = ?1 UNION ALL SELECT not_before FROM chats WHERE id = ?1)),
               (SELECT count(*) FROM messages WHERE chat = ?1), nick FROM chats WHERE id = ?1";
    let found = rows::first(tx, sql, [id.0], |row| {
        let account = AccountId(rows::get(row, 0)?);
        let count: i64 = rows::get(row, 3)?;
        let peer = private_names::named(account, rows::jid(row, 1)?, rows::text(row, 4)?);
        Ok((account, peer, rows::optional_time(row, 2)?, count))
    })?;
    let Some((account, peer, newest, count)) = found else {
        return Ok(None);
    };
    let key = made_key(tx, account)?;
    remember(tx, account, &key, "m.chat = ?1 ORDER BY m.id DESC LIMIT ?2", id.0)?;
    if let Some(newest) = newest {
        let sql = "INSERT INTO deleted_chats (account, hash, not_before) VALUES (?1, ?2, ?3)
                   ON CONFLICT (account, hash) DO UPDATE SET not_before = max(not_before, excluded.not_before)";
        let hash = tag(&key, &[b"chat", place(&peer).as_bytes()]);
        rows::change(
            tx,
            sql,
            params![account.0, hash, newest.min(now).as_millisecond()],
        )?;
    }
    rows::must_change(tx, "chat", "DELETE FROM chats WHERE id = ?1", [id.0])?;
    Ok(Some(u64::try_from(count).unwrap_or(0)))
}

/// Up to when what an archive has of this chat was deleted here, or is kept no longer; None: all of it may
/// come. A time, and no position: those of rows may lie far behind their times, and those are what an archive
/// tells.
pub fn not_before(r: &impl Reads, chat: &Peer) -> Result<Option<Timestamp>> {
    let sql = "SELECT not_before FROM chats WHERE account = ?1 AND peer = ?2 AND nick = '' AND not_before IS NOT NULL";
    let kept = match &chat.within {
        // Only a whole room's is kept so.
        Some(_) => None,
        None => rows::first(r, sql, params![chat.account.0, chat.address.as_str()], |row| {
            rows::time(row, 0)
        })?,
    };
    let Some(key) = key(r, chat.account)? else {
        return Ok(kept);
    };
    let sql = "SELECT not_before FROM deleted_chats WHERE account = ?1 AND hash = ?2";
    let hash = tag(&key, &[b"chat", place(chat).as_bytes()]);
    let whole = rows::first(r, sql, params![chat.account.0, hash], |row| rows::time(row, 0))?;
    Ok(kept.max(whole))
}

/// What a chat had at that time or before does not come back, while the chat stays. It never goes back.
pub fn set_not_before(tx: &Transaction<'_>, id: ChatId, time: Timestamp) -> Result<()> {
    let sql = "UPDATE chats SET not_before = max(coalesce(not_before, ?2), ?2) WHERE id = ?1";
    let until = params![id.0, time.as_millisecond()];
    rows::must_change(tx, "chat", sql, until)?;
    // Nor is it missed.
    let sql = "DELETE FROM chat_events WHERE chat = ?1 AND until <= ?2";
    rows::change(tx, sql, until)?;
    Ok(())
}

/// Notes the ids of the rows that `which` names, and of the corrections of them.
fn remember(tx: &Transaction<'_>, account: AccountId, key: &[u8; 32], which: &str, of: i64) -> Result<()> {
    let sql = format!(
        "SELECT c.peer, m.sender, m.stanza_id, m.server_id, m.body, m.protection <> 0, m.mark, iif(m.edited, m.id, NULL), c.nick
         FROM messages m JOIN chats c ON c.id = m.chat
         WHERE {which}"
    );
    let mut found = rows::all(tx, &sql, params![of, REMEMBERED], |row| {
        let deleted = Deleted {
            chat: private_names::named(account, rows::jid(row, 0)?, rows::text(row, 8)?),
            sender: rows::jid(row, 1)?,
            is_sealed: rows::get::<bool>(row, 5)?,
            mark: rows::optional_bytes(row, 6, "mark")?.copied(),
            said: vec![copy_of(row, 2)?],
        };
        Ok((deleted, rows::get::<Option<i64>>(row, 7)?))
    })?;
    let sql = "INSERT OR IGNORE INTO deleted_messages (account, hash) VALUES (?1, ?2)";
    for (deleted, edited) in &mut found {
        if let Some(message) = edited {
            let versions = rows::all(tx, VERSIONS_OF, [*message], |row| copy_of(row, 0))?;
            deleted.take(versions);
        }
        for hash in deleted.hashes(key) {
            rows::change(tx, sql, params![account.0, hash])?;
        }
    }
    rows::change(
        tx,
        "UPDATE deletions SET owed = 1 WHERE account = ?1",
        [account.0],
    )?;
    Ok(())
}

/// The ids of each correction, and the words in whose place it came.
const VERSIONS_OF: &str =
    "SELECT replaced_by, server_id, body FROM message_versions WHERE message = ?1 ORDER BY time, id";

/// A row that goes, or whose words go.
struct Deleted {
    chat: Peer,
    sender: BareJid,
    is_sealed: bool,
    mark: Option<Mark>,
    /// It, and what corrected it, each as it was written: the ids of both kinds, and the words.
    said: Vec<(String, Option<String>, Option<String>)>,
}

fn copy_of(row: &Row<'_>, first: usize) -> Result<(String, Option<String>, Option<String>)> {
    Ok((
        rows::get(row, first)?,
        rows::get(row, first + 1)?,
        rows::get(row, first + 2)?,
    ))
}

impl Deleted {
    /// Each of `versions` has the words that stood before it, and the row the newest.
    fn take(&mut self, versions: Vec<(String, Option<String>, Option<String>)>) {
        for (stanza_id, server_id, before) in versions {
            let newest = match self.said.last_mut() {
                Some((_, _, words)) => std::mem::replace(words, before),
                None => None,
            };
            self.said.push((stanza_id, server_id, newest));
        }
    }

    fn hashes(&self, key: &[u8; 32]) -> Vec<Hash> {
        let mut found = Vec::new();
        for (stanza_id, server_id, words) in &self.said {
            let copy = Copy {
                chat: &self.chat,
                sender: &self.sender,
                stanza_id: Some(stanza_id),
                server_id: server_id.as_deref(),
                said: match words {
                    Some(words) => Said::Words(words),
                    None => Said::Closed(self.mark.as_ref()),
                },
            };
            found.extend(hashes(key, &copy).into_iter().flatten());
            if self.is_sealed && !stanza_id.is_empty() {
                found.push(sealed(key, &self.chat, &self.sender, stanza_id));
            }
        }
        found
    }
}

/// By the server's id, and by the sender's id with the words.
fn hashes(key: &[u8; 32], copy: &Copy<'_>) -> [Option<Hash>; 2] {
    let place = place(copy.chat);
    let peer = place.as_bytes();
    let (kind, said): (&[u8], &[u8]) = match copy.said {
        Said::Words(words) => (b"words", words.as_bytes()),
        Said::Closed(mark) => (b"none", mark.map_or(&[], |mark| mark.as_slice())),
    };
    let by_server = copy
        .server_id
        .filter(|id| !id.is_empty())
        .map(|id| tag(key, &[b"server", peer, id.as_bytes()]));
    let by_sender = copy.stanza_id.filter(|id| !id.is_empty()).map(|id| {
        let sender = copy.sender.as_str().as_bytes();
        tag(key, &[b"stanza", peer, sender, id.as_bytes(), kind, said])
    });
    [by_server, by_sender]
}

/// By the sender's id alone, of what was sealed.
fn sealed(key: &[u8; 32], chat: &Peer, sender: &BareJid, stanza_id: &str) -> Hash {
    let (place, sender) = (place(chat), sender.as_str().as_bytes());
    tag(key, &[b"sealed", place.as_bytes(), sender, stanza_id.as_bytes()])
}

/// What a chat is known by, whatever somebody in it is called.
fn place(chat: &Peer) -> String {
    match chat.within.as_deref() {
        Some(InPrivate {
            occupant_id: Some(id),
            ..
        }) => format!("{}/\n{id}", chat.address),
        _ => chat.written(),
    }
}

/// A keyed hash of the parts, each with its length before it.
fn tag(key: &[u8; 32], parts: &[&[u8]]) -> Hash {
    // A key shorter than the block is filled up with zeros.
    let mut block = [0; 64];
    if let Some(start) = block.first_chunk_mut::<32>() {
        *start = *key;
    }
    let mut mac = Hmac::<Sha256>::new((&block).into());
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    let whole: [u8; 32] = mac.finalize().into_bytes().into();
    whole.first_chunk().copied().unwrap_or_default()
}

/// The key of the account's hashes, if anything was deleted in it.
fn key(r: &impl Reads, account: AccountId) -> Result<Option<[u8; 32]>> {
    let sql = "SELECT key FROM deletions WHERE account = ?1";
    rows::first(r, sql, [account.0], |row| Ok(*rows::bytes(row, 0, "key")?))
}

fn made_key(tx: &Transaction<'_>, account: AccountId) -> Result<[u8; 32]> {
    let sql = "INSERT OR IGNORE INTO deletions (account, key, owed) VALUES (?1, randomblob(32), 0)";
    rows::change(tx, sql, [account.0])?;
    key(tx, account)?.ok_or(StoreError::Missing("account"))
}

//! Rooms (XEP-0045): what is kept of one beside its chat, so that it is there again after every start, and
//! who is a member of it, in it or not. Who is in it at the moment is nobody's to keep.

use std::collections::BTreeSet;

use rusqlite::{Row, params};
use zeroize::Zeroizing;

use super::bookmarks::Bookmarked;
use super::codes::Code;
use super::room_words::{CONFIRMED, SHOWN, feature, put_said, said, word};
use super::{Reads, Result, StoreError, Transaction, chats, messages, rows};
use model::room::{Affiliation, RoomFeatures, RoomNotify};
use model::{AccountId, BareJid, ChatId, ChatKind, Clean, Message, Peer, Timestamp};

/// A room of the person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub chat: ChatId,
    pub peer: Peer,
    pub name: Option<Clean>,
    /// What the person is called in it.
    pub own_nick: String,
    /// It is joined by itself.
    pub autojoin: bool,
    pub notify: RoomNotify,
    pub pinned: bool,
    /// What it said that it is when the person joined it.
    pub features: RoomFeatures,
    /// Whether our server has a bookmark of it.
    pub bookmarked: Bookmarked,
    /// What stands beside that (XEP-0402), as XML.
    pub extensions: String,
    /// It is another one than it was: nothing is sent into it.
    pub suspect: bool,
}

/// Somebody who is a member, or may not be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub jid: BareJid,
    pub affiliation: Affiliation,
    pub nick: Option<Clean>,
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT r.chat, c.account, c.peer, r.name, r.own_nick, r.autojoin, r.notify, r.pinned, r.features, r.extensions,
                    r.suspect
             FROM rooms r JOIN chats c ON c.id = r.chat ",
            $tail
        )
    };
}

/// The room at this address, made if there is none: in clear, until it shows that it is one for OMEMO. None
/// if there is a chat with a person at this address.
pub fn open(tx: &Transaction<'_>, peer: &Peer, own_nick: &str) -> Result<Option<Room>> {
    let chat = match chats::by_peer(tx, peer)? {
        Some(chat) if chat.kind != ChatKind::Room => return Ok(None),
        Some(chat) => chat.id,
        None => {
            let sql = "INSERT INTO chats (account, peer, kind, encrypted) VALUES (?1, ?2, 1, 0) RETURNING id";
            let values = params![peer.account.0, peer.address.as_str()];
            let id = rows::first(tx, sql, values, |row| Ok(ChatId(rows::get(row, 0)?)))?;
            id.ok_or(StoreError::Missing("chat"))?
        }
    };
    let sql = "INSERT OR IGNORE INTO rooms (chat, own_nick, autojoin) VALUES (?1, ?2, 1)";
    rows::change(tx, sql, params![chat.0, own_nick])?;
    get(tx, chat)
}

pub fn get(r: &impl Reads, chat: ChatId) -> Result<Option<Room>> {
    rows::first(r, select!("WHERE r.chat = ?1"), [chat.0], read)
}

/// Every room of the account, the one with the newest entry first: it is joined first.
pub fn all(r: &impl Reads, account: AccountId) -> Result<Vec<Room>> {
    let sql = select!(
        "WHERE c.account = ?1 ORDER BY (SELECT max(m.position) FROM messages m WHERE m.chat = r.chat) DESC NULLS LAST, r.chat"
    );
    rows::all(r, sql, [account.0], read)
}

/// The next room of which something is to be told.
pub fn due_on_list(r: &impl Reads, account: AccountId) -> Result<Option<Room>> {
    let all = all(r, account)?;
    Ok(all.into_iter().find(|room| room.bookmarked == Bookmarked::Due))
}

/// The password of a room that asks for one.
pub fn password(r: &impl Reads, chat: ChatId) -> Result<Option<Zeroizing<String>>> {
    let sql = "SELECT password FROM rooms WHERE chat = ?1 AND password IS NOT NULL";
    rows::first(r, sql, [chat.0], |row| {
        let text = std::str::from_utf8(rows::blob(row, 0, "room's password")?);
        text.map(|text| Zeroizing::new(text.to_owned()))
            .map_err(|_| StoreError::Corrupt("room's password"))
    })
}

pub fn set_password(tx: &Transaction<'_>, chat: ChatId, password: Option<&str>) -> Result<()> {
    let sql = "UPDATE rooms SET password = ?2 WHERE chat = ?1";
    rows::must_change(tx, "room", sql, params![chat.0, password.map(str::as_bytes)])
}

/// What the bookmark says of it: its name, whether it is joined by itself, ours in it, and what else stands
/// there.
pub fn set_bookmark(tx: &Transaction<'_>, room: &Room) -> Result<()> {
    let sql =
        "UPDATE rooms SET name = ?2, own_nick = ?3, autojoin = ?4, notify = ?5, pinned = ?6, extensions = ?7
               WHERE chat = ?1";
    let name = room.name.as_ref().map(Clean::as_str);
    let values = params![
        room.chat.0,
        name,
        room.own_nick,
        room.autojoin,
        room.notify.code(),
        room.pinned,
        room.bookmarked.beside(&room.extensions)
    ];
    rows::must_change(tx, "room", sql, values)
}

/// What it says that it is, from now on.
pub fn set_features(tx: &Transaction<'_>, chat: ChatId, features: &RoomFeatures) -> Result<()> {
    let said = said(tx, chat)?;
    let is_kept = |word: &&str| word.starts_with([CONFIRMED, SHOWN]);
    let kept = said.split(' ').filter(is_kept);
    let words = features.iter().map(|feature| word(*feature));
    put_said(tx, chat, words.chain(kept))
}

/// Since when we know that it shows everybody's address, as it does now or not: what is older may have been
/// said when it did not. The time is that of this device, since it first looked.
pub fn shown_since(tx: &Transaction<'_>, chat: ChatId, now: Option<Timestamp>) -> Result<Option<Timestamp>> {
    let words = said(tx, chat)?;
    let read = |word: &str| word.strip_prefix(SHOWN)?.parse().ok();
    let since = words.split(' ').find_map(read).map(Timestamp::from_millisecond);
    let since = since.and_then(std::result::Result::ok);
    if since.is_some() == now.is_some() {
        return Ok(since);
    }
    let word = now.map(|now| format!("{SHOWN}{}", now.as_millisecond()));
    let others = words.split(' ').filter(|word| !word.starts_with(SHOWN));
    put_said(tx, chat, others.chain(word.as_deref()))?;
    Ok(now)
}

/// It is another one than it was (or the person looked at it, and it is not).
pub fn set_suspect(tx: &Transaction<'_>, chat: ChatId, suspect: bool) -> Result<()> {
    let sql = "UPDATE rooms SET suspect = ?2 WHERE chat = ?1";
    rows::must_change(tx, "room", sql, params![chat.0, suspect])
}

/// Those who stand to the room in any way, by address.
pub fn members(r: &impl Reads, chat: ChatId) -> Result<Vec<Member>> {
    let sql = "SELECT jid, affiliation, nick FROM room_members WHERE chat = ?1 ORDER BY jid";
    rows::all(r, sql, [chat.0], |row| {
        Ok(Member {
            jid: rows::jid(row, 0)?,
            affiliation: rows::code(row, 1)?,
            nick: rows::clean(row, 2)?,
        })
    })
}

/// Every member of every room of the account that is encrypted: those whose keys matter.
pub fn sealed_for(r: &impl Reads, account: AccountId) -> Result<Vec<(ChatId, BareJid)>> {
    let sql = "SELECT m.chat, m.jid FROM room_members m JOIN chats c ON c.id = m.chat
               WHERE c.account = ?1 AND c.encrypted = 1 AND m.affiliation >= ?2 ORDER BY m.chat, m.jid";
    rows::all(r, sql, params![account.0, Affiliation::Member.code()], |row| {
        Ok((ChatId(rows::get(row, 0)?), rows::jid(row, 1)?))
    })
}

/// How many unread messages are for the person by name.
pub fn mentions(r: &impl Reads, chat: ChatId) -> Result<u64> {
    let sql = "SELECT count(*) FROM messages m JOIN chats c ON c.id = m.chat
               WHERE m.chat = ?1 AND m.mention = 1 AND m.direction = 0
               AND (m.position > c.read_position OR m.fresh = 1)";
    let count: Option<i64> = rows::first(r, sql, [chat.0], |row| rows::get(row, 0))?;
    Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
}

/// The messages that call the person by name, among so many of the newest that others wrote in a room, the
/// newest first.
pub fn mentioning(r: &impl Reads, chat: ChatId, among: usize) -> Result<Vec<Message>> {
    let sql = "SELECT id FROM (SELECT id, position, mention FROM messages WHERE chat = ?1 AND direction = 0
                   ORDER BY position DESC LIMIT ?2)
               WHERE mention = 1 ORDER BY position DESC";
    let found = rows::all(r, sql, params![chat.0, rows::limit(among)], rows::message)?;
    let mut all = Vec::new();
    for id in found {
        all.extend(messages::get(r, id)?);
    }
    Ok(all)
}

/// Those who are to read what is encrypted for the room: whoever is a member of it in some way, in it or
/// not, by address. Not we, who get it as whoever writes does, and not a whole server, which has no keys.
pub fn recipients(r: &impl Reads, chat: ChatId) -> Result<Vec<BareJid>> {
    let sql = "SELECT m.jid FROM room_members m JOIN chats c ON c.id = m.chat JOIN accounts a ON a.id = c.account
               WHERE m.chat = ?1 AND m.affiliation >= ?2 AND m.jid <> a.jid AND instr(m.jid, '@') > 0 ORDER BY m.jid";
    rows::all(r, sql, params![chat.0, Affiliation::Member.code()], |row| {
        rows::jid(row, 0)
    })
}

/// Whether we are a member of it.
pub fn is_ours(r: &impl Reads, chat: ChatId) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM room_members m JOIN chats c ON c.id = m.chat JOIN accounts a ON a.id = c.account
               WHERE m.chat = ?1 AND m.affiliation >= ?2 AND m.jid = a.jid)";
    rows::exists(r, sql, params![chat.0, Affiliation::Member.code()])
}

/// Whether this person is a member of a room of the account that is encrypted.
pub fn shares_group(r: &impl Reads, account: AccountId, jid: &BareJid) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM chats c JOIN room_members m ON m.chat = c.id AND m.jid = ?2
               WHERE c.account = ?1 AND c.kind = 1 AND c.encrypted = 1 AND m.affiliation >= ?3)";
    let values = params![account.0, jid.as_str(), Affiliation::Member.code()];
    rows::exists(r, sql, values)
}

/// How this person stands to it.
pub fn affiliation(r: &impl Reads, chat: ChatId, jid: &BareJid) -> Result<Affiliation> {
    let sql = "SELECT affiliation FROM room_members WHERE chat = ?1 AND jid = ?2";
    let found = rows::first(r, sql, params![chat.0, jid.as_str()], |row| rows::code(row, 0))?;
    Ok(found.unwrap_or(Affiliation::None))
}

/// Somebody stands so to the room from now on; whether that is new.
pub fn set_member(tx: &Transaction<'_>, chat: ChatId, member: &Member) -> Result<bool> {
    if member.affiliation == Affiliation::None {
        let sql = "DELETE FROM room_members WHERE chat = ?1 AND jid = ?2";
        return Ok(rows::change(tx, sql, params![chat.0, member.jid.as_str()])? > 0);
    }
    let sql = "INSERT INTO room_members (chat, jid, affiliation, nick) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (chat, jid) DO UPDATE SET affiliation = excluded.affiliation, nick = coalesce(excluded.nick, nick)
               WHERE affiliation <> excluded.affiliation OR nick IS NOT coalesce(excluded.nick, nick)";
    let nick = member.nick.as_ref().map(Clean::as_str);
    let values = params![chat.0, member.jid.as_str(), member.affiliation.code(), nick];
    Ok(rows::change(tx, sql, values)? > 0)
}

/// The whole list of those who stand so to the room: whoever is not on it stands there otherwise.
pub fn set_list(
    tx: &Transaction<'_>,
    chat: ChatId,
    affiliation: Affiliation,
    people: &[Member],
) -> Result<bool> {
    let before = members(tx, chat)?;
    let listed: BTreeSet<&BareJid> = people.iter().map(|listed| &listed.jid).collect();
    let gone = before
        .into_iter()
        .filter(|known| known.affiliation == affiliation && !listed.contains(&known.jid));
    let mut changed = false;
    for known in gone {
        let affiliation = Affiliation::None;
        changed |= set_member(tx, chat, &Member { affiliation, ..known })?;
    }
    for listed in people.iter().filter(|listed| listed.affiliation == affiliation) {
        changed |= set_member(tx, chat, listed)?;
    }
    Ok(changed)
}

fn read(row: &Row<'_>) -> Result<Room> {
    let (bookmarked, extensions) = Bookmarked::read(rows::text(row, 9)?);
    Ok(Room {
        chat: ChatId(rows::get(row, 0)?),
        peer: Peer::new(AccountId(rows::get(row, 1)?), rows::jid(row, 2)?),
        name: rows::clean(row, 3)?,
        own_nick: rows::text(row, 4)?.to_owned(),
        autojoin: rows::get(row, 5)?,
        notify: rows::code(row, 6)?,
        pinned: rows::get(row, 7)?,
        features: rows::text(row, 8)?.split(' ').filter_map(feature).collect(),
        bookmarked,
        extensions: extensions.to_owned(),
        suspect: rows::get(row, 10)?,
    })
}

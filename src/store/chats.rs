//! Chats: one conversation of one account with one bare JID, or with somebody in the room of that JID.

use rusqlite::{Row, params};

use super::{Reads, Result, StoreError, Transaction, drafts, messages, private_names, rows};
use model::{
    AccountId, ChatEventKind, ChatId, ChatKind, Clean, Direction, DraftAbout, InPrivate, MessageId,
    MessageState, Peer, Place, Position, Timestamp,
};

/// A chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chat {
    pub id: ChatId,
    /// Its name: the account, and the address of the person or of the room.
    pub peer: Peer,
    pub kind: ChatKind,
    /// Encryption is on (the default). Never turned off but by `Command::SetEncryption`.
    pub encrypted: bool,
    /// The peer asked, inside an encrypted message, to go on without encryption: the reason, empty if none
    /// was given. Nothing is sent until the person decided.
    pub opted_out: Option<Clean>,
    /// A stranger wrote first, and the person has not taken it up: it waits among the requests.
    pub request: bool,
    /// Whether beside what is encrypted in the legacy dialect it may stand in clear of which message it is.
    pub reveal: bool,
}

impl Chat {
    /// Whether what is written into it goes to one person, and to nobody else.
    pub fn is_persons(&self) -> bool {
        self.kind == ChatKind::Person
    }

    /// Whether what is written into it goes to all in a room.
    pub fn is_room(&self) -> bool {
        self.kind == ChatKind::Room
    }
}

macro_rules! select {
    ($tail:literal) => {
        concat!(
            "SELECT id, account, peer, encrypted, opted_out, request, kind, nick, reveal FROM chats ",
            $tail
        )
    };
}

/// The chat of this name, made if there is none: a person's, then, encrypted; or one with somebody in a room.
pub fn open(tx: &Transaction<'_>, peer: &Peer) -> Result<Chat> {
    if let Some(chat) = by_peer(tx, peer)? {
        return Ok(chat);
    }
    match peer.within.as_deref() {
        Some(with) => make_private(tx, peer, with)?,
        None => {
            let sql = "INSERT INTO chats (account, peer, encrypted) VALUES (?1, ?2, 1)";
            rows::change(tx, sql, params![peer.account.0, peer.address.as_str()])?;
        }
    }
    by_peer(tx, peer)?.ok_or(StoreError::Missing("chat"))
}

/// In clear, unless its room is encrypted: there the person has to say that it may be.
fn make_private(tx: &Transaction<'_>, peer: &Peer, with: &InPrivate) -> Result<()> {
    let sql = "INSERT INTO chats (account, peer, kind, nick, encrypted) VALUES (?1, ?2, 2, ?3, coalesce(
               (SELECT encrypted FROM chats WHERE account = ?1 AND peer = ?2 AND kind = 1), 0))";
    let (room, column) = (peer.address.as_str(), private_names::column(with));
    rows::change(tx, sql, params![peer.account.0, room, column]).map(|_| ())
}

pub fn get(r: &impl Reads, id: ChatId) -> Result<Option<Chat>> {
    rows::first(r, select!("WHERE id = ?1"), [id.0], read)
}

/// The chat of this name: a person's or a room's by the address, one with somebody in a room by who that is.
pub fn by_peer(r: &impl Reads, peer: &Peer) -> Result<Option<Chat>> {
    if peer.within.is_some() {
        let all = in_private(r, peer)?;
        return Ok(all.into_iter().find(|chat| chat.peer == *peer));
    }
    let sql = select!("WHERE account = ?1 AND peer = ?2 AND nick = ''");
    rows::first(r, sql, params![peer.account.0, peer.address.as_str()], read)
}

/// Those with somebody in the room at this address.
pub(super) fn in_private(r: &impl Reads, room: &Peer) -> Result<Vec<Chat>> {
    let sql = select!("WHERE account = ?1 AND peer = ?2 AND kind = 2 ORDER BY id");
    rows::all(r, sql, params![room.account.0, room.address.as_str()], read)
}

/// The chat with this person; one of a room at the same address is none.
pub fn with_person(r: &impl Reads, person: &Peer) -> Result<Option<Chat>> {
    Ok(by_peer(r, person)?.filter(Chat::is_persons))
}

/// Every chat of the account, in the order in which they were made.
pub fn all(r: &impl Reads, account: AccountId) -> Result<Vec<Chat>> {
    rows::all(r, select!("WHERE account = ?1 ORDER BY id"), [account.0], read)
}

/// The chat with a stranger who wrote first, as a request that waits, made if there is none; one
/// that is there stays what it is.
pub fn open_request(tx: &Transaction<'_>, peer: &Peer) -> Result<Chat> {
    let sql = "INSERT OR IGNORE INTO chats (account, peer, encrypted, request) VALUES (?1, ?2, 1, 1)";
    rows::change(tx, sql, params![peer.account.0, peer.address.as_str()])?;
    by_peer(tx, peer)?.ok_or(StoreError::Missing("chat"))
}

/// Makes a chat of a request; whether it was one.
pub fn accept(tx: &Transaction<'_>, id: ChatId) -> Result<bool> {
    let sql = "UPDATE chats SET request = 0 WHERE id = ?1 AND request = 1";
    Ok(rows::change(tx, sql, [id.0])? > 0)
}

/// Makes chats of the requests of those who are contacts by now; whether there was any.
pub fn accept_contacts(tx: &Transaction<'_>, account: AccountId) -> Result<bool> {
    let sql = "UPDATE chats SET request = 0 WHERE account = ?1 AND request = 1 AND EXISTS
               (SELECT 1 FROM contacts WHERE account = ?1 AND jid = chats.peer AND in_roster = 1)";
    Ok(rows::change(tx, sql, [account.0])? > 0)
}

/// The requests that wait, the oldest first.
pub fn waiting(r: &impl Reads, account: AccountId) -> Result<Vec<Chat>> {
    let sql = select!("WHERE account = ?1 AND request = 1 ORDER BY id");
    rows::all(r, sql, [account.0], read)
}

/// How many requests wait.
pub fn requests(r: &impl Reads, account: AccountId) -> Result<usize> {
    let sql = "SELECT count(*) FROM chats WHERE account = ?1 AND request = 1";
    let count = rows::first(r, sql, [account.0], |row| rows::get::<i64>(row, 0))?;
    Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
}

/// The oldest request of which everything was shown or printed: the first to make room for another.
pub fn oldest_seen_request(r: &impl Reads, account: AccountId) -> Result<Option<ChatId>> {
    let sql = "SELECT id FROM chats c WHERE account = ?1 AND request = 1
               AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.chat = c.id AND m.direction = 0 AND m.position > c.read_position)
               AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.chat = c.id AND m.fresh = 1)
               AND NOT EXISTS (SELECT 1 FROM chat_events e WHERE e.chat = c.id AND e.seen IS NOT NULL
                   AND e.position > c.read_position) ORDER BY id LIMIT 1";
    rows::first(r, sql, [account.0], |row| Ok(ChatId(rows::get(row, 0)?)))
}

/// Makes room in a chat for one more row, so that there are at most `most`: the oldest goes, if it was shown
/// or printed. Whether there is room.
pub fn make_room(tx: &Transaction<'_>, id: ChatId, most: i64) -> Result<bool> {
    let sql = "SELECT count(*) >= ?2 FROM (SELECT 1 FROM messages WHERE chat = ?1 LIMIT ?2)";
    if !rows::exists(tx, sql, params![id.0, most])? {
        return Ok(true);
    }
    let sql = "DELETE FROM messages WHERE fresh = 0
               AND (direction = 1 OR position <= (SELECT read_position FROM chats WHERE id = ?1))
               AND id = (SELECT id FROM messages WHERE chat = ?1 ORDER BY position LIMIT 1)";
    Ok(rows::change(tx, sql, [id.0])? > 0)
}

/// Removes a chat with all its rows; a copy of one of them is new again.
pub fn remove(tx: &Transaction<'_>, id: ChatId) -> Result<()> {
    rows::must_change(tx, "chat", "DELETE FROM chats WHERE id = ?1", [id.0])
}

pub fn set_encrypted(tx: &Transaction<'_>, id: ChatId, on: bool) -> Result<()> {
    let sql = "UPDATE chats SET encrypted = ?2 WHERE id = ?1";
    rows::must_change(tx, "chat", sql, params![id.0, on])
}

/// Notes that the peer asked to go on without encryption (the reason), or that the person decided (None).
pub fn set_opted_out(tx: &Transaction<'_>, id: ChatId, reason: Option<&Clean>) -> Result<()> {
    let sql = "UPDATE chats SET opted_out = ?2 WHERE id = ?1";
    rows::must_change(tx, "chat", sql, params![id.0, reason.map(Clean::as_str)])
}

/// A chat as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    pub chat: Chat,
    /// Its newest row; None if there is none.
    pub last: Option<Last>,
    /// At most [`COUNTED`]: so many, or more.
    pub unread: u64,
    /// It has a draft.
    pub draft: bool,
}

/// The newest entry of a chat that somebody made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// When it was written, or the one above it if that says a later time.
    pub time: Timestamp,
    pub direction: Direction,
    /// Ours, and it could not be sent.
    pub failed: bool,
    /// How it begins, a few words; None if it cannot be read, or was taken back.
    pub words: Option<Clean>,
    pub taken_back: bool,
    /// What its writer is called in the room.
    pub nick: Option<Clean>,
    /// What it is if it is no message; the words are the reason then.
    pub event: Option<ChatEventKind>,
}

/// What the screen remembers of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub draft: Clean,
    /// What the draft becomes, if no message of its own.
    pub draft_about: Option<DraftAbout>,
    pub place: Option<Place>,
    /// Where the first row stands that came in and was not shown or printed.
    pub first_unread: Option<Position>,
}

/// Every chat of the account with what the list shows of it, requests among them, in the order in which they
/// were made. A few index look-ups a chat, however long it is, and whatever waits in it unread.
pub fn overview(r: &impl Reads, account: AccountId) -> Result<Vec<Overview>> {
    rows::all(r, OVERVIEW, params![account.0, COUNTED], read_overview)
}

/// The same of these chats, and of those in which these messages are. None if one of the messages is gone:
/// nobody knows where it was.
pub fn overview_of(
    r: &impl Reads,
    account: AccountId,
    chats: &[ChatId],
    messages: &[MessageId],
) -> Result<Option<Vec<Overview>>> {
    let chats: Vec<i64> = chats.iter().map(|id| id.0).collect();
    let messages: Vec<i64> = messages.iter().map(|id| id.0).collect();
    let [chats, messages] = [chats, messages].map(|ids| format!("{ids:?}"));
    let gone = "SELECT EXISTS (SELECT 1 FROM json_each(?1) j WHERE NOT EXISTS
                (SELECT 1 FROM messages m WHERE m.id = j.value))";
    if rows::exists(r, gone, [&messages])? {
        return Ok(None);
    }
    let params = params![account.0, COUNTED, chats, messages];
    rows::all(r, OVERVIEW_OF, params, read_overview).map(Some)
}

fn read_overview(row: &Row<'_>) -> Result<Overview> {
    Ok(Overview {
        chat: read(row)?,
        unread: u64::try_from(rows::get::<i64>(row, 9)?)
            .unwrap_or(0)
            .min(COUNTED.into()),
        draft: rows::get(row, 10)?,
        last: read_last(row)?,
    })
}

/// Of the newest message and the newest line that asks for something the one that stands below the other.
fn read_last(row: &Row<'_>) -> Result<Option<Last>> {
    let (message, event): (Option<i64>, Option<i64>) = (rows::get(row, 15)?, rows::get(row, 16)?);
    if event > message {
        let event: ChatEventKind = rows::code(row, 18)?;
        return Ok(Some(Last {
            time: rows::time(row, 17)?,
            direction: match event.is_theirs() {
                true => Direction::In,
                false => Direction::Out,
            },
            failed: false,
            words: rows::clean(row, 19)?,
            taken_back: false,
            nick: None,
            event: Some(event),
        }));
    }
    let Some(time) = rows::optional_time(row, 11)? else {
        return Ok(None);
    };
    Ok(Some(Last {
        time,
        direction: rows::code(row, 12)?,
        failed: rows::code::<MessageState>(row, 13)? == MessageState::Failed,
        words: rows::clean(row, 14)?,
        taken_back: rows::get(row, 20)?,
        nick: rows::clean(row, 21)?,
        event: None,
    }))
}

/// The conditions are those of the indexes messages_by_position, messages_inbound (direction 0 = in),
/// messages_fresh and chat_events_by_position. Kinds above 2 ask for something (`ChatEventKind`). All chats
/// are read in their order (`+`: by no index), whosever they are: to sort them, SQLite would lock, wipe and
/// unlock memory for each.
macro_rules! overview {
    ($tail:literal) => {
        concat!(
            "SELECT c.id, c.account, c.peer, c.encrypted, c.opted_out, c.request, c.kind, c.nick, c.reveal,
        (SELECT count(*) FROM (SELECT 1 FROM messages m
            WHERE m.chat = c.id AND m.direction = 0 AND m.position > c.read_position LIMIT ?2))
        + (SELECT count(*) FROM (SELECT 1 FROM messages m
            WHERE m.chat = c.id AND m.fresh = 1 AND m.position <= c.read_position LIMIT ?2))
        + (SELECT count(*) FROM (SELECT 1 FROM chat_events e
            WHERE e.chat = c.id AND e.seen IS NOT NULL AND e.position > c.read_position LIMIT ?2)),
        c.draft <> '', max(l.time, l.position >> 20), l.direction, l.state, substr(l.body, 1, 200), l.position,
        a.position, max(a.time, a.position >> 20), a.kind, substr(a.detail, 1, 200),
        l.retracted IS NOT NULL, l.nick
    FROM chats c LEFT JOIN messages l ON l.id =
        (SELECT m.id FROM messages m WHERE m.chat = c.id ORDER BY m.position DESC LIMIT 1)
    LEFT JOIN chat_events a ON a.id =
        (SELECT e.id FROM chat_events e WHERE e.chat = c.id AND e.kind > 2 ORDER BY e.position DESC LIMIT 1)
    WHERE +c.account = ?1 ",
            $tail
        )
    };
}

pub(super) const OVERVIEW: &str = overview!("ORDER BY c.id");

pub(super) const OVERVIEW_OF: &str = overview!(
    "AND c.id IN (SELECT value FROM json_each(?3) UNION
        SELECT m.chat FROM json_each(?4) j JOIN messages m ON m.id = j.value) ORDER BY c.id"
);

/// Unread rows of one chat are counted up to this many.
pub const COUNTED: u32 = 1000;

/// What is remembered of a chat; None if there is no such chat.
pub fn view(r: &impl Reads, id: ChatId) -> Result<Option<View>> {
    let sql = "SELECT draft, place, place_hidden, draft_about, draft_corrects FROM chats WHERE id = ?1";
    let first_unread = messages::first_unread(r, id)?;
    rows::first(r, sql, [id.0], |row| {
        let place: Option<i64> = rows::get(row, 1)?;
        let hidden = rows::get(row, 2)?;
        Ok(View {
            draft: rows::clean(row, 0)?.unwrap_or_default(),
            draft_about: drafts::about(row, 3)?,
            place: place.map(|position| Place {
                position: Position(position),
                hidden,
            }),
            first_unread,
        })
    })
}

/// The chat that was open last.
pub fn current(r: &impl Reads, account: AccountId) -> Result<Option<Chat>> {
    rows::first(
        r,
        select!("WHERE id = (SELECT current_chat FROM accounts WHERE id = ?1)"),
        [account.0],
        read,
    )
}

pub fn set_current(tx: &Transaction<'_>, account: AccountId, id: ChatId) -> Result<()> {
    let sql = "UPDATE accounts SET current_chat = ?2 WHERE id = ?1";
    rows::must_change(tx, "account", sql, params![account.0, id.0])
}

pub fn set_draft(tx: &Transaction<'_>, id: ChatId, draft: &Clean) -> Result<()> {
    let sql = "UPDATE chats SET draft = ?2 WHERE id = ?1";
    rows::must_change(tx, "chat", sql, params![id.0, draft.as_str()])
}

/// Where nothing stands at that position (any more), it means what stands above it.
pub fn set_place(tx: &Transaction<'_>, id: ChatId, place: Option<Place>) -> Result<()> {
    let sql = "UPDATE chats SET place = ?2, place_hidden = ?3 WHERE id = ?1";
    let (position, hidden) = place.map_or((None, 0), |place| (Some(place.position.0), place.hidden));
    rows::must_change(tx, "chat", sql, params![id.0, position, hidden])
}

/// Remembers that it may stand in clear of which message something is.
pub fn set_reveal(tx: &Transaction<'_>, id: ChatId) -> Result<()> {
    rows::must_change(tx, "chat", "UPDATE chats SET reveal = 1 WHERE id = ?1", [id.0])
}

fn read(row: &Row<'_>) -> Result<Chat> {
    let peer = private_names::named(
        AccountId(rows::get(row, 1)?),
        rows::jid(row, 2)?,
        rows::text(row, 7)?,
    );
    Ok(Chat {
        id: ChatId(rows::get(row, 0)?),
        encrypted: rows::get(row, 3)?,
        opted_out: rows::clean(row, 4)?,
        request: rows::get(row, 5)?,
        reveal: rows::get::<Option<bool>>(row, 8)?.unwrap_or(false),
        kind: match rows::get::<i64>(row, 6)? {
            0 => ChatKind::Person,
            1 => ChatKind::Room,
            2 => ChatKind::PrivateInRoom,
            _ => return Err(StoreError::Corrupt("chat")),
        },
        peer,
    })
}

//! Corrections (XEP-0308): the row has the newest words, the table the earlier ones, each with the time and
//! the ids of the correction that took its place.

use rusqlite::{Row, params};

use crate::copies::given;
use crate::way::Way;
use crate::{Reads, Result, StoreError, Transaction, messages, rows};
use model::{Clean, Direction, Message, MessageId, Timestamp};

/// Earlier versions that are kept of one message: the first one, and the newest of the others.
const MOST: i64 = 100;
/// Bytes of their words, but for the first one and the newest: each correction reads them. Of the others it
/// stays known which correction took their place.
const MOST_BYTES: i64 = 256 * 1024;

/// A correction of a message.
#[derive(Debug, Clone, Copy)]
pub struct Correction<'a> {
    /// Its own ids.
    pub id: &'a str,
    pub server_id: Option<&'a str>,
    pub body: &'a Clean,
    pub unstyled: bool,
    pub way: Way,
}

/// Words that a message had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub body: Clean,
    pub unstyled: bool,
    /// When they were written.
    pub time: Timestamp,
}

/// What became of a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corrected {
    /// Its words are those of the message now.
    Newest,
    /// It came after one that was written later: it is an earlier version.
    Earlier,
    /// It was here before.
    Known,
}

/// One row of the table.
struct Stored {
    id: i64,
    body: Clean,
    unstyled: bool,
    /// Of the correction that took its place.
    replaced_by: String,
    replaced_at: Timestamp,
}

/// Puts the words of a correction in the place of those of a message that can be read. It is no news
/// (`is_news` false) if it is of a time before anybody waits for it; else what came in is unread, and is
/// printed again: nobody was shown these words.
pub fn apply(
    tx: &Transaction<'_>,
    message: MessageId,
    correction: &Correction<'_>,
    is_news: bool,
) -> Result<Corrected> {
    let row = messages::get(tx, message)?.ok_or(StoreError::Missing("message"))?;
    let body = row.body.as_ref().ok_or(StoreError::Missing("words"))?;
    let versions = rows::all(tx, VERSIONS, [message.0], stored)?;
    if is_known(&versions, body, correction) {
        return Ok(Corrected::Known);
    }
    let later = versions
        .iter()
        .find(|version| correction.way.is_before(version.replaced_at));
    if let Some(later) = later {
        // It stands between two that are known: what had the place until the later one came are its words.
        put(tx, message, &later.body, later.unstyled, correction)?;
        let sql = "UPDATE message_versions SET body = ?2, unstyled = ?3 WHERE id = ?1";
        let words = params![later.id, correction.body.as_str(), correction.unstyled];
        rows::must_change(tx, "version", sql, words)?;
        count(tx, message, 1)?;
        return Ok(Corrected::Earlier);
    }
    let last = versions.last().map(|version| version.replaced_at);
    let time = last.map_or(correction.way.time, |last| last.max(correction.way.time));
    let way = Way {
        time,
        ..correction.way
    };
    put(
        tx,
        message,
        body,
        row.unstyled,
        &Correction { way, ..*correction },
    )?;
    let (_, protection, device, fingerprint, trust) = correction.way.columns();
    let sql = "UPDATE messages SET body = ?2, unstyled = ?3, protection = ?4, device = ?5, fingerprint = ?6, trust = ?7
               WHERE id = ?1";
    let words = params![
        message.0,
        correction.body.as_str(),
        correction.unstyled,
        protection,
        device,
        fingerprint,
        trust
    ];
    rows::must_change(tx, "message", sql, words)?;
    if is_news && row.direction() == Direction::In {
        make_unread(tx, &row, correction)?;
    }
    count(tx, message, 1)?;
    Ok(Corrected::Newest)
}

/// Nobody was shown these words: they are unread, and printed again.
fn make_unread(tx: &Transaction<'_>, row: &Message, correction: &Correction<'_>) -> Result<()> {
    let sql = "UPDATE messages SET listened = 0, fresh = 1 WHERE id = ?1";
    rows::must_change(tx, "message", sql, [row.id.0])?;
    match given(correction.server_id) {
        Some(server_id) => messages::read_state::came(tx, row.chat, server_id),
        None => Ok(()),
    }
}

/// The same of words of ours that never left: nobody has seen the ones before.
pub fn rewrite(tx: &Transaction<'_>, message: MessageId, body: &Clean) -> Result<()> {
    let sql = "UPDATE messages SET body = ?2 WHERE id = ?1 AND body IS NOT NULL";
    rows::must_change(tx, "words", sql, params![message.0, body.as_str()])
}

/// Takes back a correction of ours that could not be sent; whether it was the newest, and is gone.
pub fn undo(tx: &Transaction<'_>, message: MessageId, id: &str) -> Result<bool> {
    let versions = rows::all(tx, VERSIONS, [message.0], stored)?;
    let Some(last) = versions.last().filter(|last| last.replaced_by == id) else {
        return Ok(false);
    };
    let sql = "UPDATE messages SET body = ?2, unstyled = ?3 WHERE id = ?1 AND body IS NOT NULL";
    let words = params![message.0, last.body.as_str(), last.unstyled];
    rows::change(tx, sql, words)?;
    rows::change(tx, "DELETE FROM message_versions WHERE id = ?1", [last.id])?;
    count(tx, message, -1)?;
    Ok(true)
}

/// The earlier versions of a message, the first one first.
pub fn versions(r: &impl Reads, message: MessageId) -> Result<Vec<Version>> {
    let Some(row) = messages::get(r, message)? else {
        return Ok(Vec::new());
    };
    let mut written = row.time;
    let stored = rows::all(r, VERSIONS, [message.0], stored)?;
    let version = |stored: Stored| Version {
        body: stored.body,
        unstyled: stored.unstyled,
        time: std::mem::replace(&mut written, stored.replaced_at),
    };
    let mut versions: Vec<Version> = stored.into_iter().map(version).collect();
    versions.retain(|version| !version.body.is_empty());
    Ok(versions)
}

/// The id of the newest correction of a message, and when it was written.
pub fn newest(r: &impl Reads, message: MessageId) -> Result<Option<(String, Timestamp)>> {
    let versions = rows::all(r, VERSIONS, [message.0], stored)?;
    let newest = versions.into_iter().next_back();
    Ok(newest.map(|last| (last.replaced_by, last.replaced_at)))
}

/// Whether this correction took a place before: the same id, and the same words. Of one that was encrypted
/// the ratchet knows that it is new; but its words may have come by both roads.
fn is_known(versions: &[Stored], newest: &Clean, correction: &Correction<'_>) -> bool {
    let brought = versions
        .iter()
        .skip(1)
        .map(|version| &version.body)
        .chain([newest]);
    let mut each = versions.iter().zip(brought);
    let same = |brought: &Clean| brought == correction.body || brought.is_empty();
    each.any(|(version, brought)| version.replaced_by == correction.id && same(brought))
}

fn put(
    tx: &Transaction<'_>,
    message: MessageId,
    body: &Clean,
    unstyled: bool,
    correction: &Correction<'_>,
) -> Result<()> {
    let (time, protection, device, fingerprint, trust) = correction.way.columns();
    let sql =
        "INSERT INTO message_versions (message, body, unstyled, time, protection, device, fingerprint, trust,
                   replaced_by, server_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let values = params![
        message.0,
        body.as_str(),
        unstyled,
        time,
        protection,
        device,
        fingerprint,
        trust,
        correction.id,
        given(correction.server_id)
    ];
    rows::change(tx, sql, values)?;
    let sql = "DELETE FROM message_versions WHERE id IN (
                   SELECT id FROM message_versions WHERE message = ?1
                       AND id <> (SELECT id FROM message_versions WHERE message = ?1 ORDER BY time, id LIMIT 1)
                   ORDER BY time DESC, id DESC LIMIT -1 OFFSET ?2)";
    rows::change(tx, sql, [message.0, MOST - 1])?;
    let sql = "UPDATE message_versions SET body = '' WHERE id IN (SELECT id FROM (
                   SELECT id, row_number() OVER newer AS number, sum(length(CAST(body AS BLOB))) OVER newer AS bytes
                   FROM message_versions WHERE message = ?1
                       AND id <> (SELECT id FROM message_versions WHERE message = ?1 ORDER BY time, id LIMIT 1)
                   WINDOW newer AS (ORDER BY time DESC, id DESC))
               WHERE number > 1 AND bytes > ?2) AND body <> ''";
    rows::change(tx, sql, [message.0, MOST_BYTES])?;
    Ok(())
}

/// All are counted, those too whose words are not kept: what was printed is known by it.
fn count(tx: &Transaction<'_>, message: MessageId, more: i64) -> Result<()> {
    let sql = "UPDATE messages SET edited = max(edited + ?2, 0) WHERE id = ?1";
    rows::must_change(tx, "message", sql, [message.0, more])
}

/// In the order in which their places were taken.
pub(crate) const VERSIONS: &str = "SELECT id, body, unstyled, replaced_by, time FROM message_versions
    WHERE message = ?1 ORDER BY time, id";

fn stored(row: &Row<'_>) -> Result<Stored> {
    Ok(Stored {
        id: rows::get(row, 0)?,
        body: rows::clean(row, 1)?.unwrap_or_default(),
        unstyled: rows::get(row, 2)?,
        replaced_by: rows::get(row, 3)?,
        replaced_at: rows::time(row, 4)?,
    })
}

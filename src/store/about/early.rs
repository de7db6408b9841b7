//! What was said about a message that is not here, or not yet: an archive is read backwards, so corrections,
//! reactions and retractions come before what they are about. When that comes, they are taken out again.

use rusqlite::{Row, params};

use crate::copies::given;
use crate::way::Way;
use crate::{Reads, Result, Transaction, rows};
use model::{AccountId, BareJid, ChatId, Clean};

/// So many wait in one chat; then the oldest goes.
const MOST: i64 = 500;

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EarlyContent {
    /// Other words take its place; they stand as a message of their own until then, under the correction's
    /// id.
    Correction,
    Retraction,
    /// The room says that a moderator took it away, and why. It names it by the id that it gave it itself.
    Moderation(Option<Clean>),
    /// Everything that its author thinks of it.
    Reactions(Vec<Clean>),
}

/// Something that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Early {
    /// Whose word it is.
    pub author: BareJid,
    pub said: EarlyContent,
    /// Its own ids.
    pub stanza_id: String,
    pub server_id: Option<String>,
    pub way: Way,
}

/// Lets it wait for the message that `target` means. What is there already is not put there again.
pub fn put(tx: &Transaction<'_>, chat: ChatId, target: &str, early: &Early) -> Result<()> {
    let content = written(&early.said);
    let (time, protection, device, fingerprint, trust) = early.way.columns();
    let sql = "INSERT INTO early_contents
                   (account, chat, target, author, content, stanza_id, server_id, time, protection, device, fingerprint, trust)
               SELECT account, id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM chats WHERE id = ?1
                   AND NOT EXISTS (SELECT 1 FROM early_contents WHERE chat = ?1 AND target = ?2 AND author = ?3 AND content = ?4
                       AND stanza_id = ?5)";
    let values = params![
        chat.0,
        target,
        early.author.as_str(),
        content,
        early.stanza_id,
        given(early.server_id.as_deref()),
        time,
        protection,
        device,
        fingerprint,
        trust
    ];
    rows::change(tx, sql, values)?;
    let sql = "DELETE FROM early_contents WHERE id IN
                   (SELECT id FROM early_contents WHERE chat = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)";
    rows::change(tx, sql, [chat.0, MOST])?;
    Ok(())
}

/// Takes out what waits for a message of this author with one of these ids, in the order in which it was
/// said: what its author said, and what anybody thinks of it. What somebody else said of a message of
/// theirs with the same id waits on. What a room says of a message names it by the second of the ids alone:
/// the first is its author's own, who could take that of another one.
pub fn take(
    tx: &Transaction<'_>,
    chat: ChatId,
    author: &BareJid,
    ids: [Option<&str>; 2],
) -> Result<Vec<Early>> {
    let [stanza_id, server_id] = ids.map(given);
    let ids = params![chat.0, stanza_id, server_id, author.as_str()];
    let found = rows::all(tx, WAITING, ids, read)?;
    if !found.is_empty() {
        let sql = "DELETE FROM early_contents WHERE chat = ?1 AND target IN (?2, ?3)
                   AND (author = ?4 OR content LIKE 'reactions%' OR content LIKE 'moderation%')
                   AND (target = ?3 OR content NOT LIKE 'moderation%')";
        rows::change(tx, sql, ids)?;
    }
    Ok(found)
}

pub(crate) const WAITING: &str =
    "SELECT author, content, stanza_id, server_id, time, protection, device, fingerprint, trust
    FROM early_contents WHERE chat = ?1 AND target IN (?2, ?3)
    AND (author = ?4 OR content LIKE 'reactions%' OR content LIKE 'moderation%')
    AND (target = ?3 OR content NOT LIKE 'moderation%')
    ORDER BY time, id";

/// Whether anything waits in any chat of this account.
pub fn any(r: &impl Reads, account: AccountId) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM early_contents WHERE account = ?1)";
    rows::exists(r, sql, [account.0])
}

/// The ids of the newest correction of this author that waits for the message `target`: it stands as a
/// message of its own.
pub fn standing(
    r: &impl Reads,
    chat: ChatId,
    author: &BareJid,
    target: &str,
) -> Result<Option<(String, Option<String>)>> {
    let Some(target) = given(Some(target)) else {
        return Ok(None);
    };
    let of = params![chat.0, target, author.as_str()];
    rows::first(r, STANDING, of, |row| {
        Ok((rows::get(row, 0)?, rows::get(row, 1)?))
    })
}

pub(crate) const STANDING: &str = "SELECT stanza_id, server_id FROM early_contents
    WHERE chat = ?1 AND target = ?2 AND author = ?3 AND content = 'correction' ORDER BY time DESC, id DESC LIMIT 1";

/// One line for what it is, then one for each emoji.
fn written(said: &EarlyContent) -> String {
    match said {
        EarlyContent::Correction => "correction".to_owned(),
        EarlyContent::Retraction => "retraction".to_owned(),
        EarlyContent::Moderation(None) => "moderation".to_owned(),
        EarlyContent::Moderation(Some(why)) => format!("moderation\n{}", why.as_str()),
        EarlyContent::Reactions(emojis) => {
            let lines = ["reactions"].into_iter().chain(emojis.iter().map(Clean::as_str));
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

fn read(row: &Row<'_>) -> Result<Early> {
    let content = rows::text(row, 1)?;
    let mut lines = content.lines();
    let said = match lines.next() {
        Some("correction") => EarlyContent::Correction,
        Some("retraction") => EarlyContent::Retraction,
        Some("moderation") => EarlyContent::Moderation(lines.next().map(Clean::line)),
        Some("reactions") => EarlyContent::Reactions(lines.map(Clean::line).collect()),
        _ => return Err(crate::StoreError::Corrupt("early content")),
    };
    Ok(Early {
        author: rows::jid(row, 0)?,
        said,
        stanza_id: rows::get(row, 2)?,
        server_id: rows::get(row, 3)?,
        way: Way::read(row, 4)?,
    })
}

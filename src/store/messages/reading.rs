//! A row of the table as a [`Message`].

use rusqlite::{Params, Row};

use crate::{Reads, Result, failures, files, private_names, rows};
use model::{
    AccountId, Author, BareJid, ChatId, Direction, Fingerprint, Message, MessageId, Position, ReplyTo,
    address,
};

/// The messages that `sql` gives, with their files. That there are none is known without asking for them.
pub(super) fn all(r: &impl Reads, sql: &str, params: impl Params) -> Result<Vec<Message>> {
    let mut with_files = Vec::new();
    let mut read = reading();
    let mut found = rows::all(r, sql, params, |row| {
        let message = read(row)?;
        if rows::get::<i64>(row, 32)? > 0 {
            with_files.push(message.id);
        }
        Ok(message)
    })?;
    for message in &mut found {
        if with_files.contains(&message.id) {
            message.files = files::of_message(r, message.id)?;
            // What is nothing but files stands there without words.
            message.body = message.body.take().filter(|body| !body.is_empty());
        }
    }
    Ok(found)
}

/// The first of them.
pub(super) fn first(r: &impl Reads, sql: &str, params: impl Params) -> Result<Option<Message>> {
    Ok(all(r, sql, params)?.into_iter().next())
}

/// Reads rows of one question. The same few JIDs stand in all of them, and checking one costs more than the
/// rest of the row, so those that were read are kept.
fn reading() -> impl FnMut(&Row<'_>) -> Result<Message> {
    let mut seen: Vec<BareJid> = Vec::new();
    move |row| {
        let mut jid = |column| -> Result<BareJid> {
            let text = rows::text(row, column)?;
            if let Some(known) = seen.iter().find(|known| known.as_str() == text) {
                return Ok(known.clone());
            }
            let jid = rows::jid(row, column)?;
            if seen.len() < SEEN {
                seen.push(jid.clone());
            }
            Ok(jid)
        };
        let peer = jid(3)?;
        let author = match (rows::code(row, 5)?, rows::clean(row, 23)?) {
            (Direction::Out, _) => Author::Us,
            (Direction::In, None) => Author::Contact(jid(4)?),
            (Direction::In, Some(nick)) => Author::Occupant {
                nick,
                occupant_id: rows::get(row, 24)?,
                real: Some(jid(4)?).filter(|real| *real != peer),
            },
        };
        read(row, peer, author)
    }
}

/// JIDs that are kept at most: looking through more would cost more than it saves.
const SEEN: usize = 8;

fn read(row: &Row<'_>, peer: BareJid, author: Author) -> Result<Message> {
    let failure: Option<i64> = rows::get(row, 20)?;
    Ok(Message {
        id: MessageId(rows::get(row, 0)?),
        chat: ChatId(rows::get(row, 2)?),
        peer: private_names::named(AccountId(rows::get(row, 1)?), peer, rows::text(row, 33)?),
        author,
        stanza_id: rows::get(row, 6)?,
        server_id: rows::get(row, 7)?,
        time: rows::time(row, 8)?,
        body: rows::clean(row, 9)?,
        unreadable: rows::optional_code(row, 10)?,
        retracted: rows::optional_code(row, 25)?,
        edited: rows::get(row, 26)?,
        reply_to: match rows::get(row, 27)? {
            Some(id) => Some(ReplyTo {
                id,
                author: rows::optional_text(row, 28)?.and_then(|jid| address::bare(jid).ok()),
            }),
            None => None,
        },
        reactions: Vec::new(),
        files: Vec::new(),
        protection: rows::code(row, 11)?,
        fingerprint: rows::optional_bytes(row, 12, "fingerprint")?.map(|bytes| Fingerprint(*bytes)),
        trust: rows::optional_code(row, 13)?,
        state: rows::code(row, 14)?,
        failure: match failure {
            Some(code) if code != failures::MODERATED => {
                Some(failures::read(code, rows::optional_text(row, 15)?)?)
            }
            _ => None,
        },
        moderated: match failure {
            Some(failures::MODERATED) => rows::clean(row, 15)?,
            _ => None,
        },
        position: Position(rows::get(row, 16)?),
        left: rows::code(row, 17)?,
        unstyled: rows::get(row, 18)?,
        device: rows::get(row, 19)?,
        displayed: rows::get(row, 21)?,
        archived: rows::get(row, 22)?,
        asked: rows::get(row, 29)?,
        mention: rows::get(row, 30)?,
        in_room: rows::get::<i64>(row, 31)? == 1,
    })
}

//! `susurro history`: the stored messages of one chat; needs no connection.

use super::args::{Common, History};
use super::ids::{self, Named, Within};
use super::open::{OpenProfile, with_profile};
use super::{Exit, json, output, render, time};
use model::{BareJid, Peer};
use store::timeline::{self, Entry};
use store::{self, Transaction, chats, messages};

pub fn run(common: &Common, args: &History) -> Result<(), Exit> {
    with_profile(common, |opened| history(opened, args))
}

fn history(opened: &mut OpenProfile, args: &History) -> Result<(), Exit> {
    let account = opened.account()?;
    let chat = opened.chat(&args.chat)?;
    let rows = match opened.read(|tx| rows(tx, &chat, args))? {
        FoundRows::Rows(rows) => rows,
        FoundRows::NoChat => {
            output::say(format!(
                "There are no messages with {}.",
                render::identifier(args.chat.as_str())
            ));
            return Ok(());
        }
        FoundRows::Unnamed(exit) => return Err(Exit::new(exit.code, format!("--before: {}", exit.text))),
    };
    let lines = lines((&account.jid, &chat.written()), &rows, args.json)?;
    output::results(lines)
}

enum FoundRows {
    Rows(Vec<Entry>),
    NoChat,
    /// What `--before` names is not one message.
    Unnamed(Exit),
}

fn rows(tx: &Transaction<'_>, peer: &Peer, args: &History) -> store::Result<FoundRows> {
    let Some(chat) = chats::by_peer(tx, peer)? else {
        return Ok(FoundRows::NoChat);
    };
    let before = match &args.before {
        None => None,
        Some(word) => {
            let is_ref = args.is_ref;
            match ids::find(tx, Within::Chat(chat.id), Named { word, is_ref })? {
                Ok(row) => Some(row.position),
                Err(exit) => return Ok(FoundRows::Unnamed(exit)),
            }
        }
    };
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    if args.unread {
        let unread = messages::unread(tx, chat.id, limit)?;
        return Ok(FoundRows::Rows(unread.into_iter().map(Entry::Message).collect()));
    }
    Ok(FoundRows::Rows(timeline::messages_before(
        tx, chat.id, before, limit,
    )?))
}

fn lines((account, peer): (&BareJid, &str), rows: &[Entry], json: bool) -> Result<Vec<String>, Exit> {
    rows.iter()
        .map(|row| match (row, json) {
            (Entry::Message(message), true) => json::message(account, message),
            (Entry::Message(message), false) => {
                Ok(render::message(account, message, time::zone(), output::width()))
            }
            (Entry::Event(event), true) => json::event((account, peer), event),
            (Entry::Event(event), false) => Ok(render::event(peer, event, time::zone())),
        })
        .collect()
}

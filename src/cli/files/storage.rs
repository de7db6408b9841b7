//! `susurro storage`: what the files here take, chat by chat, and how to get room.

use serde::Serialize;

use super::remove;
use crate::cli::args::{Common, Storage};
use crate::cli::open::{OpenProfile, with_profile};
use crate::cli::{Exit, json, output, render};
use model::BareJid;
use store::files::{self, FilesHeld};

pub fn run(common: &Common, args: &Storage) -> Result<(), Exit> {
    with_profile(common, |opened| {
        if let Some(wanted) = args.free {
            free(opened, wanted)?;
        }
        let account = opened.account()?;
        let held = opened.read(|tx| files::held(tx, account.id))?;
        output::results(lines(&account.jid, &held, args.json)?)
    })
}

/// Deletes the oldest files that are here and can be fetched again or were sent, until so much is free.
fn free(opened: &mut OpenProfile, wanted: u64) -> Result<(), Exit> {
    let account = opened.account()?.id;
    let oldest = opened.read(|tx| files::oldest(tx, account, wanted))?;
    let freed: u64 = oldest.iter().filter_map(|file| file.stored).sum();
    remove(opened, &oldest)?;
    let count = oldest.len();
    output::say(format!(
        "{} of {count} {} deleted here; the messages are still there.",
        ::words::size(freed),
        if count == 1 { "file" } else { "files" },
    ));
    Ok(())
}

#[derive(Debug, Serialize)]
struct StorageLine<'a> {
    /// None: all of them.
    chat: Option<&'a str>,
    files: u64,
    bytes: u64,
}

fn lines(account: &BareJid, held: &[FilesHeld], json: bool) -> Result<Vec<String>, Exit> {
    let (files, bytes) = held.iter().fold((0, 0), |(files, bytes), chat| {
        (files + chat.files, bytes + chat.bytes)
    });
    let all = StorageLine {
        chat: None,
        files,
        bytes,
    };
    let of_chat = |chat: &FilesHeld| {
        let line = StorageLine {
            chat: Some(chat.peer.as_str()),
            files: chat.files,
            bytes: chat.bytes,
        };
        match json {
            true => json::object(account, line),
            false => Ok(format!(
                "{}: {}",
                render::identifier(chat.peer.as_str()),
                said(&line)
            )),
        }
    };
    let mut lines: Vec<String> = held.iter().map(of_chat).collect::<Result<_, _>>()?;
    lines.push(match json {
        true => json::object(account, all)?,
        false => format!("all: {}", said(&all)),
    });
    Ok(lines)
}

fn said(line: &StorageLine<'_>) -> String {
    let files = if line.files == 1 { "file" } else { "files" };
    format!("{} in {} {files}", ::words::size(line.bytes), line.files)
}

//! `susurro file list`: what files there are in a chat.

use serde::Serialize;

use crate::cli::args::{Common, ListFiles};
use crate::cli::file_fields::FileFields;
use crate::cli::open::with_profile;
use crate::cli::{Exit, json, output, render};
use model::{MessageFile, MessageRef, Peer};
use store::{chats, files};

pub(super) fn run(common: &Common, args: &ListFiles) -> Result<(), Exit> {
    with_profile(common, |opened| {
        let account = opened.account()?;
        let peer = Peer::new(account.id, args.jid.clone());
        let Some(chat) = opened.read(|tx| chats::by_peer(tx, &peer))? else {
            output::say(format!(
                "There is no chat with {}; susurro chats lists them.",
                render::identifier(args.jid.as_str())
            ));
            return Ok(());
        };
        let all = opened.read(|tx| files::of_chat(tx, chat.id))?;
        if all.is_empty() && !args.json {
            output::say("There are no files in this chat.");
        }
        let lines: Result<Vec<String>, Exit> = all
            .iter()
            .map(|file| match args.json {
                true => json::object(&account.jid, ListLine::new(&args.jid, file)),
                false => Ok(line(file)),
            })
            .collect();
        output::results(lines?)
    })
}

#[derive(Debug, Serialize)]
struct ListLine<'a> {
    chat: &'a str,
    r#ref: String,
    index: u32,
    #[serde(flatten)]
    file: FileFields<'a>,
    /// Where it lies.
    host: Option<&'a str>,
    /// It is encrypted there.
    encrypted: bool,
    /// What it takes here, in bytes.
    stored: Option<u64>,
}

impl<'a> ListLine<'a> {
    fn new(chat: &'a model::BareJid, file: &'a MessageFile) -> Self {
        Self {
            chat: chat.as_str(),
            r#ref: MessageRef::new(file.message).to_string(),
            index: file.number,
            file: FileFields::new(file),
            host: file.host.as_ref().map(|host| host.as_str()),
            encrypted: file.encrypted,
            stored: file.stored,
        }
    }
}

/// The ref first: nothing of what others chose stands before it.
fn line(file: &MessageFile) -> String {
    let index = match file.number {
        0 => String::new(),
        number => format!(" --index {number}"),
    };
    let named = MessageRef::new(file.message);
    format!("{named}{index} {}", render::file(file))
}

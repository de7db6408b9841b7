//! `susurro file list`: what files there are in a chat; and the fields by which JSON tells of a file.

use serde::Serialize;

use crate::cli::args::{Common, ListFiles};
use crate::cli::open::with_profile;
use crate::cli::{Exit, json, output, render, words};
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

/// A file of a message, in `files` of a line of `listen` and `history`.
#[derive(Debug, Serialize)]
pub struct FileFields<'a> {
    name: Option<&'a str>,
    media_type: Option<&'a str>,
    size: Option<u64>,
    sha256: Option<String>,
    state: &'static str,
    /// A code.
    reason: Option<&'static str>,
}

impl<'a> FileFields<'a> {
    pub fn new(file: &'a MessageFile) -> Self {
        Self {
            name: file.name.as_ref().map(|name| name.as_str()),
            media_type: file.media_type.as_ref().map(|kind| kind.as_str()),
            size: file.size,
            sha256: file.sha256.map(hex),
            state: words::file_state(file.state),
            reason: file.failure.as_ref().map(words::file_failure),
        }
    }
}

fn hex(hash: [u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
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

//! The arguments of the commands about chats: listing, deleting, blocking.

use clap::Args;

use crate::cli::parse;
use model::{BareJid, Jid};

#[derive(Debug, Args)]
pub struct Chats {
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ReadUp {
    /// Whose chat
    #[arg(value_name = "JID | ROOM/NICK", value_parser = parse::chat)]
    pub chat: Jid,
    /// Only up to the message with this ref or id, as `history --json` gives them; else all of it
    #[arg(long, value_name = "ID")]
    pub until: Option<String>,
    /// ID is a ref and nothing else: where somebody gave a message an id like one
    #[arg(long = "ref", requires = "until")]
    pub is_ref: bool,
}

#[derive(Debug, Args)]
pub struct Delete {
    /// Whose chat
    #[arg(value_name = "JID | ROOM/NICK", value_parser = parse::chat)]
    pub chat: Jid,
    /// Only the message with this ref or id, as `history --json` gives them; else the whole chat
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// ID is a ref and nothing else: where somebody gave a message an id like one
    #[arg(long = "ref", requires = "id")]
    pub is_ref: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct Block {
    /// Whom: an address, or a whole server
    #[arg(value_name = "JID", value_parser = parse::blockable)]
    pub jid: Jid,
}

#[derive(Debug, Args)]
pub struct Unblock {
    /// Whom, as `susurro blocked` lists them
    #[arg(value_name = "JID", value_parser = parse::listed)]
    pub jid: Jid,
}

#[derive(Debug, Args)]
pub struct Sync {
    /// The account, as in ana@mired.test
    #[arg(long, value_name = "JID", value_parser = parse::account)]
    pub account: Option<BareJid>,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
}

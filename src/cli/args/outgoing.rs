//! How messages are sent: how far they are followed, and what is done with one that was written before.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::parse;
use model::BareJid;

pub const SEND_EXAMPLES: &str = "\
Examples:
  echo \"see you at eight\" | susurro send bob@mired.test -
  susurro send bob@mired.test - < letter.txt
  susurro send bob@mired.test \"see you at eight\"

What is typed as TEXT can be seen by other users of this machine (ps) and stays in the history of your shell; \
standard input cannot.";

/// How far to go with a message, and how to tell of it.
#[derive(Debug, Clone, Copy, Args)]
pub struct Manner {
    /// Until when to wait: the own server has it, or the other side's client has it
    #[arg(long, value_enum, default_value_t = Wait::Sent)]
    pub wait: Wait,
    /// Give up after this many seconds
    #[arg(long, value_name = "S", value_parser = parse::seconds, default_value = "30")]
    pub timeout: Duration,
    /// Print a JSON object instead of the bare id
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Wait {
    Sent,
    Delivered,
}

#[derive(Debug, Args)]
pub struct Retry {
    /// The message: its ref or its id, as send --json and history --json give them; the new id is printed
    pub id: String,
    /// ID is a ref and nothing else: where somebody gave a message an id like one
    #[arg(long = "ref")]
    pub is_ref: bool,
    /// Send it even if it may have arrived: they may get it twice
    #[arg(long)]
    pub again: bool,
    /// If it answers a message and the old OMEMO is read, let the server see which; holds for this chat from
    /// then on
    #[arg(long)]
    pub reveal: bool,
    #[command(flatten)]
    pub manner: Manner,
}

#[derive(Debug, Args)]
pub struct Withdraw {
    /// The message: its ref or its id, as send --json and history --json give them
    pub id: String,
    /// ID is a ref and nothing else: where somebody gave a message an id like one
    #[arg(long = "ref")]
    pub is_ref: bool,
}

/// What is to be changed, and how to tell of it.
#[derive(Debug, Args)]
pub struct WhichMessage {
    /// Whose chat
    #[arg(value_parser = parse::jid)]
    pub jid: BareJid,
    /// The message: its ref or its id, as history --json gives them
    pub id: String,
    /// ID is a ref and nothing else: where somebody gave a message an id like one
    #[arg(long = "ref")]
    pub is_ref: bool,
    /// Where the old OMEMO is read, let the server see which message is meant; holds for this chat from
    /// then on
    #[arg(long)]
    pub reveal: bool,
    /// Give up after this many seconds
    #[arg(long, value_name = "S", value_parser = parse::seconds, default_value = "30")]
    pub timeout: Duration,
    /// Print a JSON object instead of the bare id
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Edit {
    #[command(flatten)]
    pub change: WhichMessage,
    /// "-" or nothing: standard input. Anything else is the text itself, which `ps` shows to others
    #[arg(value_name = "- | TEXT")]
    pub text: Option<String>,
}

#[derive(Debug, Args)]
pub struct Retract {
    #[command(flatten)]
    pub change: WhichMessage,
    /// Of what somebody else wrote in a room that you moderate: why you take it away; all in it see that
    #[arg(long, value_name = "WORDS")]
    pub reason: Option<String>,
}

#[derive(Debug, Args)]
pub struct React {
    #[command(flatten)]
    pub change: WhichMessage,
    /// All that you think of it; none: you take yours back
    #[arg(value_name = "EMOJI")]
    pub emojis: Vec<String>,
}

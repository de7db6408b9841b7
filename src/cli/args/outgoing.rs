//! How messages are sent: how far they are followed, and what is done with one that was written before.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::parse;

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

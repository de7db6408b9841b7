//! The arguments of what has to do with files: those of `send`, of `file` and of `storage`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use crate::cli::parse;
use model::BareJid;

pub const FILE_EXAMPLES: &str = "\
Examples:
  susurro send bob@mired.test --file holiday.jpg --caption \"the view from the hut\"
  susurro file list bob@mired.test
  susurro file get bob@mired.test m12 --output holiday.jpg

Files lie encrypted in the profile. What is saved with --output can be read by whoever can read that folder.";

/// The files of a message that is sent.
#[derive(Debug, Args)]
pub struct Attached {
    /// Send these files, each as a message of its own; "-" is standard input, which --name names
    #[arg(long = "file", value_name = "PATH", num_args = 1.., conflicts_with_all = ["text", "reply_to"])]
    pub files: Vec<PathBuf>,
    /// What the file from standard input is called
    #[arg(long, value_name = "NAME", requires = "files")]
    pub name: Option<String>,
    /// Words that go as a message of their own behind the files; `ps` shows them to others
    #[arg(long, value_name = "TEXT", requires = "files")]
    pub caption: Option<String>,
    /// The same from a file
    #[arg(long, value_name = "F", requires = "files", conflicts_with = "caption")]
    pub caption_file: Option<PathBuf>,
    /// Send pictures as they are, with what the camera wrote into them: place, time, its own name
    #[arg(long, requires = "files")]
    pub original: bool,
}

/// What is to be done with files of messages.
#[derive(Debug, Subcommand)]
pub enum File {
    /// List the files of a chat
    List(ListFiles),
    /// Fetch a file into the profile, where it lies encrypted; with --output, save a copy that can be read
    Get(GetFile),
    /// Fetch a file and open it with the program that this desktop has for it
    Open(OpenFile),
    /// Delete what is here of a file; the message stays
    Delete(DeleteFile),
}

#[derive(Debug, Args)]
pub struct ListFiles {
    /// Whose chat
    #[arg(value_parser = parse::jid)]
    pub jid: BareJid,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// One file of a message.
#[derive(Debug, Args)]
pub struct WhichFile {
    /// Whose chat
    #[arg(value_parser = parse::jid)]
    pub jid: BareJid,
    /// The message: its ref or its id, as file list and history --json give them
    pub id: String,
    /// ID is a ref and nothing else: where somebody gave a message an id like one
    #[arg(long = "ref")]
    pub is_ref: bool,
    /// Which of its files, from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub index: u32,
}

#[derive(Debug, Args)]
pub struct GetFile {
    #[command(flatten)]
    pub which: WhichFile,
    /// Save a copy that can be read, under this name or in this folder; "-" is standard output
    #[arg(long, value_name = "PATH | -")]
    pub output: Option<PathBuf>,
    /// Write over what is there, and fetch again what is here
    #[arg(long)]
    pub force: bool,
    /// Give up when nothing came for this many seconds
    #[arg(long, value_name = "S", value_parser = parse::seconds, default_value = "60")]
    pub timeout: Duration,
}

#[derive(Debug, Args)]
pub struct OpenFile {
    #[command(flatten)]
    pub which: WhichFile,
    /// Open what can run or act by itself without being asked
    #[arg(long)]
    pub yes: bool,
    /// Give up when nothing came for this many seconds
    #[arg(long, value_name = "S", value_parser = parse::seconds, default_value = "60")]
    pub timeout: Duration,
}

#[derive(Debug, Args)]
pub struct DeleteFile {
    #[command(flatten)]
    pub which: WhichFile,
}

#[derive(Debug, Args)]
pub struct Storage {
    /// One JSON object a chat, and one for all
    #[arg(long)]
    pub json: bool,
    /// Delete the oldest files that are here until so much is free: 200M, 1.5G, or bytes
    #[arg(long, value_name = "SIZE", value_parser = parse::size)]
    pub free: Option<u64>,
}

//! What can be typed: the options of every command, as clap reads them. Wrong usage ends with 2.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use super::parse;
use model::{BareJid, Jid};

mod chats;
mod files;
mod keys;
mod outgoing;
mod profile;
pub mod room;
mod shell;

pub use chats::{Block, Chats, Delete, ReadUp, Sync, Unblock};
pub use files::{Attached, DeleteFile, File, GetFile, ListFiles, OpenFile, Storage, WhichFile};
pub use keys::{DeviceAct, Devices, Encryption, KeyChoice, OnOff, RoomPolicy, Trust};
pub use outgoing::{Edit, Manner, React, Retract, Retry, Wait, WhichMessage, Withdraw};
pub use profile::{Config, Init, Kdf, Passphrase};
pub use room::Room;
pub use shell::{Completion, Man};

use files::FILE_EXAMPLES;
use outgoing::SEND_EXAMPLES;
use room::ROOM_EXAMPLES;

/// A terminal XMPP messenger with OMEMO encryption and an encrypted local database.
///
/// Without a command the screen starts: it unlocks the vault, or makes one and adds your account.
#[derive(Debug, Parser)]
#[command(name = "susurro", version, after_help = EXAMPLES, propagate_version = false)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    /// None: the screen.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  susurro
  susurro init
  susurro account add ana@mired.test
  echo \"see you at eight\" | susurro send bob@mired.test -
  susurro listen

Every command that reads or writes the vault unlocks it for itself, which by intent takes about a second and half a gigabyte \
of memory (0.8 s and 532 MB where it was measured). A script that sends or asks often waits that long each time; `susurro \
listen` and the screen unlock once for as long as they run. A vault of `susurro init --kdf light` costs a tenth of it, \
and so does each guess of its passphrase.

Exit codes: 0 done; 1 anything else; 2 wrong usage; 3 wrong passphrase, or vault unusable or in use; \
4 the server refused the login; 5 no connection; 6 refused for safety; 7 timed out; 8 the other side or the \
server answered with an error.";

/// Options of the screen and of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Common {
    /// Folder of the profile
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "SUSURRO_PROFILE",
        hide_env_values = true
    )]
    pub profile: Option<PathBuf>,
    /// Read the passphrase from the first line of this file (a descriptor path works)
    #[arg(long, global = true, value_name = "F", conflicts_with = "passphrase_command")]
    pub passphrase_file: Option<PathBuf>,
    /// Read the passphrase from the first line that this command prints (no shell, no standard input)
    #[arg(long, global = true, value_name = "CMD")]
    pub passphrase_command: Option<String>,
    /// Ask for the passphrase at the terminal whatever other source is given
    #[arg(long, global = true, hide = true)]
    pub locked: bool,
    /// Which command is at work, for whoever finds the profile in use.
    #[arg(skip)]
    pub command: &'static str,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a vault
    Init(Init),
    /// Change the passphrase
    Passphrase(Passphrase),
    /// Add, register, list or remove the account; change its stored password
    #[command(subcommand)]
    Account(Account),
    /// Add, accept, decline, remove, rename or list contacts
    #[command(subcommand)]
    Contact(Contact),
    /// Send one message, encrypted unless told otherwise
    #[command(after_help = SEND_EXAMPLES)]
    Send(Send),
    /// Send a message of yours again, as a new one in its place: one that failed, or did not arrive
    Retry(Retry),
    /// Take back a message that has not left yet
    Withdraw(Withdraw),
    /// Put other words in the place of those of a message of yours
    Edit(Edit),
    /// Take back a message of yours that left: it goes here, and the others are asked to take it away
    Retract(Retract),
    /// Ask the author of a message that cannot be read to send it again; a broken session begins anew
    Ask(WhichMessage),
    /// Send a message of yours once more to whoever could not read it; elsewhere nothing changes
    Resend(WhichMessage),
    /// Say with emojis what you think of a message; without any, take yours back
    React(React),
    /// Print incoming messages: those not yet printed first, then live ones
    Listen(Listen),
    /// Catch up with the server's archive, say what came, and end
    Sync(Sync),
    /// Make, join, leave, manage and find rooms: private groups and public channels
    #[command(subcommand, after_help = ROOM_EXAMPLES)]
    Room(Room),
    /// List, fetch, open and delete files of messages
    #[command(subcommand, after_help = FILE_EXAMPLES)]
    File(File),
    /// Say how much the files here take, and make room
    Storage(Storage),
    /// List the chats: what is unread, when something was written last
    Chats(Chats),
    /// Print the stored messages of one chat
    History(History),
    /// Say that a chat was read, or up to which message
    Read(ReadUp),
    /// Delete a chat, or one message of it, here; nothing brings it back
    Delete(Delete),
    /// Keep everything that comes from an address from you, on all your devices
    Block(Block),
    /// Let a blocked address write to you again
    Unblock(Unblock),
    /// List who is blocked
    Blocked(Json),
    /// List keys, and say which are verified or distrusted
    #[command(subcommand)]
    Trust(Trust),
    /// List your own devices; name this one, remove another, begin a broken session anew
    Devices(Devices),
    /// Say whether a chat is encrypted, and turn that on or off
    Encryption(Encryption),
    /// Check profile, vault, connection, server and keys, with remedies
    Doctor,
    /// Write a config file in which every setting and every key is explained
    Config(Config),
    /// Print what a shell needs to complete commands and options
    Completion(Completion),
    /// Write manual pages, one for each command
    Man(Man),
}

impl Command {
    /// The command with its program, never with an argument.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "susurro init",
            Self::Passphrase(_) => "susurro passphrase",
            Self::Account(_) => "susurro account",
            Self::Contact(_) => "susurro contact",
            Self::Send(_) => "susurro send",
            Self::Retry(_) => "susurro retry",
            Self::Withdraw(_) => "susurro withdraw",
            Self::Edit(_) => "susurro edit",
            Self::Retract(_) => "susurro retract",
            Self::Ask(_) => "susurro ask",
            Self::Resend(_) => "susurro resend",
            Self::React(_) => "susurro react",
            Self::Listen(_) => "susurro listen",
            Self::Sync(_) => "susurro sync",
            Self::Room(_) => "susurro room",
            Self::File(_) => "susurro file",
            Self::Storage(_) => "susurro storage",
            Self::Chats(_) => "susurro chats",
            Self::History(_) => "susurro history",
            Self::Read(_) => "susurro read",
            Self::Delete(_) => "susurro delete",
            Self::Block(_) => "susurro block",
            Self::Unblock(_) => "susurro unblock",
            Self::Blocked(_) => "susurro blocked",
            Self::Trust(_) => "susurro trust",
            Self::Devices(_) => "susurro devices",
            Self::Encryption(_) => "susurro encryption",
            Self::Doctor => "susurro doctor",
            Self::Config(_) => "susurro config",
            Self::Completion(_) => "susurro completion",
            Self::Man(_) => "susurro man",
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Account {
    /// Log in once to prove that everything works, say what was found, and store the account
    Add(NewAccount),
    /// Register a new account at its server, then add it
    Register(NewAccount),
    /// List the account
    List(Json),
    /// Replace the stored password (the server's is not changed)
    Password(Password),
    /// Remove the account from this profile, with its keys, contacts and messages
    Remove(RemoveAccount),
}

#[derive(Debug, Args)]
pub struct NewAccount {
    /// The address, as in ana@mired.test
    #[arg(value_parser = parse::account)]
    pub jid: BareJid,
    #[command(flatten)]
    pub password: PasswordSource,
    /// Connect to this host instead of asking DNS; without a port, to the usual one
    #[arg(long, value_name = "HOST[:PORT]", value_parser = parse::server)]
    pub server: Option<(String, Option<u16>)>,
    /// TLS from the first byte instead of STARTTLS
    #[arg(long)]
    pub direct_tls: bool,
    /// Trust the certificates in this PEM file too
    #[arg(long, value_name = "PEM")]
    pub ca_file: Option<PathBuf>,
    /// Permit the password to be sent to the server itself (PLAIN) if it offers nothing better
    #[arg(long)]
    pub allow_plain: bool,
}

#[derive(Debug, Clone, Args)]
pub struct PasswordSource {
    /// Read the account's password from the first line of this file
    #[arg(long, value_name = "F", conflicts_with = "password_command")]
    pub password_file: Option<PathBuf>,
    /// Read the account's password from the first line that this command prints (no shell, no standard input)
    #[arg(long, value_name = "CMD")]
    pub password_command: Option<String>,
}

#[derive(Debug, Args)]
pub struct Password {
    #[arg(value_parser = parse::account)]
    pub jid: BareJid,
    #[command(flatten)]
    pub password: PasswordSource,
}

#[derive(Debug, Args)]
pub struct RemoveAccount {
    #[arg(value_parser = parse::account)]
    pub jid: BareJid,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum Contact {
    /// Put a contact into the roster and ask to see their presence
    Add {
        /// Their address, or a link, which may say what they are called
        #[arg(value_parser = parse::newcomer)]
        jid: parse::Newcomer,
        /// What you call them, in one word or several
        #[arg(value_name = "NAME")]
        words: Vec<String>,
        /// The same as NAME
        #[arg(long, value_parser = parse::contact_name, conflicts_with = "words")]
        name: Option<String>,
    },
    /// Let a contact who asked see your presence, and ask for theirs
    Accept {
        #[arg(value_parser = parse::jid)]
        jid: BareJid,
    },
    /// Decline a contact's request
    Decline {
        #[arg(value_parser = parse::jid)]
        jid: BareJid,
    },
    /// Remove a contact; neither sees the other's presence any more
    Remove {
        #[arg(value_parser = parse::jid)]
        jid: BareJid,
    },
    /// Change what you call a contact
    Rename {
        #[arg(value_parser = parse::jid)]
        jid: BareJid,
        #[arg(value_parser = parse::contact_name)]
        name: String,
    },
    /// List the contacts, and who asks to become one
    List {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        /// Do not connect: the list as it was last seen
        #[arg(long)]
        offline: bool,
    },
}

#[derive(Debug, Args)]
pub struct Send {
    /// To whom, as in bob@mired.test; in private to somebody in a room: ROOM/NICK
    #[arg(value_name = "JID | ROOM/NICK", value_parser = parse::chat)]
    pub chat: Jid,
    /// "-" or nothing: standard input. Anything else is the text itself, which `ps` shows to others
    #[arg(value_name = "- | TEXT")]
    pub text: Option<String>,
    /// Send this message in clear: everybody on its way can read it
    #[arg(long, conflicts_with = "reply_to")]
    pub plaintext: bool,
    /// It answers the message with this ref or id, as `history --json` gives them
    #[arg(long, value_name = "ID")]
    pub reply_to: Option<String>,
    /// ID is a ref and nothing else: where somebody gave a message an id like one
    #[arg(long = "ref", requires = "reply_to")]
    pub is_ref: bool,
    /// Where the old OMEMO is read, let the server see which message it answers; holds for this chat from
    /// then on
    #[arg(long, requires = "reply_to")]
    pub reveal: bool,
    #[command(flatten)]
    pub attached: Attached,
    #[command(flatten)]
    pub manner: Manner,
}

#[derive(Debug, Args)]
pub struct Listen {
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
    /// With --json: also what is said live about messages and chats: received, read, writing
    #[arg(long, requires = "json")]
    pub all: bool,
    /// Only messages from this address
    #[arg(long, value_name = "JID", value_parser = parse::jid)]
    pub from: Option<BareJid>,
    /// End after this many messages
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// End after this many seconds
    #[arg(long, value_name = "S", value_parser = parse::seconds)]
    pub timeout: Option<Duration>,
}

#[derive(Debug, Args)]
pub struct History {
    /// Whose chat
    #[arg(value_name = "JID | ROOM/NICK", value_parser = parse::chat)]
    pub chat: Jid,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
    /// At most this many, the newest
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// Only what came in and was neither shown nor printed, here or on another device of yours
    #[arg(long, conflicts_with = "before")]
    pub unread: bool,
    /// Only what is older than the message with this ref or id
    #[arg(long, value_name = "ID")]
    pub before: Option<String>,
    /// ID is a ref and nothing else: where somebody gave a message an id like one
    #[arg(long = "ref", requires = "before")]
    pub is_ref: bool,
}

#[derive(Debug, Clone, Copy, Args)]
pub struct Json {
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests;

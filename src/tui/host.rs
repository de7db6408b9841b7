//! What the program around the screen does for it: vault, accounts, the session. The screen asks through one
//! channel and is answered through another; it never waits.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::tz::TimeZone;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::desk::FileDesk;
use super::keymap::Keymap;
use super::theme::Capabilities;
use api::{Command, CommandId, Event, FailureKind, Secret};
use model::{AccountDraft, AccountId, BareJid, Clean, Ed25519Fingerprint, Fact, Fingerprint, Step};
use store::Reader;

/// Where the screen begins, and what it cannot find out by itself.
pub struct Start {
    pub first: First,
    pub capabilities: Capabilities,
    pub keymap: Keymap,
    pub mouse: bool,
    pub bell: bool,
    /// The terminal can be told where links lead.
    pub links: bool,
    /// Contacts who are offline are left out of the list.
    pub hide_offline: bool,
    pub zone: TimeZone,
    /// What is wrong with a new passphrase, in a sentence; None: it will do.
    pub weakness: fn(&str) -> Option<Clean>,
    /// How good a passphrase is, in a few words.
    pub strength: fn(&str) -> Clean,
    /// Six random words.
    pub six_words: fn() -> Secret,
    /// Reads the address of a person; else what is wrong with it.
    pub address: fn(&str) -> Result<BareJid, String>,
    /// Reads a host, with a port or without; else what is wrong with them.
    pub server: fn(&str) -> Result<Server, String>,
    /// Finds a CA file and looks into it; else what is wrong with it.
    pub ca_file: fn(&str) -> Result<PathBuf, String>,
    /// Reads what a contact is called; else what is wrong with it.
    pub name: fn(&str) -> Result<String, String>,
}

/// A host, and a port if one was named.
pub type Server = (String, Option<u16>);

/// What the person sees first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// There is no vault: the wizard.
    MakeVault,
    /// It is locked.
    Unlock,
    /// It was opened already, by a file or a command; an answer is on its way.
    Opening,
}

/// What the screen asks the program for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    Unlock(Secret),
    /// Makes the vault and opens it.
    MakeVault(Secret),
    /// Adds an account that exists, proved by one login.
    Add(NewAccount),
    /// Registers it first (XEP-0077).
    Register(NewAccount),
    /// Adds the first contact, and when that is done begins.
    AddContact {
        jid: BareJid,
        name: Option<Clean>,
    },
    /// Starts the session of the account that was added. Not before the main screen is to begin: what a
    /// session tells belongs to it, and nobody else keeps it.
    Begin,
    /// Keeps what was typed about the account, for the next time. Not answered.
    Keep(AccountDraft),
    /// Stops what is being tried; answered with `Refused`.
    Cancel,
}

/// An account as the wizard asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    pub jid: BareJid,
    pub password: Secret,
    /// Host and port to use in place of DNS.
    pub server: Option<(String, u16)>,
    pub direct_tls: bool,
    pub ca_file: Option<PathBuf>,
    /// PLAIN may be used if the server offers nothing better.
    pub allow_plain: bool,
}

/// The port of clients where none is named: RFC 6120 §14.7, and for TLS from the first byte XEP-0368.
pub fn usual_port(direct_tls: bool) -> u16 {
    match direct_tls {
        true => 5223,
        false => 5222,
    }
}

/// What the program answers.
pub enum HostAnswer {
    /// The vault is open; there is no account in it yet. What was typed of it another time.
    NoAccount(Option<AccountDraft>),
    /// A mark on the check list was reached.
    Reached(Check),
    /// What is being done now.
    Step(Step),
    /// The account is proved and stored.
    Added {
        facts: Vec<Fact>,
        fingerprint: Fingerprint,
        /// The same key, as people see it whose program shows the form of OMEMO 2.
        ed25519: Ed25519Fingerprint,
    },
    /// The session runs: the main screen may begin.
    Live(Live),
    /// What was asked for failed; why and what to do. Nothing of it was stored.
    Refused(Refused),
}

/// Why a request came to nothing, in words for the first steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub kind: FailureKind,
    pub text: Clean,
}

impl Refused {
    pub fn new(kind: FailureKind, text: impl AsRef<str>) -> Self {
        Self {
            kind,
            text: Clean::new(text.as_ref()),
        }
    }
}

/// The check list of the first login, in its order. One that is reached stands for all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    ServerFound,
    Encrypted,
    /// Only when registering.
    Registered,
    LoggedIn,
    KeysPublished,
}

/// A running session with a view onto its store.
pub struct Live {
    pub account: AccountId,
    pub jid: BareJid,
    pub reader: Reader,
    /// The vault's folder of files; None: it cannot be opened.
    pub files: Option<Arc<dyn FileDesk>>,
    pub commands: UnboundedSender<(CommandId, Command)>,
    pub events: UnboundedReceiver<Event>,
}

/// The two channels.
pub struct Host {
    pub requests: UnboundedSender<Request>,
    pub answers: UnboundedReceiver<HostAnswer>,
}

/// How the person left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Quit,
    /// Lock: the caller closes everything and starts the program anew, locked.
    Lock,
}

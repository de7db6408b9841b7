//! What a part of the screen can see ([`Context`]), and what it can ask for ([`Ask`]); the two kinds of parts
//! that take turns: a [`Page`] stands in the history's place, a [`Question`] under the composer.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::action::Action;
use super::desk::Listed;
use super::key::Key;
use super::keymap::Keymap;
use super::pictures::Pictures;
use super::rooms::Rooms;
use super::theme::Theme;
use super::transfers::Transfers;
use api::Command;
use model::form::RoomForm;
use model::{
    AccountId, BareJid, Clean, FileId, Fingerprint, Jid, MessageFile, MessageId, Peer, Presence, Timestamp,
};
use store::{self, Reads};

/// What every part may look at.
pub struct Context<'a> {
    /// The store as it is now.
    pub store: &'a dyn Reads,
    pub account: AccountId,
    /// Our own bare JID.
    pub own: &'a BareJid,
    /// The open chat.
    pub chat: Option<&'a Peer>,
    /// Contacts who are online, and how.
    pub here: &'a BTreeMap<BareJid, Presence>,
    /// What is known of rooms at the moment.
    pub rooms: &'a Rooms,
    /// Files on their way.
    pub transfers: &'a Transfers,
    /// Files that are seen.
    pub pictures: &'a Pictures,
    pub online: bool,
    /// The composer holds text: letters belong to it, and a question that opened by itself waits.
    pub composing: bool,
    pub now: Timestamp,
    pub zone: &'a TimeZone,
    pub keymap: &'a Keymap,
    pub theme: &'a Theme,
}

impl Context<'_> {
    /// The chat with somebody.
    pub fn peer(&self, address: &BareJid) -> Peer {
        Peer::new(self.account, address.clone())
    }
}

/// What a part asks of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// To the session. If it fails the person is told; if it succeeds, they are told `done` (where
    /// there is something to tell).
    Command {
        command: Command,
        done: Option<String>,
    },
    /// Opens this chat (the history of a contact may be empty).
    Open(Peer),
    /// Opens this chat where this message stands.
    GoTo {
        chat: Peer,
        message: MessageId,
    },
    Show(PageName),
    Question(QuestionName),
    /// Closes the page or question that asks. Put it first where something else is to follow in its place.
    Close,
    Perform(Action),
    /// Sends this text as it is to the open chat, encrypted as the chat says.
    Send(String),
    /// Runs a line that begins with a slash.
    Run(String),
    /// Puts a text into the composer, for the person to go on with.
    Compose(String),
    /// Brings the words of a message to this chat, to be sent there.
    Forward {
        message: MessageId,
        to: Peer,
    },
    /// To the terminal's clipboard (OSC 52). Only because a person asked for it.
    Copy(String),
    /// Says something about a message. If it would show the server of which, the person is asked before.
    SayAbout {
        command: Box<Command>,
        done: Option<String>,
    },
    /// Does something with a file.
    File(FileDeed),
    /// One line for the person, until the next key or message.
    Say(String),
    /// The same, as something that went wrong.
    Complain(String),
    /// "mouse", "bell": switched for this run.
    Switch {
        what: Switch,
        on: Option<bool>,
    },
    /// The person chose to decide about this key later.
    Later(Fingerprint),
    /// The same about what this peer asks for.
    LaterAbout(Peer),
}

/// What can be done with files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileDeed {
    /// Sends these to the open chat; pictures as they are, with all that they say of where and by what they
    /// were made, only if they are to be `original`.
    Attach { paths: Vec<PathBuf>, original: bool },
    /// Gets it, then opens it. None: the one that is meant.
    Go(Option<FileId>),
    /// Opens it by a program, or by what the system has for it. `sure`: whatever it is.
    Open {
        id: FileId,
        with: Option<String>,
        sure: bool,
    },
    /// The one in hand, by this program.
    OpenInHand(String),
    /// Writes a readable copy of the one in hand.
    Save(PathBuf),
    /// Takes it in hand, and puts a command into the composer that the person ends.
    TakeInHand { id: FileId, line: String },
    /// Stops it on its way. None: the one that is meant.
    Stop(Option<FileId>),
    /// Shows what is in a folder.
    Look(PathBuf),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    Mouse,
    Bell,
    /// Contacts who are offline.
    Offline,
}

/// A page by its name; the screen makes it ([`super::pages::make`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageName {
    Help,
    /// Chats, contacts and commands, found by a few letters.
    Find,
    /// The chat that this message is to be forwarded to.
    Forward(MessageId),
    /// Both sides' fingerprints in one chat.
    Fingerprints(Peer),
    /// Our own devices.
    Devices,
    /// The links of the open chat.
    Links,
    /// What calls the person by name, in all rooms.
    Mentions,
    /// Strangers who ask to be contacts, or wrote first.
    Requests,
    /// Who is blocked.
    Blocked,
    /// Who is in a room, or stands to it.
    Members(Peer),
    /// What its owner is asked about a room.
    RoomForm(Peer, Box<RoomForm>),
    /// Everything about one message.
    Message(MessageId),
    /// What one message said before it was edited.
    Versions(MessageId),
    /// The files of a chat.
    Files(Peer),
    /// What the files of all chats take on the disk.
    Storage,
    /// What is in a folder, to attach one.
    Browse {
        folder: PathBuf,
        names: Vec<Listed>,
    },
    /// A file that is a text.
    Text {
        file: Box<MessageFile>,
        text: Vec<u8>,
    },
}

/// A question by its name; the screen makes it ([`super::questions::make`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuestionName {
    /// The open chat's contact has a key that nobody decided about.
    NewDevice(Peer),
    /// The open chat's peer asked to go on without encryption.
    OptedOut(Peer),
    /// What this device is called.
    NameDevice,
    /// Turn encryption off: answered by typing a word.
    GoClear(Peer),
    /// A text that looks like a command was about to be sent, or a pasted command to be run.
    LooksLikeCommand {
        text: String,
        pasted: bool,
    },
    RemoveContact(BareJid),
    /// Delete a chat here.
    DeleteChat(Peer),
    /// Keep somebody's stanzas away.
    Block(Jid),
    /// A room lets in whoever knows its password.
    RoomPassword {
        room: Peer,
        why: Clean,
    },
    /// Somebody wants us in a room.
    Invited {
        room: Peer,
        by: Option<Clean>,
        reason: Option<Clean>,
    },
    /// Take back a message of ours that left.
    TakeBack(MessageId),
    /// End a room for everybody: answered by typing a word.
    Destroy(Peer),
    /// Take away what somebody else wrote in a room that we moderate.
    Moderate(MessageId),
    /// Ask for a message that cannot be read.
    AskAgain(MessageId),
    /// Send a message of ours once more that left.
    Resend(MessageId),
    /// Give a message an emoji, or take it away.
    React(MessageId),
    /// What was asked for would show the server something.
    WouldReveal {
        peer: Peer,
        command: Box<Command>,
        done: Option<String>,
    },
    /// Open a file that could do something by itself.
    OpenActive {
        file: Box<MessageFile>,
        why: Clean,
    },
    /// The server refused the login: another password.
    Password {
        why: Clean,
    },
}

/// What stands in the history's place for a while. Esc always closes it (the screen sees to that).
pub trait Page {
    /// One line, what this is.
    fn title(&self) -> String;

    /// What it asks the session for when it is opened; the person need not hear how that ends.
    fn opened(&self, _world: &Context<'_>) -> Vec<Command> {
        Vec::new()
    }

    /// A key that no action of [`super::action::KeyContext::Everywhere`] took.
    fn on_key(&mut self, key: Key, world: &Context<'_>) -> store::Result<Vec<Ask>>;

    /// Pasted text; most pages have no use for it.
    fn on_paste(&mut self, _text: &str, _world: &Context<'_>) -> store::Result<Vec<Ask>> {
        Ok(Vec::new())
    }

    /// A click or a turn of the wheel inside the page: lines down (negative: up).
    fn on_wheel(&mut self, _lines: i32) {}

    /// The store changed: read again what is shown. Keeps its place.
    fn refresh(&mut self, world: &Context<'_>) -> store::Result<()>;

    /// Paints itself; where the cursor stands, if it has one. Any area, down to 20x3, must do.
    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position>;

    /// The keys that matter here, for the footer: (key, what it does), the most important first.
    fn keys(&self, world: &Context<'_>) -> Vec<(String, String)>;
}

/// What is asked under the composer. Esc always leaves everything as it was (the screen sees to that, and
/// tells it with [`Question::left`]).
pub trait Question {
    /// Lines it needs at this width; it gets at most a third of the screen.
    fn height(&self, world: &Context<'_>, columns: u16) -> u16;

    /// Whether this key is meant for it; others go on to the main screen. A question that the person called
    /// up takes them all, one that came by itself only its own, and no letters while somebody types.
    fn wants(&self, _key: Key, _world: &Context<'_>) -> bool {
        true
    }

    fn on_key(&mut self, key: Key, world: &Context<'_>) -> store::Result<Vec<Ask>>;

    /// Pasted text: a password may be, an answer may not. Whether it was taken; what
    /// was not is for the composer.
    fn on_paste(&mut self, _text: &str) -> bool {
        false
    }

    /// What is to be asked when it is left without an answer.
    fn left(&self) -> Vec<Ask> {
        Vec::new()
    }

    /// The store changed. False: the question has become pointless and goes.
    fn refresh(&mut self, world: &Context<'_>) -> store::Result<bool>;

    /// Paints itself; where the cursor stands, if it has one.
    fn draw(&mut self, world: &Context<'_>, area: Rect, buf: &mut Buffer) -> Option<Position>;
}

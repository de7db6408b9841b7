//! All that crosses between a front end and the session: [`Command`] one way, [`Event`] the other.
//!
//! Events carry ids or whole values, never differences, so a merged or repeated one does no harm: on
//! `Changed` the front end reads the store again, of `State` the newest value of each kind counts.

mod accounts;
mod aside;
mod files;
mod remembered;
mod rooms;

use std::fmt;

use zeroize::Zeroizing;

pub use accounts::AccountCommand;
pub use aside::{Aside, AsideKind};
pub use files::{FileCommand, Transfer};
use model::form::RoomForm;
use model::room::{FoundRoom, RoomInfo};
use model::{
    BareJid, ChatEventId, ChatId, ChatState, Clean, Fact, Fingerprint, Jid, MessageId, Peer, Policy,
    Presence, Step, Timestamp, Trust, UploadService,
};
pub use model::{Failure, FailureKind, Notice};
pub use remembered::{Printed, Remembered};
pub use rooms::{NewRoom, OccupantView, RoomCommand, RoomStanding, RoomState};

/// A front end numbers its commands; [`Event::Done`] names the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u64);

/// What a front end asks of the session. A chat or message of another account than the line's is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Stores a message and sends it as soon as it can be sealed. Done = stored, with its [`MessageId`]; what
    /// becomes of it then is told by `Changed`, and if it fails in the end, by a second Done for the same
    /// command with the [`Failure`].
    ///
    /// `clear`: this one message goes in clear, because the person said so; a chat whose encryption was
    /// turned off ([`Command::SetEncryption`]) needs it not.
    Send {
        to: Peer,
        body: Clean,
        clear: bool,
    },
    /// Sends a message of ours once more: as a new one, in the place of the old. One that may
    /// have arrived only if `again` says that it may arrive twice, one that was delivered never. `reveal` as
    /// with [`Command::Reply`], if it answers something. Done as with [`Command::Send`].
    Retry {
        message: MessageId,
        again: bool,
        reveal: bool,
    },
    /// Answers a message, in its chat (XEP-0461); else as [`Command::Send`].
    ///
    /// `reveal`, here and below: the person said that beside what is encrypted in the legacy dialect, which
    /// can seal nothing but words, it may stand in clear which message is meant, or which emoji is given.
    /// It is remembered for the chat. Without it what would reveal that is refused.
    Reply {
        to: MessageId,
        body: Clean,
        reveal: bool,
    },
    /// Puts other words in the place of those of a message of ours (XEP-0308). Done = stored, with the row. A
    /// second Done tells that the server has it, or why it does not get it, and that it is undone; none comes
    /// where the words go with something that waits already.
    Edit {
        message: MessageId,
        body: Clean,
        reveal: bool,
    },
    /// Takes back a message of ours that left (XEP-0424): its words go here, and everybody who has it is
    /// asked to take them away. Done as with [`Command::Edit`].
    Retract {
        message: MessageId,
        reveal: bool,
    },
    /// Everything that we think of a message, nothing too (XEP-0444). Done as with [`Command::Edit`].
    React {
        message: MessageId,
        emojis: Vec<Clean>,
        reveal: bool,
    },
    /// Asks the author of a message that cannot be read, in these words, to send it once more: an answer to
    /// it. A session that failed begins anew with that. Once for each message. Done as with
    /// [`Command::Send`].
    AskAgain {
        message: MessageId,
        body: Clean,
        reveal: bool,
    },
    /// Sends a message of ours that left once more, for whoever could not read it; for everybody else nothing
    /// changes (XEP-0308). Done = stored, with the row.
    Resend {
        message: MessageId,
        reveal: bool,
    },
    /// Takes back a message that was never written to a stream. Done = it is failed,
    /// and its words are still there.
    Withdraw(MessageId),
    /// Nobody waits for this message any longer: it is taken back while it is not sealed, and changes then.
    /// What is sealed stays, since it may leave; so does what is no message of ours that waits. Done =
    /// decided.
    GiveUp(MessageId),
    /// The same of a correction of a message, and of what we think of it: what waits of that behind the row
    /// `since` of the outbox and is not sealed is undone.
    GiveUpWords {
        message: MessageId,
        since: i64,
    },
    /// Turns encryption of one chat on or off; only a deliberate act of the user may turn it off.
    SetEncryption {
        chat: Peer,
        on: bool,
    },
    /// Who of a room must be able to read what is written into it. For a verified group `members` are those
    /// whom the person knows to be in it: once there are others, nothing goes until the person looked
    /// again.
    SetPolicy {
        room: Peer,
        policy: Policy,
        members: Vec<BareJid>,
    },
    /// Puts a contact into the roster and asks for their presence; theirs is granted when they ask.
    AddContact {
        jid: BareJid,
        name: Option<Clean>,
    },
    /// Asks the server for the contacts. Done = stored as they are now.
    RefreshContacts,
    /// Grants a pending request, and asks for theirs in turn if we do not see it yet.
    AcceptContact(BareJid),
    /// Declines a pending request.
    DeclineContact(BareJid),
    /// Removes from the roster, both subscriptions with it.
    RemoveContact(BareJid),
    RenameContact {
        jid: BareJid,
        name: Clean,
    },
    /// Makes a chat of what a stranger wrote first. Nobody is told.
    AcceptRequest(Peer),
    /// Deletes one message here, for good: no copy of it is stored again. Done = deleted.
    DeleteMessage(MessageId),
    /// The same with a whole chat: its messages, its draft, what waits to be sent in
    /// it. A contact stays a contact.
    DeleteChat(Peer),
    /// Keeps the stanzas of this address (or server) from us, on every device where the server can do that
    /// (XEP-0191), else here: [`Outcome::HereOnly`]. What waits of them among the requests is deleted.
    Block(Jid),
    /// Lets them write again.
    Unblock(Jid),
    /// Asks the server anew who is blocked. Done = stored; [`Outcome::HereOnly`] if it keeps no such list.
    ListBlocked,
    /// Sets the trust of one key.
    SetTrust {
        jid: BareJid,
        fingerprint: Fingerprint,
        trust: Trust,
    },
    /// Asks the server for the device list and missing bundles of `jid` (ours for
    /// our own JID). Done = stored.
    RefreshDevices(BareJid),
    /// Takes one of our other devices off our device lists and its keys off the
    /// server. Done = the server has it.
    RemoveDevice(u32),
    /// Names this device on our device list; empty: takes the name away. Done = stored; it is
    /// published when we are online.
    RenameDevice(Clean),
    /// Begins anew with one device of `jid`, or with all that may be written to: new sessions
    /// from their bundles, told by an empty message (XEP-0384 §rules: broken sessions are
    /// replaced by hand). Done = sent.
    ResetSessions {
        jid: BareJid,
        device: Option<u32>,
    },
    /// Reads back in the archive what is older than all that is here of a chat, a page of it or as much as
    /// it takes until there is something to see; `hole`: what may stand in this one instead. What comes
    /// counts as read. Done = [`Outcome::ReadBack`].
    ReadBack {
        chat: Peer,
        hole: Option<ChatEventId>,
    },
    /// Something about one room.
    Room {
        room: Peer,
        what: RoomCommand,
    },
    /// Something about files.
    File(FileCommand),
    /// Makes a room, and goes in. Done = [`Outcome::Room`], once the room says that it is what was asked for.
    CreateRoom(NewRoom),
    /// Looks for rooms that can be found, on a service or (None) on that of our server. Done =
    /// [`Outcome::Rooms`].
    SearchRooms {
        service: Option<BareJid>,
        words: Clean,
    },
    /// Marks entries as printed by `listen`, those that are still what was printed.
    MarkListened(Vec<Printed>),
    /// Keeps what the screen has to know again after a restart.
    Remember {
        chat: Peer,
        what: Remembered,
    },
    /// What the person does in a chat with its composer. It is told as the settings say, and nothing of it is
    /// stored. Done at once.
    Typing {
        chat: Peer,
        state: ChatState,
    },
    /// Whether the person looks at the screen: while not, the server may hold back what is not urgent
    /// (XEP-0352). Done at once.
    Looks(bool),
    /// Tries to connect now, whether the session waits for its next try or has stopped. Nothing happens while
    /// it is online or on the way. Done at once; what comes of it is told by [`State::Connection`].
    Connect,
    /// Replaces the account's stored password (the server's is not changed) and connects with it, as
    /// [`Command::Connect`] does; a try with the old one that is under way is broken off. Done = stored.
    SetPassword(Secret),
    /// Closes the stream in good order and ends the session.
    Quit,
}

/// A secret on its way through a channel; wiped when it is dropped, and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub Zeroizing<String>);

/// So that what carries one can be shown; says nothing of it.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What the session tells the front ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// These things changed in the store.
    Changed(Change),
    /// A value that replaces the last one of its kind.
    State(State),
    /// How a command ended.
    Done {
        command: CommandId,
        result: Result<Outcome, Failure>,
    },
    /// One line worth showing that belongs to no message (an alarm about own devices, a dropped stanza).
    Notice(Notice),
    /// Something was said live that is no message.
    Aside(Box<Aside>),
}

/// What changed in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Messages(Vec<MessageId>),
    /// Lines of histories by which somebody asks for something; with them what the list shows of their chats.
    Events(Vec<ChatEventId>),
    /// What the list shows of chats: that there is one, unread rows, encryption,
    /// drafts; and what was deleted.
    Chats,
    /// The same of this chat alone, of which the list knew before.
    Chat(ChatId),
    /// Contacts, who asks to be one, who is blocked.
    Contacts,
    /// What is known of this contact, or stranger who asks, alone.
    Contact(BareJid),
    /// Device list, keys or trust of this JID.
    Devices(BareJid),
    /// What a room is, who is a member, what it is called; with it what the list shows of its chat.
    Room(ChatId),
}

/// A value of which the newest counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Connection(Connection),
    /// Own device list and bundle are known to be published and right.
    KeysPublished,
    /// The server keeps us from publishing them in the legacy dialect, or in both, which says who can still
    /// write to this device.
    KeysRefused(Failure),
    /// How far the archive was read.
    CatchUp(CatchUp),
    /// Somebody came, went (None) or is here in another way. Of whom nothing is said, nothing is known. With
    /// any [`State::Connection`] but `Online` nobody's presence is known any more; after `Online` it is told
    /// anew, on a resumed stream too.
    Presence {
        jid: BareJid,
        presence: Option<Presence>,
    },
    /// How far a file has come on its way.
    Transfer(Transfer),
    /// Of a room, as [`RoomState`] says.
    Room {
        room: Peer,
        state: RoomState,
    },
}

/// What is being read of our archive (XEP-0313). With any [`State::Connection`] but `Online` nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// What came since we were last here, or at the first login the newest; so many messages came.
    Since { messages: u64 },
    /// What is older: it was read back to there.
    Back { messages: u64, reached: Timestamp },
    /// The archive gave no answer, so something may be missing; it is asked again then.
    Failed { next_try: Timestamp },
    /// Everything that is wanted is here, or the server has no archive.
    Done,
}

/// Where the connection stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// On the way; what is being done.
    Connecting {
        step: Step,
    },
    Online(Online),
    /// Lost or not reached; tries again by itself.
    Waiting {
        why: Failure,
        next_try: Timestamp,
    },
    /// Ended: wrong password, bad certificate, an error of the store (`why`), or the user left (None). A
    /// session that stays (the screen's) goes on handling commands and tries again at [`Command::Connect`]
    /// or [`Command::SetPassword`].
    Stopped {
        why: Option<Failure>,
    },
}

/// What a login found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Online {
    /// Our full JID as the server bound it.
    pub bound: Clean,
    /// Whether the stream that was told of goes on, so that what came on it holds: it was resumed (XEP-0198),
    /// or more is known of it; else a new one was opened.
    pub resumed: bool,
    /// TLS, mechanism, stream management, …: for `account add` and `doctor`.
    pub facts: Vec<Fact>,
}

/// What a command brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Done on this device; the server has no part in it.
    HereOnly,
    Stored(MessageId),
    /// The server has what was said about a message, or there is nothing that it would have to be told.
    Acknowledged,
    ReadBack(Older),
    /// In a room, under this nick.
    Joined(Clean),
    /// A room was made.
    Room(BareJid),
    RoomInfo(Box<RoomInfo>),
    RoomForm(Box<RoomForm>),
    Rooms(Vec<FoundRoom>),
    /// Who takes files of ours.
    UploadService(UploadService),
}

/// What is beyond what was read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Older {
    /// Perhaps more.
    More,
    /// The archive has nothing there.
    Nothing,
    /// What is older was deleted here, and stays so.
    Deleted,
}

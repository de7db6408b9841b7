//! One row of the history.

use jid::BareJid;
use jiff::Timestamp;

use super::author::Direction;
use super::{
    Author, ChatId, Clean, MessageFailure, MessageFile, MessageId, Peer, Position, ReplyTo, Retracted,
};
use omemo::{Fingerprint, Trust};

/// How far a message has come. `In` messages are always `Received`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageState {
    Received,
    /// Stored; not known to be at the server.
    Queued,
    /// Our server acknowledged it (XEP-0198).
    Sent,
    /// The other side's client acknowledged it (XEP-0184).
    Delivered,
    /// Not sent, or refused by a server; `Message::reason` says why.
    Failed,
    /// A note to ourselves that no other device of ours reads: it stays here.
    Kept,
}

/// How far what we wrote has gone from here: what may be taken back, and what
/// another copy of it would double.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Left {
    /// It was never written to a stream.
    #[default]
    Not,
    /// It was never written to a stream, and the person took it back.
    TakenBack,
    /// It was written to a stream: it may have arrived.
    Perhaps,
    /// It was written to a stream, and a server refused it before it could arrive.
    Refused,
}

/// How a message was protected on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    Clear,
    OmemoLegacy,
    Omemo2,
}

/// One emoji that somebody gave to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    pub emoji: Clean,
    pub author: BareJid,
    /// How it was protected on its way.
    pub protection: Protection,
}

/// Why a message that arrived cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreadableReason {
    /// No `<key>` for this device: the sender did not (yet) encrypt to it.
    NotForThisDevice,
    /// A ratchet message, but no session with that device.
    NoSession,
    /// A key exchange that names a prekey which is not (or no longer) ours.
    UnknownPreKey,
    /// The same device id came with another identity key than the stored one.
    IdentityChanged,
    /// The key is explicitly distrusted.
    Distrusted,
    /// Authentication failed in every session there is.
    Damaged,
    /// Not a well-formed OMEMO message.
    Malformed,
    /// Encrypted in a way that this program does not speak.
    OtherEncryption,
    /// The envelope inside names another sender or recipient than the stanza that brought it.
    OtherEnvelope,
    /// More messages before it are missing than can be made up for; so are all that follow in its chain.
    TooManySkipped,
    /// Its session calls it a copy of a message that was read, but that message was another one.
    Repeated,
    /// It is of a room, which does not show who wrote it.
    UnknownSender,
    /// The stanza was larger or deeper than this program accepts and was replaced before it was read.
    Oversized,
    /// The stanza, or the part of it that says something, was not valid XML and was
    /// left out before it was read.
    NotXml,
}

/// One row of the history, as the front ends read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: MessageId,
    pub chat: ChatId,
    /// The chat by its name.
    pub peer: Peer,
    pub author: Author,
    /// The stanza's id (origin-id where there is one).
    pub stanza_id: String,
    /// XEP-0359 stanza-id vouched for by our own server.
    pub server_id: Option<String>,
    pub time: Timestamp,
    /// None if and only if the message cannot be read, was taken back, or is nothing but files.
    pub body: Option<Clean>,
    pub unreadable: Option<UnreadableReason>,
    /// Its words were taken back, and by whom (XEP-0424).
    pub retracted: Option<Retracted>,
    /// Why a moderator took them away, if one did and said why.
    pub moderated: Option<Clean>,
    /// How many earlier versions of it there are (XEP-0308).
    pub edited: u32,
    /// The message that it answers (XEP-0461).
    pub reply_to: Option<ReplyTo>,
    /// What people think of it, the first one first (XEP-0444). Who asks the store for a page of a history
    /// or for one message is told; where rows of several chats are asked for, it is left out.
    pub reactions: Vec<Reaction>,
    /// What comes with it, in the order in which it names them.
    pub files: Vec<MessageFile>,
    pub protection: Protection,
    /// The device that wrote it; None in clear, for what this device wrote, and where it is not known.
    pub device: Option<u32>,
    /// Key of the device that wrote it; None in clear and for what this device wrote.
    pub fingerprint: Option<Fingerprint>,
    /// Trust of that key when the message was received.
    pub trust: Option<Trust>,
    pub state: MessageState,
    /// Whoever wrote it asks to show the text as it is (XEP-0393 §7).
    pub unstyled: bool,
    /// Why it failed; of one that did not fail, what there is to know of its way.
    pub failure: Option<MessageFailure>,
    /// Where it stands in its chat.
    pub position: Position,
    /// Of what this device wrote.
    pub left: Left,
    /// Of ours: the other side says that they have read it (XEP-0333).
    pub displayed: bool,
    /// An archive brought it (XEP-0313).
    pub archived: bool,
    /// Of what could not be read: its author was asked to send it once more.
    pub asked: bool,
    /// It calls the person by name, in a room.
    pub mention: bool,
    /// It was written into a room, or to somebody in one.
    pub in_room: bool,
}

impl Message {
    /// Which way it went.
    pub fn direction(&self) -> Direction {
        self.author.direction()
    }

    /// The address that stands for its author; `own` is ours.
    pub fn from<'a>(&'a self, own: &'a BareJid) -> &'a BareJid {
        self.author.address(own, &self.peer.address)
    }

    /// Whether it is known that it was written to a stream, by this device or another one of ours.
    pub fn was_written(&self) -> bool {
        matches!(self.left, Left::Perhaps | Left::Refused) || self.is_at_server()
    }

    /// Whether somebody may have it: sent once more, they may have it twice.
    pub fn may_have_arrived(&self) -> bool {
        // Its words left as a correction too, and arrive without what they correct.
        self.left == Left::Perhaps || self.is_at_server() || self.edited > 0
    }

    fn is_at_server(&self) -> bool {
        matches!(self.state, MessageState::Sent | MessageState::Delivered)
    }
}

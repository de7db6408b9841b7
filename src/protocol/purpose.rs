//! What an answer is for: each part has questions of its own, and hears their answers.

use std::time::Duration;

use crate::device_address::DeviceAddress;
use api::CommandId;
use model::room::Affiliation;
use model::{BareJid, ChatId, FileId, Position};
use omemo::Dialect;

/// The part that asked, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    Stream(StreamPurpose),
    Contacts(ContactsPurpose),
    Keys(KeysPurpose),
    Archive(ArchivePurpose),
    Reading(ReadingPurpose),
    Rooms(RoomsPurpose),
    Bookmarks(BookmarksPurpose),
    Files(FilesPurpose),
}

/// About the stream, and who is at its other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StreamPurpose {
    Bind,
    /// A ping behind messages on a stream without stream management: it acknowledges up to this count.
    PingAck(u32),
    /// What our account offers.
    AccountInfo,
    /// What our server offers.
    ServerInfo,
}

/// About the roster and the block list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ContactsPurpose {
    Roster,
    /// A roster change that a front end waits for.
    RosterSet(CommandId),
    /// The roster, because a front end wants it as it is now.
    RosterRead(CommandId),
    /// The roster after that change.
    RosterSettled(CommandId),
    /// Who is blocked.
    BlockList,
    /// A change of that list, which a front end waits for.
    Blocking(CommandId),
}

/// About devices and their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeysPurpose {
    OwnBundle(Dialect),
    /// How far our device has come, as it told the server, and that it told it.
    Progress,
    TellProgress,
    PublishBundle(Dialect),
    PublishList(Dialect),
    /// The configuration of a node of ours.
    NodeConfig(String),
    SetNodeConfig(String),
    /// The bundle of another device of ours is taken away, because a front end asked for it.
    RemoveBundle(CommandId),
    /// The device list of somebody, or of our own account.
    List(BareJid, Dialect),
    Bundle(DeviceAddress),
}

/// About the archive, and copies of what other devices of ours send and get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ArchivePurpose {
    /// Copies are switched on.
    Carbons,
    /// A page, by the id of its query.
    Page(String),
    /// The same of one chat.
    OfChat(String),
    /// The same of a room's archive.
    OfRoom(BareJid, String),
}

/// About how far was read, as our own devices tell each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReadingPurpose {
    /// What they have told.
    Items,
    /// What the node is, and what it is to be.
    Config,
    Configured,
    /// What we tell of one chat.
    Published(ChatId, Position),
}

/// About rooms, each by its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RoomsPurpose {
    /// What it is, before we go in, or because it changed.
    Info(BareJid),
    /// Who stands so to it; who waits for that.
    List(BareJid, Affiliation, Option<CommandId>),
    /// One that going in made is ended again.
    Ended(BareJid),
    /// Whether we are in it still.
    SelfPing(BareJid),
    /// A step of something that is being done to a room.
    Task(u64),
}

/// About the bookmarks of rooms, of which one at a time is asked for or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BookmarksPurpose {
    /// All of them.
    All,
    /// What has to be known before one is changed.
    Before,
    Written,
    /// What the node is to be.
    Configured,
}

/// About who takes files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FilesPurpose {
    /// What our server names.
    Services,
    /// What one of those is.
    Service(BareJid),
    /// Where this file may be put.
    Slot(FileId),
}

/// How long most answers may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

impl Purpose {
    /// How long the answer may take.
    pub(crate) fn patience(&self) -> Duration {
        match self {
            Self::Keys(KeysPurpose::Bundle(_)) => Duration::from_secs(10),
            _ => PATIENCE,
        }
    }

    /// Whether it stands for an acknowledgement, or comes before there are any: such an answer has its
    /// own patience.
    pub(crate) fn is_of_the_stream(&self) -> bool {
        matches!(
            self,
            Self::Stream(StreamPurpose::Bind | StreamPurpose::PingAck(_))
        )
    }
}

impl ContactsPurpose {
    /// Whether the answer lists our contacts.
    pub(crate) fn is_roster(&self) -> bool {
        matches!(self, Self::Roster | Self::RosterRead(_) | Self::RosterSettled(_))
    }
}

impl From<StreamPurpose> for Purpose {
    fn from(purpose: StreamPurpose) -> Self {
        Self::Stream(purpose)
    }
}

impl From<ContactsPurpose> for Purpose {
    fn from(purpose: ContactsPurpose) -> Self {
        Self::Contacts(purpose)
    }
}

impl From<KeysPurpose> for Purpose {
    fn from(purpose: KeysPurpose) -> Self {
        Self::Keys(purpose)
    }
}

impl From<ReadingPurpose> for Purpose {
    fn from(purpose: ReadingPurpose) -> Self {
        Self::Reading(purpose)
    }
}

impl From<RoomsPurpose> for Purpose {
    fn from(purpose: RoomsPurpose) -> Self {
        Self::Rooms(purpose)
    }
}

impl From<BookmarksPurpose> for Purpose {
    fn from(purpose: BookmarksPurpose) -> Self {
        Self::Bookmarks(purpose)
    }
}

impl From<FilesPurpose> for Purpose {
    fn from(purpose: FilesPurpose) -> Self {
        Self::Files(purpose)
    }
}

impl From<ArchivePurpose> for Purpose {
    fn from(purpose: ArchivePurpose) -> Self {
        Self::Archive(purpose)
    }
}

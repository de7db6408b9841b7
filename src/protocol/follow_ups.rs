//! What must follow in another part from what happened in one. A part says so and knows no other; the
//! router hands it on, in order, within the same transaction.

use crate::device_address::DeviceAddress;
use model::{BareJid, ChatId, ContainerId, FileId, FilesFailure, MessageFailure, MessageId};
use store::outbox::Outgoing;

/// Something that follows.
#[derive(Debug)]
pub(crate) enum FollowUp {
    /// Something changed that may let a waiting message go, or be refused.
    LookAgain,
    /// A message failed: whoever waits for it is told.
    Failed(MessageId, MessageFailure),
    /// The same of a row of the outbox, which is out of it.
    RowFailed(Box<Outgoing>, MessageFailure),
    /// The server has what this row says about a message.
    WordAcknowledged(Box<Outgoing>),
    /// A stanza with this id came back from the chat with this address, or from our server (None).
    WordRefused(String, Option<BareJid>, MessageFailure),
    /// A ratchet went on.
    Sealed,
    /// These devices got something to read.
    Written(Vec<DeviceAddress>),
    /// An empty message to this device is due.
    EmptyMessageDue(DeviceAddress),
    /// What this device sent was opened.
    Heard(DeviceAddress),
    /// No session opened what this device sent.
    RepairSession(DeviceAddress),
    /// This device wrote, and is on no list.
    Unlisted(DeviceAddress),
    /// A prekey of ours was used up.
    PrekeySpent,
    /// What came while we were away is being read, or not any more.
    CatchingUp(bool),
    /// All of it is here, as far as the archive has it.
    ArchiveRead,
    /// The bundle of this device is needed.
    FetchBundle(DeviceAddress),
    /// It came, or cannot be had.
    BundleAnswered(DeviceAddress),
    /// Both lists of somebody are wanted, whatever is known.
    FetchLists(BareJid),
    /// They came, or cannot be had.
    ListsAnswered(BareJid),
    /// It matters what our server offers.
    AskServer,
    /// It is known, or the server does not say.
    ServerAnswered,
    /// The same of our account.
    AccountAnswered,
    /// Something was read here, or it may be told by now.
    Read,
    /// Something may be written into this chat: the devices of those in it are looked up, of everybody or
    /// of those of whom none is known.
    LookUp {
        chat: ChatId,
        everybody: bool,
    },
    /// These came into this chat: the same of them alone.
    LookUpNew(ChatId, Vec<BareJid>),
    /// We are in this room.
    EnteredRoom(BareJid),
    /// Something waits that is to be written into this room, and we are not in it.
    EnterRoom(BareJid),
    /// It does not let us in.
    RoomShut(BareJid),
    /// What its archive has is here.
    RoomRead(ChatId),
    /// What is kept of this room changed by the person's will: their other devices are to know.
    RoomKept(ChatId),
    /// Its chat was deleted: no device is to go in.
    RoomForgotten(BareJid),
    /// Another device of ours is in this room from now on, or went for good.
    JoinedElsewhere(BareJid),
    LeftElsewhere(BareJid),
    /// All is here that came while we were away, or it cannot be had.
    CaughtUp,
    /// A message waits for this file to lie where others find it; whether it goes encrypted.
    SendFile(FileId, bool),
    /// The file of this message does not leave.
    FileNotSent(MessageId, FilesFailure),
    /// Files came with a message that was sealed, and from whom.
    FilesCame(Vec<FileId>, BareJid),
    /// The rows that named these containers are gone.
    FilesGone(Vec<ContainerId>),
}

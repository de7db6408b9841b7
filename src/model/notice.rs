//! What is worth showing and belongs to no message and no command: codes with what they are about. The room
//! `words` says them to people.

use jid::BareJid;
use jiff::Timestamp;

use super::room::RoomFeature;
use super::{Clean, Excluded, LeftOut, MessageFailure, PublishFault, Refusal, RoomsFailure, SomeOf};
use omemo::Dialect;

/// One line worth showing (an alarm about own devices, a dropped stanza).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The roster has more entries than are read.
    TooManyContacts { most: usize },
    /// More strangers ask to be a contact than are kept.
    TooManyAsk,
    /// The server does not show the contacts; when they were seen last.
    ContactsOld { why: Refusal, seen: Option<Timestamp> },
    /// Strangers write more than is kept.
    TooManyRequests,
    /// More receipts and answers wait for the server than are kept.
    Unanswered,

    /// An alarm about devices and keys, ours or those of others.
    Keys(KeysNotice),

    /// Something about a room.
    Rooms(RoomsNotice),

    /// A message went without these devices.
    SentWithout {
        peer: BareJid,
        left_out: SomeOf<LeftOut>,
    },
    /// A message into a room went without any device of these members.
    SentWithoutPeople { room: BareJid, people: SomeOf<Excluded> },
    /// A note to ourselves stays here alone, without these devices of ours.
    KeptWithout { own: BareJid, left_out: SomeOf<LeftOut> },
    /// A change of a message, a retraction or a reaction of ours did not go: all is as it was before.
    NotSaid { peer: BareJid, failure: MessageFailure },
    /// The same where words were taken back: here they are gone.
    NotTakenBack { peer: BareJid, failure: MessageFailure },
    /// What a message says of its time does not fit; None: it says a time that cannot be.
    ClocksDiffer {
        from: BareJid,
        written: Option<Timestamp>,
        arrived: Timestamp,
    },
    /// A message that cannot be understood was dropped; of whom (None: our server), and what is wrong
    /// with it.
    Malformed { from: Option<Clean>, what: Clean },
    /// A message for us alone came in the name of a room, and was dropped.
    Misplaced { from: BareJid },
    /// A stanza of this name was too large or too deep and was left out.
    Oversized { name: Clean },
    /// A part of a stanza is not valid XML and was left out; of whom (None: our server).
    NotXml { what: StanzaKind, from: Option<Clean> },

    /// So many more of one kind came in the last minute, and the last one of them.
    More { count: u32, last: Box<Notice> },
    /// The session did not end in good order.
    EndedBadly,
}

/// An alarm about devices and keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysNotice {
    /// The vault went back to an earlier state, or another copy of it was used: sessions begin anew.
    WentBack,
    /// Another client keeps taking this device off our list.
    KeepsRemoving(Dialect),
    /// Another client keeps taking this device's name off our list.
    KeepsRenaming(Dialect),
    /// Only the legacy dialect can be published: nearly everybody reads that.
    Omemo2NotPublished(PublishFault),
    /// These devices of our account were there before this one.
    OtherDevices(Vec<u32>),
    /// These devices appeared on our own account.
    NewDevices(Vec<u32>),
    /// A device of ours that was taken off the lists is at work again.
    DeviceBack(u32),
    /// A device of ours that was there before this one shows a key only now.
    LateKey(u32),
    /// A device of somebody has the key of a device of somebody else.
    SharedKey { jid: BareJid, other: BareJid },
    /// A device has the key that the person verified, in the place of its old one.
    VerifiedKeyTaken { jid: BareJid, device: u32 },
    /// A device shows the key of another device of the same person.
    KeyOfOtherDevice { jid: BareJid, device: u32, owner: u32 },
    /// A device shows another identity key than before.
    KeyChanged { jid: BareJid, device: u32 },
    /// A device is written to in a worse dialect than before.
    Downgraded { jid: BareJid, device: u32 },
}

/// Something about a room that nobody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomsNotice {
    /// It was gone; going in made another one of its name, which was left at once.
    MadeAnew(BareJid),
    /// It lost what OMEMO needs.
    Lost(BareJid, RoomFeature),
    /// We were put out.
    PutOut {
        room: BareJid,
        how: PutOut,
        by: Option<Clean>,
        reason: Option<Clean>,
    },
    /// Its owner ended it.
    Destroyed {
        room: BareJid,
        venue: Option<BareJid>,
        reason: Option<Clean>,
    },
    /// Somebody wants us in it.
    Invited {
        room: BareJid,
        by: Option<Clean>,
        reason: Option<Clean>,
    },
    /// Somebody whom we invited does not want to come.
    Declined {
        room: BareJid,
        who: BareJid,
        reason: Option<Clean>,
    },
    /// Somebody is in a room for members only, and is none (one server lets them).
    OutcastInside { room: BareJid, nick: Clean },
    /// One of the person's rooms was not joined by itself.
    NotJoined(RoomsFailure),
    /// The list of rooms on the server is empty all at once; so many that stood there stay here.
    ListEmptied(usize),
    /// The server does not keep the list.
    NotListed(Refusal),
    /// What is set for this room holds on this device alone.
    SetHereOnly(BareJid),
    /// What was to follow from a command is not done: somebody is not invited.
    NotDone(RoomsFailure),
}

/// How somebody was put out of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutOut {
    Kicked,
    Banned,
    /// They are no member any more, or it is for members only from now on.
    NoMember,
}

impl From<RoomsNotice> for Notice {
    fn from(notice: RoomsNotice) -> Self {
        Self::Rooms(notice)
    }
}

impl From<KeysNotice> for Notice {
    fn from(notice: KeysNotice) -> Self {
        Self::Keys(notice)
    }
}

/// The three kinds of stanzas (RFC 6120 §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StanzaKind {
    Message,
    Presence,
    Iq,
}

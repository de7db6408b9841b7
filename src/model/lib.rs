//! Plain values that every floor above shares: ids, text made safe, contacts,
//! messages, trust as people see it.

mod about;
mod account;
pub mod address;
mod audience;
mod author;
mod chat;
mod chat_event;
mod chat_state;
mod contact;
mod content;
mod device;
pub mod failure;
mod file;
pub mod form;
mod ids;
mod keys_in_text;
mod login;
pub mod mention;
mod message;
mod message_ref;
mod notice;
mod peer;
mod place;
mod position;
mod presence;
pub mod room;
mod sharing;
pub mod shown;
mod text;

pub use about::{DraftAbout, Reactions, Reply, ReplyTo, Retracted, emoji, quoted, unquoted};
pub use account::{AccountDraft, AccountOptions};
pub use audience::{AddressedDevice, AddressedPerson, Audience, Means};
pub use author::{Author, Direction};
pub use chat::{ChatKind, Policy};
pub use chat_event::{ChatEvent, ChatEventKind, Invited};
pub use chat_state::ChatState;
pub use contact::{Contact, Subscription};
pub use content::Content;
pub use device::{DeviceKey, Fate, Form, LONGEST_DEVICE_NAME, Why};
pub use failure::{
    ContactsFailure, DeviceProblem, Excluded, Exclusion, Failure, FailureKind, Fault, FilesFailure,
    KeysFailure, LeftOut, MembersChange, MessageFailure, MessagesFailure, PublishFault, Refusal,
    RoomsFailure, SomeOf, StreamFailure, Unreachable,
};
pub use file::{
    ContainerId, FileCipher, FileSecret, FileState, MessageFile, SharedFile, StagedFile, UploadService,
};
pub use ids::{AccountId, ChatEventId, ChatId, FileId, MessageId};
pub use jid::{BareJid, FullJid, Jid};
pub use jiff::Timestamp;
pub use keys_in_text::without_keys;
pub use login::{Fact, Step};
pub use message::{Left, Message, MessageState, Protection, Reaction, UnreadableReason};
pub use message_ref::MessageRef;
pub use notice::{KeysNotice, Notice, PutOut, RoomsNotice, StanzaKind};
pub use peer::{InPrivate, Peer};
pub use place::Place;
pub use position::Position;
pub use presence::{Availability, Presence};
pub use sharing::{Sharing, Telling};
pub use text::Clean;

pub use omemo::{Dialect, Ed25519Fingerprint, Fingerprint, Trust};

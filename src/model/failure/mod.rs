//! Why something did not come about: codes with what they are about, and no words. The room `words` says
//! them to people; what kind of failure one is (and so the exit code of a command) stands here.

mod contacts;
mod database;
mod excluded;
mod files;
mod keys;
mod login;
mod messages;
mod net;
mod rooms;
mod stream;

use jid::BareJid;

pub use contacts::ContactsFailure;
pub use database::DatabaseFault;
pub use excluded::{Excluded, Exclusion};
pub use files::FilesFailure;
pub use keys::{DeviceProblem, KeysFailure, LeftOut, PublishFault, SomeOf, Unreachable};
pub use login::{LoginFailure, LoginRefusal, RegistrationFailure, RegistrationRefusal, Wanted};
pub use messages::{MembersChange, MessageFailure, MessagesFailure};
pub use net::{
    CertificateFault, DnsFailure, Doing, Expected, GuardFault, LookUpFault, NetFailure, StreamEnd, TcpFault,
    TlsFailure, TlsMismatch,
};
pub use rooms::RoomsFailure;
pub use stream::{Fault, StreamFailure};

use super::Clean;

/// What kind of failure it was; each is one exit code of the commands (design §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The server refused the login (4).
    LoginRefused,
    /// DNS, TCP, TLS, certificate (5).
    NoConnection,
    /// No key, key not trusted, would be in clear (6).
    Unsafe,
    /// Timed out (7).
    TimedOut,
    /// The other side or the server answered with an error (8).
    Answered,
    /// Anything else (1).
    Other,
}

/// Why something did not come about, by the part that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The way to the server.
    Net(NetFailure),
    /// The login.
    Login(LoginFailure),
    /// The making of an account.
    Registration(RegistrationFailure),
    /// The stream, or the session around it.
    Stream(StreamFailure),
    /// Contacts, requests, who is blocked.
    Contacts(ContactsFailure),
    /// Devices and keys, ours and those of others.
    Keys(KeysFailure),
    /// What was asked about a message or a chat.
    Messages(MessagesFailure),
    /// Rooms.
    Rooms(RoomsFailure),
    /// Files.
    Files(FilesFailure),
    /// A message to this person did not go, or not as it should.
    Message(BareJid, MessageFailure),
}

impl Failure {
    /// What kind of failure it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Net(failure) => failure.kind(),
            Self::Login(failure) => failure.kind(),
            Self::Registration(failure) => failure.kind(),
            Self::Stream(failure) => failure.kind(),
            Self::Contacts(failure) => failure.kind(),
            Self::Keys(failure) => failure.kind(),
            Self::Messages(failure) => failure.kind(),
            Self::Rooms(failure) => failure.kind(),
            Self::Files(failure) => failure.kind(),
            Self::Message(_, failure) => failure.kind(),
        }
    }
}

macro_rules! part_of_failure {
    ($($part:ident: $type:ty),*) => {
        $(impl From<$type> for Failure {
            fn from(failure: $type) -> Self {
                Self::$part(failure)
            }
        })*
    };
}

part_of_failure!(
    Net: NetFailure,
    Login: LoginFailure,
    Registration: RegistrationFailure,
    Stream: StreamFailure,
    Contacts: ContactsFailure,
    Keys: KeysFailure,
    Messages: MessagesFailure,
    Rooms: RoomsFailure,
    Files: FilesFailure
);

/// Why a request has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No answer came in time.
    TimedOut,
    /// The other side answered with an error: its condition (RFC 6120 §8.3.3), a name that it chose,
    /// and its own words.
    Error { condition: Clean, text: Option<Clean> },
    /// Its answer is no list.
    NoList,
}

impl Refusal {
    /// Whether the answer was an error or none at all.
    fn kind(&self) -> FailureKind {
        match self {
            Self::TimedOut => FailureKind::TimedOut,
            Self::Error { .. } | Self::NoList => FailureKind::Answered,
        }
    }
}

//! What is in the way between an address and a stream: names, TCP, TLS, what does not speak XMPP.

use super::FailureKind;
use crate::Clean;

/// Why no stream came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetFailure {
    /// The address has no name before the @.
    NoLocalpart,
    /// This system gives no random numbers.
    NoRandom,
    /// The login was interrupted on this machine.
    Interrupted,
    /// What has to be sent is larger than the server takes before the login.
    TooLarge,
    /// The domain is no valid name.
    BadDomain(Clean),
    /// Where the name leads.
    Name(DnsFailure),
    /// TCP did not come about.
    Unreached { host: Clean, port: u16, why: TcpFault },
    /// The server did not answer in time while this was done.
    Silent(Doing),
    /// The server offers no encryption.
    NoStarttls,
    /// The server could not start TLS.
    StarttlsFailed,
    /// TLS did not come about.
    Tls(TlsFailure),
    /// What answers there is not XMPP.
    NotXmpp,
    /// The server sent XML that cannot be read.
    Unreadable,
    /// The connection was given up for what the server sent.
    GivenUp(GuardFault),
    /// The connection was cut off, by somebody on the way or the server's machine.
    Cut,
    /// The connection broke; what the system says.
    Broken(Clean),
    /// The server sent something else.
    Unexpected(Expected),
    /// The server ended the stream, in words of its own if it said some.
    Ended { by: StreamEnd, said: Option<Clean> },
    /// The server sends us to another host that is none.
    NoHost,
    /// The server sent us from host to host more often than this.
    TooManyMoves(usize),
}

impl NetFailure {
    pub(super) fn kind(&self) -> FailureKind {
        match self {
            Self::NoLocalpart | Self::NoRandom | Self::Interrupted | Self::TooLarge => FailureKind::Other,
            _ => FailureKind::NoConnection,
        }
    }
}

/// Why a domain leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsFailure {
    /// The records say that there is no such service (RFC 2782: the target ".").
    NotOffered(Clean),
    /// The name leads to no address.
    NoAddress(Clean),
    /// How this machine looks names up is not set up, or not in a way that can be read; the log says more.
    Resolver,
    /// No answer about this name; may be another time.
    Failed(Clean, LookUpFault),
}

/// Why there is no answer about a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookUpFault {
    /// No name server answered in time.
    Silent,
    /// No name server is reached.
    Unreached,
    /// A name server refused, or has trouble; in the words of RFC 1035 §4.1.1.
    Refused(Clean),
    /// Something else; the log says what.
    Other,
}

/// Why TCP did not come about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TcpFault {
    /// No answer in time.
    Silent,
    /// The connection was refused.
    Refused,
    /// What the system says.
    Other(Clean),
}

/// What was done when no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    LookingUp,
    Connecting,
    WaitingForTls,
    SettingUpTls,
    OpeningStream,
    ReadingFeatures,
    Sending,
    LoggingIn,
    AskingForForm,
    MakingAccount,
    Waiting,
}

/// What was expected when something else came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Features,
    Tls,
    Login,
    Form,
    Registration,
}

/// Why there is no TLS connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsFailure {
    /// Nobody to trust: the system has no roots and none was given.
    NoRoots,
    /// The PEM of the CA file cannot be used.
    CaFile,
    /// Not a name that a certificate could be for.
    Domain(Clean),
    /// The certificate of this domain was looked at and refused.
    Certificate(Clean, CertificateFault),
    /// The server broke the handshake off; its alert, as RFC 8446 §6 calls it.
    Alert(Clean),
    /// Both sides speak TLS, but not the same.
    Incompatible(TlsMismatch),
    /// What answers does not speak TLS.
    NoTls,
    /// The server broke a rule of TLS.
    Misbehaved,
    /// The handshake failed otherwise; the log says how.
    Handshake,
    /// The connection broke.
    Broken(Clean),
}

impl TlsFailure {
    /// Whether another try could end otherwise without anybody doing anything.
    pub fn retry(&self) -> bool {
        matches!(self, Self::Broken(_))
    }
}

/// What the two sides of TLS have not in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMismatch {
    /// TLS 1.2 or 1.3.
    Version,
    /// A cipher suite.
    Cipher,
    /// A way to agree on keys.
    KeyExchange,
    /// A way to sign.
    Signature,
    /// An extension that one of them needs.
    Extension,
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateFault {
    Expired,
    NotYet,
    OtherName,
    /// Signed by nobody that this system trusts.
    UnknownIssuer,
    Revoked,
    OtherPurpose,
    /// It is that of a CA and not of a server.
    Authority,
    /// It cannot be read.
    Malformed,
    /// It is signed in a way, or demands something, that this program does not know.
    Unknown,
    /// Something else; the log says what.
    Other,
}

/// What a server sent that no stream goes on after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuardFault {
    /// What XMPP forbids.
    Forbidden(Clean),
    /// Malformed XML; in what way.
    Malformed(Clean),
    /// A stream header without end.
    Header,
    /// A stanza without end.
    Endless,
    /// Something before it was its turn.
    Early,
}

/// Why a server ended a stream (RFC 6120 §4.9.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamEnd {
    /// It does not serve this domain.
    NotServed(Clean),
    /// It sends us to another host in a way that is not followed.
    Elsewhere,
    Restarting,
    /// It has trouble, of this name.
    Trouble(Clean),
    /// For a rule of its own.
    Policy,
    /// Another stream took its place.
    Conflict,
    NotLoggedIn,
    /// A name that it chose.
    Other(Clean),
}

//! A login as it goes on and what it found, as codes: the room `words` says them to people.

use super::Clean;

/// What is being done on the way to a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It has just begun.
    Starting,
    /// Looking this domain up.
    LookingUp(Clean),
    Connecting {
        host: Clean,
        port: u16,
    },
    /// The server is there, and has not said anything yet.
    OpeningStream,
    CheckingCertificate,
    LoggingIn,
    /// Asking what the server wants of new accounts.
    AskingForForm,
    MakingAccount,
}

/// What a login found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// The version of TLS and the group of its keys, by their names ("TLS 1.3 X25519MLKEM768").
    Tls(Clean),
    /// The mechanism of the login.
    Mechanism(&'static str),
    /// The address and port that were reached.
    Server(Clean),
    /// Until when the server's certificate is valid, as in "2027-02-28".
    CertificateUntil(Clean),
    /// Whether the server acknowledges messages (XEP-0198), else a ping stands for that.
    StreamManagement(bool),
    /// So many bytes the server takes in one stanza.
    MaxBytes(u32),
    /// Whether keys can be published (XEP-0163).
    Pep(bool),
    /// There is an archive of messages (XEP-0313).
    Archive,
}

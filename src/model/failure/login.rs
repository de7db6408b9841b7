//! Why a login did not come about, or no account was made.

use super::FailureKind;
use crate::Clean;

/// Why a login did not come about. Nothing in here carries a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginFailure {
    /// The password is empty, too long, or holds a zero byte.
    Password,
    /// The server offers nothing that we speak; what it offers.
    NoneInCommon(Clean),
    /// The server offers PLAIN alone and it is not allowed for this account.
    OnlyPlain,
    /// What is offered is weaker than what this server did before.
    Weaker {
        offered: &'static str,
        before: &'static str,
    },
    /// The server cannot check passwords at the moment.
    Temporary,
    /// The server refused.
    Refused(LoginRefusal),
    /// So many rounds of hashing are asked for as no honest server asks for.
    Rounds(u64),
    /// What the server offers was changed on the way.
    Downgraded,
    /// The server did not prove that it knows the password.
    Unproved,
    /// The server's answer is not a valid one.
    Invalid,
}

impl LoginFailure {
    /// A server that may be another one is no connection.
    pub(super) fn kind(&self) -> FailureKind {
        match self {
            Self::Rounds(_) | Self::Downgraded | Self::Unproved | Self::Invalid => FailureKind::NoConnection,
            Self::Password
            | Self::NoneInCommon(_)
            | Self::OnlyPlain
            | Self::Weaker { .. }
            | Self::Temporary
            | Self::Refused(_) => FailureKind::LoginRefused,
        }
    }
}

/// With what a server refuses a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginRefusal {
    Password,
    Disabled,
    /// The password has expired.
    Expired,
    /// It saw another channel than we did.
    Binding,
    /// A name that it chose.
    Other(Clean),
}

/// Why no account was made, in the server's own words if it said some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationFailure {
    pub why: RegistrationRefusal,
    pub said: Option<Clean>,
}

impl RegistrationFailure {
    pub(super) fn kind(&self) -> FailureKind {
        FailureKind::Answered
    }
}

/// With what a server refuses a registration (XEP-0077 §3.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistrationRefusal {
    /// It wants something that no program can give.
    Wants(Wanted),
    /// The name is taken.
    Taken,
    /// It does not let programs make accounts.
    NotAllowed,
    /// It wants us to wait.
    Wait,
    /// It does not accept name or password.
    NotAcceptable,
    /// A name that it chose.
    Other(Clean),
}

/// What a server wants of who registers, beyond a name and a password (XEP-0077 §3, §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing: the account is there already.
    Nothing,
    /// That it is done at this address.
    Page(Clean),
    /// These fields, as the server names them.
    Fields(Vec<Clean>),
    /// A form of which nothing is known to be required.
    Form,
}

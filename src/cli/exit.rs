//! Exit codes (design §7) and the one sentence that goes with them.

use crate::api::{Failure, FailureKind};

/// What a command ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    Done = 0,
    Other = 1,
    Usage = 2,
    Vault = 3,
    LoginRefused = 4,
    NoConnection = 5,
    Unsafe = 6,
    TimedOut = 7,
    Answered = 8,
}

/// A command's unsuccessful end: its code and one plain sentence that says what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    pub code: Code,
    pub text: String,
}

impl Exit {
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }
}

impl From<Failure> for Exit {
    fn from(failure: Failure) -> Self {
        let code = match failure.kind {
            FailureKind::LoginRefused => Code::LoginRefused,
            FailureKind::NoConnection => Code::NoConnection,
            FailureKind::Unsafe => Code::Unsafe,
            FailureKind::TimedOut => Code::TimedOut,
            FailureKind::Answered => Code::Answered,
            FailureKind::Other => Code::Other,
        };
        Self::new(code, failure.text.as_str())
    }
}

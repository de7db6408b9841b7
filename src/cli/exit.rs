//! Exit codes (design §7) and the one sentence that goes with them.

use std::io;
use std::process::ExitCode;

use api::{Failure, FailureKind};
use model::shown;
use store::StoreError;
use words::Face;

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

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

impl From<FailureKind> for Code {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::LoginRefused => Self::LoginRefused,
            FailureKind::NoConnection => Self::NoConnection,
            FailureKind::Unsafe => Self::Unsafe,
            FailureKind::TimedOut => Self::TimedOut,
            FailureKind::Answered => Self::Answered,
            FailureKind::Other => Self::Other,
        }
    }
}

/// A command's unsuccessful end: its code and one plain sentence that says what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    pub code: Code,
    pub text: String,
    /// What the session said of it: another face has other words for that.
    pub why: Option<Failure>,
}

impl Exit {
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self {
            code,
            text: shown::without_codes(&text.into()),
            why: None,
        }
    }

    /// Wrong usage that the argument parser cannot see (2).
    pub fn usage(text: impl Into<String>) -> Self {
        Self::new(Code::Usage, text)
    }

    /// Anything without a code of its own (1).
    pub fn other(text: impl Into<String>) -> Self {
        Self::new(Code::Other, text)
    }

    /// An end without a word: whoever read our output has gone away.
    pub fn quiet() -> Self {
        Self::new(Code::Done, String::new())
    }

    /// From writing results: a closed pipe ends the command quietly, anything else is said.
    pub fn output(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::quiet()
        } else {
            Self::other(format!("The output cannot be written: {error}."))
        }
    }
}

impl From<Failure> for Exit {
    fn from(failure: Failure) -> Self {
        let text = words::failure(Face::Commands, &failure);
        Self {
            why: Some(failure.clone()),
            ..Self::new(failure.kind().into(), text.as_str())
        }
    }
}

impl From<StoreError> for Exit {
    /// A database that cannot be used is an unusable vault (3); a full disk is not (1).
    fn from(error: StoreError) -> Self {
        let code = match error {
            StoreError::Sqlite(_) | StoreError::Full | StoreError::Missing(_) => Code::Other,
            _ => Code::Vault,
        };
        tracing::error!("the database cannot be used: {error}");
        Self::new(code, words::database(&error.fault()).as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::StreamFailure;

    #[test]
    fn every_kind_of_failure_has_the_code_of_the_design() {
        let codes = [
            (FailureKind::LoginRefused, 4),
            (FailureKind::NoConnection, 5),
            (FailureKind::Unsafe, 6),
            (FailureKind::TimedOut, 7),
            (FailureKind::Answered, 8),
            (FailureKind::Other, 1),
        ];
        for (kind, code) in codes {
            assert_eq!(Code::from(kind) as u8, code);
        }
    }

    #[test]
    fn a_failure_ends_a_command_with_the_code_of_its_kind_and_its_words() {
        let exit = Exit::from(Failure::from(StreamFailure::NotConnected));
        assert_eq!(exit.code, Code::NoConnection);
        assert!(exit.text.starts_with("There is no connection"), "{}", exit.text);
    }

    #[test]
    fn a_closed_pipe_ends_without_a_word_and_a_full_disk_does_not() {
        assert_eq!(Exit::output(io::ErrorKind::BrokenPipe.into()), Exit::quiet());
        assert_eq!(Exit::output(io::ErrorKind::StorageFull.into()).code, Code::Other);
    }

    #[test]
    fn an_error_of_the_system_is_told_without_its_number() {
        let absent = std::fs::read("/no such file").unwrap_err();
        assert!(absent.to_string().contains("os error"));
        let exit = Exit::other(format!("It cannot be read: {absent}."));
        assert_eq!(exit.text, "It cannot be read: No such file or directory.");
        let absent = StoreError::File(absent);
        assert!(!Exit::from(absent).text.contains("os error"));
    }

    #[test]
    fn an_unreadable_database_is_an_unusable_vault() {
        assert_eq!(Exit::from(StoreError::Unreadable).code, Code::Vault);
        assert_eq!(
            Exit::from(StoreError::Newer { found: 9, known: 1 }).code,
            Code::Vault
        );
    }
}

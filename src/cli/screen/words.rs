//! Failures in the words of the screen: what the commands call an option is a field there.

use crate::api::{Failure, FailureKind};
use crate::cli::{Code, Exit};

/// What the commands say, and what it is called in the wizard.
const CALLED: &[(&str, &str)] = &[
    ("--ca-file ", "The CA file "),
    (
        "give its CA with `--ca-file`",
        "name its CA file (F3 beside the account)",
    ),
    ("or `--server`", "or the server (F3 beside the account)"),
    (
        "give it with `--server`",
        "name it as the server (F3 beside the account)",
    ),
    ("try `--direct-tls`", "try direct TLS (F3 beside the account)"),
    (
        "add the account again with `--allow-plain`",
        "permit PLAIN (F3 beside the account)",
    ),
    ("`--allow-plain` if it is PLAIN", "permit PLAIN if it is that"),
    (
        "use `susurro account add` if it is yours",
        "say that you have it if it is yours",
    ),
    (
        "then use `susurro account add`",
        "then come back and say that you have one",
    ),
    ("then `susurro account password`", "then type it here"),
];

/// A failure of a first login or of the vault, as the wizard shows it.
pub fn failure(exit: &Exit) -> Failure {
    let mut text = exit.text.clone();
    for (command, screen) in CALLED {
        text = text.replace(command, screen);
    }
    Failure::new(kind(exit.code), text)
}

fn kind(code: Code) -> FailureKind {
    match code {
        Code::LoginRefused => FailureKind::LoginRefused,
        Code::NoConnection => FailureKind::NoConnection,
        Code::Unsafe => FailureKind::Unsafe,
        Code::TimedOut => FailureKind::TimedOut,
        Code::Answered => FailureKind::Answered,
        Code::Done | Code::Other | Code::Usage | Code::Vault => FailureKind::Other,
    }
}

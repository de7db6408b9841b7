//! Failures in the words of the screen: what the commands call an option is a field there.

use crate::cli::{Code, Exit};
use api::FailureKind;
use tui::host::Refused;

/// What the commands say, and what it is called in the wizard.
const CALLED: &[(&str, &str)] = &[
    ("--ca-file ", "The CA file "),
    (
        "give its CA with `--ca-file`",
        "name its CA file, with F3 beside the account",
    ),
    (
        "direct TLS (`--direct-tls`)",
        "direct TLS, with F3 beside the account",
    ),
    (
        "add the account again with `susurro account add --allow-plain`",
        "permit PLAIN, with F3 beside the account",
    ),
    (
        "(after `--allow-plain` if it is PLAIN)",
        "(permitting PLAIN if it is that)",
    ),
    (
        "Check it; a stored one is replaced by `/password`, or `susurro account password`.",
        "Check address and password.",
    ),
];

/// A failure of a first login or of the vault, as the wizard shows it.
pub fn failure(exit: &Exit) -> Refused {
    let mut text = exit.text.clone();
    for (command, screen) in CALLED {
        text = text.replace(command, screen);
    }
    Refused::new(kind(exit.code), without_commands(&text))
}

/// Without what stands in parentheses to name a command or an option: the wizard has neither.
fn without_commands(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.split_once(" (`") {
        let Some((_, behind)) = from.split_once("`)") else {
            break;
        };
        kept.push_str(before);
        rest = behind;
    }
    kept + rest
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts themselves are written where the failures are; this finds the ones that
    /// name what a wizard has not.
    #[test]
    fn every_option_that_a_first_login_can_name_is_called_by_the_name_of_its_field() {
        const SOURCES: [&str; 5] = [
            include_str!("../../net/registration.rs"),
            include_str!("../../net/dial.rs"),
            include_str!("../../net/failure.rs"),
            include_str!("../../net/tls.rs"),
            include_str!("../../sasl/error.rs"),
        ];
        let mut found = 0;
        for source in SOURCES {
            let code = source.split("mod tests {").next().unwrap_or_default();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            let code = lines.collect::<Vec<_>>().join("\n");
            // As the compiler reads a text that goes on in the next line.
            let joined: Vec<&str> = code.split("\\\n").map(str::trim_start).collect();
            for text in joined.concat().split('"') {
                if text.contains("`--") || text.contains("`susurro") {
                    found += 1;
                    let shown = failure(&Exit::other(text)).text;
                    assert!(!shown.as_str().contains('`'), "{text}\n{}", shown.as_str());
                }
            }
        }
        assert!(found >= 8, "{found}");
    }

    #[test]
    fn a_failure_keeps_its_kind() {
        for kind in [
            FailureKind::LoginRefused,
            FailureKind::NoConnection,
            FailureKind::Unsafe,
            FailureKind::TimedOut,
            FailureKind::Answered,
            FailureKind::Other,
        ] {
            assert_eq!(failure(&Exit::new(kind.into(), "x")).kind, kind);
        }
    }
}

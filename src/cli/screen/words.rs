//! Failures in the words of the screen: what the commands call an option is a field there.

use crate::cli::{Code, Exit};
use api::FailureKind;
use tui::host::Refused;
use words::Face;

/// What the commands say of their own, and what it is called in the wizard.
const CALLED: (&str, &str) = ("--ca-file ", "The CA file ");

/// A failure of a first login or of the vault, as the wizard shows it.
pub fn failure(exit: &Exit) -> Refused {
    let text = match &exit.why {
        Some(why) => ::words::failure(Face::FirstRun, why).as_str().to_owned(),
        None => exit.text.replace(CALLED.0, CALLED.1),
    };
    Refused::new(kind(exit.code), text)
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
    use api::Failure;
    use model::Clean;
    use model::failure::{
        CertificateFault, LoginFailure, LoginRefusal, NetFailure, RegistrationFailure, RegistrationRefusal,
        StreamEnd, TlsFailure,
    };

    /// What a first login can end with that names what a command would do about it.
    #[test]
    fn no_option_or_command_is_named_that_the_wizard_has_not() {
        let mired = || Clean::new("mired.test");
        let ended = |by| NetFailure::Ended { by, said: None }.into();
        let weaker = LoginFailure::Weaker {
            offered: "PLAIN",
            before: "SCRAM-SHA-256",
        };
        let registration = |why| RegistrationFailure { why, said: None }.into();
        let unknown = TlsFailure::Certificate(mired(), CertificateFault::UnknownIssuer);
        let failures: [Failure; 11] = [
            NetFailure::NoStarttls.into(),
            NetFailure::Tls(unknown).into(),
            ended(StreamEnd::NotServed(mired())),
            ended(StreamEnd::Elsewhere),
            LoginFailure::Password.into(),
            LoginFailure::OnlyPlain.into(),
            weaker.into(),
            LoginFailure::Refused(LoginRefusal::Password).into(),
            LoginFailure::Refused(LoginRefusal::Expired).into(),
            registration(RegistrationRefusal::Taken),
            registration(RegistrationRefusal::NotAllowed),
        ];
        for why in failures {
            let exit = Exit::from(why);
            assert!(exit.text.contains('`'), "{}", exit.text);
            let shown = failure(&exit).text;
            assert!(!shown.as_str().contains('`'), "{}", shown.as_str());
        }
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

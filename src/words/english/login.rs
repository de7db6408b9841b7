//! What is said of a login: its steps, what it found, why it did not come about, and why no account was made.

use crate::Face;
use crate::deed::Deed;
use model::failure::{LoginFailure, LoginRefusal, RegistrationFailure, RegistrationRefusal, Wanted};
use model::{Clean, Fact, Step};

pub(super) fn failure(face: Face, failure: &LoginFailure) -> String {
    let text = match failure {
        LoginFailure::Password => {
            return format!(
                "The password is empty, too long for a login, or holds a zero byte; set another one{}.",
                face.beside(Deed::SetPassword)
            );
        }
        LoginFailure::NoneInCommon(offered) => {
            return format!(
                "The server offers no way to log in that this program accepts (it offers: {}); its operator has to enable \
                 SCRAM.",
                offered.as_str()
            );
        }
        LoginFailure::OnlyPlain => {
            let permit = match face {
                Face::FirstRun => "permit PLAIN, with F3 beside the account".to_owned(),
                Face::Commands | Face::Screen => format!(
                    "remove the account and add it again, permitting PLAIN{}",
                    face.beside(Deed::PermitPlain)
                ),
            };
            return format!(
                "The server only takes the password in the clear inside TLS (PLAIN), so it was not sent; if you trust the \
                 server with it, {permit}."
            );
        }
        LoginFailure::Weaker { offered, before } => {
            return format!(
                "The server now offers only {offered}, which is weaker than the {before} of before, so the password was not \
                 used; ask its operator, and if the change is meant, remove the account and add it again (permitting PLAIN if it is that{}).",
                face.writes(Deed::PermitPlain)
                    .map_or_else(String::new, |how| format!(": {how}"))
            );
        }
        LoginFailure::Refused(refusal) => return refused(face, refusal),
        LoginFailure::Temporary => "The server cannot check passwords at the moment; try again later.",
        LoginFailure::Rounds(count) => {
            return format!(
                "The server asks for {count} rounds of password hashing, which no honest server does; the login was stopped \
                 and the password was not used. Try from another network, or ask the server's operator."
            );
        }
        LoginFailure::Downgraded => {
            "Somebody between you and the server changed what the server offers for the login; it was stopped and the password \
             was not used. Try from another network."
        }
        LoginFailure::Unproved => {
            "The server could not prove that it knows your password, so it may not be your server; the login was stopped. Try \
             from another network, or ask the server's operator."
        }
        LoginFailure::Invalid => {
            "The server's answer during the login is not a valid one, so it was not trusted; try from another network, or ask \
             the server's operator."
        }
    };
    text.to_owned()
}

fn refused(face: Face, refusal: &LoginRefusal) -> String {
    let text = match refusal {
        LoginRefusal::Password => {
            let check = match face.writes(Deed::SetPassword) {
                Some(how) => format!("Check it; a stored one is replaced by {how}."),
                None => "Check address and password.".to_owned(),
            };
            return format!("The server refused the password for this account. {check}");
        }
        LoginRefusal::Disabled => "The server says that this account is disabled; ask its operator.",
        LoginRefusal::Expired => {
            return format!(
                "The server says that the password has expired; set a new one with the server, then here{}.",
                face.beside(Deed::SetPassword)
            );
        }
        LoginRefusal::Binding => {
            "The server says that somebody between you and it changed the connection; the login was stopped. Try from \
             another network."
        }
        LoginRefusal::Other(condition) => {
            return format!(
                "The server refused the login ({}); check the account, or ask the server's operator.",
                condition.as_str()
            );
        }
    };
    text.to_owned()
}

/// Why no account was made.
pub(super) fn registration(face: Face, failure: &RegistrationFailure) -> String {
    let add = face.beside(Deed::AddAccount);
    let sentence = match &failure.why {
        RegistrationRefusal::Wants(what) => wanted(what),
        RegistrationRefusal::Taken => {
            format!("This name is taken; choose another, or log in if it is yours{add}.")
        }
        RegistrationRefusal::NotAllowed => format!(
            "This server does not let programs make accounts; make one on its web page, then log in{add}."
        ),
        RegistrationRefusal::Wait => {
            "The server wants you to wait before another account is made; try again later.".to_owned()
        }
        RegistrationRefusal::NotAcceptable => {
            "The server does not accept this name or password; choose another.".to_owned()
        }
        RegistrationRefusal::Other(condition) => format!(
            "The server refused to make the account ({}); ask its operator, or try another server.",
            condition.as_str()
        ),
    };
    super::said(&sentence, failure.said.as_ref())
}

fn wanted(what: &Wanted) -> String {
    match what {
        Wanted::Nothing => {
            "No account was made: the server says that this account is registered already.".to_owned()
        }
        Wanted::Page(page) => format!(
            "No account was made: the server wants it to be made at {}.",
            page.as_str()
        ),
        Wanted::Fields(fields) => {
            let fields: Vec<&str> = fields.iter().map(Clean::as_str).collect();
            format!(
                "No account was made: the server wants more than a name and a password ({}); make it on the server's web page.",
                fields.join(", ")
            )
        }
        Wanted::Form => {
            "No account was made: the server wants a form that this program cannot fill in; make it on the server's web page."
                .to_owned()
        }
    }
}

/// What is being done.
pub(super) fn step(step: &Step) -> String {
    let text = match step {
        Step::Starting => "starting",
        Step::LookingUp(domain) => return format!("looking up {}", domain.as_str()),
        Step::Connecting { host, port } => return format!("connecting to {}:{port}", host.as_str()),
        Step::OpeningStream => "opening the stream",
        Step::CheckingCertificate => "checking the certificate",
        Step::LoggingIn => "logging in",
        Step::AskingForForm => "asking what the server wants of new accounts",
        Step::MakingAccount => "making the account",
    };
    text.to_owned()
}

/// What a login found.
pub(super) fn fact(fact: &Fact) -> String {
    let text = match fact {
        Fact::Tls(name) => name.as_str(),
        Fact::Mechanism(name) => name,
        Fact::Server(address) => return format!("server {}", address.as_str()),
        Fact::CertificateUntil(date) => return format!("certificate valid until {}", date.as_str()),
        Fact::StreamManagement(true) => "stream management: messages are acknowledged by the server",
        Fact::StreamManagement(false) => "no stream management: a ping stands for the acknowledgement",
        Fact::MaxBytes(most) => return format!("the server takes stanzas of up to {most} bytes"),
        Fact::Pep(true) => "PEP: keys can be published",
        Fact::Pep(false) => "no PEP: the server does not say that keys can be published",
        Fact::Archive => "message archive (XEP-0313)",
    };
    text.to_owned()
}

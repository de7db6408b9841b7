//! Why a login did not come about, and what a person is told.

use api::{Failure, FailureKind};

/// Every way in which a SASL exchange ends badly. Nothing in here carries a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SaslError {
    /// The password, or the name, is empty, too long, or holds a NUL.
    #[error("the password is one that a login cannot carry")]
    Password,
    /// The server offers nothing that we speak; its names, cut and cleaned.
    #[error("no common mechanism among {0}")]
    NoneInCommon(String),
    /// The server offers PLAIN alone and it is not allowed for this account.
    #[error("only PLAIN is offered")]
    OnlyPlain,
    /// What is offered is weaker than what this server did before.
    #[error("{offered} is weaker than {before}, which was used before")]
    Weaker {
        /// The strongest mechanism that could be used now.
        offered: &'static str,
        /// The one used before.
        before: &'static str,
    },
    /// A message of the server does not follow RFC 5802.
    #[error("the server's SCRAM message is malformed: {0}")]
    Malformed(&'static str),
    /// The server's nonce does not continue ours: the message is not an answer to this exchange.
    #[error("the server's nonce does not continue ours")]
    Nonce,
    /// Fewer than 4,096 (RFC 7677 §4) or more than 10,000,000 rounds.
    #[error("an iteration count of {0}")]
    Iterations(u64),
    /// The lists of mechanisms and bindings that we saw are not those that the server sent (XEP-0474).
    #[error("the offered mechanisms were changed on the way")]
    Downgraded,
    /// The server did not prove that it knows the password.
    #[error("the server's signature is wrong")]
    Signature,
    /// `<success/>` came without, or before, that proof.
    #[error("the server's signature is missing")]
    Unproved,
    /// The server refused: its defined condition (RFC 6120 §6.5) or SCRAM error (RFC 5802 §7).
    #[error("the server refused: {0}")]
    Refused(String),
    /// The server cannot at the moment (temporary-auth-failure).
    #[error("the server cannot check passwords at the moment")]
    Temporary,
}

impl SaslError {
    /// Whether it makes sense to try again without anybody doing anything.
    pub fn retry(&self) -> bool {
        matches!(self, Self::Temporary)
    }
}

impl From<SaslError> for Failure {
    fn from(error: SaslError) -> Self {
        let kind = match &error {
            SaslError::Malformed(_)
            | SaslError::Nonce
            | SaslError::Iterations(_)
            | SaslError::Downgraded
            | SaslError::Signature
            | SaslError::Unproved => FailureKind::NoConnection,
            SaslError::Password
            | SaslError::NoneInCommon(_)
            | SaslError::OnlyPlain
            | SaslError::Weaker { .. }
            | SaslError::Refused(_)
            | SaslError::Temporary => FailureKind::LoginRefused,
        };
        Failure::said(kind, sentence(&error))
    }
}

/// One plain sentence that says what to do next.
fn sentence(error: &SaslError) -> String {
    match error {
        SaslError::Password => "The password is empty, too long for a login, or holds a zero byte; set another one \
                                (`/password`, or `susurro account password`)."
            .into(),
        SaslError::NoneInCommon(offered) => format!(
            "The server offers no way to log in that this program accepts (it offers: {offered}); its operator has to \
             enable SCRAM."
        ),
        SaslError::OnlyPlain => "The server only takes the password in the clear inside TLS (PLAIN), so it was not \
                                 sent; if you trust the server with it, add the account again with `susurro account add \
                                 --allow-plain`."
            .into(),
        SaslError::Weaker { offered, before } => format!(
            "The server now offers only {offered}, which is weaker than the {before} of before, so the password was not \
             used; ask its operator, and if the change is meant, remove the account and add it again (after \
             `--allow-plain` if it is PLAIN)."
        ),
        SaslError::Refused(condition) => refusal(condition),
        SaslError::Temporary => "The server cannot check passwords at the moment; try again later.".into(),
        SaslError::Iterations(count) => format!(
            "The server asks for {count} rounds of password hashing, which no honest server does; the login was stopped \
             and the password was not used. Try from another network, or ask the server's operator."
        ),
        SaslError::Downgraded => "Somebody between you and the server changed what the server offers for the login; it \
                                  was stopped and the password was not used. Try from another network."
            .into(),
        SaslError::Signature | SaslError::Unproved => {
            "The server could not prove that it knows your password, so it may not be your server; the login was \
             stopped. Try from another network, or ask the server's operator."
                .into()
        }
        SaslError::Malformed(_) | SaslError::Nonce => {
            "The server's answer during the login is not a valid one, so it was not trusted; try from another network, \
             or ask the server's operator."
                .into()
        }
    }
}

/// The sentence for a refusal by the server.
fn refusal(condition: &str) -> String {
    match condition {
        "not-authorized" | "invalid-proof" | "unknown-user" => {
            "The server refused the password for this account. Check it; a stored one is replaced by `/password`, or \
             `susurro account password`."
                .into()
        }
        "account-disabled" => "The server says that this account is disabled; ask its operator.".into(),
        "credentials-expired" => {
            "The server says that the password has expired; set a new one with the server, then here \
             (`/password`, or `susurro account password`)."
                .into()
        }
        "server-does-support-channel-binding" | "channel-bindings-dont-match" => {
            "The server says that somebody between you and it changed the connection; the login was stopped. Try from \
             another network."
                .into()
        }
        other => format!("The server refused the login ({other}); check the account, or ask the server's operator."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_password_and_a_lying_server_end_with_different_codes() {
        let refused = Failure::from(SaslError::Refused("not-authorized".into()));
        assert_eq!(refused.kind(), FailureKind::LoginRefused);
        assert!(format!("{refused:?}").contains("susurro account password"));
        for lie in [
            SaslError::Signature,
            SaslError::Unproved,
            SaslError::Nonce,
            SaslError::Iterations(1),
        ] {
            assert_eq!(Failure::from(lie).kind(), FailureKind::NoConnection);
        }
        let plain = Failure::from(SaslError::OnlyPlain);
        assert_eq!(plain.kind(), FailureKind::LoginRefused);
        assert!(format!("{plain:?}").contains("--allow-plain"));
    }
}

//! Why a login did not come about, and what a person is told.

use api::Failure;
use model::Clean;
use model::failure::{LoginFailure, LoginRefusal};

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
        let why = match error {
            SaslError::Password => LoginFailure::Password,
            SaslError::NoneInCommon(offered) => LoginFailure::NoneInCommon(Clean::line(&offered)),
            SaslError::OnlyPlain => LoginFailure::OnlyPlain,
            SaslError::Weaker { offered, before } => LoginFailure::Weaker { offered, before },
            SaslError::Refused(condition) => LoginFailure::Refused(refusal(&condition)),
            SaslError::Temporary => LoginFailure::Temporary,
            SaslError::Iterations(count) => LoginFailure::Rounds(count),
            SaslError::Downgraded => LoginFailure::Downgraded,
            SaslError::Signature | SaslError::Unproved => LoginFailure::Unproved,
            SaslError::Malformed(_) | SaslError::Nonce => LoginFailure::Invalid,
        };
        why.into()
    }
}

/// What a condition of the server stands for.
fn refusal(condition: &str) -> LoginRefusal {
    match condition {
        "not-authorized" | "invalid-proof" | "unknown-user" => LoginRefusal::Password,
        "account-disabled" => LoginRefusal::Disabled,
        "credentials-expired" => LoginRefusal::Expired,
        "server-does-support-channel-binding" | "channel-bindings-dont-match" => LoginRefusal::Binding,
        other => LoginRefusal::Other(Clean::line(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::FailureKind;

    #[test]
    fn a_refused_password_and_a_lying_server_end_with_different_codes() {
        let refused = Failure::from(SaslError::Refused("not-authorized".into()));
        assert_eq!(refused.kind(), FailureKind::LoginRefused);
        assert_eq!(refused, LoginFailure::Refused(LoginRefusal::Password).into());
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
    }
}

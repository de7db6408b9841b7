//! SASL (RFC 6120 §6): which mechanism, and its exchange; pure, the shell carries the messages.
//!
//! What is promised here, because the libraries at hand do not: the server has to prove that it knows the
//! password as well (its signature is mandatory), its nonce continues ours, its iteration count is neither
//! weak nor absurd, its lists are the ones that it really sent where it says so (XEP-0474), and the mechanism
//! never gets weaker than it was.
//!
//! The order of an exchange: [`Offer::read`] the features, [`choose`], then
//! [`scram::ClientFirst`] → [`scram::Challenged`] → [`scram::ClientFinal`]; each step consumes
//! the one before, so none can be left out.

mod error;
mod hash;
mod mechanism;
mod saslprep;
pub mod scram;

pub use error::SaslError;
pub use hash::Hash;
pub use mechanism::{Choice, Flag, Mechanism, Offer, Terms, choose};
pub use saslprep::prepare;
use zeroize::Zeroizing;

/// The one message of PLAIN (RFC 4616 §2): no authorization identity, the user, the password, both prepared.
/// Only for a connection whose certificate was checked, and only if the user allowed it.
pub fn plain(user: &str, password: &str) -> Result<Zeroizing<Vec<u8>>, SaslError> {
    let (user, password) = (prepare(user)?, prepare(password)?);
    let mut message = Zeroizing::new(Vec::with_capacity(user.len() + password.len() + 2));
    message.push(0);
    message.extend_from_slice(user.as_bytes());
    message.push(0);
    message.extend_from_slice(password.as_bytes());
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_has_the_form_of_rfc_4616() {
        assert_eq!(
            plain("tim", "tanstaaftanstaaf").unwrap().as_slice(),
            b"\0tim\0tanstaaftanstaaf"
        );
        assert_eq!(plain("tim", "bad\0nul").unwrap_err(), SaslError::Password);
        assert_eq!(plain("tim", "bell\u{7}").unwrap().as_slice(), b"\0tim\0bell\x07");
    }
}

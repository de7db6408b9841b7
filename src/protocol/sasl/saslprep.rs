//! Preparing names and passwords (RFC 4013), and the escaping of RFC 5802 §5.1.

use zeroize::Zeroizing;

use super::SaslError;

/// The longest user name or password, in bytes.
const MAX_BYTES: usize = 1024;

/// SASLprep of a user name or password, as a stored string (RFC 5802 §2.2: unassigned code points are refused).
/// Empty results, and such as are longer than 1 KiB, are refused too.
pub fn saslprep(text: &str) -> Result<Zeroizing<String>, SaslError> {
    if text.len() > MAX_BYTES {
        return Err(SaslError::Password);
    }
    let prepared = Zeroizing::new(
        stringprep::saslprep(text)
            .map_err(|_| SaslError::Password)?
            .into_owned(),
    );
    if prepared.is_empty() {
        return Err(SaslError::Password);
    }
    Ok(prepared)
}

/// A prepared name as `saslname`: `=` and `,` would end the attribute.
pub(super) fn escape(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_4013_are_met() {
        assert_eq!(saslprep("I\u{AD}X").unwrap().as_str(), "IX");
        assert_eq!(saslprep("user").unwrap().as_str(), "user");
        assert_eq!(saslprep("USER").unwrap().as_str(), "USER");
        assert_eq!(saslprep("\u{AA}").unwrap().as_str(), "a");
        assert_eq!(saslprep("\u{2168}").unwrap().as_str(), "IX");
        assert_eq!(saslprep("\u{7}"), Err(SaslError::Password));
        assert_eq!(saslprep("\u{627}1"), Err(SaslError::Password));
        assert_eq!(saslprep("\u{AD}"), Err(SaslError::Password));
        assert_eq!(saslprep(&"a".repeat(1025)), Err(SaslError::Password));
    }

    #[test]
    fn equals_and_comma_are_escaped_once() {
        assert_eq!(escape("a=b,c=2C"), "a=3Db=2Cc=3D2C");
    }
}

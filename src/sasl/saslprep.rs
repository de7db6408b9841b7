//! Preparing names and passwords (RFC 4013), and the escaping of RFC 5802 §5.1.

use stringprep::tables;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::SaslError;

/// The longest user name or password, in bytes.
const MAX_BYTES: usize = 1024;

/// A user name or password as it goes into the login: prepared by SASLprep, or as it is where it cannot
/// be prepared, since there are servers that took it so when it was set. Nothing, more than 1 KiB, and
/// what holds a NUL is refused.
pub fn prepare(text: &str) -> Result<Zeroizing<String>, SaslError> {
    // PLAIN (RFC 4616) ends its fields with a NUL.
    if text.is_empty() || text.len() > MAX_BYTES || text.contains('\0') {
        return Err(SaslError::Password);
    }
    Ok(saslprep(text).unwrap_or_else(|| Zeroizing::new(text.to_owned())))
}

/// SASLprep; None if there is no prepared form of it. Unassigned code points pass, as in a query string (RFC
/// 4013 §2.5): for the tables of 2002 every emoji is one.
fn saslprep(text: &str) -> Option<Zeroizing<String>> {
    let mapped = text
        .chars()
        .filter(|c| !tables::commonly_mapped_to_nothing(*c))
        .map(|c| {
            if tables::non_ascii_space_character(c) {
                ' '
            } else {
                c
            }
        });
    let prepared: Zeroizing<String> = Zeroizing::new(mapped.nfkc().collect());
    let refused = prepared.is_empty() || prepared.chars().any(is_prohibited) || mixes_directions(&prepared);
    (!refused).then_some(prepared)
}

/// RFC 4013 §2.3, in its order.
fn is_prohibited(c: char) -> bool {
    tables::non_ascii_space_character(c)
        || tables::ascii_control_character(c)
        || tables::non_ascii_control_character(c)
        || tables::private_use(c)
        || tables::non_character_code_point(c)
        || tables::surrogate_code(c)
        || tables::inappropriate_for_plain_text(c)
        || tables::inappropriate_for_canonical_representation(c)
        || tables::change_display_properties_or_deprecated(c)
        || tables::tagging_character(c)
}

/// RFC 3454 §6: a text with letters that are written from right to left holds no others,
/// and begins and ends with one.
fn mixes_directions(text: &str) -> bool {
    let ends = [text.chars().next(), text.chars().next_back()];
    text.contains(tables::bidi_r_or_al)
        && (text.contains(tables::bidi_l) || ends.into_iter().flatten().any(|c| !tables::bidi_r_or_al(c)))
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
        let prepared = |text| saslprep(text).map(|prepared| prepared.to_string());
        for (text, expected) in [
            ("I\u{AD}X", "IX"),
            ("user", "user"),
            ("USER", "USER"),
            ("\u{AA}", "a"),
            ("\u{2168}", "IX"),
            ("a\u{A0}b", "a b"),
            ("\u{627}\u{628}", "\u{627}\u{628}"),
        ] {
            assert_eq!(prepared(text).as_deref(), Some(expected), "{text:?}");
        }
        for refused in [
            "\u{7}",
            "\u{627}1",
            "\u{627}a\u{627}",
            "\u{AD}",
            "\u{E000}",
            "\u{202E}a",
        ] {
            assert_eq!(prepared(refused), None, "{refused:?}");
        }
    }

    #[test]
    fn what_had_no_name_in_2002_passes() {
        for text in ["smile\u{1F600}\u{1FAE0}", "\u{1F468}\u{1F3FD}", "\u{A9B5}"] {
            assert_eq!(saslprep(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_cannot_be_prepared_goes_as_it_is_and_what_no_login_carries_goes_not() {
        assert_eq!(prepare("I\u{AD}X").unwrap().as_str(), "IX");
        for as_it_is in ["bell\u{7}", "\u{627}1", "\u{AD}", "\u{E000}", &"a".repeat(1024)] {
            assert_eq!(prepare(as_it_is).unwrap().as_str(), as_it_is, "{as_it_is:?}");
        }
        for refused in ["", "nul\0", &"a".repeat(1025)] {
            assert_eq!(prepare(refused), Err(SaslError::Password));
        }
    }

    #[test]
    fn equals_and_comma_are_escaped_once() {
        assert_eq!(escape("a=b,c=2C"), "a=3Db=2Cc=3D2C");
    }
}

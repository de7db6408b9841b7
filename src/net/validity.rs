//! Until when a certificate is valid: as much DER (X.690, RFC 5280 §4.1) as leads to that date. The
//! certificate was checked by others; this is for telling people only.

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xA0;

/// The date of `notAfter`, as in "2027-02-28"; None if that is not where it should be.
pub(crate) fn not_after(certificate: &[u8]) -> Option<String> {
    let (certificate, _) = expect(SEQUENCE, certificate)?;
    let (mut rest, _) = expect(SEQUENCE, certificate)?;
    if let Some((_, after)) = expect(VERSION, rest) {
        rest = after;
    }
    // Serial number, signature algorithm, issuer.
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        (_, rest) = expect(tag, rest)?;
    }
    let (validity, _) = expect(SEQUENCE, rest)?;
    let (_, _, after_begin) = item(validity)?;
    let (tag, time, _) = item(after_begin)?;
    let digits = std::str::from_utf8(time).ok()?.strip_suffix('Z')?;
    let (year, rest) = match tag {
        UTC_TIME => {
            let (year, rest) = digits.split_at_checked(2)?;
            // RFC 5280 §4.1.2.5.1.
            let century = if year.parse::<u8>().ok()? < 50 { "20" } else { "19" };
            (format!("{century}{year}"), rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = digits.split_at_checked(4)?;
            (year.to_owned(), rest)
        }
        _ => return None,
    };
    let (month, rest) = rest.split_at_checked(2)?;
    let (day, _) = rest.split_at_checked(2)?;
    let all_digits = [year.as_str(), month, day]
        .iter()
        .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    all_digits.then(|| format!("{year}-{month}-{day}"))
}

/// The content of an item with that tag, and what follows it.
fn expect(tag: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
    item(input)
        .filter(|(found, _, _)| *found == tag)
        .map(|(_, content, rest)| (content, rest))
}

/// Tag, content and what follows.
fn item(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, input) = input.split_first()?;
    let (first, input) = input.split_first()?;
    let (length, input) = match first {
        0..=0x7F => (usize::from(*first), input),
        0x81..=0x83 => {
            let (bytes, input) = input.split_at_checked(usize::from(first & 0x7F))?;
            (
                bytes
                    .iter()
                    .fold(0, |length, byte| length << 8 | usize::from(*byte)),
                input,
            )
        }
        _ => return None,
    };
    let (content, rest) = input.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn made(year: i32) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new(vec!["mired.test".into()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 2, 28);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn the_date_is_read_in_both_forms_of_time() {
        assert_eq!(not_after(&made(2031)).as_deref(), Some("2031-02-28"));
        assert_eq!(not_after(&made(2060)).as_deref(), Some("2060-02-28"));
    }

    #[test]
    fn what_is_cut_off_gives_no_date_and_no_panic() {
        let whole = made(2031);
        for length in 0..whole.len() {
            assert_eq!(not_after(&whole[..length]), None);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = not_after(&bytes);
        }
    }
}

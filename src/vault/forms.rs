//! The forms of a passphrase: one secret, written down in more than one way.
//!
//! An `ó` is one character on one keyboard and two on another, and a password store prints notes below the
//! first line. So a new secret is the first line only, without its end, in NFC. What opened a vault before
//! goes on opening it: the first line as it is and the whole of what was given are tried behind the new form.
//! The mark that some editors write at the beginning of a file (U+FEFF) is no part of a secret either.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use zeroize::Zeroizing;

/// A mark of the encoding, which nobody typed.
const MARK: char = '\u{feff}';

/// No form is longer than this many bytes; what is longer is the wrong file.
pub const LONGEST: usize = 4096;

/// What was typed or read as a passphrase, in all forms that can be meant by it. Zeroised on drop, no Debug.
pub struct Forms {
    /// The first line in NFC; None where that is empty.
    new: Option<Zeroizing<String>>,
    /// What earlier versions took, where it differs.
    old: Vec<Zeroizing<String>>,
}

impl Forms {
    /// What a file or a command gave, whose last newline never counted. None: the
    /// first line is no text in UTF-8.
    pub fn given(bytes: &[u8]) -> Option<Self> {
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let first = std::str::from_utf8(first).ok()?;
        Some(Self::of(first, std::str::from_utf8(without_newline(bytes)).ok()))
    }

    /// What was typed.
    pub fn typed(text: &str) -> Self {
        Self::of(text.split('\n').next().unwrap_or_default(), Some(text))
    }

    fn of(first: &str, whole: Option<&str>) -> Self {
        let first = first.strip_suffix('\r').unwrap_or(first);
        let new = Some(normal(first.strip_prefix(MARK).unwrap_or(first))).filter(|new| fits(new));
        let mut old: Vec<Zeroizing<String>> = Vec::with_capacity(3);
        let marked = first.starts_with(MARK).then(|| normal(first));
        let marked = marked.as_ref().map(|marked| marked.as_str());
        for form in [marked, Some(first), whole]
            .into_iter()
            .flatten()
            .filter(|form| fits(form))
        {
            let known = new.iter().chain(&old).any(|known| known.as_str() == form);
            if !known {
                old.push(Zeroizing::new(form.to_owned()));
            }
        }
        Self { new, old }
    }

    /// The form that a new secret has. None: the first line is empty or too long.
    pub fn new_form(&self) -> Option<&str> {
        self.new.as_ref().map(|new| new.as_str())
    }

    /// Each distinct form once, in the order in which they are tried.
    pub fn each(&self) -> impl Iterator<Item = &str> {
        self.new.iter().chain(&self.old).map(|form| form.as_str())
    }

    /// Whether nothing was given at all, or nothing that could be a secret.
    pub fn is_empty(&self) -> bool {
        self.new.is_none() && self.old.is_empty()
    }
}

fn fits(form: &str) -> bool {
    (1..=LONGEST).contains(&form.len())
}

/// `text` in NFC, in room that never grows: a string that does leaves its beginnings behind in memory.
fn normal(text: &str) -> Zeroizing<String> {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Zeroizing::new(text.to_owned());
    }
    // No text is more than three times as long in NFC (UAX #15, table 5).
    let mut normal = Zeroizing::new(String::with_capacity(3 * text.len()));
    normal.extend(text.nfc());
    normal
}

/// Cuts one newline, `\n` or `\r\n`.
fn without_newline(bytes: &[u8]) -> &[u8] {
    let cut = bytes.strip_suffix(b"\n");
    cut.map_or(bytes, |line| line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn given(bytes: &[u8]) -> Vec<String> {
        let forms = Forms::given(bytes).unwrap();
        forms.each().map(str::to_owned).collect()
    }

    #[test]
    fn the_first_line_in_nfc_comes_first_and_each_distinct_form_once() {
        for (bytes, forms) in [
            (&b"tram horse staple"[..], &["tram horse staple"][..]),
            (b"tram horse staple\n", &["tram horse staple"]),
            (b"tram horse staple\r\n", &["tram horse staple"]),
            (
                b"tram horse\nurl: mired.test\nnote: x\n",
                &["tram horse", "tram horse\nurl: mired.test\nnote: x"],
            ),
            (b"tram horse\r\nnote\r\n", &["tram horse", "tram horse\r\nnote"]),
            (b"tram\n\n", &["tram", "tram\n"]),
            (b"tram\r", &["tram", "tram\r"]),
            // A file from an editor that marks its encoding; made with it before, it opens still.
            (b"\xef\xbb\xbftram\r\n", &["tram", "\u{feff}tram"]),
            (
                b"\xef\xbb\xbfo\xcc\x81\nnote",
                &[
                    "\u{f3}",
                    "\u{feff}\u{f3}",
                    "\u{feff}o\u{301}",
                    "\u{feff}o\u{301}\nnote",
                ],
            ),
            (b" a b \n", &[" a b "]),
            // Typed in NFD, with and without notes.
            (
                "canciono\u{301}n tram".as_bytes(),
                &["cancion\u{f3}n tram", "canciono\u{301}n tram"],
            ),
            ("o\u{301}\nx".as_bytes(), &["\u{f3}", "o\u{301}", "o\u{301}\nx"]),
        ] {
            assert_eq!(given(bytes), forms, "{bytes:?}");
        }
    }

    #[test]
    fn notes_that_are_no_text_or_very_long_do_not_matter_but_a_first_line_does() {
        assert_eq!(given(b"tram horse\n\xff\xfe"), ["tram horse"]);
        let long = [b"tram horse\n".as_slice(), &[b'x'; LONGEST]].concat();
        assert_eq!(given(&long), ["tram horse"]);
        assert!(Forms::given(b"\xff\xfe\ntram").is_none());
        assert!(Forms::given(&[b'x'; LONGEST + 1]).unwrap().is_empty());
    }

    #[test]
    fn an_empty_first_line_is_no_new_secret_but_what_stood_below_it_may_have_been_an_old_one() {
        let forms = Forms::given(b"\ntram horse\n").unwrap();
        assert_eq!(forms.new_form(), None);
        assert_eq!(forms.each().collect::<Vec<_>>(), ["\ntram horse"]);
        for nothing in [&b""[..], b"\n", b"\r\n"] {
            assert!(Forms::given(nothing).unwrap().is_empty(), "{nothing:?}");
        }
    }

    #[test]
    fn what_is_typed_counts_as_it_is_too() {
        let forms = Forms::typed("tram\nhorse\n");
        assert_eq!(forms.each().collect::<Vec<_>>(), ["tram", "tram\nhorse\n"]);
    }

    proptest! {
        /// What the first version took as the secret of a source is always among the forms.
        #[test]
        fn nothing_that_opened_before_is_refused(text in "[a\u{301}o\r\n\u{f3} ]{0,12}") {
            let bytes = text.as_bytes();
            let before = bytes.strip_suffix(b"\n").map_or(bytes, |line| line.strip_suffix(b"\r").unwrap_or(line));
            let before = std::str::from_utf8(before).unwrap();
            let forms = given(bytes);
            prop_assert!(before.is_empty() || forms.iter().any(|form| form == before), "{:?}", forms);
            let mut distinct = forms.clone();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), forms.len());
            prop_assert!(forms.len() <= 3);
        }

        /// The room that is kept for NFC is enough.
        #[test]
        fn nfc_never_takes_more_than_three_times_the_room(text in "\\PC{0,40}") {
            prop_assert!(text.nfc().collect::<String>().len() <= 3 * text.len());
        }
    }
}

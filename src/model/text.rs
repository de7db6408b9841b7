//! [`Clean`]: the only text type that the store, the api and the screen accept (law 7 of the design).

use unicode_normalization::char::is_combining_mark;

/// Text from outside, made safe where it enters: C0 controls but newline and tab, DEL and C1
/// controls are dropped, length and combining marks are capped. Words are kept. Direction
/// isolation happens where it is drawn.
///
/// `\r\n`, a lone `\r` and the line and paragraph separators U+2028 and U+2029 become newlines; noncharacters
/// (such as U+FFFF, which XML does not permit) are dropped. Cleaning what is clean changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Clean(String);

/// Put in the place of what was cut off.
const CUT: char = '…';
/// Combining marks kept on one base character: more than any script needs, less than
/// what climbs into other lines.
pub(super) const MAX_MARKS: usize = 8;
/// Invisible characters kept in a row: a flag of a subdivision has seven, a family of emoji three.
const MAX_INVISIBLE: usize = 16;

impl Clean {
    /// The longest text kept, in bytes; what follows is cut at a character boundary
    /// and "…" is put in its place.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// Cleans `text`, keeping its lines.
    pub fn new(text: &str) -> Self {
        Self::within(text, Self::MAX_BYTES)
    }

    /// Cleans `text` into one line: newlines and tabs become spaces.
    pub fn line(text: &str) -> Self {
        Self::line_within(text, Self::MAX_BYTES)
    }

    /// Like [`Clean::new`], cut to `max` bytes, "…" included; `max` is at least 3 and
    /// at most [`Clean::MAX_BYTES`].
    pub fn within(text: &str, max: usize) -> Self {
        Self(cut(filtered(text), max))
    }

    /// Like [`Clean::line`], cut to `max` bytes as in [`Clean::within`].
    pub fn line_within(text: &str, max: usize) -> Self {
        let one_line = filtered(text).map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c });
        Self(cut(one_line, max))
    }

    /// Cleans bytes that should be UTF-8 and need not be, such as a decrypted body (threat 74);
    /// what is not becomes U+FFFD.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::new(&String::from_utf8_lossy(bytes))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Takes characters up to `max` bytes. Stops reading there: what follows is not looked at.
fn cut(text: impl Iterator<Item = char>, max: usize) -> String {
    let max = max.clamp(CUT.len_utf8(), Clean::MAX_BYTES);
    let mut kept = String::new();
    // How much of `kept` leaves room for the mark.
    let mut fits = 0;
    for c in text {
        if kept.len() + c.len_utf8() > max {
            kept.truncate(fits);
            kept.push(CUT);
            return kept;
        }
        kept.push(c);
        if kept.len() + CUT.len_utf8() <= max {
            fits = kept.len();
        }
    }
    kept
}

/// The permitted characters, lines ended by `\n`, marks and invisible characters capped.
fn filtered(text: &str) -> impl Iterator<Item = char> {
    let mut after_return = false;
    let (mut marks, mut invisible) = (0, 0);
    text.chars()
        .filter_map(move |c| {
            let was_return = std::mem::replace(&mut after_return, c == '\r');
            match c {
                '\n' if was_return => None,
                '\r' | '\u{2028}' | '\u{2029}' => Some('\n'),
                '\n' | '\t' => Some(c),
                _ => (!c.is_control() && !is_noncharacter(c)).then_some(c),
            }
        })
        .filter(move |&c| {
            if is_combining_mark(c) {
                marks += 1;
                return marks <= MAX_MARKS;
            }
            if is_invisible(c) {
                invisible += 1;
                return invisible <= MAX_INVISIBLE;
            }
            (marks, invisible) = (0, 0);
            true
        })
}

/// Code points that Unicode keeps free for ever (Unicode 23.7).
fn is_noncharacter(c: char) -> bool {
    let c = u32::from(c);
    (0xfdd0..=0xfdef).contains(&c) || c & 0xfffe == 0xfffe
}

/// Characters without width: format characters (Cf), fillers, variation selectors and tags.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Text in which what is dropped, mapped or capped is frequent.
    fn nasty() -> impl Strategy<Value = String> {
        let special = "\u{0}\u{7}\u{8}\u{b}\u{1b}\u{7f}\u{85}\u{9b}\u{9d}\r\n\t\u{2028}\u{2029}\u{301}\u{fe0f}\u{20e3}\
                       \u{200b}\u{200d}\u{e0061}\u{fffe}\u{ffff}\u{fdd0}\u{10ffff}…é漢";
        let special: Vec<char> = special.chars().collect();
        let c = prop_oneof![3 => prop::sample::select(special), 2 => prop::char::range('a', 'e'), 1 => any::<char>()];
        prop::collection::vec(c, 0..80).prop_map(|chars| chars.into_iter().collect())
    }

    /// What is said: letters and digits, in order.
    fn words(text: &str) -> String {
        text.chars()
            .filter(|&c| c.is_alphanumeric() && !is_combining_mark(c) && !is_invisible(c))
            .collect()
    }

    fn is_harmful(c: char) -> bool {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
    }

    proptest! {
        // Threat 73.
        #[test]
        fn no_control_character_is_ever_left(text in nasty()) {
            prop_assert!(!Clean::new(&text).as_str().chars().any(is_harmful));
            prop_assert!(!Clean::line(&text).as_str().chars().any(char::is_control));
        }

        #[test]
        fn cleaning_what_is_clean_changes_nothing(text in nasty(), max in 0..60_usize) {
            let (clean, line) = (Clean::within(&text, max), Clean::line_within(&text, max));
            prop_assert_eq!(&Clean::within(clean.as_str(), max), &clean);
            prop_assert_eq!(&Clean::line_within(line.as_str(), max), &line);
            prop_assert_eq!(&Clean::new(clean.as_str()), &clean);
            prop_assert_eq!(&Clean::line(line.as_str()), &line);
        }

        #[test]
        fn words_are_kept(text in nasty()) {
            prop_assert_eq!(words(Clean::new(&text).as_str()), words(&text));
            prop_assert_eq!(words(Clean::line(&text).as_str()), words(&text));
        }

        #[test]
        fn what_is_too_long_is_cut_at_a_character_and_marked(text in nasty(), max in 3..200_usize) {
            let (whole, cut) = (Clean::new(&text), Clean::within(&text, max));
            prop_assert!(cut.as_str().len() <= max);
            if whole.as_str().len() <= max {
                prop_assert_eq!(cut, whole);
            } else {
                let kept = cut.as_str().strip_suffix(CUT).unwrap();
                prop_assert!(whole.as_str().starts_with(kept));
                // No character more would have fitted.
                let next = whole.as_str().get(kept.len()..).unwrap().chars().next().unwrap();
                prop_assert!(kept.len() + next.len_utf8() + CUT.len_utf8() > max);
            }
        }

        // Threat 74.
        #[test]
        fn any_bytes_become_clean(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert!(!Clean::from_bytes(&bytes).as_str().chars().any(is_harmful));
        }
    }

    #[test]
    fn every_kind_of_line_end_becomes_one() {
        assert_eq!(
            Clean::new("a\r\nb\rc\nd\u{2028}e\u{2029}f\r\r\n\ng").as_str(),
            "a\nb\nc\nd\ne\nf\n\n\ng"
        );
        assert_eq!(Clean::line("a\r\nb\tc").as_str(), "a b c");
    }

    #[test]
    fn escape_sequences_lose_what_starts_them() {
        assert_eq!(
            Clean::new("\u{1b}[2J\u{9b}2J\u{1b}]52;c;x\u{7}").as_str(),
            "[2J2J]52;c;x"
        );
        assert_eq!(Clean::from_bytes(b"a\xff\x1bb\0").as_str(), "a\u{fffd}b");
    }

    // Threat 79.
    #[test]
    fn marks_and_invisible_characters_do_not_pile_up() {
        let count = |text: &str| Clean::new(text).as_str().chars().count();
        assert_eq!(count(&format!("e{}", "\u{301}".repeat(10_000))), 1 + MAX_MARKS);
        assert_eq!(
            count(&format!("e{}", "\u{301}\u{200d}".repeat(10_000))),
            1 + MAX_MARKS + MAX_INVISIBLE
        );
        assert_eq!(count(&"e\u{301}".repeat(1000)), 2000);
    }

    #[test]
    fn flags_families_and_scripts_with_many_marks_are_whole() {
        for text in [
            "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
            "👨\u{200d}👩\u{200d}👧\u{200d}👦 ❤\u{fe0f} 1\u{fe0f}\u{20e3}",
            "हिन्दी ไทยที่นี่ בְּרֵאשִׁית việt",
        ] {
            assert_eq!(Clean::new(text).as_str(), text);
        }
    }

    #[test]
    fn a_megabyte_becomes_a_quarter() {
        let clean = Clean::new(&"漢".repeat(400_000));
        assert!(clean.as_str().len() <= Clean::MAX_BYTES && clean.as_str().len() > Clean::MAX_BYTES - 6);
        assert!(clean.as_str().ends_with(CUT));
    }
}

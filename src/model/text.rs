//! [`Clean`]: the only text type that the store, the api and the screen accept (law 7 of the design).

use unicode_normalization::char::is_combining_mark;

/// Text from outside, made safe where it enters: C0 controls but newline and tab, DEL and C1 controls are dropped,
/// length and combining marks are capped. Words are kept. Direction isolation happens where it is drawn.
///
/// `\r\n`, a lone `\r` and the line and paragraph separators U+2028 and U+2029 become newlines; noncharacters (such as
/// U+FFFF, which XML does not permit) are dropped. Cleaning what is clean changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Clean(String);

/// Put in the place of what was cut off.
const CUT: char = '…';
/// Combining marks kept on one base character: more than any script needs, less than what climbs into other lines.
const MAX_MARKS: usize = 8;
/// Invisible characters kept in a row: a flag of a subdivision has seven, a family of emoji three.
const MAX_INVISIBLE: usize = 16;

impl Clean {
    /// The longest text kept, in bytes; what follows is cut at a character boundary and "…" is put in its place.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// Cleans `text`, keeping its lines.
    pub fn new(text: &str) -> Self {
        Self::within(text, Self::MAX_BYTES)
    }

    /// Cleans `text` into one line: newlines and tabs become spaces.
    pub fn line(text: &str) -> Self {
        Self::line_within(text, Self::MAX_BYTES)
    }

    /// Like [`Clean::new`], cut to `max` bytes, "…" included; `max` is at least 3 and at most [`Clean::MAX_BYTES`].
    pub fn within(text: &str, max: usize) -> Self {
        Self(cut(filtered(text), max))
    }

    /// Like [`Clean::line`], cut to `max` bytes as in [`Clean::within`].
    pub fn line_within(text: &str, max: usize) -> Self {
        let one_line = filtered(text).map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c });
        Self(cut(one_line, max))
    }

    /// Cleans bytes that should be UTF-8 and need not be, such as a decrypted body (threat 74); what is not becomes U+FFFD.
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

//! How text of others is put on a line of a terminal: no direction mark reaches beyond its own text, and nothing that
//! cannot be seen hides in a name (threats 77, 78).

use std::fmt::Write as _;

use unicode_normalization::char::is_combining_mark;

use super::Clean;
use super::text::is_invisible;

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_ISOLATE: char = '\u{2069}';
/// Isolates inside one line that are kept; people write one or two.
const MAX_DEPTH: usize = 8;

/// A JID, nick, resource, device or file name on one line. Whatever is invisible, changes the direction, or looks like a
/// space and is none, is written as `\u{…}`. Text of a right-to-left script is isolated from what stands beside it.
pub fn identifier(text: &str) -> String {
    let mut shown = String::new();
    let mut after_letter = false;
    for c in text.chars() {
        let mark = is_combining_mark(c);
        if c.is_control()
            || is_invisible(c)
            || (c.is_whitespace() && c != ' ')
            || is_blank(c)
            || (mark && !after_letter)
        {
            // Writing to a String cannot fail.
            let _ = write!(shown, "{}", c.escape_unicode());
            after_letter = false;
        } else {
            shown.push(c);
            after_letter = mark || c.is_alphanumeric();
        }
    }
    isolated(shown)
}

/// The lines of a text as they may be printed, each isolated for itself. The caller indents all but the first, so that
/// no line of a message can pass for a line of the program (threat 80).
pub fn lines(text: &Clean) -> impl Iterator<Item = String> {
    text.as_str().split('\n').map(line)
}

/// A text on one line: line ends become " ⏎ ", tabs become spaces.
pub fn one_line(text: &Clean) -> String {
    line(&text.as_str().trim_end_matches('\n').replace('\n', " ⏎ "))
}

/// One line: embeddings and overrides, which can turn letters around (CVE-2021-42574), are dropped; isolates are balanced.
fn line(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut depth = 0_usize;
    let mut ignored = 0_usize;
    for c in text.chars() {
        match c {
            '\u{202a}'..='\u{202e}' => {}
            '\u{2066}'..='\u{2068}' if depth == MAX_DEPTH => ignored += 1,
            '\u{2066}'..='\u{2068}' => {
                depth += 1;
                kept.push(c);
            }
            POP_ISOLATE if ignored > 0 => ignored -= 1,
            POP_ISOLATE if depth == 0 => {}
            POP_ISOLATE => {
                depth -= 1;
                kept.push(c);
            }
            '\t' => kept.push(' '),
            c if c.is_control() => {}
            c => kept.push(c),
        }
    }
    kept.extend(std::iter::repeat_n(POP_ISOLATE, depth));
    isolated(kept)
}

/// `text` between FSI and PDI, if anything in it has a direction of its own.
fn isolated(text: String) -> String {
    if text.chars().any(has_direction) {
        format!("{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}")
    } else {
        text
    }
}

/// Right-to-left letters and digits, and the marks and isolates that set a direction.
fn has_direction(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{8ff}' | '\u{200e}' | '\u{200f}' | '\u{2066}'..='\u{2069}' | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Looks like a space and is none.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{2800}' | '\u{1d159}')
}

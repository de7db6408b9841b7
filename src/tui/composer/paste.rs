//! Making text that comes from outside fit to stand in the composer.

use super::graphemes;
use model::Clean;

/// Parameters of a control sequence that are looked through; what is longer is no sequence.
const MOST_PARAMETERS: usize = 32;

/// `text` as [`Clean`] leaves it, without its "…" where it is too long. False if something was too long.
///
/// Whole control sequences (ESC [ or CSI, to their last byte) vanish, so that neither colours nor the end
/// mark of a paste leave their letters behind (threat 81).
pub(super) fn cleaned(text: &str) -> (String, bool) {
    let most = Clean::MAX_BYTES;
    let without = if text.contains(['\u{1b}', '\u{9b}']) {
        without_sequences(text)
    } else {
        text.to_owned()
    };
    let fitting = graphemes::first_bytes(&without, most);
    // Never longer than before, so nothing is cut here.
    let clean = Clean::new(fitting);
    (clean.as_str().to_owned(), fitting.len() == without.len())
}

fn without_sequences(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let opened = match c {
            '\u{9b}' => Some(rest.clone()),
            '\u{1b}' if rest.as_str().starts_with('[') => {
                let mut after = rest.clone();
                after.next();
                Some(after)
            }
            _ => None,
        };
        match opened.and_then(after_sequence) {
            Some(after) => rest = after,
            None => kept.push(c),
        }
    }
    kept
}

/// What follows the control sequence whose parameters begin here (ECMA-48 §5.4); None if it is none.
fn after_sequence(mut rest: std::str::Chars<'_>) -> Option<std::str::Chars<'_>> {
    for _ in 0..=MOST_PARAMETERS {
        match rest.next()? {
            ' '..='?' => {}
            '@'..='~' => return Some(rest),
            _ => return None,
        }
    }
    None
}

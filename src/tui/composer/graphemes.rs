//! Places in a text: between graphemes, words and lines. Places are byte offsets between
//! graphemes, unless said otherwise.

use unicode_segmentation::GraphemeCursor;

/// The place after the grapheme at `at`; the end at the end.
pub(super) fn next(text: &str, at: usize) -> usize {
    GraphemeCursor::new(at, text.len(), true)
        .next_boundary(text, 0)
        .ok()
        .flatten()
        .unwrap_or(text.len())
}

/// The place before the grapheme that ends at `at`; 0 at the start.
pub(super) fn previous(text: &str, at: usize) -> usize {
    GraphemeCursor::new(at, text.len(), true)
        .prev_boundary(text, 0)
        .ok()
        .flatten()
        .unwrap_or(0)
}

/// `at` (between characters) itself if it lies between graphemes, else the end of
/// the grapheme that it lies in.
pub(super) fn snap(text: &str, at: usize) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    match cursor.is_boundary(text, 0) {
        Ok(false) => next(text, at),
        _ => at,
    }
}

/// The longest beginning of `text` of at most `most` bytes that ends between graphemes.
pub(super) fn first_bytes(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let at = (0..=most)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    let whole = match GraphemeCursor::new(at, text.len(), true).is_boundary(text, 0) {
        Ok(false) => previous(text, at),
        _ => at,
    };
    text.get(..whole).unwrap_or_default()
}

/// Start of the line that `at` lies in.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1)
}

/// End of the line that `at` lies in, before its newline.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text.get(at..)
        .and_then(|after| after.find('\n'))
        .map_or(text.len(), |newline| at + newline)
}

/// A piece of a word as readline's M-f sees it: letters and digits, with the marks on them.
pub(super) fn is_word(grapheme: &str) -> bool {
    grapheme.chars().any(char::is_alphanumeric)
}

pub(super) fn is_space(grapheme: &str) -> bool {
    grapheme.chars().all(char::is_whitespace)
}

/// Walks left from `at` as long as the graphemes passed are such. One cursor goes all the way: a new one
/// would count the flags before it at every step.
pub(super) fn left_while(text: &str, mut at: usize, such: impl Fn(&str) -> bool) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    while let Ok(Some(before)) = cursor.prev_boundary(text, 0) {
        if !text.get(before..at).is_some_and(&such) {
            break;
        }
        at = before;
    }
    at
}

/// Walks right from `at` as long as the graphemes passed are such.
pub(super) fn right_while(text: &str, mut at: usize, such: impl Fn(&str) -> bool) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    while let Ok(Some(after)) = cursor.next_boundary(text, 0) {
        if !text.get(at..after).is_some_and(&such) {
            break;
        }
        at = after;
    }
    at
}

/// Start of the word before `at`.
pub(super) fn word_left(text: &str, at: usize) -> usize {
    left_while(text, left_while(text, at, |g| !is_word(g)), is_word)
}

/// End of the word after `at`.
pub(super) fn word_right(text: &str, at: usize) -> usize {
    right_while(text, right_while(text, at, |g| !is_word(g)), is_word)
}

/// Start of what stands between spaces before `at`: Ctrl-W.
pub(super) fn unspaced_left(text: &str, at: usize) -> usize {
    left_while(text, left_while(text, at, is_space), |g| !is_space(g))
}

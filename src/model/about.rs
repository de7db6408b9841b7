//! What a message says about another one.

use std::ops::Range;

use jid::BareJid;

use super::{Clean, MessageId};

/// A message answers another one (XEP-0461).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The id of that message, as its author or the server names it.
    pub id: String,
    /// Its author, if it says so.
    pub author: Option<BareJid>,
    /// Where the answer's text repeats what it answers, for those who cannot tell otherwise
    /// (XEP-0428), in code points of the text.
    pub quote: Option<Range<usize>>,
}

impl Reply {
    /// What of `text` is repeated, and the answer itself. None where the range cannot be right: then all of
    /// the text is the answer. A wrong range hides at most lines that begin as quotes do, since beside a
    /// letter of the legacy dialect anybody on the way can set it.
    pub fn split<'a>(&self, text: &'a str) -> Option<(&'a str, &'a str)> {
        let range = self.quote.as_ref().filter(|range| range.start == 0)?;
        let end = match text.char_indices().nth(range.end) {
            Some((end, _)) => end,
            None if text.chars().count() == range.end => text.len(),
            None => return None,
        };
        let (quote, answer) = text.split_at_checked(end)?;
        let whole_lines = quote.ends_with('\n') || answer.starts_with('\n');
        let quotes = quote.lines().all(|line| line.starts_with('>'));
        let answer = answer.strip_prefix('\n').unwrap_or(answer);
        (whole_lines && quotes && !quote.is_empty() && !answer.trim().is_empty()).then_some((quote, answer))
    }
}

/// `text` as a quote: each line begins with a mark, and the last one ends.
pub fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("> {line}\n")).collect()
}

/// What was quoted: `quote` without its marks.
pub fn unquoted(quote: &str) -> String {
    let bare = |line: &str| {
        let line = line.strip_prefix('>').unwrap_or(line).to_owned();
        line.strip_prefix(' ').map(str::to_owned).unwrap_or(line)
    };
    quote.lines().map(bare).collect::<Vec<_>>().join("\n")
}

/// What somebody thinks of a message (XEP-0444); it takes the place of all that they thought before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reactions {
    /// The id of that message, as its author or the server names it.
    pub id: String,
    /// Each once; none: they took theirs back.
    pub emojis: Vec<Clean>,
}

/// The message that one of the history answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyTo {
    /// Its id, as its author or the server names it.
    pub id: String,
    pub author: Option<BareJid>,
}

/// Who took a message back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retracted {
    Author,
    Moderator,
}

/// What a draft becomes when it is sent, where that is no message of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftAbout {
    /// An answer to this message.
    Answer(MessageId),
    /// Other words for this message of ours; None: it is not here any more, and they are sent nowhere.
    Correction(Option<MessageId>),
}

/// Bytes of one emoji: the longest there is (a flag of a subdivision, a family) has fewer.
const MAX_EMOJI: usize = 64;

/// One emoji. A reaction must not become a second way to write words.
pub fn emoji(text: &str) -> Option<Clean> {
    let is_keycap = text.ends_with('\u{20e3}');
    let says_words = |c: char| {
        let lettered =
            c.is_alphanumeric() && u32::from(c) < 0x1_f000 && !matches!(c, '\u{2139}' | '\u{24c2}');
        lettered && !(is_keycap && c.is_ascii_digit())
    };
    let fits = !text.is_empty() && text.len() <= MAX_EMOJI;
    let is_picture = |c: char| matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{20e3}' | '\u{2122}'..='\u{3299}' | '\u{1f000}'..='\u{1faff}');
    let plain = !text.chars().any(is_picture) || text.chars().any(|c| c.is_whitespace() || says_words(c));
    let cleaned = Clean::line(text);
    (fits && !plain && cleaned.as_str() == text).then_some(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, range: Range<usize>) -> Option<(String, String)> {
        let reply = Reply {
            id: "m1".to_owned(),
            author: None,
            quote: Some(range),
        };
        let (quote, answer) = reply.split(text)?;
        Some((unquoted(quote), answer.to_owned()))
    }

    #[test]
    fn a_range_is_in_code_points_and_hides_whole_lines_of_quotes_alone() {
        let parts = |quote: &str, answer: &str| Some((quote.to_owned(), answer.to_owned()));
        for (text, range, expected) in [
            ("> hello\nyes", 0..8, parts("hello", "yes")),
            ("> a\n> b\nyes", 0..8, parts("a\nb", "yes")),
            (">no space\nyes", 0..10, parts("no space", "yes")),
            (
                "> \u{1f600}\u{1f600}\nyes",
                0..5,
                parts("\u{1f600}\u{1f600}", "yes"),
            ),
            // Without the line's end, as some count.
            ("> hello\nyes", 0..7, parts("hello", "yes")),
            // In UTF-16 units, or too long, or from the middle, or nothing.
            ("> \u{1f600}\u{1f600}\nyes", 0..7, None),
            ("> hello\nyes", 0..11, None),
            ("> hello\nyes", 0..99, None),
            ("> hello\nyes", 2..8, None),
            ("> hello\nyes", 0..0, None),
            ("> hello\n  ", 0..8, None),
            // What is no quote is not hidden.
            ("pay Eve\nno", 0..8, None),
            ("> a\npay Eve\nyes", 0..12, None),
        ] {
            assert_eq!(split(text, range.clone()), expected, "{text:?} {range:?}");
        }
    }

    #[test]
    fn a_quote_is_undone_by_taking_its_marks_away() {
        for text in ["hello", "a\nb", "> nested\nb", "", "a\n\nb"] {
            assert_eq!(unquoted(&quoted(text)), text);
        }
    }
}

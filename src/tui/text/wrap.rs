//! Breaking a line into lines: at spaces and between ideographs, else anywhere between symbols. In one pass.

use std::ops::Range;

use super::TOO_WIDE;
use super::graphemes::Symbols;

/// One line of text (without newlines) as lines of at most `columns` (at least 1), broken at spaces where
/// there are any, else between symbols. At least one line. Spaces at a break are dropped, all others are
/// kept. The lines hold text as [`super::put`] paints it.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    pieces(text, columns)
        .into_iter()
        .map(|piece| piece.text)
        .collect()
}

/// A part of a line of text that fits into its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// The next piece goes on at once: no space was dropped between them.
    pub goes_on: bool,
}

/// The same as [`wrap`], for whoever has to know where a word was broken.
pub fn pieces(text: &str, columns: usize) -> Vec<Piece> {
    let mut wrapper = Wrapper {
        columns: columns.max(1),
        ..Wrapper::default()
    };
    let mut symbols = Symbols::new(text);
    while let Some(symbol) = symbols.next() {
        wrapper.add(symbol.text, symbol.columns);
    }
    wrapper.finish()
}

/// The pieces as the one line that they were.
pub(super) fn joined(pieces: &[Piece]) -> String {
    let mut whole = String::new();
    for piece in pieces {
        whole.push_str(&piece.text);
        if !piece.goes_on {
            whole.push(' ');
        }
    }
    // The last piece ends the line.
    whole.pop();
    whole
}

/// Parts of the line that the pieces were, as parts of each piece.
pub(super) fn split<T: Clone>(pieces: &[Piece], parts: &[(Range<usize>, T)]) -> Vec<Vec<(Range<usize>, T)>> {
    let mut start = 0;
    let mut all = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let end = start + piece.text.len();
        let its = parts
            .iter()
            .filter(|(range, _)| range.start < end && start < range.end);
        all.push(
            its.map(|(range, what)| {
                (
                    range.start.max(start) - start..range.end.min(end) - start,
                    what.clone(),
                )
            })
            .collect(),
        );
        start = end + usize::from(!piece.goes_on);
    }
    all
}

/// The line and the word that grow, with their columns.
#[derive(Default)]
struct Wrapper {
    columns: usize,
    done: Vec<Piece>,
    line: String,
    used: usize,
    /// Spaces between the line and the word: not known yet whether they are kept.
    spaces: usize,
    word: String,
    long: usize,
}

impl Wrapper {
    fn add(&mut self, symbol: &str, columns: usize) {
        if symbol == " " {
            self.place();
            self.spaces += 1;
            return;
        }
        if columns > self.columns {
            let mut replacement = [0; 4];
            return self.add(TOO_WIDE.encode_utf8(&mut replacement), 1);
        }
        if self.may_break_before(symbol) {
            self.place();
        }
        if self.long + columns > self.columns {
            // Longer than a whole line: its beginning gets a line for itself.
            self.place();
            self.end_line(true);
        }
        self.word.push_str(symbol);
        self.long += columns;
    }

    /// Without a space: beside an ideograph or kana, but not before what closes nor after what opens.
    fn may_break_before(&self, symbol: &str) -> bool {
        let (Some(before), Some(after)) = (self.word.chars().next_back(), symbol.chars().next()) else {
            return false;
        };
        (is_ideographic(before) || is_ideographic(after)) && !opens(before) && !closes(after)
    }

    /// The word goes to the end of the line, or begins the next one.
    fn place(&mut self) {
        if self.word.is_empty() {
            return;
        }
        if self.used + self.spaces + self.long > self.columns && self.used > 0 {
            self.end_line(self.spaces == 0);
        }
        if self.used + self.spaces + self.long <= self.columns {
            self.keep_spaces(self.spaces);
        }
        self.line.push_str(&self.word);
        self.used += self.long;
        self.spaces = 0;
        self.word.clear();
        self.long = 0;
    }

    fn keep_spaces(&mut self, count: usize) {
        self.line.extend(std::iter::repeat_n(' ', count));
        self.used += count;
    }

    fn end_line(&mut self, goes_on: bool) {
        let text = std::mem::take(&mut self.line);
        self.done.push(Piece { text, goes_on });
        self.used = 0;
        self.spaces = 0;
    }

    fn finish(mut self) -> Vec<Piece> {
        self.place();
        self.keep_spaces(self.spaces.min(self.columns - self.used));
        self.done.push(Piece {
            text: self.line,
            goes_on: false,
        });
        self.done
    }
}

/// Ideographs, kana and what belongs to them; Korean has spaces.
fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{30ff}' | '\u{3190}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff01}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}')
}

fn opens(c: char) -> bool {
    matches!(
        c,
        '「' | '『' | '（' | '【' | '〈' | '《' | '〔' | '［' | '｛' | '〖' | '(' | '[' | '“' | '‘'
    )
}

fn closes(c: char) -> bool {
    matches!(
        c,
        '」' | '』'
            | '）'
            | '】'
            | '〉'
            | '》'
            | '〕'
            | '］'
            | '｝'
            | '〗'
            | ')'
            | ']'
            | '”'
            | '’'
            | '、'
            | '。'
            | '，'
            | '．'
            | '！'
            | '？'
            | '：'
            | '；'
            | '・'
            | 'ー'
            | '…'
            | '々'
            | ','
            | '.'
            | '!'
            | '?'
            | ':'
            | ';'
            | 'ぁ'
            | 'ぃ'
            | 'ぅ'
            | 'ぇ'
            | 'ぉ'
            | 'っ'
            | 'ゃ'
            | 'ゅ'
            | 'ょ'
            | 'ァ'
            | 'ィ'
            | 'ゥ'
            | 'ェ'
            | 'ォ'
            | 'ッ'
            | 'ャ'
            | 'ュ'
            | 'ョ'
    )
}

//! Text as symbols: what is painted as a whole, with the columns that are kept free for it.
//!
//! Terminals read a text in one of two ways. The older reading gives every character a width of its own
//! (xterm, screen, the emulator of our tests). The newer one joins grapheme clusters and gives each one width
//! (kitty, Ghostty, Windows Terminal). Nobody tells us which one it is. So a symbol is a grapheme cluster,
//! made such that both readings are as close as can be, and it gets the columns of the wider one:
//!
//! - emoji joined by U+200D are painted as their parts side by side, skin tones and variation
//!   selectors are left out: then every terminal has one character, of one width, in each place. Flags
//!   are two indicators of a column each, or one flag of two; an indicator without a partner, on whose
//!   width they disagree, becomes its letter. Where the terminal said that it draws such emoji as one,
//!   they are ([`super::emoji`]);
//! - whatever is invisible is left out, and so has no cell: format characters, fillers, tags,
//!   direction marks. Joiners stay where they shape letters, that is behind a letter of Arabic, an
//!   Indic script and their kin;
//! - marks stay in the cell of their letter, at most [`MAX_MARKS`]. A mark without a letter would climb onto
//!   the cell to the left, which may be outside the box: it gets a dotted circle to stand on;
//! - vowel signs that take a column in one reading and none in the other, conjuncts and clusters of old
//!   Hangul get the sum of all widths; so do marks that are younger than Unicode 11, which older
//!   terminals take for letters;
//! - a symbol does not join what stands to the right of it, which may be another text: what asks
//!   for a successor (a virama, an initial of Hangul alone) is closed by U+200C or written as the
//!   letter that stands for itself;
//! - ligatures (Arabic lam-alef, Khmer coeng …) are not counted as one column, although unicode-width does so
//!   for strings: no terminal does;
//! - characters of ambiguous width have one column; code points that may become wide with the next Unicode,
//!   noncharacters and characters without a width that are no marks are painted as U+FFFD.
//!
//! Right to left: an isolate before the first letter would have to stand in the cell to the left, which is
//! not ours, so isolates are left out. Instead the last symbol of a text with right-to-left letters is closed
//! by a left-to-right mark (U+200E) in the same cell: for a terminal that turns text around, digits, walls
//! and texts to the right of it are no part of it. Terminals that ignore the mark are those that do not turn
//! text around, or that look at the first character of each cell only; with the latter two right-to-left
//! texts on one row can change places. There is no remedy within a cell for that.

use std::iter::Peekable;
use std::str::Chars;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

use super::emoji;

pub(super) const REPLACEMENT: char = '\u{fffd}';
pub(super) const LEFT_TO_RIGHT_MARK: char = '\u{200e}';
const NON_JOINER: char = '\u{200c}';
/// Bears a mark that has no letter.
const DOTTED_CIRCLE: char = '\u{25cc}';
/// Characters without a column in one symbol.
const MAX_MARKS: usize = 8;
/// Columns of the widest symbol; a longer cluster becomes several.
pub(super) const MAX_COLUMNS: u16 = 4;

/// What is painted as a whole.
pub(super) struct Symbol<'a> {
    /// Begins with a character that has a width of at least one column.
    pub(super) text: &'a str,
    /// From 1 to [`MAX_COLUMNS`].
    pub(super) columns: usize,
    /// Has letters or digits that go from right to left.
    pub(super) turns: bool,
}

/// The symbols of a text, one after the other; reads no further than it must.
pub(super) struct Symbols<'a> {
    chars: Peekable<Chars<'a>>,
    text: String,
    columns: usize,
    marks: usize,
    turns: bool,
}

impl<'a> Symbols<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            chars: text.chars().peekable(),
            text: String::new(),
            columns: 0,
            marks: 0,
            turns: false,
        }
    }

    /// The next one; None at the end of the text.
    pub(super) fn next(&mut self) -> Option<Symbol<'_>> {
        let first = loop {
            let c = self.chars.next()?;
            if let Some(c) = painted(c).filter(|&c| !is_joiner(c)) {
                break c;
            }
        };
        if emoji::take(first, &mut self.chars, &mut self.text) {
            return Some(Symbol {
                text: &self.text,
                columns: emoji::COLUMNS,
                turns: false,
            });
        }
        if stands_alone(first) && self.chars.peek().is_none_or(|&c| stands_alone(c)) {
            // The common case, told without a look at the tables.
            self.text.clear();
            self.text.push(first);
            return Some(Symbol {
                text: &self.text,
                columns: own_width(first),
                turns: false,
            });
        }
        self.begin(first);
        while let Some(&c) = self.chars.peek() {
            match painted(c) {
                Some(c) if !self.take(c) => break,
                _ => self.chars.next(),
            };
        }
        self.finish();
        Some(Symbol {
            text: &self.text,
            columns: self.columns,
            turns: self.turns,
        })
    }

    fn begin(&mut self, c: char) {
        self.text.clear();
        (self.columns, self.turns) = (0, false);
        self.marks = usize::from(own_width(c) == 0);
        if is_jamo_inside(c) {
            return self.push(REPLACEMENT);
        }
        if needs_bearer(c) {
            self.push(DOTTED_CIRCLE);
        }
        self.push(c);
    }

    fn push(&mut self, c: char) {
        self.text.push(c);
        self.columns += columns(c);
        self.turns |= is_right_to_left(c);
    }

    /// Whether `c` belongs to the symbol that has begun. It may be left out nevertheless.
    fn take(&mut self, c: char) -> bool {
        let Some(last) = self.text.chars().next_back() else {
            return false;
        };
        if stands_alone(c) && (stands_alone(last) || is_regional(last)) {
            return false;
        }
        if is_joiner(c) {
            if is_shaped(last) && self.marks < MAX_MARKS {
                self.text.push(c);
                self.marks += 1;
            }
            return true;
        }
        let is_mark = own_width(c) == 0 && !is_jamo_inside(c);
        if !is_mark && !self.is_one_with(c) {
            return false;
        }
        self.marks += usize::from(own_width(c) == 0);
        if self.marks > MAX_MARKS || self.columns + columns(c) > usize::from(MAX_COLUMNS) {
            // Too many marks go; a letter begins the next symbol.
            return own_width(c) == 0;
        }
        self.push(c);
        true
    }

    /// Whether `c` behind it would be in the same grapheme cluster.
    fn is_one_with(&mut self, c: char) -> bool {
        let end = self.text.len();
        self.text.push(c);
        let joined = self.text.graphemes(true).nth(1).is_none();
        self.text.truncate(end);
        joined
    }

    /// Makes it such that it is whole, and does not join what is painted to the right of it.
    fn finish(&mut self) {
        let Some(first) = self.text.chars().next() else {
            return;
        };
        if is_regional(first) && !self.text.chars().nth(1).is_some_and(is_regional) {
            self.replace(|c| if is_regional(c) { letter(c) } else { c });
        }
        if self.text.contains(is_jamo) {
            let composed: String = self.text.nfc().collect();
            self.text = composed;
            if self.text.ends_with(is_initial) {
                self.replace(|c| if is_initial(c) { compatible(c) } else { c });
            }
            self.columns = self.text.chars().map(columns).sum();
        }
        // A virama asks for the next consonant, some signs of Arabic for the next letter.
        if !self.text.ends_with(stands_alone) && self.is_one_with('क') {
            self.text.push(NON_JOINER);
        }
    }

    fn replace(&mut self, by: impl Fn(char) -> char) {
        self.text = self.text.chars().map(by).collect();
    }
}

/// What is painted for a character: itself, another one, or nothing.
fn painted(c: char) -> Option<char> {
    match c {
        ' '..='~' => Some(c),
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some(' '),
        _ if c.is_control() || is_left_out(c) => None,
        _ if is_joiner(c) => Some(c),
        _ if is_unsettled(c) => Some(REPLACEMENT),
        _ => Some(c),
    }
}

/// Invisible, or there only to change the look of another character. The selectors and skin tones are what
/// terminals disagree on most.
fn is_left_out(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}

/// ZERO WIDTH NON-JOINER and ZERO WIDTH JOINER.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Letters and marks of scripts in which a joiner changes the shape of letters. No emoji is among them.
fn is_shaped(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{10ff}' | '\u{1200}'..='\u{1cff}' | '\u{a800}'..='\u{abff}' | '\u{10a00}'..='\u{11fff}' | '\u{1e900}'..='\u{1e95f}')
}

/// Has no width that terminals could agree on, today or after the next Unicode.
fn is_unsettled(c: char) -> bool {
    let code = u32::from(c);
    let noncharacter = (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe;
    let width = own_width(c);
    // Kept free for emoji.
    let may_widen = width == 1
        && matches!(c, '\u{1f6d8}'..='\u{1f6df}' | '\u{1f6ed}'..='\u{1f6ef}' | '\u{1f6fd}'..='\u{1f6ff}'
            | '\u{1f7da}'..='\u{1f7ff}' | '\u{1fa70}'..='\u{1faff}' | '\u{1fc00}'..='\u{1ffff}');
    let no_mark = width == 0 && !is_combining_mark(c) && !is_jamo_inside(c);
    noncharacter || may_widen || no_mark || width > 2
}

/// Vowels and finals of Hangul, without a width when they follow an initial.
fn is_jamo_inside(c: char) -> bool {
    matches!(c, '\u{1161}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}')
}

fn is_regional(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

/// The letter that a regional indicator stands for.
fn letter(indicator: char) -> char {
    u32::from(indicator)
        .checked_sub(u32::from('\u{1f1e6}'))
        .and_then(|at| char::from_u32(u32::from('A') + at))
        .unwrap_or(REPLACEMENT)
}

/// Initials of Hangul, which ask for a vowel.
fn is_initial(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{a960}'..='\u{a97c}')
}

fn is_jamo(c: char) -> bool {
    is_initial(c) || is_jamo_inside(c)
}

/// An initial as a letter that stands for itself.
fn compatible(initial: char) -> char {
    u32::from(initial)
        .checked_sub(0x1100)
        .and_then(|at| {
            "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
                .chars()
                .nth(usize::try_from(at).ok()?)
        })
        .unwrap_or(REPLACEMENT)
}

/// Would be drawn onto what stands to the left of it.
fn needs_bearer(c: char) -> bool {
    c >= '\u{300}'
        && (own_width(c) == 0
            || ['a', c]
                .iter()
                .collect::<String>()
                .graphemes(true)
                .nth(1)
                .is_none())
}

/// Letters that join no other of their kind, and nothing but marks.
fn stands_alone(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{370}'..='\u{377}' | '\u{384}'..='\u{482}'
        | '\u{48a}'..='\u{52f}' | '\u{2500}'..='\u{259f}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fe}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// The width of the character for itself: 0, 1, 2; 3 for one sign of Khmer.
fn own_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// The columns kept free for a character in a symbol: the most that a terminal takes for it.
fn columns(c: char) -> usize {
    match own_width(c) {
        0 if is_column_in_doubt(c) => 1,
        width => width,
    }
}

/// Marks that take a column in some terminals: signs that stand beside the letter and yet extend
/// it (Other_Grapheme_Extend of general category Mc), those younger than Unicode 11, and the
/// rare ones of the higher planes.
fn is_column_in_doubt(c: char) -> bool {
    matches!(c,
        '\u{897}' | '\u{8c8}'..='\u{8d3}' | '\u{9be}' | '\u{9d7}' | '\u{b3e}' | '\u{b55}' | '\u{b57}' | '\u{bbe}' | '\u{bd7}'
        | '\u{c3c}' | '\u{cc0}' | '\u{cc2}' | '\u{cc7}'..='\u{ccb}' | '\u{cd5}' | '\u{cd6}' | '\u{d3e}' | '\u{d57}' | '\u{d81}'
        | '\u{dcf}' | '\u{ddf}' | '\u{eba}' | '\u{ece}' | '\u{1715}' | '\u{1734}' | '\u{180f}' | '\u{1abf}'..='\u{1aff}'
        | '\u{1b35}' | '\u{1b3b}' | '\u{1b3d}' | '\u{1b43}' | '\u{1b44}' | '\u{1baa}' | '\u{1bf2}' | '\u{1bf3}'
        | '\u{1dfa}' | '\u{302e}' | '\u{302f}' | '\u{a82c}' | '\u{a953}' | '\u{a9c0}' | '\u{d7b0}'..='\u{d7ff}' | '\u{10000}'..)
}

/// Letters and digits that go from right to left.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

//! Emoji of several characters, as one symbol of two columns, on terminals that were seen to draw them so.
//!
//! What is not drawn as one falls into its parts, as [`super::graphemes`] says. Nothing of this is believed
//! of a terminal that was not asked: each kind on its own, joined ones also with two that nobody ever joins,
//! so that no list in the terminal can be shorter than what somebody sends.

use std::cell::Cell;
use std::iter::Peekable;
use std::str::Chars;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of each of them.
pub(super) const COLUMNS: usize = 2;
/// Pictures that are joined at most; the longest that people send has four, or ten characters.
const MOST_JOINED: usize = 8;
/// Letters of the flag of a region at most.
const MOST_TAGS: usize = 6;
const JOINER: char = '\u{200d}';
const COLOUR: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';
const BLACK_FLAG: char = '\u{1f3f4}';
const LAST_TAG: char = '\u{e007f}';

/// Which kinds the terminal draws as one, in two columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Whole {
    /// Pictures joined by U+200D: families, professions.
    pub joined: bool,
    /// Skin tones.
    pub toned: bool,
    /// Signs of one column that become pictures of two (U+FE0F): ❤.
    pub coloured: bool,
    /// The same among joined pictures: the sign of women.
    pub coloured_inside: bool,
    /// A digit on a key.
    pub keycaps: bool,
    /// Flags of regions.
    pub tagged: bool,
}

thread_local! {
    /// Of the terminal that this thread paints to.
    static WHOLE: Cell<Whole> = const { Cell::new(Whole { joined: false, toned: false, coloured: false, coloured_inside: false, keycaps: false, tagged: false }) };
}

/// From now on this thread paints these as one. What was measured before has to be measured again.
pub fn draw_whole(whole: Whole) {
    WHOLE.set(whole);
}

/// The characters of one symbol that `first` begins, into `text`; those that belong to it are taken from
/// `rest`. False: it is none of several characters, and nothing was taken.
pub(super) fn take(first: char, rest: &mut Peekable<Chars<'_>>, text: &mut String) -> bool {
    let whole = WHOLE.get();
    if whole == Whole::default()
        || !(is_picture(first) || first.is_ascii_digit() || matches!(first, '#' | '*'))
    {
        return false;
    }
    let mut ahead = rest.clone();
    text.clear();
    if whole.keycaps && first.is_ascii() {
        let keycap = ahead.next_if_eq(&COLOUR).is_some() && ahead.next_if_eq(&KEYCAP).is_some();
        if keycap {
            text.extend([first, COLOUR, KEYCAP]);
            *rest = ahead;
        }
        return keycap;
    }
    if !is_picture(first) {
        return false;
    }
    add(first, &mut ahead, whole, whole.coloured, text);
    // A narrow sign that stays one draws nothing to it.
    if text.width() == COLUMNS {
        join(&mut ahead, whole, text);
    }
    let several = text.chars().nth(1).is_some();
    if several {
        // What would change it further is left out.
        while ahead
            .next_if(|c| c.width().unwrap_or(0) == 0 || is_tone(*c))
            .is_some()
        {}
        *rest = ahead;
    }
    several
}

/// The pictures that are joined to the first.
fn join(ahead: &mut Peekable<Chars<'_>>, whole: Whole, text: &mut String) {
    for _ in 1..MOST_JOINED {
        let mut further = ahead.clone();
        let next = further.next_if_eq(&JOINER).and_then(|_| further.next());
        let Some(next) = next.filter(|next| whole.joined && is_picture(*next)) else {
            return;
        };
        text.push(JOINER);
        add(next, &mut further, whole, whole.coloured_inside, text);
        *ahead = further;
    }
}

/// A picture with what changes its looks, as far as the terminal draws that.
fn add(picture: char, ahead: &mut Peekable<Chars<'_>>, whole: Whole, coloured: bool, text: &mut String) {
    text.push(picture);
    if ahead.next_if_eq(&COLOUR).is_some() && coloured && picture.width() == Some(1) {
        text.push(COLOUR);
    }
    if let Some(tone) = ahead.next_if(|c| is_tone(*c))
        && whole.toned
        && takes_tone(picture)
    {
        text.push(tone);
    }
    if picture == BLACK_FLAG && whole.tagged {
        let mut further = ahead.clone();
        let tags: String = std::iter::from_fn(|| further.next_if(|c| is_tag(*c)))
            .take(MOST_TAGS + 1)
            .collect();
        if tags.ends_with(LAST_TAG) && tags.chars().filter(|c| *c == LAST_TAG).count() == 1 {
            text.push_str(&tags);
            *ahead = further;
        }
    }
}

fn is_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}' | LAST_TAG)
}

/// Whether it can be joined to another: that is what the grapheme rules know of
/// pictures. Its width is settled.
fn is_picture(c: char) -> bool {
    let may_be = matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
        | '\u{1f000}'..='\u{1faff}');
    // The common case, told without a look at the tables.
    if !may_be || is_tone(c) || !matches!(c.width(), Some(1 | 2)) || is_reserved(c) {
        return false;
    }
    let joined: String = [c, JOINER, c].iter().collect();
    joined.graphemes(true).nth(1).is_none() && with_colour(c).width() == COLUMNS
}

/// Kept free for the next Unicode: older terminals draw nothing of two columns there.
fn is_reserved(c: char) -> bool {
    c.width() == Some(1) && c >= '\u{1fa00}'
}

fn with_colour(c: char) -> String {
    [c, COLOUR].iter().collect()
}

/// People and parts of them (Emoji_Modifier_Base).
fn takes_tone(c: char) -> bool {
    matches!(c, '\u{261d}' | '\u{26f9}' | '\u{270a}'..='\u{270d}' | '\u{1f385}' | '\u{1f3c2}'..='\u{1f3c4}' | '\u{1f3c7}'
        | '\u{1f3ca}'..='\u{1f3cc}' | '\u{1f442}' | '\u{1f443}' | '\u{1f446}'..='\u{1f450}' | '\u{1f466}'..='\u{1f478}'
        | '\u{1f47c}' | '\u{1f481}'..='\u{1f483}' | '\u{1f485}'..='\u{1f487}' | '\u{1f48f}' | '\u{1f491}' | '\u{1f4aa}'
        | '\u{1f574}' | '\u{1f575}' | '\u{1f57a}' | '\u{1f590}' | '\u{1f595}' | '\u{1f596}' | '\u{1f645}'..='\u{1f647}'
        | '\u{1f64b}'..='\u{1f64f}' | '\u{1f6a3}' | '\u{1f6b4}'..='\u{1f6b6}' | '\u{1f6c0}' | '\u{1f6cc}' | '\u{1f90c}'
        | '\u{1f90f}' | '\u{1f918}'..='\u{1f91f}' | '\u{1f926}' | '\u{1f930}'..='\u{1f939}' | '\u{1f93c}'..='\u{1f93e}'
        | '\u{1f977}' | '\u{1f9b5}' | '\u{1f9b6}' | '\u{1f9b8}' | '\u{1f9b9}' | '\u{1f9bb}' | '\u{1f9cd}'..='\u{1f9cf}'
        | '\u{1f9d1}'..='\u{1f9dd}' | '\u{1fac3}'..='\u{1fac5}' | '\u{1faf0}'..='\u{1faf8}')
}

//! What a name looks like, so that two that a person would confuse are told apart.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters of other scripts that look like Latin letters, by what they look like: the frequent ones of UTS
/// 39's list of confusables, in lower case.
const LOOKALIKES: &[(char, &str)] = &[
    ('a', "аαɑ"),
    ('b', "ьв"),
    ('c', "сϲ"),
    ('d', "ԁ"),
    ('e', "еεҽ"),
    ('g', "ɡց"),
    ('h', "һնн"),
    ('i', "іιɩıⅼӏ"),
    ('j', "јϳ"),
    ('k', "кκ"),
    ('m', "мⅿ"),
    ('n', "ոη"),
    ('o', "оοσօഠ"),
    ('p', "рρ"),
    ('q', "ԛ"),
    ('r', "гᴦ"),
    ('s', "ѕ"),
    ('t', "тτ"),
    ('u', "υսʋ"),
    ('v', "ѵν"),
    ('w', "ԝωѡ"),
    ('x', "хχ"),
    ('y', "уүγ"),
    ('z', "ᴢ"),
];

/// A form that is the same for names that look alike: compatibility forms, case, accents, blanks and
/// look-alikes are levelled. Never shown.
pub fn look(name: &str) -> String {
    let level: String = if name.is_ascii() {
        name.chars().filter(|c| !c.is_whitespace()).map(level).collect()
    } else {
        name.nfkd()
            .filter(|&c| !is_combining_mark(c) && !c.is_whitespace())
            .flat_map(char::to_lowercase)
            .map(level)
            .collect()
    };
    // Two letters that pass for one.
    level.replace("rn", "m").replace("vv", "w")
}

fn level(c: char) -> char {
    match c.to_ascii_lowercase() {
        'l' | '1' | '|' | '!' => 'i',
        '0' => 'o',
        '5' => 's',
        c if c.is_ascii() => c,
        c => LOOKALIKES
            .iter()
            .find(|(_, others)| others.contains(c))
            .map_or(c, |(latin, _)| *latin),
    }
}

/// Whether a name could be taken for a JID: it holds an at sign of some width or look.
pub(super) fn is_address(name: &str) -> bool {
    name.nfkc().any(|c| matches!(c, '@' | 'ⓐ' | '＠' | '﹫'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_different_stays_different() {
        let names = ["bob", "bobby", "carol", "dave", "漢字", "漢子", "אנה", "1", "2"];
        for (place, name) in names.iter().enumerate() {
            for other in names.iter().skip(place + 1) {
                assert_ne!(look(name), look(other), "{name} {other}");
            }
        }
    }
}

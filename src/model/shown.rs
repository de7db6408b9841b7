//! How text of others is put on a line of a terminal: no direction mark reaches beyond its own text, and
//! nothing that cannot be seen hides in a name (threats 77, 78).

use unicode_normalization::char::is_combining_mark;

use super::Clean;
use super::text::{MAX_MARKS, is_invisible};

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_ISOLATE: char = '\u{2069}';
/// Isolates inside one line that are kept; people write one or two.
const MAX_DEPTH: usize = 8;
/// Bears the marks of a line that begins with marks: they would climb onto what was printed before.
const DOTTED_CIRCLE: char = '◌';

/// A JID, nick, resource, device or file name on one line. Whatever is invisible, changes the direction,
/// looks like a space and is none, has no agreed look (private use), or piles up is written as `\u{…}`. Text
/// of a right-to-left script is isolated from what stands beside it.
pub fn identifier(text: &str) -> String {
    let mut shown = String::new();
    // Marks that the last letter can still bear.
    let mut room = 0;
    for c in text.chars() {
        let bears = if is_combining_mark(c) {
            room > 0
        } else {
            is_plain(c)
        };
        if bears && !is_invisible(c) {
            room = if is_combining_mark(c) { room - 1 } else { MAX_MARKS };
            shown.push(c);
        } else {
            room = 0;
            shown.extend(c.escape_unicode());
        }
    }
    isolated(shown)
}

/// A sentence without the numbers that the system's own words for an error end with, " (os error 2)": they
/// tell a person nothing.
pub fn without_codes(sentence: &str) -> String {
    const START: &str = " (os error ";
    let mut told = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, behind)) = rest.split_once(START) {
        told.push_str(before);
        let number = behind.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
        rest = match number.strip_prefix(')') {
            Some(after) if number.len() < behind.len() => after,
            _ => {
                told.push_str(START);
                behind
            }
        };
    }
    told.push_str(rest);
    told
}

/// Neither a control, nor some space but the common one, nor a character without an agreed look.
fn is_plain(c: char) -> bool {
    !(c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c, '\u{2800}' | '\u{1d159}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..))
}

/// The lines of a text as they may be printed, each isolated for itself. The caller indents all but the
/// first, so that no line of a message can pass for a line of the program (threat 80).
pub fn lines(text: &Clean) -> impl Iterator<Item = String> {
    text.as_str().split('\n').map(line)
}

/// A text on one line: line ends become " ⏎ ", tabs become spaces.
pub fn one_line(text: &Clean) -> String {
    line(&text.as_str().trim_end_matches('\n').replace('\n', " ⏎ "))
}

/// One line: embeddings and overrides, which can turn letters around (CVE-2021-42574), are
/// dropped; isolates are balanced.
fn line(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    if text
        .chars()
        .find(|&c| !is_invisible(c) || is_combining_mark(c))
        .is_some_and(is_combining_mark)
    {
        kept.push(DOTTED_CIRCLE);
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_numbers_of_errors_of_the_system_are_left_out_and_nothing_else() {
        for (text, told) in [
            ("No such file (os error 2).", "No such file."),
            ("a (os error -71) b (os error 110)", "a b"),
            ("a (os error )", "a (os error )"),
            ("a (os error 2", "a (os error 2"),
            ("a (os error 2x) (os error 3)", "a (os error 2x)"),
            ("(os error 2)", "(os error 2)"),
            ("", ""),
        ] {
            assert_eq!(without_codes(text), told, "{text}");
        }
    }

    /// Text in which what matters here is frequent.
    fn nasty() -> impl Strategy<Value = String> {
        let special = "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{200e}\u{200f}\u{61c}\
                       \u{200b}\u{200d}\u{feff}\u{e0041}\u{ad}\u{301}\u{fe0f}\u{1b}\u{9b}\u{7f}\u{0}\n\t\r\u{a0}\u{3000}אب漢👍é";
        let special: Vec<char> = special.chars().collect();
        let c = prop_oneof![3 => prop::sample::select(special), 2 => prop::char::range('a', 'z'), 1 => any::<char>()];
        prop::collection::vec(c, 0..60).prop_map(|chars| chars.into_iter().collect())
    }

    /// How deep in isolates a terminal is after `text`; None if it ever closes one that it did not open.
    fn depth_after(text: &str) -> Option<usize> {
        text.chars().try_fold(0_usize, |depth, c| match c {
            '\u{2066}'..='\u{2068}' => Some(depth + 1),
            '\u{2069}' => depth.checked_sub(1),
            _ => Some(depth),
        })
    }

    fn turns(c: char) -> bool {
        c.is_control() || matches!(c, '\u{202a}'..='\u{202e}')
    }

    /// What people read of it.
    fn words(text: &str) -> String {
        text.chars()
            .filter(|&c| c.is_alphanumeric() && !is_combining_mark(c) && !is_invisible(c))
            .collect()
    }

    proptest! {
        #[test]
        fn no_direction_reaches_beyond_a_line(text in nasty()) {
            let clean = Clean::new(&text);
            for line in lines(&clean).chain([one_line(&clean)]) {
                prop_assert_eq!(depth_after(&line), Some(0));
                prop_assert!(!line.chars().any(turns));
                let marked = line.chars().any(|c| matches!(c, '\u{200e}' | '\u{200f}' | '\u{2066}'..='\u{2069}'));
                prop_assert!(!marked || line.starts_with(FIRST_STRONG_ISOLATE) && line.ends_with(POP_ISOLATE));
            }
        }

        #[test]
        fn the_words_of_a_text_are_all_there(text in nasty()) {
            let clean = Clean::new(&text);
            prop_assert_eq!(words(&one_line(&clean)), words(&text));
            prop_assert_eq!(words(&lines(&clean).collect::<String>()), words(&text));
        }

        #[test]
        fn nothing_hides_in_an_identifier(text in nasty()) {
            let shown = identifier(&text);
            prop_assert_eq!(depth_after(&shown), Some(0));
            let inside = shown.strip_prefix('\u{2068}').and_then(|s| s.strip_suffix('\u{2069}')).unwrap_or(&shown);
            prop_assert!(!inside.chars().any(|c| c.is_control() || is_invisible(c) || (c.is_whitespace() && c != ' ')));
        }

        #[test]
        fn an_ordinary_identifier_is_shown_as_it_is(text in "[a-z0-9@./_ äöüéñ漢字-]{0,40}") {
            prop_assert_eq!(identifier(&text), text);
        }
    }

    #[test]
    fn what_hides_is_written_out() {
        assert_eq!(identifier("ana\u{202e}@mired.test"), "ana\\u{202e}@mired.test");
        assert_eq!(
            identifier("a\u{200b}na\u{ad}\u{e0061}"),
            "a\\u{200b}na\\u{ad}\\u{e0061}"
        );
        assert_eq!(
            identifier("a\u{a0}b\u{2800}\u{f023}"),
            "a\\u{a0}b\\u{2800}\\u{f023}"
        );
        assert_eq!(identifier("\u{301}e\u{301}"), "\\u{301}e\u{301}");
        assert_eq!(identifier("e\u{301}").repeat(2), "e\u{301}e\u{301}");
        assert_eq!(identifier("אנה"), "\u{2068}אנה\u{2069}");
        let zalgo = identifier(&format!("e{}", "\u{301}".repeat(50)));
        assert_eq!(zalgo.chars().filter(|&c| c == '\u{301}').count(), MAX_MARKS);
    }

    #[test]
    fn a_plain_text_is_shown_as_it_is() {
        let text = Clean::new("Hello, 漢字 👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}!\nSecond line");
        let shown: Vec<String> = lines(&text).collect();
        assert_eq!(shown.join("\n"), text.as_str());
        assert_eq!(one_line(&Clean::new("a\n\tb\n\n")), "a ⏎  b");
    }

    #[test]
    fn what_a_text_leaves_open_is_closed() {
        let open = Clean::new(&"\u{2067}".repeat(100));
        let shown = one_line(&open);
        assert_eq!(depth_after(&shown), Some(0));
        assert_eq!(shown.chars().count(), 2 * (MAX_DEPTH + 1));
        assert_eq!(one_line(&Clean::new("a\u{2069}\u{202e}b")), "ab");
        assert_eq!(one_line(&Clean::new("שלום")), "\u{2068}שלום\u{2069}");
    }

    #[test]
    fn marks_at_the_beginning_of_a_line_do_not_climb_onto_what_stands_before() {
        assert_eq!(one_line(&Clean::new("\u{301}a")), "◌\u{301}a");
        assert_eq!(one_line(&Clean::new("\u{200b}\u{301}a")), "◌\u{200b}\u{301}a");
        assert_eq!(one_line(&Clean::new("a\u{301}")), "a\u{301}");
    }
}

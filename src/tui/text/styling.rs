//! Message Styling (XEP-0393): which parts of a text are strong, emphasised, struck out, preformatted or
//! quoted. Nothing of the text is taken away: the marks stay where they were typed, so a text that only looks
//! like styling is still what was written.

use std::ops::Range;

use ratatui::style::{Modifier, Style};

use super::Piece;
use super::wrap::{joined, split};

/// The directives of spans (§5.3).
const DIRECTIVES: [char; 4] = ['*', '_', '~', '`'];
/// What begins and ends a preformatted block (§5.1.2).
const FENCE: &str = "```";

/// How a part of a text is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Strong,
    Emphasis,
    Struck,
    Preformatted,
    Quote,
    /// Somebody is called by their name.
    Mention,
}

impl Look {
    fn of(directive: char) -> Self {
        match directive {
            '*' => Self::Strong,
            '_' => Self::Emphasis,
            '~' => Self::Struck,
            _ => Self::Preformatted,
        }
    }

    /// What it adds to the style of the text.
    pub fn style(self) -> Style {
        let modifier = match self {
            Self::Strong => Modifier::BOLD,
            Self::Emphasis => Modifier::ITALIC,
            Self::Struck => Modifier::CROSSED_OUT,
            Self::Preformatted | Self::Quote => Modifier::DIM,
            Self::Mention => Modifier::REVERSED,
        };
        Style::new().add_modifier(modifier)
    }
}

/// Bytes of one line, and how they look. Where several cover a byte, all of them hold.
pub type Looks = Vec<(Range<usize>, Look)>;

/// Goes through the lines of one text, in order.
#[derive(Debug, Default)]
pub struct Styler {
    /// Inside a preformatted block.
    fenced: bool,
}

impl Styler {
    /// The looks of one line of the text, for each of its pieces.
    pub fn line(&mut self, pieces: &[Piece]) -> Vec<Looks> {
        let looks = self.looks(&joined(pieces));
        split(pieces, &looks)
    }

    fn looks(&mut self, line: &str) -> Looks {
        // What keeps a direction inside the line is no part of what was written.
        let bare = line.trim_matches(is_isolate);
        let offset = line.len() - line.trim_start_matches(is_isolate).len();
        let all = offset..offset + bare.len();
        if self.fenced {
            self.fenced = bare.trim_end() != FENCE;
            return vec![(all, Look::Preformatted)];
        }
        if bare.starts_with(FENCE) {
            self.fenced = true;
            return vec![(all, Look::Preformatted)];
        }
        let mut looks = Looks::new();
        let text = bare.trim_start_matches(['>', ' ']);
        if bare.starts_with('>') {
            looks.push((all, Look::Quote));
            spans(text, offset + bare.len() - text.len(), &mut looks);
        } else {
            spans(bare, offset, &mut looks);
        }
        looks
    }
}

/// Adds the spans of a line of text that begins at byte `offset` of the whole (§6).
fn spans(text: &str, offset: usize, looks: &mut Looks) {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let closers = closers(&chars);
    // Spans inside spans: where each of them ends, in characters; there are no
    // more than there are directives.
    let mut open: Vec<usize> = Vec::new();
    let mut may_open = true;
    let mut at = 0;
    while let Some(&(byte, c)) = chars.get(at) {
        open.retain(|&end| at < end);
        let kind = DIRECTIVES.iter().position(|&directive| directive == c);
        // Neither a space nor the same mark again: there is something to style.
        let bare = chars
            .get(at + 1)
            .is_none_or(|&(_, next)| next.is_whitespace() || next == c);
        let within = open.last().copied().unwrap_or(chars.len());
        let end = kind
            .filter(|_| may_open && !bare)
            .and_then(|kind| closers.get(kind)?.get(at + 2).copied().flatten())
            .filter(|&end| end < within);
        if let Some(&(end_byte, _)) = end.and_then(|end| chars.get(end)) {
            looks.push((offset + byte..offset + end_byte + c.len_utf8(), Look::of(c)));
            let end = end.unwrap_or(at);
            if c == '`' {
                // Nothing is styled inside.
                at = end + 1;
                may_open = false;
                continue;
            }
            open.push(end);
            // A different directive may begin right behind.
            may_open = true;
        } else {
            may_open = c.is_whitespace() || is_isolate(c);
        }
        at += 1;
    }
}

/// For each directive and place the next place from there on at which it can end a span: not behind a space.
fn closers(chars: &[(usize, char)]) -> [Vec<Option<usize>>; 4] {
    DIRECTIVES.map(|directive| {
        let mut next = None;
        let mut places = vec![None; chars.len() + 1];
        for at in (1..chars.len()).rev() {
            let before = chars
                .get(at - 1)
                .is_some_and(|&(_, before)| before.is_whitespace());
            if chars.get(at).is_some_and(|&(_, c)| c == directive) && !before {
                next = Some(at);
            }
            if let Some(place) = places.get_mut(at) {
                *place = next;
            }
        }
        places
    })
}

fn is_isolate(c: char) -> bool {
    matches!(c, '\u{2066}'..='\u{2069}' | '\u{200e}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::pieces;

    /// The styled parts of a text in a wide box: what, and how.
    fn styled(text: &str) -> Vec<(String, Look)> {
        let mut styler = Styler::default();
        let lines = text.split('\n').flat_map(|line| {
            let pieces = pieces(line, 200);
            let looks = styler.line(&pieces);
            pieces.into_iter().zip(looks).collect::<Vec<_>>()
        });
        lines
            .flat_map(|(piece, looks)| {
                looks
                    .into_iter()
                    .map(|(range, look)| (piece.text.get(range).unwrap().to_owned(), look))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    fn is(text: &str, wanted: &[(&str, Look)]) {
        let wanted: Vec<_> = wanted
            .iter()
            .map(|(part, look)| ((*part).to_owned(), *look))
            .collect();
        assert_eq!(styled(text), wanted, "{text}");
    }

    /// The examples of XEP-0393 §6 and what follows from its rules.
    #[test]
    fn spans_are_those_of_the_specification() {
        use Look::{Emphasis, Preformatted, Strong, Struck};
        is("*strong*", &[("*strong*", Strong)]);
        is(
            "_emphasis_ and `code`",
            &[("_emphasis_", Emphasis), ("`code`", Preformatted)],
        );
        is("~struck out~", &[("~struck out~", Struck)]);
        is("plain *strong* plain", &[("*strong*", Strong)]);
        is("*strong*plain*", &[("*strong*", Strong)]);
        is("* plain *strong*", &[("*strong*", Strong)]);
        is("not strong*", &[]);
        is("*not strong", &[]);
        is("*not \n strong", &[]);
        is("**", &[]);
        is("****", &[]);
        is("*this *is one*", &[("*this *is one*", Strong)]);
        is("a*b*c and snake_case_name", &[]);
        is("2 * 3 * 4", &[]);
        is("*_both_*", &[("*_both_*", Strong), ("_both_", Emphasis)]);
        is("*a _b* c_", &[("*a _b*", Strong)]);
        is("`*not strong*`", &[("`*not strong*`", Preformatted)]);
        is(
            "_*~deep~*_",
            &[("_*~deep~*_", Emphasis), ("*~deep~*", Strong), ("~deep~", Struck)],
        );
    }

    #[test]
    fn blocks_are_quotes_and_fences() {
        use Look::{Preformatted, Quote, Strong};
        is("> said *so*", &[("> said *so*", Quote), ("*so*", Strong)]);
        is(">> deeper", &[(">> deeper", Quote)]);
        is("a > b", &[]);
        is(
            "```rust\nlet *a* = 1;\n```\n*strong*",
            &[
                ("```rust", Preformatted),
                ("let *a* = 1;", Preformatted),
                ("```", Preformatted),
                ("*strong*", Strong),
            ],
        );
        is(
            "```\nto the end",
            &[("```", Preformatted), ("to the end", Preformatted)],
        );
    }

    #[test]
    fn a_span_goes_on_over_the_lines_that_it_is_broken_into() {
        let pieces = pieces("a *strong text that is long* b", 10);
        let looks = Styler::default().line(&pieces);
        let shown: Vec<String> = pieces
            .iter()
            .zip(&looks)
            .map(|(piece, looks)| {
                looks
                    .iter()
                    .map(|(range, _)| piece.text.get(range.clone()).unwrap())
                    .collect()
            })
            .collect();
        assert_eq!(shown, ["*strong", "text that", "is long*"]);
    }

    proptest! {
        #[test]
        fn every_look_lies_inside_its_piece(text in "[*_~`> a\u{2067}\u{2069}אé👍-]{0,60}", columns in 1_usize..20) {
            let pieces = pieces(&text, columns);
            let looks = Styler::default().line(&pieces);
            prop_assert_eq!(looks.len(), pieces.len());
            for (piece, looks) in pieces.iter().zip(looks) {
                for (range, _) in looks {
                    prop_assert!(piece.text.get(range).is_some_and(|part| !part.is_empty()));
                }
            }
        }
    }

    #[test]
    fn a_text_of_nothing_but_marks_costs_little() {
        for text in ["*a ".repeat(20_000), "*_~`".repeat(15_000), "*".repeat(60_000)] {
            let pieces = pieces(&text, 80);
            assert_eq!(Styler::default().line(&pieces).len(), pieces.len());
        }
    }
}

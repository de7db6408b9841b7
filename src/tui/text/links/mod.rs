//! The links in a text: those of the web alone. Where a link with keys in it leads (`aesgcm:`) is for no
//! browser. Where a text is broken into lines, each piece of a link can carry the whole one.

use std::ops::Range;
use std::sync::Arc;

use linkify::{LinkFinder, LinkKind};

use super::Piece;
use super::wrap::{joined, split};
use crate::targets::Target;

/// Bytes of one message that are looked through, and of one link.
const LONGEST_TEXT: usize = 64 * 1024;
const LONGEST: usize = 8 * 1024;

/// The links of a text, in its order.
pub fn of(text: &str) -> impl Iterator<Item = &str> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let cut = (0..=LONGEST_TEXT.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at));
    let found: Vec<&str> = finder
        .links(cut.and_then(|cut| text.get(..cut)).unwrap_or_default())
        .map(|link| link.as_str())
        .collect();
    found.into_iter().filter(|link| {
        let scheme = link.split(':').next().unwrap_or_default();
        link.len() <= LONGEST
            && ["http", "https"]
                .iter()
                .any(|web| scheme.eq_ignore_ascii_case(web))
    })
}

/// Bytes of a line, and where they lead.
pub type Targets = Vec<(Range<usize>, Arc<Target>)>;

/// Goes through the lines of one message, in order.
#[derive(Debug)]
pub struct Linker {
    message: i64,
    /// Links so far.
    links: usize,
}

impl Linker {
    /// For a message that has this number.
    pub fn new(message: i64) -> Self {
        Self { message, links: 0 }
    }

    /// The links of a line of the text, for each of the pieces that it is painted as. One that is not painted
    /// as it was written leads nowhere: what is told to the terminal is what people see.
    pub fn line(&mut self, written: &str, pieces: &[Piece]) -> Vec<Targets> {
        let mut whole = None;
        let mut from = 0;
        let mut targets = Targets::new();
        for link in of(written) {
            let whole = whole.get_or_insert_with(|| joined(pieces));
            let Some(at) = whole.get(from..).and_then(|rest| rest.find(link)) else {
                continue;
            };
            let range = from + at..from + at + link.len();
            from = range.end;
            self.links += 1;
            let target = Target::new(link, format!("{}.{}", self.message, self.links));
            targets.extend(target.map(|target| (range, target)));
        }
        split(pieces, &targets)
    }
}

#[cfg(test)]
mod tests;

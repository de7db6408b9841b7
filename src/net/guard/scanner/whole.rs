//! A stanza is complete: it is passed on if the parser takes it, and mended or replaced if not; and an answer
//! that lists much is passed on in pieces before it is complete.

use super::Scanner;
use super::mend::{Refused, too_much};
use super::syntax::At;
use super::verdict::accepts;
use crate::guard::{GuardError, PART, Why};

/// The longest beginning that is repeated before each piece, in bytes.
const MOST_REPEATED: usize = 8 * 1024;

/// Where the parts of the current stanza are, counted from its first byte.
#[derive(Default)]
pub(crate) struct Places {
    /// The end of its first tag.
    pub(crate) opening: usize,
    /// The beginning of the child, or other thing, that is being read.
    pub(crate) child: usize,
    /// Beginnings and ends of the children.
    pub(crate) children: Vec<(usize, usize)>,
    /// The end of the first tag of a list that may be passed on in pieces.
    list: Option<usize>,
}

impl Scanner {
    /// A start tag within a stanza is complete.
    pub(crate) fn opened(&mut self) {
        match self.names.depth() {
            2 => {
                self.places = Places {
                    opening: self.passage.held().len(),
                    ..Places::default()
                };
                self.broken = false;
                self.incomplete = false;
            }
            3 if self.places.children.is_empty() && !self.passage.is_discarding() => {
                let tag = self.passage.held().get(self.places.child..).unwrap_or_default();
                let is_list = memchr::memmem::find(tag, b"jabber:iq:roster").is_some();
                let end = self.passage.held().len();
                self.places.list = (is_list && self.head.is_answer() && end <= MOST_REPEATED).then_some(end);
            }
            _ => {}
        }
    }

    /// An element within a stanza is complete.
    pub(crate) fn closed_within(&mut self) {
        if self.passage.is_discarding() {
            return;
        }
        match self.names.depth() {
            2 => {
                let child = (self.places.child, self.passage.held().len());
                self.places.children.push(child);
            }
            3 if self.passage.held().len() >= self.limits.piece => self.pass_piece(),
            _ => {}
        }
    }

    /// Passes on what there is of a list, and begins again with the same first tags. A piece has a mark of
    /// ours, and the last one has none, so that it counts as the stanza that it was.
    fn pass_piece(&mut self) {
        let Some(list) = self.places.list else { return };
        let stanza = self.passage.held();
        let (first, rest) = stanza.split_at_checked(self.places.opening).unwrap_or_default();
        let first = first.strip_suffix(b">").unwrap_or(first);
        let mark = format!(" {PART}='1'>");
        let piece = [first, mark.as_bytes(), rest, &self.names.closing()].concat();
        let repeated = stanza.get(..list).unwrap_or_default().to_vec();
        if accepts(&self.header, &piece) {
            self.passage.replace(&piece);
            self.passage.pass();
        } else {
            self.incomplete = true;
        }
        self.passage.replace(&repeated);
        self.elements = 2;
    }

    /// A stanza, or another element of the stream, is complete.
    pub(crate) fn complete(&mut self) -> Result<At, GuardError> {
        if self.passage.is_discarding() || self.incomplete {
            self.passage.keep_again();
            let stands = too_much(&self.header, &self.head).ok_or(UNREADABLE)?;
            self.replace_by(&stands, Why::TooMuch);
        } else if self.broken || !accepts(&self.header, self.passage.held()) {
            // What the server itself has to say, nobody else wrote.
            if !self.head.is_stanza() {
                return Err(UNREADABLE);
            }
            let refused = Refused {
                header: &self.header,
                head: &self.head,
                bytes: self.passage.held(),
                opening: self.places.opening,
                children: &self.places.children,
            };
            let mended = refused.mend().ok_or(UNREADABLE)?;
            let text_lost = mended.text_lost;
            self.replace_by(&mended.bytes, Why::Malformed { text_lost });
        }
        self.places = Places::default();
        Ok(self.passage.pass())
    }

    fn replace_by(&mut self, stands: &[u8], why: Why) {
        self.passage.replace(stands);
        self.replaced.push(self.head.report(why));
    }
}

const UNREADABLE: GuardError = GuardError::Malformed("an element that cannot be read");

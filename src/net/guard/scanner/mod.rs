//! The scanner of the guard: one pass over the bytes, just enough XML to know where
//! tags and stanzas begin and end.
//!
//! In well-formed XML without comments, instructions and document types `<` begins a tag and nothing else, a
//! quoted value ends with its quote, a CDATA section with `]]>`, a comment with `-->` and an instruction with
//! `?>`. That is all that the boundaries rest on; everything else is left to the parser, which is asked about
//! each stanza before it gets it.

use memchr::{memchr, memchr2};

use super::Replaced;
use super::limits::{GuardError, Limits};
use passage::Passage;
use stanza::{Head, Names};
use syntax::{At, Bang, bang, cdata, comment, ends_name, instruction, is_space};
use whole::Places;

mod mend;
mod passage;
mod stanza;
mod syntax;
mod tag;
mod verdict;
mod whole;
mod within;

/// See the module.
pub(crate) struct Scanner {
    limits: Limits,
    at: At,
    passage: Passage,
    /// The open elements, the stream's first.
    names: Names,
    /// The stream's element was there.
    begun: bool,
    /// Name of the tag or attribute that is being read.
    name: Vec<u8>,
    /// What was seen of the first tag of the current stanza.
    head: Head,
    /// Bytes of the header, or of the current stanza.
    size: usize,
    elements: usize,
    attributes: usize,
    value: usize,
    /// There was something in the stanza that XMPP forbids, and that a stanza can do without.
    broken: bool,
    /// A piece of the stanza could not be passed on.
    incomplete: bool,
    places: Places,
    /// The first tag of the stream, as it came.
    header: Vec<u8>,
    replaced: Vec<Replaced>,
}

impl Scanner {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            at: At::Text,
            passage: Passage::default(),
            names: Names::default(),
            begun: false,
            name: Vec::new(),
            head: Head::default(),
            size: 0,
            elements: 0,
            attributes: 0,
            value: 0,
            broken: false,
            incomplete: false,
            places: Places::default(),
            header: Vec::new(),
            replaced: Vec::new(),
        }
    }

    /// Forgets the stream; see [`Scanner::is_empty`].
    pub(crate) fn restart(&mut self) {
        *self = Self::new(self.limits);
    }

    /// Whether everything that came in went out.
    pub(crate) fn is_empty(&self) -> bool {
        self.passage.is_empty() && self.at == At::Text
    }

    /// What it means that nothing more comes; None: that the stream is over.
    pub(crate) fn missing(&self) -> Option<GuardError> {
        if self.begun && self.names.depth() == 0 {
            None
        } else if self.is_empty() {
            Some(GuardError::Closed)
        } else {
            Some(GuardError::Cut)
        }
    }

    /// What may be passed on.
    pub(crate) fn ready(&self) -> &[u8] {
        self.passage.ready()
    }

    /// `amount` bytes of [`Scanner::ready`] were used.
    pub(crate) fn consume(&mut self, amount: usize) {
        self.passage.consume(amount);
    }

    /// Memory held for the stream, in bytes.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.passage.capacity() + self.name.capacity()
    }

    pub(crate) fn take_replaced(&mut self) -> Vec<Replaced> {
        std::mem::take(&mut self.replaced)
    }

    /// Takes in what was read.
    pub(crate) fn feed(&mut self, mut input: &[u8]) -> Result<(), GuardError> {
        while !input.is_empty() {
            let (run, rest) = input
                .split_at_checked(self.run(input).max(1))
                .unwrap_or((input, &[]));
            self.keep(run)?;
            let last = run.last().copied().unwrap_or_default();
            self.step(run, last)?;
            input = rest;
        }
        Ok(())
    }

    /// How many bytes of `input` go to the next step: all that say nothing, and the one that does.
    fn run(&self, input: &[u8]) -> usize {
        let found = match self.at {
            At::Text if self.names.depth() > 1 => memchr(b'<', input),
            At::Value(quote) => memchr2(quote, b'<', input),
            At::CData(0) => memchr(b']', input),
            At::Comment(0) => memchr(b'-', input),
            At::Instruction(false) => memchr(b'?', input),
            _ => Some(0),
        };
        found.map_or(input.len(), |position| position + 1)
    }

    /// Stores and counts `run`.
    fn keep(&mut self, run: &[u8]) -> Result<(), GuardError> {
        if self.begun && self.names.depth() < 2 && self.at == At::Text {
            // Between stanzas.
            self.size = 0;
        }
        self.size = self.size.saturating_add(run.len());
        if !self.begun && self.size > self.limits.header {
            return Err(GuardError::Header);
        }
        if self.size > self.limits.discarded {
            return Err(GuardError::Endless);
        }
        self.passage.hold(run);
        let much = self.passage.held().len() > self.limits.stanza || self.size > self.limits.answer;
        if self.begun && much {
            self.offend();
        }
        Ok(())
    }

    /// One step of the syntax: `run` was read, `last` is the byte that says something.
    fn step(&mut self, run: &[u8], last: u8) -> Result<(), GuardError> {
        self.at = match self.at {
            At::Text => self.text(last)?,
            At::Less => self.less(last)?,
            At::Declaration if last == b'>' => self.passage.pass(),
            At::Declaration => At::Declaration,
            At::Bang(state) => {
                let at = bang(state, last)?;
                self.broken |= at == At::Comment(0);
                at
            }
            At::Comment(dashes) => comment(dashes, last),
            At::Instruction(question) => instruction(question, last),
            At::CData(closing) => cdata(closing, last),
            At::Name => self.start_name(last)?,
            At::Tag => self.tag(last)?,
            At::AttributeName => self.attribute_name(last)?,
            At::Equals if last == b'=' => At::Quote,
            At::Equals if is_space(last) => At::Equals,
            At::Equals => return Err(GuardError::Malformed("an attribute without a value")),
            At::Quote if matches!(last, b'"' | b'\'') => self.begin_value(last),
            At::Quote if is_space(last) => At::Quote,
            At::Quote => return Err(GuardError::Malformed("a value without quotes")),
            At::Value(quote) => self.in_value(quote, run)?,
            At::AfterValue if is_space(last) => At::Tag,
            At::AfterValue if matches!(last, b'/' | b'>') => self.tag(last)?,
            At::AfterValue => return Err(GuardError::Malformed("no space between attributes")),
            At::Slash if last == b'>' => self.open(true)?,
            At::Slash => return Err(GuardError::Malformed("a slash in a tag")),
            At::EndName if last == b'>' => self.close()?,
            At::EndName if is_space(last) => At::EndSpace,
            At::EndName => self.lengthen(last, At::EndName)?,
            At::EndSpace if last == b'>' => self.close()?,
            At::EndSpace if is_space(last) => At::EndSpace,
            At::EndSpace => return Err(GuardError::Malformed("something after the name of an end tag")),
        };
        Ok(())
    }

    fn text(&mut self, last: u8) -> Result<At, GuardError> {
        if last == b'<' {
            if self.names.depth() == 2 {
                self.places.child = self.passage.held().len().saturating_sub(1);
            }
            return Ok(At::Less);
        }
        if self.names.depth() < 2 {
            if !is_space(last) {
                return Err(GuardError::Malformed("text between stanzas"));
            }
            return Ok(self.passage.pass());
        }
        Ok(At::Text)
    }

    fn less(&mut self, last: u8) -> Result<At, GuardError> {
        match last {
            b'/' => {
                self.name.clear();
                Ok(At::EndName)
            }
            b'?' if !self.begun => Ok(At::Declaration),
            // Within a stanza somebody else may have written it.
            b'?' if self.names.depth() > 1 => {
                self.broken = true;
                Ok(At::Instruction(false))
            }
            b'?' => Err(GuardError::Forbidden("processing instruction")),
            b'!' if self.names.depth() > 1 => Ok(At::Bang(Bang::Begun)),
            b'!' => Err(GuardError::Forbidden("comment or document type")),
            _ if self.begun && self.names.depth() == 0 => {
                Err(GuardError::Malformed("something after the end of the stream"))
            }
            _ if ends_name(last) => Err(GuardError::Malformed("a tag without a name")),
            _ => {
                self.name.clear();
                self.attributes = 0;
                if self.names.depth() == 1 {
                    self.head = Head::default();
                    self.elements = 0;
                }
                self.lengthen(last, At::Name)
            }
        }
    }
}

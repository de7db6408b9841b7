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
use stanza::{Head, Names};
use syntax::{At, Bang, bang, cdata, comment, ends_name, instruction, is_space};
use whole::Places;

mod mend;
mod stanza;
mod syntax;
mod tag;
mod verdict;
mod whole;

/// After this much the buffer is given back to the allocator once it is empty.
const KEEP: usize = 32 * 1024;

/// See the module.
pub(crate) struct Scanner {
    limits: Limits,
    at: At,
    /// Passed on up to `ready`, of which `taken` is consumed; beyond it a stanza that is not complete yet.
    out: Vec<u8>,
    taken: usize,
    ready: usize,
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
    discarding: bool,
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
            out: Vec::new(),
            taken: 0,
            ready: 0,
            names: Names::default(),
            begun: false,
            name: Vec::new(),
            head: Head::default(),
            size: 0,
            elements: 0,
            attributes: 0,
            value: 0,
            discarding: false,
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
        self.taken == self.out.len() && self.at == At::Text && !self.discarding
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
        self.out.get(self.taken..self.ready).unwrap_or_default()
    }

    /// `amount` bytes of [`Scanner::ready`] were used.
    pub(crate) fn consume(&mut self, amount: usize) {
        self.taken = self.taken.saturating_add(amount).min(self.ready);
        if self.taken == self.ready && self.ready > 0 {
            self.out.drain(..self.ready);
            self.taken = 0;
            self.ready = 0;
            if self.out.is_empty() && self.out.capacity() > KEEP {
                self.out = Vec::new();
            }
        }
    }

    /// Memory held for the stream, in bytes.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.out.capacity() + self.name.capacity()
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
        if !self.discarding {
            self.out.extend_from_slice(run);
            let much = self.held_back() > self.limits.stanza || self.size > self.limits.answer;
            if self.begun && much {
                self.offend();
            }
        }
        Ok(())
    }

    /// One step of the syntax: `run` was read, `last` is the byte that says something.
    fn step(&mut self, run: &[u8], last: u8) -> Result<(), GuardError> {
        self.at = match self.at {
            At::Text => self.text(last)?,
            At::Less => self.less(last)?,
            At::Declaration if last == b'>' => self.pass(),
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
                self.places.child = self.held_back().saturating_sub(1);
            }
            return Ok(At::Less);
        }
        if self.names.depth() < 2 {
            if !is_space(last) {
                return Err(GuardError::Malformed("text between stanzas"));
            }
            return Ok(self.pass());
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

    /// One more byte of the name of a tag. Names that are too long are compared by their beginnings.
    fn lengthen(&mut self, last: u8, at: At) -> Result<At, GuardError> {
        if ends_name(last) {
            return Err(GuardError::Malformed("a sign in a name"));
        }
        if self.name.len() < self.limits.name {
            self.name.push(last);
        } else if self.names.depth() > 1 {
            self.offend();
        } else {
            return Err(GuardError::Malformed("a name that does not end"));
        }
        Ok(at)
    }

    /// A start tag is complete.
    fn open(&mut self, empty: bool) -> Result<At, GuardError> {
        if self.names.depth() == 1 {
            self.begun = true;
            self.header = self.out.get(self.ready..).unwrap_or_default().to_vec();
            self.pass();
        } else {
            self.opened();
        }
        if empty { self.closed() } else { Ok(At::Text) }
    }

    /// An end tag is complete.
    fn close(&mut self) -> Result<At, GuardError> {
        if !self.names.is_last(&self.name) {
            return Err(GuardError::Malformed("an end tag that does not match"));
        }
        self.closed()
    }

    /// An element is complete.
    fn closed(&mut self) -> Result<At, GuardError> {
        self.names.close();
        match self.names.depth() {
            0 => Ok(self.pass()),
            1 => self.complete(),
            _ => {
                self.closed_within();
                Ok(At::Text)
            }
        }
    }

    /// All that there is may be passed on.
    fn pass(&mut self) -> At {
        self.ready = self.out.len();
        At::Text
    }

    /// A tag is beyond a limit: in a stanza that ends the stanza, in the header the stream.
    fn too_much(&mut self) -> Result<(), GuardError> {
        if !self.begun {
            return Err(GuardError::Header);
        }
        self.offend();
        Ok(())
    }

    /// The current stanza will be replaced; what there is of it is thrown away now.
    fn offend(&mut self) {
        self.discarding = true;
        self.out.truncate(self.ready);
    }
}

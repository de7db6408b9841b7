//! Tags: names, attributes and their limits, and what begins or ends with them.

use super::Scanner;
use super::syntax::{At, ends_name, is_space};
use crate::guard::{GuardError, PART};

impl Scanner {
    pub(crate) fn start_name(&mut self, last: u8) -> Result<At, GuardError> {
        if !matches!(last, b'/' | b'>') && !is_space(last) {
            return self.lengthen(last, At::Name);
        }
        self.names.open(&self.name, self.limits.depth + 1);
        if self.names.depth() == 2 {
            self.head.name.clone_from(&self.name);
        }
        self.elements += 1;
        if self.begun && (self.names.depth() > self.limits.depth + 1 || self.elements > self.limits.elements)
        {
            self.offend();
        }
        self.tag(last)
    }

    pub(crate) fn tag(&mut self, last: u8) -> Result<At, GuardError> {
        match last {
            b'/' => Ok(At::Slash),
            b'>' => self.open(false),
            _ if is_space(last) => Ok(At::Tag),
            _ if ends_name(last) => Err(GuardError::Malformed("a sign in a tag")),
            _ => {
                self.attributes += 1;
                if self.attributes > self.limits.attributes {
                    self.too_much()?;
                }
                self.name.clear();
                self.name.push(last);
                Ok(At::AttributeName)
            }
        }
    }

    pub(crate) fn attribute_name(&mut self, last: u8) -> Result<At, GuardError> {
        match last {
            b'=' => return Ok(At::Quote),
            _ if is_space(last) => return Ok(At::Equals),
            _ if ends_name(last) => return Err(GuardError::Malformed("a sign in an attribute's name")),
            _ => {}
        }
        if self.name.len() < self.limits.name {
            self.name.push(last);
        } else {
            self.too_much()?;
        }
        Ok(At::AttributeName)
    }

    pub(crate) fn begin_value(&mut self, quote: u8) -> At {
        self.value = 0;
        if self.names.depth() == 2 {
            if self.name == PART.as_bytes() {
                self.offend();
            }
            self.head.begin(&self.name, quote);
        }
        At::Value(quote)
    }

    pub(crate) fn in_value(&mut self, quote: u8, run: &[u8]) -> Result<At, GuardError> {
        let (last, run) = run
            .split_last()
            .map_or((0, run), |(last, before)| (*last, before));
        if last == b'<' {
            return Err(GuardError::Malformed("a tag inside a value"));
        }
        let ends = last == quote;
        self.value = self.value.saturating_add(run.len() + usize::from(!ends));
        if self.names.depth() == 2 {
            self.head.extend(run, self.limits.value);
            if !ends {
                self.head.extend(&[last], self.limits.value);
            }
        }
        if self.value > self.limits.value {
            self.too_much()?;
        }
        if ends {
            self.head.end();
            return Ok(At::AfterValue);
        }
        Ok(At::Value(quote))
    }

    /// One more byte of the name of a tag. Names that are too long are compared by their beginnings.
    pub(crate) fn lengthen(&mut self, last: u8, at: At) -> Result<At, GuardError> {
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
    pub(crate) fn open(&mut self, empty: bool) -> Result<At, GuardError> {
        if self.names.depth() == 1 {
            self.begun = true;
            self.header = self.passage.held().to_vec();
            self.passage.pass();
        } else {
            self.opened();
        }
        if empty { self.closed() } else { Ok(At::Text) }
    }

    /// An end tag is complete.
    pub(crate) fn close(&mut self) -> Result<At, GuardError> {
        if !self.names.is_last(&self.name) {
            return Err(GuardError::Malformed("an end tag that does not match"));
        }
        self.closed()
    }

    /// An element is complete.
    fn closed(&mut self) -> Result<At, GuardError> {
        self.names.close();
        match self.names.depth() {
            0 => Ok(self.passage.pass()),
            1 => self.complete(),
            _ => {
                self.closed_within();
                Ok(At::Text)
            }
        }
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
    pub(crate) fn offend(&mut self) {
        self.passage.discard();
    }
}

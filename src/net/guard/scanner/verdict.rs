//! What the parser makes of a stanza: the one that reads the stream, tried on each stanza by itself, in
//! the place where it would stand. It knows better than any list of ours what it refuses, and what it
//! refuses ends the stream for good.

use minidom::rxml::error::EndOrError;
use minidom::rxml::{Event, Parse, Parser};

/// A parser that has read the beginning of a stream.
pub(crate) struct Trial {
    parser: Parser,
    depth: usize,
    /// Elements of the stream that ended.
    whole: usize,
}

impl Trial {
    /// After the stream's header; None if it does not take that.
    fn after(header: &[u8]) -> Option<Self> {
        Self::within(header, 1)
    }

    /// After the header and first tags, so that this many elements are open; None if it does not take that.
    pub(crate) fn within(before: &[u8], depth: usize) -> Option<Self> {
        let mut trial = Self {
            parser: Parser::default(),
            depth: 0,
            whole: 0,
        };
        (trial.takes(before) && trial.depth == depth).then_some(trial)
    }

    /// Elements that are open.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// Whether it takes `bytes`. After a refusal it is of no more use.
    pub(crate) fn takes(&mut self, mut bytes: &[u8]) -> bool {
        loop {
            let before = bytes.len();
            match self.parser.parse(&mut bytes, false) {
                Ok(Some(Event::StartElement(..))) => self.depth += 1,
                Ok(Some(Event::EndElement(_))) => {
                    self.depth = self.depth.saturating_sub(1);
                    self.whole += usize::from(self.depth == 1);
                }
                Ok(Some(_)) => {}
                // It gives out the last event of what it has when it is asked once more.
                Err(EndOrError::NeedMoreData) if bytes.len() < before => {}
                Err(EndOrError::NeedMoreData) => return bytes.is_empty(),
                Ok(None) | Err(EndOrError::Error(_)) => return false,
            }
        }
    }
}

/// Whether the parser takes `stanza`, as one whole element, after the stream's header.
pub(crate) fn accepts(header: &[u8], stanza: &[u8]) -> bool {
    Trial::after(header).is_some_and(|mut trial| trial.takes(stanza) && trial.depth == 1 && trial.whole == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::tests::HEADER;

    #[test]
    fn the_parser_is_asked_and_answers_as_it_would_in_the_stream() {
        for good in [
            "<message/>",
            "<message from='a' xml:lang='de'><body>a &#x1F600; <![CDATA[<b>]]></body></message>",
            "<iq><stream:x/></iq>",
            "<iq><x xmlns=''/></iq>",
        ] {
            assert!(accepts(HEADER.as_bytes(), good.as_bytes()), "{good}");
        }
        for bad in [
            "<message><x xmlns='http://www.w3.org/XML/1998/namespace'/></message>",
            "<message><x xmlns:a='http://www.w3.org/XML/1998/namespace' a:foo='1'/></message>",
            "<message><x xmlns:xml='urn:x'/></message>",
            "<message><x xmlns:a=''/></message>",
            "<message xmlns:xmlns='urn:x'/>",
            "<message><a:x/></message>",
            "<message a:x='1'/>",
            "<message><x a='1' a='2'/></message>",
            "<message><x xmlns:a='u' xmlns:b='u' a:c='1' b:c='2'/></message>",
            "<message><a:b:c xmlns:a='u'/></message>",
            "<message><:x/></message>",
            "<message><x:/></message>",
            "<message><1x/></message>",
            "<message>&#0;</message>",
            "<message>&#xD800;</message>",
            "<message>&nbsp;</message>",
            "<message>\u{1}</message>",
            "<message>\u{fffe}</message>",
            "<message>]]></message>",
            "<message",
            "<message>",
            "<message/><message>",
            "<message/><message/>",
            "</stream:stream>",
        ] {
            assert!(!accepts(HEADER.as_bytes(), bad.as_bytes()), "{bad}");
        }
        assert!(!accepts(HEADER.as_bytes(), b"<message>\xff</message>"));
        assert!(!accepts(b"<stream:stream>", b"<message/>"));
    }
}

//! Places in the syntax, and the steps between them that need nothing but the byte.

use crate::guard::GuardError;

/// Where in the syntax the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Text,
    /// After `<`.
    Less,
    /// In `<?…>`, before the stream header.
    Declaration,
    /// After `<!`.
    Bang(Bang),
    /// In a comment; so many `-` were just seen.
    Comment(u8),
    /// In a processing instruction; a `?` was just seen.
    Instruction(bool),
    /// In a CDATA section; so many `]` were just seen.
    CData(u8),
    /// In the name of a start tag.
    Name,
    /// In a start tag, where an attribute may begin.
    Tag,
    AttributeName,
    /// After the name, before `=`.
    Equals,
    /// After `=`, before the quote.
    Quote,
    /// In a value, with its quote.
    Value(u8),
    /// After the closing quote.
    AfterValue,
    /// After `/` in a start tag.
    Slash,
    /// In the name of an end tag.
    EndName,
    /// After that name.
    EndSpace,
}

/// What followed `<!` so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bang {
    Begun,
    /// `-`.
    Dash,
    /// So many bytes of `[CDATA[`.
    CData(usize),
}

/// A CDATA section or a comment begins, byte by byte; every other `<!` is a document type, whose end nobody
/// can know who does not read all of it.
pub(crate) fn bang(state: Bang, last: u8) -> Result<At, GuardError> {
    const OPENING: &[u8] = b"[CDATA[";
    let matched = match (state, last) {
        (Bang::Begun, b'-') => return Ok(At::Bang(Bang::Dash)),
        (Bang::Dash, b'-') => return Ok(At::Comment(0)),
        (Bang::Begun, _) => 0,
        (Bang::CData(matched), _) => matched,
        (Bang::Dash, _) => return Err(GuardError::Forbidden("document type")),
    };
    if OPENING.get(matched) != Some(&last) {
        return Err(GuardError::Forbidden("document type"));
    }
    Ok(if matched + 1 == OPENING.len() {
        At::CData(0)
    } else {
        At::Bang(Bang::CData(matched + 1))
    })
}

pub(crate) fn comment(dashes: u8, last: u8) -> At {
    match (dashes, last) {
        (2, b'>') => At::Text,
        (0, b'-') => At::Comment(1),
        (_, b'-') => At::Comment(2),
        _ => At::Comment(0),
    }
}

pub(crate) fn instruction(question: bool, last: u8) -> At {
    match (question, last) {
        (true, b'>') => At::Text,
        (_, last) => At::Instruction(last == b'?'),
    }
}

pub(crate) fn cdata(closing: u8, last: u8) -> At {
    match (closing, last) {
        (2, b'>') => At::Text,
        (0, b']') => At::CData(1),
        (_, b']') => At::CData(2),
        _ => At::CData(0),
    }
}

pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Signs that cannot stand in a name.
pub(crate) fn ends_name(byte: u8) -> bool {
    is_space(byte)
        || matches!(
            byte,
            b'<' | b'>' | b'/' | b'=' | b'"' | b'\'' | b'&' | b'?' | b'!' | 0
        )
}

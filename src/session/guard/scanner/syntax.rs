//! Places in the syntax, and the steps between them that need nothing but the byte.

use crate::session::guard::GuardError;

/// Where in the syntax the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Text,
    /// After `<`.
    Less,
    /// In `<?…>`, before the stream header.
    Declaration,
    /// So many bytes of `[CDATA[` matched after `<!`.
    Bang(usize),
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

/// The bytes of `[CDATA[` one by one; every other `<!` is a comment or a document type.
pub(super) fn bang(matched: usize, last: u8) -> Result<At, GuardError> {
    const OPENING: &[u8] = b"[CDATA[";
    if OPENING.get(matched) != Some(&last) {
        return Err(GuardError::Forbidden("comment or document type"));
    }
    Ok(if matched + 1 == OPENING.len() {
        At::CData(0)
    } else {
        At::Bang(matched + 1)
    })
}

pub(super) fn cdata(closing: u8, last: u8) -> At {
    match (closing, last) {
        (2, b'>') => At::Text,
        (0, b']') => At::CData(1),
        (_, b']') => At::CData(2),
        _ => At::CData(0),
    }
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Signs that cannot stand in a name.
pub(super) fn ends_name(byte: u8) -> bool {
    is_space(byte)
        || matches!(
            byte,
            b'<' | b'>' | b'/' | b'=' | b'"' | b'\'' | b'&' | b'?' | b'!' | 0
        )
}

//! The limits of the guard, and what it says when a stream cannot go on.

/// What a stream may be. Sizes are in bytes as they came over the wire.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Nested elements within a stanza, the stanza's own element being the first.
    pub depth: usize,
    /// Attributes of one element, namespace declarations among them.
    pub attributes: usize,
    /// One attribute's value. The parser's own limit, a hard error for the whole stream, is 8,192.
    pub value: usize,
    /// The name of an element or attribute.
    pub name: usize,
    /// One stanza, and one piece of an answer.
    pub stanza: usize,
    /// An answer that lists much is passed on in pieces of about this size.
    pub piece: usize,
    /// All pieces of one answer together.
    pub answer: usize,
    /// Elements in one stanza: each costs some hundred bytes in memory, whatever its size here.
    pub elements: usize,
    /// XML declaration and stream header together.
    pub header: usize,
    /// A stanza that is being thrown away; beyond this the stream is given up.
    pub discarded: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 64,
            attributes: 64,
            value: 8 * 1024,
            name: 1024,
            stanza: 1024 * 1024,
            piece: 256 * 1024,
            answer: 32 * 1024 * 1024,
            elements: 32 * 1024,
            header: 64 * 1024,
            discarded: 64 * 1024 * 1024,
        }
    }
}

/// Why a stream cannot go on. There is no way back after one of these: the boundary between one stanza and
/// the next is no longer sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// RFC 6120 §11.1: comments, processing instructions, document types.
    #[error("the server sent a {0}, which XMPP forbids")]
    Forbidden(&'static str),
    /// Not well-formed, as far as it is looked at here.
    #[error("the server sent malformed XML: {0}")]
    Malformed(&'static str),
    /// The stream header does not end.
    #[error("the server's stream header is too large")]
    Header,
    /// One stanza does not end.
    #[error("the server sent a stanza without end")]
    Endless,
    /// The connection ended in good order where a stanza could have begun, but the stream did not.
    #[error("the server closed the connection")]
    Closed,
    /// It ended within a stanza.
    #[error("the connection was cut off")]
    Cut,
    /// There was more after the element that ends this phase of the stream (threat 87).
    #[error("the server sent something before it was its turn")]
    Early,
}

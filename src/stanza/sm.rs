//! XEP-0198 stream management: the nonzas, read and written.

use minidom::Element;

/// A stream management element from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sm {
    /// `<enabled/>`: id present if the stream can be resumed; `max` in seconds; `location` as "host:port".
    Enabled {
        id: Option<String>,
        resume: bool,
        max: Option<u32>,
        location: Option<String>,
    },
    /// `<resumed/>`: the server handled `h` of ours.
    Resumed { previd: String, h: u32 },
    /// `<failed/>`, with the count handled where the server still knows it.
    Failed { h: Option<u32> },
    /// `<r/>`.
    Request,
    /// `<a/>`.
    Ack { h: u32 },
}

/// None if `element` is not of stream management, or is malformed.
pub fn parse(_element: &Element) -> Option<Sm> {
    todo!()
}
pub fn enable(_resume: bool) -> Element {
    todo!()
}
pub fn resume(_previd: &str, _h: u32) -> Element {
    todo!()
}
pub fn request() -> Element {
    todo!()
}
pub fn ack(_h: u32) -> Element {
    todo!()
}

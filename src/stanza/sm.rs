//! XEP-0198 stream management: the nonzas, read and written.

use minidom::Element;

use super::ns;
use super::xml::{Build, element, is_true, number};

/// XEP-0198 §11 wants ids of at most 4000 bytes; a stream with a longer one is not resumed.
const MAX_STREAM_ID: usize = 4000;
/// A domain name has at most 255 bytes, a port five digits.
const MAX_LOCATION: usize = 264;

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
pub fn parse(element: &Element) -> Option<Sm> {
    if !element.has_ns(ns::SM) {
        return None;
    }
    let h = element.attr("h").and_then(number);
    match element.name() {
        "enabled" => Some(enabled(element)),
        "resumed" => Some(Sm::Resumed {
            previd: stream_id(element.attr("previd"))?,
            h: h?,
        }),
        "failed" => Some(Sm::Failed { h }),
        "r" => Some(Sm::Request),
        "a" => Some(Sm::Ack { h: h? }),
        _ => None,
    }
}

/// A stream can be resumed only if the server both says so and names it.
fn enabled(element: &Element) -> Sm {
    let id = stream_id(element.attr("id")).filter(|_| is_true(element.attr("resume")));
    Sm::Enabled {
        resume: id.is_some(),
        id,
        max: element.attr("max").and_then(number),
        location: element
            .attr("location")
            .filter(|l| !l.is_empty() && l.len() <= MAX_LOCATION && l.chars().all(|c| c.is_ascii_graphic()))
            .map(str::to_owned),
    }
}

fn stream_id(id: Option<&str>) -> Option<String> {
    id.filter(|id| !id.is_empty() && id.len() <= MAX_STREAM_ID)
        .map(str::to_owned)
}

/// Asks for stream management; `resume`: and to be allowed to resume.
pub fn enable(resume: bool) -> Element {
    let enable = element("enable", ns::SM);
    if resume {
        enable.with("resume", "true")
    } else {
        enable
    }
}

/// Asks to resume the stream `previd`, of which we handled `h` stanzas.
pub fn resume(previd: &str, h: u32) -> Element {
    element("resume", ns::SM)
        .with("h", h.to_string())
        .with("previd", previd)
}

/// Asks for an acknowledgement.
pub fn request() -> Element {
    element("r", ns::SM)
}

/// Acknowledges `h` stanzas.
pub fn ack(h: u32) -> Element {
    element("a", ns::SM).with("h", h.to_string())
}

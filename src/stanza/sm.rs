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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    fn read(inside: &str) -> Option<Sm> {
        parse(&inside.replace("/>", " xmlns='urn:xmpp:sm:3'/>").parse().unwrap())
    }

    fn enabled(inside: &str) -> (Option<String>, bool, Option<u32>, Option<String>) {
        match read(&format!("<enabled {inside}/>")) {
            Some(Sm::Enabled {
                id,
                resume,
                max,
                location,
            }) => (id, resume, max, location),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_answers_of_a_server_are_read() {
        assert_eq!(read("<r/>"), Some(Sm::Request));
        assert_eq!(read("<a h='7'/>"), Some(Sm::Ack { h: 7 }));
        assert_eq!(read("<failed/>"), Some(Sm::Failed { h: None }));
        assert_eq!(read("<failed h='3'/>"), Some(Sm::Failed { h: Some(3) }));
        let resumed = Some(Sm::Resumed {
            previd: "x".into(),
            h: u32::MAX,
        });
        assert_eq!(read("<resumed previd='x' h='4294967295'/>"), resumed);
    }

    #[test]
    fn a_stream_is_resumable_only_with_both_the_word_and_the_id() {
        let full = enabled("id='x' resume='1' max='600' location='[2001:db8::1]:5222'");
        let location = Some("[2001:db8::1]:5222".to_owned());
        assert_eq!(full, (Some("x".into()), true, Some(600), location));
        for without in [
            "",
            "id='x'",
            "resume='true'",
            "id='x' resume='false'",
            "id='' resume='true'",
        ] {
            assert_eq!(enabled(without), (None, false, None, None), "{without}");
        }
        let long = "x".repeat(4001);
        assert_eq!(enabled(&format!("id='{long}' resume='true'")).0, None);
    }

    #[test]
    fn a_location_that_is_none_is_not_read() {
        let long = "x".repeat(300);
        for location in ["", "a b:1", "a\u{9b}:1", long.as_str()] {
            assert_eq!(
                enabled(&format!("location='{location}' max='-1'")).3,
                None,
                "{location}"
            );
        }
    }

    #[test]
    fn malformed_and_foreign_elements_are_none() {
        for bad in [
            "<a/>",
            "<a h='-1'/>",
            "<a h='4294967296'/>",
            "<resumed h='1'/>",
            "<resumed previd='x'/>",
            "<enable/>",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(parse(&"<r xmlns='urn:xmpp:sm:2'/>".parse().unwrap()), None);
    }

    #[test]
    fn what_we_ask_is_as_the_xep_writes_it() {
        for (element, xml) in [
            (enable(true), "<enable xmlns='urn:xmpp:sm:3' resume=\"true\"/>"),
            (enable(false), "<enable xmlns='urn:xmpp:sm:3'/>"),
            (
                resume("a'b", 9),
                "<resume xmlns='urn:xmpp:sm:3' h=\"9\" previd=\"a'b\"/>",
            ),
            (request(), "<r xmlns='urn:xmpp:sm:3'/>"),
            (ack(u32::MAX), "<a xmlns='urn:xmpp:sm:3' h=\"4294967295\"/>"),
        ] {
            assert_eq!(element, xml.parse().unwrap());
            assert_renders(&element);
        }
    }
}

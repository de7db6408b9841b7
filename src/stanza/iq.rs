//! Bare `<iq>`s and stanza errors (RFC 6120 §8).

use jid::Jid;
use minidom::Element;

use super::ns;
use super::xml::{Build, at_most_one, element, only_child, sane_id};
use model::{Clean, address};

/// The defined conditions of RFC 6120 §8.3.3; whatever else a server says becomes "undefined-condition".
const CONDITIONS: [&str; 22] = [
    "bad-request",
    "conflict",
    "feature-not-implemented",
    "forbidden",
    "gone",
    "internal-server-error",
    "item-not-found",
    "jid-malformed",
    "not-acceptable",
    "not-allowed",
    "not-authorized",
    "policy-violation",
    "recipient-unavailable",
    "redirect",
    "registration-required",
    "remote-server-not-found",
    "remote-server-timeout",
    "resource-constraint",
    "service-unavailable",
    "subscription-required",
    "undefined-condition",
    "unexpected-request",
];
const UNDEFINED: &str = "undefined-condition";
/// The error types of RFC 6120 §8.3.2.
const KINDS: [&str; 5] = ["auth", "cancel", "continue", "modify", "wait"];
/// Longest text of an error that is kept, in bytes.
const MAX_TEXT: usize = 2048;
/// Longest name of an application-specific condition.
const MAX_SPECIFIC: usize = 128;

/// An `<iq>` taken apart.
#[derive(Debug, Clone)]
pub struct Iq {
    pub id: String,
    /// None: our own server on behalf of our account.
    pub from: Option<Jid>,
    pub kind: IqKind,
}

#[derive(Debug, Clone)]
pub enum IqKind {
    /// A request with its payload.
    Get(Element),
    Set(Element),
    /// A result with its payload, if any.
    Result(Option<Element>),
    Error(StanzaError),
}

/// A stanza error (RFC 6120 §8.3): the defined condition's name ("item-not-found"), `type`, the human text,
/// and the name of an application-specific condition ("precondition-not-met").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StanzaError {
    pub condition: String,
    pub kind: String,
    pub text: Option<Clean>,
    pub specific: Option<String>,
    /// Where what is `gone` went on, as a URI.
    pub gone_to: Option<String>,
}

/// None if it is not a well-formed `<iq>` (no id, no or several payloads in a request, unknown type).
pub fn parse(element: &Element) -> Option<Iq> {
    if !element.is("iq", ns::CLIENT) {
        return None;
    }
    let id = sane_id(element.attr("id"))?;
    let from = element.attr("from").map(address::jid).transpose().ok()?;
    let mut payloads = element.children();
    let (payload, more) = (payloads.next().cloned(), payloads.next().is_some());
    let kind = match (element.attr("type")?, more) {
        ("get", false) => IqKind::Get(payload?),
        ("set", false) => IqKind::Set(payload?),
        ("result", false) => IqKind::Result(payload),
        ("error", _) => IqKind::Error(error_of(element)?),
        _ => return None,
    };
    Some(Iq { id, from, kind })
}

/// The error of any stanza of type "error"; None for other types. A stanza of type "error" without a readable
/// `<error>` is an error all the same: an undefined condition.
pub fn error_of(stanza: &Element) -> Option<StanzaError> {
    if stanza.attr("type") != Some("error") {
        return None;
    }
    let Some(error) = only_child(stanza, "error", ns::CLIENT) else {
        return Some(StanzaError {
            condition: UNDEFINED.to_owned(),
            kind: "cancel".to_owned(),
            text: None,
            specific: None,
            gone_to: None,
        });
    };
    let condition = error
        .children()
        .find(|child| child.has_ns(ns::STANZAS) && child.name() != "text")
        .map_or(UNDEFINED, |child| condition(child.name()));
    let text = at_most_one(error, "text", ns::STANZAS)
        .unwrap_or_else(|_| error.get_child("text", ns::STANZAS))
        .map(|text| Clean::within(&text.text(), MAX_TEXT))
        .filter(|text| !text.as_str().trim().is_empty());
    let specific = error
        .children()
        .find(|child| !child.has_ns(ns::STANZAS))
        .map(Element::name)
        .filter(|name| name.len() <= MAX_SPECIFIC && name.bytes().all(is_name_byte));
    Some(StanzaError {
        condition: condition.to_owned(),
        kind: known(&KINDS, error.attr("type").unwrap_or_default(), "cancel").to_owned(),
        text,
        specific: specific.map(str::to_owned),
        gone_to: only_child(error, "gone", ns::STANZAS)
            .map(Element::text)
            .filter(|uri| !uri.is_empty() && uri.len() <= MAX_URI),
    })
}

/// Longest URI, in bytes.
const MAX_URI: usize = 4096;

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

fn condition(name: &str) -> &'static str {
    known(&CONDITIONS, name, UNDEFINED)
}

fn known(words: &[&'static str], word: &str, otherwise: &'static str) -> &'static str {
    words
        .iter()
        .copied()
        .find(|known| *known == word)
        .unwrap_or(otherwise)
}

/// A request for information. `to`: None for our own server on behalf of our account.
pub fn get(to: Option<&Jid>, id: &str, payload: Element) -> Element {
    stanza("get", to, id).child(payload)
}

/// A request that changes something.
pub fn set(to: Option<&Jid>, id: &str, payload: Element) -> Element {
    stanza("set", to, id).child(payload)
}

/// The answer to a request.
pub fn result(to: Option<&Jid>, id: &str, payload: Option<Element>) -> Element {
    let result = stanza("result", to, id);
    match payload {
        Some(payload) => result.child(payload),
        None => result,
    }
}

/// An error answer with a defined condition, e.g. ("cancel", "service-unavailable").
pub fn error(to: Option<&Jid>, id: &str, kind: &str, name: &str) -> Element {
    stanza("error", to, id).child(
        element("error", ns::CLIENT)
            .with("type", known(&KINDS, kind, "cancel"))
            .child(element(condition(name), ns::STANZAS)),
    )
}

fn stanza(kind: &str, to: Option<&Jid>, id: &str) -> Element {
    let iq = element("iq", ns::CLIENT).with("type", kind).with("id", id);
    match to {
        Some(to) => iq.with("to", to.as_str()),
        None => iq,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    fn read(attributes: &str, inside: &str) -> Option<Iq> {
        parse(
            &format!("<iq xmlns='jabber:client' {attributes}>{inside}</iq>")
                .parse()
                .unwrap(),
        )
    }

    fn error_in(inside: &str) -> StanzaError {
        error_of(
            &format!("<message xmlns='jabber:client' type='error'>{inside}</message>")
                .parse()
                .unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn well_formed_iqs_are_taken_apart() {
        let ping = "<ping xmlns='urn:xmpp:ping'/>";
        let iq = read("type='get' id='1' from='mired.test'", ping).unwrap();
        assert_eq!((iq.id.as_str(), iq.from.unwrap().as_str()), ("1", "mired.test"));
        assert!(matches!(iq.kind, IqKind::Get(payload) if payload.is("ping", ns::PING)));
        assert!(matches!(
            read("type='set' id='1'", ping).unwrap().kind,
            IqKind::Set(_)
        ));
        assert!(matches!(
            read("type='result' id='1'", "").unwrap().kind,
            IqKind::Result(None)
        ));
        assert!(matches!(
            read("type='result' id='1'", ping).unwrap().kind,
            IqKind::Result(Some(_))
        ));
        assert!(read("type='result' id='1'", "").unwrap().from.is_none());
    }

    #[test]
    fn malformed_iqs_are_none() {
        let ping = "<ping xmlns='urn:xmpp:ping'/>";
        for (attributes, inside) in [
            ("type='get'", ping),
            ("type='get' id=''", ping),
            ("type='get' id='1'", ""),
            ("type='get' id='1'", "<a/><b/>"),
            ("type='set' id='1'", ""),
            ("type='set' id='1'", "<a/><b/>"),
            ("type='result' id='1'", "<a/><b/>"),
            ("type='probe' id='1'", ping),
            ("id='1'", ping),
            ("type='get' id='1' from='@@'", ping),
        ] {
            assert!(read(attributes, inside).is_none(), "{attributes} {inside}");
        }
        assert!(
            parse(
                &"<iq xmlns='jabber:server' type='result' id='1'/>"
                    .parse()
                    .unwrap()
            )
            .is_none()
        );
    }

    #[test]
    fn an_error_gives_condition_kind_text_and_what_is_specific() {
        let error = error_in(
            "<error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
             <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>bad&#x9b;luck</text>\
             <precondition-not-met xmlns='http://jabber.org/protocol/pubsub#errors'/></error>",
        );
        assert_eq!(
            error,
            StanzaError {
                condition: "conflict".into(),
                kind: "cancel".into(),
                text: Some(Clean::new("badluck")),
                specific: Some("precondition-not-met".into()),
                gone_to: None,
            }
        );
    }

    #[test]
    fn an_error_that_says_nothing_known_is_undefined() {
        let undefined = StanzaError {
            condition: "undefined-condition".into(),
            kind: "cancel".into(),
            text: None,
            specific: None,
            gone_to: None,
        };
        for inside in [
            "",
            "<error/>",
            "<error type='x'/><error/>",
            "<error type='later'><invented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
            "<error><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'> </text></error>",
        ] {
            assert_eq!(error_in(inside), undefined, "{inside}");
        }
        assert_eq!(
            error_of(&"<message xmlns='jabber:client'/>".parse().unwrap()),
            None
        );
    }

    #[test]
    fn the_text_of_an_error_is_short() {
        let long = "x".repeat(100_000);
        let error = error_in(&format!(
            "<error><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>{long}</text></error>"
        ));
        assert!(error.text.unwrap().as_str().len() <= MAX_TEXT);
    }

    #[test]
    fn an_iq_that_is_an_error_completes_its_request_however_it_looks() {
        let iq = read("type='error' id='1'", "<query xmlns='urn:x'/><error/>").unwrap();
        assert!(matches!(iq.kind, IqKind::Error(error) if error.condition == "undefined-condition"));
    }

    #[test]
    fn what_we_send_reads_as_we_meant_it() {
        let bob = Jid::new("bob@mired.test/x").unwrap();
        let ping = || element("ping", ns::PING);
        let all = [
            get(Some(&bob), "i", ping()),
            set(None, "i", ping()),
            result(None, "i", Some(ping())),
            result(Some(&bob), "i", None),
            error(Some(&bob), "i", "wait", "resource-constraint"),
            error(None, "i", "no kind", "<no condition>"),
        ];
        for iq in &all {
            assert_renders(iq);
            assert_eq!(parse(iq).unwrap().id, "i");
        }
        let [get, _, _, _, wait, none] = all;
        assert_eq!(get.attr("to"), Some("bob@mired.test/x"));
        assert_eq!(error_of(&wait).unwrap().condition, "resource-constraint");
        assert_eq!(error_of(&wait).unwrap().kind, "wait");
        assert_eq!(error_of(&none).unwrap().condition, "undefined-condition");
    }
}

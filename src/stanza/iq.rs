//! Bare `<iq>`s and stanza errors (RFC 6120 §8).

use jid::Jid;
use minidom::Element;

use super::ns;
use super::xml::{Build, at_most_one, element, only_child, sane_id};
use crate::model::Clean;

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

/// A stanza error (RFC 6120 §8.3): the defined condition's name ("item-not-found"), `type`, the human text, and the name
/// of an application-specific condition ("precondition-not-met").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StanzaError {
    pub condition: String,
    pub kind: String,
    pub text: Option<Clean>,
    pub specific: Option<String>,
}

/// None if it is not a well-formed `<iq>` (no id, no or several payloads in a request, unknown type).
pub fn parse(element: &Element) -> Option<Iq> {
    if !element.is("iq", ns::CLIENT) {
        return None;
    }
    let id = sane_id(element.attr("id"))?;
    let from = element.attr("from").map(Jid::new).transpose().ok()?;
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

/// The error of any stanza of type "error"; None for other types. A stanza of type "error" without a readable `<error>`
/// is an error all the same: an undefined condition.
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
    })
}

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

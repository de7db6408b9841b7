//! Bare `<iq>`s and stanza errors (RFC 6120 §8).

use jid::Jid;
use minidom::Element;

use crate::model::Clean;

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
pub fn parse(_element: &Element) -> Option<Iq> {
    todo!()
}
/// The error of any stanza of type "error".
pub fn error_of(_stanza: &Element) -> Option<StanzaError> {
    todo!()
}
pub fn get(_to: Option<&Jid>, _id: &str, _payload: Element) -> Element {
    todo!()
}
pub fn set(_to: Option<&Jid>, _id: &str, _payload: Element) -> Element {
    todo!()
}
pub fn result(_to: Option<&Jid>, _id: &str, _payload: Option<Element>) -> Element {
    todo!()
}
/// An error answer with a defined condition, e.g. ("cancel", "service-unavailable").
pub fn error(_to: Option<&Jid>, _id: &str, _kind: &str, _condition: &str) -> Element {
    todo!()
}

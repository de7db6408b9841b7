//! Presence (RFC 6121 §3, §4) and our entity capabilities (XEP-0115).

use jid::{BareJid, Jid};
use minidom::Element;

/// A presence stanza from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    pub from: Option<Jid>,
    pub kind: PresenceKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresenceKind {
    Available,
    Unavailable,
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
    Error,
    /// "probe" and anything unknown.
    Other,
}

pub fn parse(_presence: &Element) -> Option<Presence> {
    todo!()
}
/// Our available presence with priority 0 and the caps element.
pub fn available() -> Element {
    todo!()
}
pub fn unavailable() -> Element {
    todo!()
}
/// Subscription management: `kind` is one of Subscribe, Subscribed, Unsubscribe, Unsubscribed.
pub fn subscription(_to: &BareJid, _kind: PresenceKind) -> Element {
    todo!()
}

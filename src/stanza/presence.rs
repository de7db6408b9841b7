//! Presence (RFC 6121 §3, §4) and our entity capabilities (XEP-0115).

use jid::{BareJid, Jid};
use minidom::Element;

use super::xml::{Build, element};
use super::{disco, ns};

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

/// None if it is not a `<presence>`, or comes from an impossible JID.
pub fn parse(presence: &Element) -> Option<Presence> {
    if !presence.is("presence", ns::CLIENT) {
        return None;
    }
    let kind = match presence.attr("type") {
        None => PresenceKind::Available,
        Some("unavailable") => PresenceKind::Unavailable,
        Some("subscribe") => PresenceKind::Subscribe,
        Some("subscribed") => PresenceKind::Subscribed,
        Some("unsubscribe") => PresenceKind::Unsubscribe,
        Some("unsubscribed") => PresenceKind::Unsubscribed,
        Some("error") => PresenceKind::Error,
        Some(_) => PresenceKind::Other,
    };
    let from = presence.attr("from").map(Jid::new).transpose().ok()?;
    Some(Presence { from, kind })
}

/// Our available presence with priority 0 and the caps element.
pub fn available() -> Element {
    element("presence", ns::CLIENT)
        .child(element("priority", ns::CLIENT).content("0"))
        .child(disco::caps())
}

/// Our unavailable presence.
pub fn unavailable() -> Element {
    element("presence", ns::CLIENT).with("type", "unavailable")
}

/// Subscription management: `kind` is one of Subscribe, Subscribed, Unsubscribe, Unsubscribed. Any other kind gives
/// "unsubscribed", which tells nobody anything.
pub fn subscription(to: &BareJid, kind: PresenceKind) -> Element {
    let kind = match kind {
        PresenceKind::Subscribe => "subscribe",
        PresenceKind::Subscribed => "subscribed",
        PresenceKind::Unsubscribe => "unsubscribe",
        _ => "unsubscribed",
    };
    element("presence", ns::CLIENT)
        .with("type", kind)
        .with("to", to.as_str())
}

//! Presence (RFC 6121 §3, §4) and our entity capabilities (XEP-0115).

use jid::{BareJid, Jid};
use minidom::Element;

use super::xml::{Build, element};
use super::{disco, ns};
use crate::model::address;

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
    let from = presence.attr("from").map(address::jid).transpose().ok()?;
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

#[cfg(test)]
mod tests {
    use super::super::xml::assert_renders;
    use super::*;

    fn read(attributes: &str) -> Option<Presence> {
        parse(
            &format!("<presence xmlns='jabber:client' {attributes}/>")
                .parse()
                .unwrap(),
        )
    }

    #[test]
    fn every_type_is_read() {
        for (kind, expected) in [
            ("", PresenceKind::Available),
            ("type='unavailable'", PresenceKind::Unavailable),
            ("type='subscribe'", PresenceKind::Subscribe),
            ("type='subscribed'", PresenceKind::Subscribed),
            ("type='unsubscribe'", PresenceKind::Unsubscribe),
            ("type='unsubscribed'", PresenceKind::Unsubscribed),
            ("type='error'", PresenceKind::Error),
            ("type='probe'", PresenceKind::Other),
            ("type=''", PresenceKind::Other),
        ] {
            let presence = read(&format!("from='bob@mired.test/x' {kind}")).unwrap();
            assert_eq!(presence.kind, expected, "{kind}");
            assert_eq!(presence.from.unwrap().as_str(), "bob@mired.test/x");
        }
        assert_eq!(read("").unwrap().from, None);
        assert_eq!(read("from='@@'"), None);
        assert_eq!(parse(&"<presence xmlns='jabber:server'/>".parse().unwrap()), None);
    }

    #[test]
    fn we_are_available_with_priority_nought_and_caps() {
        let presence = available();
        assert_renders(&presence);
        assert_eq!(presence.get_child("priority", ns::CLIENT).unwrap().text(), "0");
        assert!(presence.has_child("c", ns::CAPS));
        assert_eq!(presence.children().count(), 2);
        assert_eq!(parse(&unavailable()).unwrap().kind, PresenceKind::Unavailable);
    }

    #[test]
    fn subscriptions_go_to_the_bare_jid_and_nothing_else_does() {
        let bob = BareJid::new("bob@mired.test").unwrap();
        for kind in [
            PresenceKind::Subscribe,
            PresenceKind::Subscribed,
            PresenceKind::Unsubscribe,
            PresenceKind::Unsubscribed,
        ] {
            let presence = subscription(&bob, kind);
            assert_renders(&presence);
            assert_eq!(parse(&presence).unwrap().kind, kind);
            assert_eq!(presence.attr("to"), Some("bob@mired.test"));
        }
        let other = subscription(&bob, PresenceKind::Available);
        assert_eq!(parse(&other).unwrap().kind, PresenceKind::Unsubscribed);
    }
}

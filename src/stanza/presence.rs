//! Presence (RFC 6121 §3, §4) and our entity capabilities (XEP-0115).

use jid::BareJid;
use minidom::Element;
use minidom::rxml::Namespace;

use super::xml::{Build, children, element, only_child};
use super::{disco, ns};
use model::{Availability, Clean, Presence as Shown, address};

/// Longest status text, in bytes: it stands in a narrow pane.
const MAX_STATUS: usize = 1000;
/// The text may stand in different languages (RFC 6121 §4.7.2.2); more than these no person wrote.
const MAX_STATUSES: usize = 32;
/// Longest resource, in bytes (RFC 7622 §3.4).
const MAX_RESOURCE: usize = 1023;

/// A presence stanza from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    pub from: Option<Sender>,
    pub kind: PresenceKind,
    pub priority: i8,
    /// How the person is here, if the kind is `Available`.
    pub shown: Shown,
}

/// Whose presence it is. What stands behind the slash is only compared, so that it may be anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    pub jid: BareJid,
    /// Empty: the bare address.
    pub resource: String,
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

/// None if it is not a `<presence>`, or comes from an impossible bare JID.
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
    let from = match presence.attr("from") {
        Some(from) => Some(sender(from)?),
        None => None,
    };
    let priority = only_child(presence, "priority", ns::CLIENT)
        .and_then(|priority| priority.text().trim().parse().ok())
        .unwrap_or(0);
    let shown = Shown {
        availability: availability(presence),
        status: status(presence),
    };
    Some(Presence {
        from,
        kind,
        priority,
        shown,
    })
}

fn sender(from: &str) -> Option<Sender> {
    let (bare, resource) = from.split_once('/').unwrap_or((from, ""));
    let jid = address::bare(bare).ok()?;
    let resource = Some(resource).filter(|resource| resource.len() <= MAX_RESOURCE)?;
    Some(Sender {
        jid,
        resource: resource.to_owned(),
    })
}

/// Anything unknown says nothing (RFC 6121 §4.7.2.1).
fn availability(presence: &Element) -> Availability {
    let show = only_child(presence, "show", ns::CLIENT).map(Element::text);
    match show.as_deref().map(str::trim) {
        Some("chat") => Availability::Chat,
        Some("away") => Availability::Away,
        Some("xa") => Availability::LongAway,
        Some("dnd") => Availability::DoNotDisturb,
        _ => Availability::Here,
    }
}

/// The text without a language of its own, else the first.
fn status(presence: &Element) -> Option<Clean> {
    let language = |status: &&Element| status.attr_ns(&Namespace::XML, "lang").is_some();
    let statuses = || children(presence, "status", ns::CLIENT).take(MAX_STATUSES);
    let status = statuses()
        .find(|status| !language(status))
        .or(statuses().next())?;
    Some(Clean::within(&status.text(), MAX_STATUS)).filter(|status| !status.as_str().trim().is_empty())
}

/// Our available presence with priority 0 and the caps element; `reads` as in [`disco::own_features`].
pub fn available(reads: bool) -> Element {
    element("presence", ns::CLIENT)
        .child(element("priority", ns::CLIENT).content("0"))
        .child(disco::caps(reads))
}

/// Our unavailable presence.
pub fn unavailable() -> Element {
    element("presence", ns::CLIENT).with("type", "unavailable")
}

/// Subscription management: `kind` is one of Subscribe, Subscribed, Unsubscribe, Unsubscribed. Any other kind
/// gives "unsubscribed", which tells nobody anything.
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
    use super::*;
    use crate::xml::assert_renders;

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
            let from = presence.from.unwrap();
            assert_eq!(
                (from.jid.as_str(), from.resource.as_str()),
                ("bob@mired.test", "x")
            );
        }
        assert_eq!(read("").unwrap().from, None);
        assert_eq!(read("from='@@'"), None);
        assert_eq!(read("from='bob@mired.test'").unwrap().from.unwrap().resource, "");
        // A resource that no preparation takes is a resource all the same.
        let odd = read("from='Bob@mired.test/📱/x'").unwrap().from.unwrap();
        assert_eq!(
            (odd.jid.as_str(), odd.resource.as_str()),
            ("bob@mired.test", "📱/x")
        );
        let long = "x".repeat(1024);
        assert_eq!(read(&format!("from='bob@mired.test/{long}'")), None);
        assert_eq!(parse(&"<presence xmlns='jabber:server'/>".parse().unwrap()), None);
    }

    fn shown(inside: &str) -> (i8, Availability, Option<String>) {
        let presence = format!("<presence xmlns='jabber:client' from='bob@mired.test/x'>{inside}</presence>");
        let Presence { priority, shown, .. } = parse(&presence.parse().unwrap()).unwrap();
        let status = shown.status.map(|status| status.as_str().to_owned());
        (priority, shown.availability, status)
    }

    #[test]
    fn availability_priority_and_status_are_read_and_what_is_odd_says_nothing() {
        let said = |text: &str| Some(text.to_owned());
        for (inside, expected) in [
            ("", (0, Availability::Here, None)),
            (
                "<show>chat</show><priority>-5</priority>",
                (-5, Availability::Chat, None),
            ),
            (
                "<show> away\n</show><status>out</status>",
                (0, Availability::Away, said("out")),
            ),
            (
                "<show>xa</show><priority> 127 </priority>",
                (127, Availability::LongAway, None),
            ),
            (
                "<show>dnd</show><status> </status>",
                (0, Availability::DoNotDisturb, None),
            ),
            (
                "<show>busy</show><priority>128</priority>",
                (0, Availability::Here, None),
            ),
            ("<show>away</show><show>dnd</show>", (0, Availability::Here, None)),
            (
                "<status xml:lang='de'>weg</status><status>gone</status>",
                (0, Availability::Here, said("gone")),
            ),
            (
                "<status xml:lang='de'>weg</status><status xml:lang='fr'>parti</status>",
                (0, Availability::Here, said("weg")),
            ),
        ] {
            assert_eq!(shown(inside), expected, "{inside}");
        }
        let long = "ß".repeat(2000);
        let (_, _, status) = shown(&format!("<status>{long}</status>"));
        assert!(status.unwrap().len() <= MAX_STATUS);
    }

    #[test]
    fn we_are_available_with_priority_nought_and_caps() {
        let presence = available(true);
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

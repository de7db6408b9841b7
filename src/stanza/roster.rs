//! Roster (RFC 6121 §2).

use std::collections::BTreeSet;

use jid::{BareJid, Jid};
use minidom::Element;

use super::ns;
use super::xml::{Build, children, element};
use crate::model::{Clean, Contact, Subscription};

/// At most this many items of one roster are read; the rest is ignored.
pub const MAX_ITEMS: usize = 10_000;
/// Longest name of a contact, in bytes.
const MAX_NAME: usize = 1024;

/// One roster item: a contact, or its removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    Contact(Contact),
    Removed(BareJid),
}

/// Asks for the roster.
pub fn query() -> Element {
    element("query", ns::ROSTER)
}

/// The items of a `<query xmlns='jabber:iq:roster'>`; at most 10,000; impossible JIDs are skipped. A JID that stands
/// twice is read once, as it stands first.
pub fn parse(query: &Element) -> Option<Vec<Item>> {
    if !query.is("query", ns::ROSTER) {
        return None;
    }
    let mut seen = BTreeSet::new();
    Some(
        children(query, "item", ns::ROSTER)
            .take(MAX_ITEMS)
            .filter_map(item)
            .filter(|item| {
                let (Item::Contact(Contact { jid, .. }) | Item::Removed(jid)) = item;
                seen.insert(jid.clone())
            })
            .collect(),
    )
}

fn item(item: &Element) -> Option<Item> {
    let jid = Jid::new(item.attr("jid")?).ok().filter(Jid::is_bare)?.into_bare();
    let subscription = match item.attr("subscription") {
        Some("remove") => return Some(Item::Removed(jid)),
        Some("to") => Subscription::To,
        Some("from") => Subscription::From,
        Some("both") => Subscription::Both,
        _ => Subscription::None,
    };
    let name = item
        .attr("name")
        .map(|name| Clean::line_within(name, MAX_NAME))
        .filter(|name| !name.as_str().trim().is_empty());
    Some(Item::Contact(Contact {
        jid,
        name,
        in_roster: true,
        subscription,
        asked: item.attr("ask") == Some("subscribe"),
        requests: false,
    }))
}

/// Adds a contact or changes its name. The item replaces the one that the server has, groups included.
pub fn set(jid: &BareJid, name: Option<&Clean>) -> Element {
    let item = element("item", ns::ROSTER).with("jid", jid.as_str());
    query().child(match name {
        Some(name) => item.with("name", name.as_str()),
        None => item,
    })
}

/// Removes a contact; the server cancels both subscriptions (RFC 6121 §2.5).
pub fn remove(jid: &BareJid) -> Element {
    query().child(
        element("item", ns::ROSTER)
            .with("jid", jid.as_str())
            .with("subscription", "remove"),
    )
}

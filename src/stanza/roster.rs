//! Roster (RFC 6121 §2).

use std::collections::{BTreeMap, BTreeSet};

use jid::{BareJid, Jid};
use minidom::Element;

use super::ns;
use super::xml::{Build, children, element, only_child};
use model::{Clean, Contact, Subscription, address};

/// At most this many items of one element are read; the rest is ignored. The guard lets fewer through.
pub const MAX_ITEMS: usize = 40_000;
/// At most this many groups of one contact, and bytes of a group's name, are kept.
const MAX_GROUPS: usize = 50;
const MAX_GROUP: usize = 1024;
/// Longest name of a contact, in bytes: it stands in front of every message, in lists and in the header.
const MAX_NAME: usize = 200;

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

/// The items of a `<query xmlns='jabber:iq:roster'>`; at most [`MAX_ITEMS`]; impossible JIDs are skipped. A
/// JID that stands twice is read once, as it stands first.
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

/// The one item of a roster push (RFC 6121 §2.1.6); None if it holds another number, or an impossible JID.
pub fn push(query: &Element) -> Option<Item> {
    only_child(query, "item", ns::ROSTER).and_then(item)
}

fn item(item: &Element) -> Option<Item> {
    let jid = address::jid(item.attr("jid")?)
        .ok()
        .filter(Jid::is_bare)?
        .into_bare();
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

/// The groups that other clients put contacts into: kept, so that a change of ours does not lose them.
pub fn groups(query: &Element) -> BTreeMap<BareJid, Vec<String>> {
    children(query, "item", ns::ROSTER)
        .take(MAX_ITEMS)
        .filter_map(|item| {
            let jid = address::jid(item.attr("jid")?).ok()?.into_bare();
            let names = children(item, "group", ns::ROSTER)
                .take(MAX_GROUPS)
                .map(Element::text);
            Some((jid, names.filter(|name| name.len() <= MAX_GROUP).collect()))
        })
        .collect()
}

/// Adds a contact or changes its name. The item replaces the one that the server has,
/// so it names the groups again.
pub fn set(jid: &BareJid, name: Option<&Clean>, groups: &[String]) -> Element {
    let mut item = element("item", ns::ROSTER).with("jid", jid.as_str());
    if let Some(name) = name {
        item = item.with("name", name.as_str());
    }
    for group in groups {
        item = item.child(element("group", ns::ROSTER).content(group));
    }
    query().child(item)
}

/// Removes a contact; the server cancels both subscriptions (RFC 6121 §2.5).
pub fn remove(jid: &BareJid) -> Element {
    query().child(
        element("item", ns::ROSTER)
            .with("jid", jid.as_str())
            .with("subscription", "remove"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    fn read(inside: &str) -> Vec<Item> {
        let query = format!("<query xmlns='jabber:iq:roster'>{inside}</query>");
        parse(&query.parse().unwrap()).unwrap()
    }

    fn contact(jid: &str, subscription: Subscription) -> Contact {
        Contact {
            jid: BareJid::new(jid).unwrap(),
            name: None,
            in_roster: true,
            subscription,
            asked: false,
            requests: false,
        }
    }

    #[test]
    fn items_are_read_with_name_subscription_and_request() {
        let items = read(
            "<item jid='bob@mired.test' name='Bob&#x9b;&#10;the builder' subscription='both'><group>Work</group></item>\
             <item jid='carol@mired.test' ask='subscribe' name=' '/>\
             <item jid='dave@mired.test' subscription='from'/>\
             <item jid='eve@mired.test' subscription='to'/>\
             <item jid='gone@mired.test' subscription='remove'/>",
        );
        let bob = Contact {
            name: Some(Clean::line("Bob the builder")),
            ..contact("bob@mired.test", Subscription::Both)
        };
        let carol = Contact {
            asked: true,
            ..contact("carol@mired.test", Subscription::None)
        };
        assert_eq!(
            items,
            [
                Item::Contact(bob),
                Item::Contact(carol),
                Item::Contact(contact("dave@mired.test", Subscription::From)),
                Item::Contact(contact("eve@mired.test", Subscription::To)),
                Item::Removed(BareJid::new("gone@mired.test").unwrap()),
            ]
        );
    }

    #[test]
    fn impossible_full_and_repeated_jids_are_skipped() {
        let items = read(
            "<item/><item jid='@@'/><item jid='a@b/c'/><item jid='a@b'/><item jid='A@b' subscription='remove'/>\
             <item xmlns='urn:x' jid='x@y'/>",
        );
        assert_eq!(items, [Item::Contact(contact("a@b", Subscription::None))]);
    }

    #[test]
    fn a_push_holds_one_item() {
        let read = |inside: &str| {
            let query = format!("<query xmlns='jabber:iq:roster'>{inside}</query>");
            push(&query.parse().unwrap())
        };
        let bob = Item::Contact(contact("bob@mired.test", Subscription::None));
        assert_eq!(read("<item jid='bob@mired.test'/>"), Some(bob));
        for bad in [
            "",
            "<item/>",
            "<item jid='@@'/>",
            "<item jid='a@b/c'/>",
            "<item jid='a@b'/><item jid='c@d'/>",
            "<item xmlns='urn:x' jid='a@b'/>",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_name_is_cut_to_what_fits_on_a_line() {
        let name = |name: &str| match read(&format!("<item jid='a@b' name='{name}'/>")).remove(0) {
            Item::Contact(contact) => contact.name.unwrap().as_str().to_owned(),
            Item::Removed(_) => unreachable!(),
        };
        assert_eq!(name(&"x".repeat(200)), "x".repeat(200));
        let cut = name(&"x".repeat(5000));
        assert!(cut.len() <= 200 && cut.ends_with('…'), "{cut}");
    }

    #[test]
    fn no_more_items_are_read_than_the_bound() {
        let many: String = (0..MAX_ITEMS + 50)
            .map(|n| format!("<item jid='u{n}@x'/>"))
            .collect();
        assert_eq!(read(&many).len(), MAX_ITEMS);
    }

    #[test]
    fn a_change_keeps_the_groups_that_the_roster_had() {
        let query: Element =
            "<query xmlns='jabber:iq:roster'><item jid='bob@mired.test'><group>Work &amp; play</group>\
             <group>Friends</group></item><item jid='eve@mired.test'/></query>"
                .parse()
                .unwrap();
        let bob = BareJid::new("bob@mired.test").unwrap();
        let known = groups(&query);
        assert_eq!(known[&bob], ["Work & play", "Friends"]);
        let change = set(&bob, Some(&Clean::line("Bob")), &known[&bob]);
        assert_eq!(groups(&change)[&bob], known[&bob]);
        assert_renders(&change);
    }

    #[test]
    fn a_foreign_element_is_no_roster() {
        assert_eq!(parse(&"<query xmlns='jabber:iq:auth'/>".parse().unwrap()), None);
    }

    #[test]
    fn changes_are_as_the_rfc_writes_them() {
        let bob = BareJid::new("bob@mired.test").unwrap();
        for (element, item) in [
            (
                set(&bob, Some(&Clean::line("Bob & Co <x>")), &[]),
                "name='Bob &amp; Co &lt;x>'",
            ),
            (set(&bob, None, &[]), ""),
            (remove(&bob), "subscription='remove'"),
        ] {
            let xml = format!("<query xmlns='jabber:iq:roster'><item jid='bob@mired.test' {item}/></query>");
            assert_eq!(element, xml.parse().unwrap());
            assert_renders(&element);
        }
        assert_renders(&query());
    }
}

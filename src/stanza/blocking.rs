//! Who is blocked, as the server keeps it (XEP-0191).

use jid::Jid;
use minidom::Element;

use super::ns;
use super::xml::{Build, children, element};
use model::address;

/// At most this many items of a list are read; the server keeps the others from us all the same.
const MAX_ITEMS: usize = 10_000;

/// What another client of our account has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    Block(Vec<Jid>),
    Unblock(Vec<Jid>),
    /// Nobody is blocked any more.
    UnblockAll,
}

/// Asks for the list.
pub fn query() -> Element {
    element("blocklist", ns::BLOCKING)
}

/// The addresses of a `<blocklist>`; impossible ones are skipped.
pub fn parse(list: &Element) -> Option<Vec<Jid>> {
    list.is("blocklist", ns::BLOCKING).then(|| items(list))
}

/// Blocks one address.
pub fn block(jid: &Jid) -> Element {
    element("block", ns::BLOCKING).child(element("item", ns::BLOCKING).with("jid", jid.as_str()))
}

/// Unblocks one address. Without an item it would be all of them, so there is always one.
pub fn unblock(jid: &Jid) -> Element {
    element("unblock", ns::BLOCKING).child(element("item", ns::BLOCKING).with("jid", jid.as_str()))
}

/// Whether the payload of a request is of this protocol.
pub fn is_push(payload: &Element) -> bool {
    payload.has_ns(ns::BLOCKING)
}

/// A push. None if it says nothing clear; that of items without a possible address never means all.
pub fn push(payload: &Element) -> Option<Push> {
    let any = children(payload, "item", ns::BLOCKING).next().is_some();
    let jids = items(payload);
    match (payload.name(), any) {
        ("block", true) if !jids.is_empty() => Some(Push::Block(jids)),
        ("unblock", true) if !jids.is_empty() => Some(Push::Unblock(jids)),
        ("unblock", false) => Some(Push::UnblockAll),
        _ => None,
    }
}

fn items(parent: &Element) -> Vec<Jid> {
    children(parent, "item", ns::BLOCKING)
        .take(MAX_ITEMS)
        .filter_map(|item| address::jid(item.attr("jid")?).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Element {
        text.parse().unwrap()
    }

    fn jid(text: &str) -> Jid {
        Jid::new(text).unwrap()
    }

    #[test]
    fn a_list_is_read_as_the_examples_of_the_standard_have_it() {
        let list = "<blocklist xmlns='urn:xmpp:blocking'><item jid='romeo@montague.net'/><item jid='iago@shakespeare.lit'/>\
                    <item jid='spam.test'/><item jid='@@'/><item/></blocklist>";
        let expected = ["romeo@montague.net", "iago@shakespeare.lit", "spam.test"].map(jid);
        assert_eq!(parse(&read(list)), Some(expected.to_vec()));
        assert_eq!(
            parse(&read("<blocklist xmlns='urn:xmpp:blocking'/>")),
            Some(Vec::new())
        );
        assert_eq!(parse(&read("<query xmlns='jabber:iq:roster'/>")), None);
    }

    #[test]
    fn what_is_asked_names_one_address() {
        let eve = jid("eve@evil.test");
        let written = |name: &str| {
            read(&format!(
                "<{name} xmlns='urn:xmpp:blocking'><item jid='eve@evil.test'/></{name}>"
            ))
        };
        assert_eq!(block(&eve), written("block"));
        assert_eq!(unblock(&eve), written("unblock"));
    }

    #[test]
    fn only_an_unblock_without_any_item_means_everybody() {
        let push = |text: &str| super::push(&read(text));
        let of =
            |name: &str, items: &str| push(&format!("<{name} xmlns='urn:xmpp:blocking'>{items}</{name}>"));
        let eve = "<item jid='eve@evil.test'/>";
        assert_eq!(of("block", eve), Some(Push::Block(vec![jid("eve@evil.test")])));
        assert_eq!(
            of("unblock", eve),
            Some(Push::Unblock(vec![jid("eve@evil.test")]))
        );
        assert_eq!(of("unblock", ""), Some(Push::UnblockAll));
        for unclear in ["<item/>", "<item jid='@@'/>"] {
            assert_eq!(of("unblock", unclear), None);
            assert_eq!(of("block", unclear), None);
        }
        assert_eq!(of("block", ""), None);
        assert_eq!(of("blocklist", eve), None);
    }
}

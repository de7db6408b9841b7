//! How far was read, told to our own other devices (XEP-0490): a private node of PEP with one item for each
//! chat, which names the newest message that was read by the id that our server gave it.

use jid::BareJid;
use minidom::Element;

use super::ns;
use super::pubsub::{self, MaxItems};
use super::xml::{Build, children, element, sane_id};
use model::address;

/// The node.
pub const NODE: &str = ns::MDS;

/// Asks for what was told last of a thousand chats: the answer has to fit into one stanza.
pub fn fetch() -> Element {
    pubsub::fetch_newest(NODE, pubsub::MAX_ITEMS)
}

/// Tells that the chat with `peer` was read up to the message with this id of our server. `items`: how many
/// the node is to hold, and that it tells nobody of itself; None, where a server does not take that with an
/// item.
pub fn publish(own: &BareJid, peer: &BareJid, server_id: &str, items: Option<MaxItems>) -> Element {
    let read = read_up_to(own, server_id);
    pubsub::publish_private(NODE, peer.as_str(), read, items)
}

/// That everything up to the message with this id was read: in an item, or beside a marker for a server that
/// puts it on the node itself, and passes it on to nobody.
pub fn read_up_to(own: &BareJid, server_id: &str) -> Element {
    let id = element("stanza-id", ns::SID)
        .with("by", own.as_str())
        .with("id", server_id);
    element("displayed", ns::MDS).child(id)
}

/// Owner: what the node has to be, so that nobody else reads it.
pub fn configure(items: MaxItems) -> Element {
    pubsub::set_config_private(NODE, Some(items))
}

/// Which chat an item of the node is about, and up to which message that was read. None for what is not
/// about a chat with one person: only there our own server gives the ids.
pub fn displayed(own: &BareJid, item: &str, payload: &Element) -> Option<(BareJid, String)> {
    if !payload.is("displayed", ns::MDS) {
        return None;
    }
    let mut ids = children(payload, "stanza-id", ns::SID);
    let id = ids.next().filter(|_| ids.next().is_none())?;
    let by = address::jid(id.attr("by")?).ok()?;
    let peer = address::bare(item).ok()?;
    (by == *own).then_some((peer, sane_id(id.attr("id"))?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::assert_renders;

    fn own() -> BareJid {
        BareJid::new("ana@mired.test").unwrap()
    }

    fn bob() -> BareJid {
        BareJid::new("bob@mired.test").unwrap()
    }

    fn read(item: &str, payload: &str) -> Option<(String, String)> {
        let found = displayed(&own(), item, &payload.parse().unwrap())?;
        Some((found.0.to_string(), found.1))
    }

    fn displayed_of(inside: &str) -> String {
        format!("<displayed xmlns='urn:xmpp:mds:displayed:0'>{inside}</displayed>")
    }

    const ID: &str = "<stanza-id xmlns='urn:xmpp:sid:0' by='ana@mired.test' id='0f71'/>";

    #[test]
    fn what_is_published_is_as_the_xep_writes_it_and_is_read_back() {
        let published = publish(&own(), &bob(), "0f71", Some(MaxItems::Max));
        assert_renders(&published);
        let expected = format!(
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:mds:displayed:0'>\
             <item id='bob@mired.test'>{}</item></publish>\
             <publish-options><x xmlns='jabber:x:data' type='submit'>\
             <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>\
             <field var='pubsub#persist_items'><value>true</value></field>\
             <field var='pubsub#access_model'><value>whitelist</value></field>\
             <field var='pubsub#max_items'><value>max</value></field>\
             <field var='pubsub#send_last_published_item'><value>never</value></field></x></publish-options></pubsub>",
            displayed_of(ID)
        );
        assert_eq!(published, expected.parse().unwrap());
        assert_eq!(
            read("bob@mired.test", &displayed_of(ID)),
            Some(("bob@mired.test".to_owned(), "0f71".to_owned()))
        );
    }

    #[test]
    fn a_server_that_takes_less_with_an_item_is_still_told_that_it_is_private() {
        let published = String::from(&publish(&own(), &bob(), "0f71", None));
        assert!(published.contains("<value>whitelist</value>"), "{published}");
        assert!(!published.contains("max_items"), "{published}");
        let configured = configure(MaxItems::Number(1000));
        assert_renders(&configured);
        let found = pubsub::config(&configured).unwrap();
        assert_eq!(found.access_model.as_deref(), Some("whitelist"));
        assert_eq!(found.max_items.as_deref(), Some("1000"));
    }

    #[test]
    fn an_item_about_anything_else_than_a_message_of_a_person_says_nothing() {
        let other = ID.replace("ana@mired.test", "room@muc.mired.test");
        for payload in [
            displayed_of(""),
            displayed_of(&ID.repeat(2)),
            displayed_of(&other),
            displayed_of(&ID.replace(" id='0f71'", "")),
            displayed_of(&ID.replace("0f71", &"x".repeat(2000))),
            displayed_of(&ID.replace(" by='ana@mired.test'", "")),
            displayed_of(&ID.replace("ana@mired.test", "ana@mired.test/phone")),
            displayed_of(&ID.replace("urn:xmpp:sid:0", "urn:x")),
            format!("<displayed xmlns='urn:xmpp:chat-markers:0' id='m1'>{ID}</displayed>"),
        ] {
            assert_eq!(read("bob@mired.test", &payload), None, "{payload}");
        }
        for item in ["", "room@muc.mired.test/nick", "@", "current item"] {
            assert_eq!(read(item, &displayed_of(ID)), None, "{item}");
        }
        // However it is written, it is the same address.
        let shouted = ID.replace("ana@mired.test", "ANA@Mired.Test");
        assert!(
            read("Bob@mired.test", &displayed_of(&shouted)).is_some_and(|(peer, _)| peer == "bob@mired.test")
        );
    }
}

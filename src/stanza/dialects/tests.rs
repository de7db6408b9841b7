//! Requests, publications and answers of both dialects.

use super::super::pubsub::MaxItems;
use super::super::xml::assert_renders;
use super::*;

fn id(id: u32) -> DeviceId {
    DeviceId::new(id).unwrap()
}

fn published(items: &str) -> Element {
    let text = format!(
        "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:omemo:2:bundles'>{items}</items></pubsub>"
    );
    text.parse().unwrap()
}

fn some_bundle(mark: u8) -> Bundle {
    Bundle {
        dialect: Dialect::Omemo2,
        identity: vec![mark; 32],
        signed_prekey_id: 1,
        signed_prekey: vec![mark; 32],
        signature: vec![mark; 64],
        prekeys: vec![(1, vec![mark; 32])],
    }
}

#[test]
fn of_several_bundles_in_an_answer_the_one_under_the_id_of_the_device_counts() {
    let item = |id: &str, mark| {
        format!(
            "<item id='{id}'>{}</item>",
            String::from(&omemo2::bundle(&some_bundle(mark)))
        )
    };
    let read = |items: &str| {
        let found = read_bundle(Dialect::Omemo2, id(7), &published(items));
        found.map(|bundle| bundle.identity[0])
    };
    assert_eq!(read(&(item("6", 6) + &item("7", 7) + &item("8", 8))), Some(7));
    assert_eq!(read(&item("7", 7)), Some(7));
    for other in ["8", "current", "07", " 7", "+7", ""] {
        assert_eq!(read(&item(other, 7)), None, "{other}");
    }
    assert_eq!(read(""), None);
    assert_eq!(read("<item id='7'/>"), None);
    assert_eq!(read(&item("7", 7).replace("<ik>", "<ik>!")), None);
    // A node has one item of an id; of two, whoever sent them, the last.
    assert_eq!(read(&(item("7", 1) + &item("7", 2))), Some(2));
}

#[test]
fn requests_and_publications_are_as_the_standard_writes_them() {
    let pubsub = "<pubsub xmlns='http://jabber.org/protocol/pubsub'>";
    let owner = "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>";
    let form = |items: &str| {
        format!(
            "<publish-options><x xmlns='jabber:x:data' type='submit'>\
             <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>\
             <field var='pubsub#persist_items'><value>true</value></field>\
             <field var='pubsub#access_model'><value>open</value></field>{items}</x></publish-options>"
        )
    };
    let max = "<field var='pubsub#max_items'><value>max</value></field>";
    let some = omemo2::bundle(&some_bundle(1));
    let devices = [Listed {
        id: id(7),
        label: Some(Label {
            text: "a&b".to_owned(),
            signature: vec![0, 1, 2],
        }),
    }];
    for (built, expected) in [
        (
            fetch_devices(Dialect::Omemo2),
            format!("{pubsub}<items node='urn:xmpp:omemo:2:devices' max_items='1'/></pubsub>"),
        ),
        (
            fetch_bundle(Dialect::Omemo2, id(7)),
            format!("{pubsub}<items node='urn:xmpp:omemo:2:bundles'><item id='7'/></items></pubsub>"),
        ),
        (
            publish_bundle(id(7), &some_bundle(1), MaxItems::Max),
            format!(
                "{pubsub}<publish node='urn:xmpp:omemo:2:bundles'><item id='7'>{}</item></publish>{}</pubsub>",
                String::from(&some),
                form(max)
            ),
        ),
        (
            publish_devices(Dialect::Omemo2, &devices),
            format!(
                "{pubsub}<publish node='urn:xmpp:omemo:2:devices'><item id='current'><devices xmlns='urn:xmpp:omemo:2'>\
                 <device id='7' label='a&amp;b' labelsig='AAEC'/></devices></item></publish>{}</pubsub>",
                form("")
            ),
        ),
        (
            publish_devices(Dialect::Legacy, &devices),
            format!(
                "{pubsub}<publish node='eu.siacs.conversations.axolotl.devicelist'><item id='current'>\
                 <list xmlns='eu.siacs.conversations.axolotl'><device id='7'/></list></item></publish>{}</pubsub>",
                form("")
            ),
        ),
        (
            remove_bundle(Dialect::Omemo2, id(7)),
            format!(
                "{pubsub}<retract node='urn:xmpp:omemo:2:bundles' notify='true'><item id='7'/></retract></pubsub>"
            ),
        ),
        (
            remove_bundle(Dialect::Legacy, id(7)),
            format!("{owner}<delete node='eu.siacs.conversations.axolotl.bundles:7'/></pubsub>"),
        ),
    ] {
        assert_renders(&built);
        assert_eq!(built, expected.parse().unwrap());
    }
    let legacy = publish_bundle(
        id(7),
        &Bundle {
            dialect: Dialect::Legacy,
            ..some_bundle(1)
        },
        MaxItems::Max,
    );
    assert!(
        !String::from(&legacy).contains("max_items"),
        "{}",
        String::from(&legacy)
    );
}

#[test]
fn the_last_item_of_a_list_counts_under_any_id() {
    for (dialect, name) in [(Dialect::Legacy, "list"), (Dialect::Omemo2, "devices")] {
        let (node, namespace) = (devices_node(dialect), namespace(dialect));
        let item = |id: u32| {
            format!("<item id='x{id}'><{name} xmlns='{namespace}'><device id='{id}'/></{name}></item>")
        };
        let answer = format!(
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='{node}'>{}{}</items></pubsub>",
            item(1),
            item(2)
        );
        let answer: Element = answer.parse().unwrap();
        let read = read_device_list(dialect, &answer).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].id, id(2));
        assert_eq!(dialect_of_devices_node(node), Some(dialect));
        let other = Dialect::ALL.into_iter().find(|other| *other != dialect).unwrap();
        assert_eq!(read_device_list(other, &answer), None);
    }
    assert_eq!(dialect_of_devices_node(ns::OMEMO2_BUNDLES), None);
}

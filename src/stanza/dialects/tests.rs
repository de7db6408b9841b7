//! Requests, publications and answers of both dialects.

use super::*;
use crate::pubsub::MaxItems;
use crate::xml::assert_renders;
use omemo::EncryptedKey;

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
        found.map(|bundle| bundle.map(|bundle| bundle.identity[0]))
    };
    assert_eq!(read(&(item("6", 6) + &item("7", 7) + &item("8", 8))), Ok(Some(7)));
    assert_eq!(read(&item("7", 7)), Ok(Some(7)));
    for other in ["8", "current", "07", " 7", "+7", ""] {
        assert_eq!(read(&item(other, 7)), Ok(None), "{other}");
    }
    assert_eq!(read(""), Ok(None));
    assert_eq!(read("<item id='7'/>"), Ok(None));
    assert_eq!(read(&item("7", 7).replace("<ik>", "<ik>!")), Err(BadBundle));
    // A node has one item of an id; of two, whoever sent them, the last.
    assert_eq!(read(&(item("7", 1) + &item("7", 2))), Ok(Some(2)));
}

const PUBSUB: &str = "<pubsub xmlns='http://jabber.org/protocol/pubsub'>";

fn assert_built(built: &Element, expected: &str) {
    assert_renders(built);
    assert_eq!(*built, expected.parse().unwrap());
}

#[test]
fn requests_are_as_the_standard_writes_them() {
    let owner = "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>";
    assert_built(
        &fetch_devices(Dialect::Omemo2),
        &format!("{PUBSUB}<items node='urn:xmpp:omemo:2:devices' max_items='1'/></pubsub>"),
    );
    assert_built(
        &fetch_bundle(Dialect::Omemo2, id(7)),
        &format!("{PUBSUB}<items node='urn:xmpp:omemo:2:bundles'><item id='7'/></items></pubsub>"),
    );
    assert_built(
        &fetch_bundle(Dialect::Legacy, id(7)),
        &format!("{PUBSUB}<items node='eu.siacs.conversations.axolotl.bundles:7' max_items='1'/></pubsub>"),
    );
    assert_built(
        &remove_bundle(Dialect::Omemo2, id(7)),
        &format!(
            "{PUBSUB}<retract node='urn:xmpp:omemo:2:bundles' notify='true'><item id='7'/></retract></pubsub>"
        ),
    );
    assert_built(
        &remove_bundle(Dialect::Legacy, id(7)),
        &format!("{owner}<delete node='eu.siacs.conversations.axolotl.bundles:7'/></pubsub>"),
    );
}

/// A publication with its options, which ask for so many items.
fn publication(node: &str, item: &str, payload: &str, items: &str) -> String {
    format!(
        "{PUBSUB}<publish node='{node}'><item id='{item}'>{payload}</item></publish>\
         <publish-options><x xmlns='jabber:x:data' type='submit'>\
         <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>\
         <field var='pubsub#persist_items'><value>true</value></field>\
         <field var='pubsub#access_model'><value>open</value></field>{items}</x></publish-options></pubsub>"
    )
}

#[test]
fn bundles_are_published_as_the_standard_writes_them() {
    let newer = some_bundle(1);
    let legacy = Bundle {
        dialect: Dialect::Legacy,
        ..some_bundle(1)
    };
    for (items, value) in [
        (Some(MaxItems::Max), "max"),
        (Some(MaxItems::Number(100)), "100"),
        (None, ""),
    ] {
        let field = match items {
            Some(_) => format!("<field var='pubsub#max_items'><value>{value}</value></field>"),
            None => String::new(),
        };
        let payload = String::from(&omemo2::bundle(&newer));
        assert_built(
            &publish_bundle(id(7), &newer, items),
            &publication("urn:xmpp:omemo:2:bundles", "7", &payload, &field),
        );
        let payload = String::from(&legacy::bundle(&legacy));
        assert_built(
            &publish_bundle(id(7), &legacy, items),
            &publication(
                "eu.siacs.conversations.axolotl.bundles:7",
                "current",
                &payload,
                "",
            ),
        );
    }
}

#[test]
fn lists_are_published_as_the_standard_writes_them() {
    let devices = [Listed {
        id: id(7),
        label: Some(Label {
            text: "a&b".to_owned(),
            signature: vec![0, 1, 2],
        }),
    }];
    let payload =
        "<devices xmlns='urn:xmpp:omemo:2'><device id='7' label='a&amp;b' labelsig='AAEC'/></devices>";
    assert_built(
        &publish_devices(Dialect::Omemo2, &devices),
        &publication("urn:xmpp:omemo:2:devices", "current", payload, ""),
    );
    let payload = "<list xmlns='eu.siacs.conversations.axolotl'><device id='7'/></list>";
    assert_built(
        &publish_devices(Dialect::Legacy, &devices),
        &publication(
            "eu.siacs.conversations.axolotl.devicelist",
            "current",
            payload,
            "",
        ),
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

#[test]
fn a_letter_says_for_whom_it_was_sealed() {
    let key = |jid: &str, rid: u32| EncryptedKey {
        jid: jid.to_owned(),
        rid: id(rid),
        kex: rid == 1,
        bytes: vec![1, 2, 3],
    };
    for dialect in Dialect::ALL {
        let letter = EncryptedMessage {
            dialect,
            sid: id(7),
            keys: vec![
                key("bob@mired.test", 1),
                key("bob@mired.test", 2),
                key("ana@mired.test", 3),
            ],
            iv: Vec::new(),
            payload: None,
        };
        let jid = |name: &str| match dialect {
            Dialect::Legacy => None,
            Dialect::Omemo2 => Some(BareJid::new(name).unwrap()),
        };
        let expected = [
            (jid("bob@mired.test"), id(1)),
            (jid("bob@mired.test"), id(2)),
            (jid("ana@mired.test"), id(3)),
        ];
        assert_eq!(sealed_for(dialect, &encrypted(&letter)), expected);
    }
}

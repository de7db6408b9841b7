//! Message stanzas, in whatever wrapping they come.

use susurro::model::{BareJid, Direction};
use susurro::stanza::received::{Content, Origin, Received, unwrap};
use susurro::stanza::{Element, dialects, ns};

use super::envelope::clean;
use super::{element, is_plain, omemo_xml, rendered};

const OWN: &str = "ana@mired.test";
/// Ids of others are not longer, in bytes.
const ID_MOST: usize = 1024;

/// A message is dropped or unwrapped, and what was unwrapped says only what its sender may say.
pub fn message(data: &[u8]) {
    let Some(message) = element(data) else { return };
    let own = BareJid::new(OWN).unwrap();
    let (believing, doubting) = (unwrap(&message, &own, true), unwrap(&message, &own, false));
    match (&believing, &doubting) {
        (Ok(one), Ok(other)) => {
            assert_eq!(other.server_id, None);
            let told = Received {
                server_id: one.server_id.clone(),
                ..other.clone()
            };
            assert_eq!(format!("{one:?}"), format!("{told:?}"));
        }
        (Err(one), Err(other)) => assert_eq!(one, other),
        _ => panic!("a stanza-id alone makes a message welcome"),
    }
    if is_plain(&message) {
        let written = unwrap(&rendered(&message), &own, true);
        assert_eq!(format!("{believing:?}"), format!("{written:?}"));
    }
    if let Ok(received) = believing {
        honest(&message, &received, &own);
    }
}

fn honest(message: &Element, received: &Received, own: &BareJid) {
    let outer = message
        .attr("from")
        .map(|from| BareJid::new(from.split('/').next().unwrap()));
    let outer_is_own = outer.is_none_or(|from| from.is_ok_and(|from| from == *own));
    let is_own = received.from.to_bare() == *own;
    assert_eq!(received.direction == Direction::Out, is_own);
    match received.origin {
        // What another of our devices sent or got is told by our own account alone.
        Origin::Carbon => assert!(outer_is_own && !received.wants_receipt),
        Origin::Live | Origin::Offline => {
            assert_eq!(is_own, outer_is_own);
            assert_eq!(received.peer, received.from.to_bare());
        }
        Origin::Archive => panic!("no archive was asked"),
    }
    assert_eq!(
        received.origin == Origin::Offline,
        received.origin != Origin::Carbon && received.delay.is_some()
    );
    if is_own {
        assert!(!received.wants_receipt && received.receipt_for.is_none());
    }
    let ids = [
        &received.id,
        &received.attribute_id,
        &received.server_id,
        &received.receipt_for,
    ];
    for id in ids.into_iter().flatten() {
        assert!(!id.is_empty() && id.len() <= ID_MOST && !id.chars().any(char::is_control));
    }
    content(message, received);
}

fn content(message: &Element, received: &Received) {
    match &received.content {
        Content::Clear(text) => {
            assert!(!text.is_empty());
            clean(text);
            let encrypted = |namespace| message.has_child("encrypted", namespace);
            assert!(!encrypted(ns::OMEMO_LEGACY) && !encrypted(ns::OMEMO2));
        }
        Content::Omemo(encrypted) => {
            assert!(encrypted.elements().next().is_some());
            for element in encrypted.elements() {
                assert_eq!(element.name(), "encrypted");
                let account = received.from.to_bare();
                let _ = dialects::parse_encrypted(element, &account, omemo_xml::own());
            }
        }
        Content::OtherEncryption(name, _) => {
            assert!(!name.is_empty() && name.as_str().len() <= 80);
            clean(name);
        }
        _ => {}
    }
}

//! Message stanzas, in whatever wrapping they come.

use susurro::model::{BareJid, Content, Dialect, Direction};
use susurro::stanza::received::{Carried, Origin, Received, unwrap};
use susurro::stanza::{Element, dialects, ns};

use super::envelope::{clean, honest as honest_content};
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
        Origin::Carbon => assert!(outer_is_own && outside(received).iter().all(|said| !said.wants_receipt)),
        Origin::Live | Origin::Offline => {
            assert_eq!(is_own, outer_is_own);
            assert_eq!(received.peer, received.from.to_bare());
        }
        Origin::Archive | Origin::Past => panic!("no archive was asked"),
    }
    assert_eq!(
        received.origin == Origin::Offline,
        received.origin != Origin::Carbon && received.delay.is_some()
    );
    if is_own {
        let silent = |said: &&Content| !said.wants_receipt && said.receipt_for.is_none();
        assert!(outside(received).iter().all(silent));
    }
    let ids = [&received.id, &received.attribute_id, &received.server_id];
    for id in ids.into_iter().flatten() {
        assert!(!id.is_empty() && id.len() <= ID_MOST && !id.chars().any(char::is_control));
    }
    content(message, received);
}

/// What is believed outside of anything encrypted.
fn outside(received: &Received) -> Vec<&Content> {
    match &received.carried {
        Carried::Clear(said) => vec![said],
        Carried::Omemo(encrypted) => Dialect::ALL.map(|dialect| encrypted.beside(dialect)).to_vec(),
        Carried::OtherEncryption(other) => vec![&other.beside],
        Carried::Error(_) | Carried::Invited(_) | Carried::Declined { .. } | Carried::Lost => Vec::new(),
    }
}

fn content(message: &Element, received: &Received) {
    for said in outside(received) {
        honest_content(said);
        // That is asked where it is encrypted, or not at all.
        assert_eq!(said.opt_out, None);
    }
    match &received.carried {
        Carried::Clear(said) if said.text.is_none() => {}
        Carried::Clear(_) => {
            let encrypted = |namespace| message.has_child("encrypted", namespace);
            assert!(!encrypted(ns::OMEMO_LEGACY) && !encrypted(ns::OMEMO2));
        }
        Carried::Omemo(encrypted) => {
            assert!(encrypted.elements().next().is_some());
            assert_eq!(*encrypted.beside(Dialect::Omemo2), Content::default());
            assert_eq!(encrypted.beside(Dialect::Legacy).text, None);
            for element in encrypted.elements() {
                assert_eq!(element.name(), "encrypted");
                let account = received.from.to_bare();
                let _ = dialects::parse_encrypted(element, &account, omemo_xml::own());
            }
        }
        Carried::OtherEncryption(other) => {
            assert_eq!(other.beside.text, None);
            assert!(!other.name.is_empty() && other.name.as_str().len() <= 80);
            clean(&other.name);
        }
        Carried::Invited(invitation) => assert!(invitation.room.node().is_some()),
        Carried::Error(_) | Carried::Declined { .. } | Carried::Lost => {}
    }
}

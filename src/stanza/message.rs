//! Messages that we send. All of type chat, each with an id that is also its origin-id (XEP-0359).

use jid::{BareJid, Jid};
use minidom::Element;

use super::xml::{Build, element};
use super::{dialects, ns};
use model::ChatState;
use omemo::{Dialect, EncryptedMessage};

/// What somebody reads whose program does not speak OMEMO. A message in the OMEMO 2 dialect
/// carries none (XEP-0420 §8).
const FALLBACK: &str =
    "This message was sent encrypted with OMEMO, which your client does not seem to support.";

/// An encrypted message: an `<encrypted>` of each letter (at most one of each dialect), store hint,
/// EME, origin-id. `beside`: what stands in clear for those who read the legacy dialect; in OMEMO 2 it stands
/// in the envelope. A fallback body stands only where every letter is of the legacy dialect.
pub fn sealed(to: &BareJid, id: &str, letters: &[EncryptedMessage], beside: Vec<Element>) -> Element {
    let mut message = chat(to.as_str(), id);
    let newest = letters.iter().map(|letter| letter.dialect).max();
    if newest == Some(Dialect::Legacy) {
        message = message.child(element("body", ns::CLIENT).content(FALLBACK));
    }
    for letter in letters {
        message = message.child(dialects::encrypted(letter));
    }
    if let Some(dialect) = newest {
        message = message.child(encryption(dialect));
    }
    message = message.child(store());
    beside.into_iter().fold(message, Build::child)
}

/// A message in clear, with origin-id and what stands beside its words. Characters that XML
/// does not permit are left out.
pub fn clear(to: &BareJid, id: &str, body: &str, beside: Vec<Element>) -> Element {
    let message = chat(to.as_str(), id).child(element("body", ns::CLIENT).content(body));
    beside.into_iter().fold(message, Build::child)
}

/// What says something about another message and has no words of its own: a reaction, a retraction.
pub fn wordless(to: &BareJid, id: &str, about: Vec<Element>) -> Element {
    let message = about.into_iter().fold(chat(to.as_str(), id), Build::child);
    message.child(store())
}

/// What a message with words asks for: a receipt (XEP-0184), and a marker once it was read (XEP-0333).
pub fn requests() -> Vec<Element> {
    vec![element("request", ns::RECEIPTS), markable()]
}

/// A key transport: `<encrypted>` without payload, no body, store hint.
pub fn key_transport(to: &BareJid, id: &str, letter: &EncryptedMessage) -> Element {
    chat(to.as_str(), id)
        .child(dialects::encrypted(letter))
        .child(store())
}

/// What answers in OMEMO 2 without anything to show, such as a receipt: the letter and a store hint. It
/// has no id and no mark of XEP-0380, by which a device that it is not for can tell that nobody wrote it.
pub fn sealed_quietly(to: &Jid, letter: &EncryptedMessage) -> Element {
    element("message", ns::CLIENT)
        .with("type", "chat")
        .with("to", to.as_str())
        .child(dialects::encrypted(letter))
        .child(store())
}

/// The content of an envelope that asks for a receipt.
pub fn text_content(body: &str) -> Vec<Element> {
    let mut content = words_content(body);
    content.extend(requests());
    content
}

/// The content of an envelope that asks for nothing: of what is written into a room nobody answers receipts.
pub fn words_content(body: &str) -> Vec<Element> {
    vec![element("body", ns::CLIENT).content(body)]
}

/// The same message, for all in the room that it is addressed to (XEP-0045 §7.4).
pub fn to_room(message: Element) -> Element {
    message.with("type", "groupchat")
}

/// The same message, for one of those in the room (XEP-0045 §7.5). Without a mark that it is one: by it one
/// server knows what it neither keeps nor shows to our other devices.
pub fn in_private(message: Element, to: &Jid) -> Element {
    message.with("to", to.as_str())
}

/// The content of an envelope that is a receipt for `of`.
pub fn receipt_content(of: &str) -> Vec<Element> {
    vec![element("received", ns::RECEIPTS).with("id", of)]
}

/// A delivery receipt for `of`, with a store hint.
pub fn receipt(to: &Jid, id: &str, of: &str) -> Element {
    chat(to.as_str(), id)
        .child(element("received", ns::RECEIPTS).with("id", of))
        .child(store())
}

/// A marker in clear: everything up to `of` was read (XEP-0333), with a store hint.
pub fn displayed(to: &BareJid, id: &str, of: &str) -> Element {
    let marker = chat(to.as_str(), id);
    displayed_content(of)
        .into_iter()
        .fold(marker, Build::child)
        .child(store())
}

/// The content of an envelope that is a marker for `of`.
pub fn displayed_content(of: &str) -> Vec<Element> {
    vec![element("displayed", ns::CHAT_MARKERS).with("id", of)]
}

/// What the person does with a chat, in clear (XEP-0085). No server keeps it for later.
pub fn state(to: &BareJid, state: ChatState) -> Element {
    let said = element("message", ns::CLIENT)
        .with("type", "chat")
        .with("to", to.as_str());
    let said = state_content(state).into_iter().fold(said, Build::child);
    said.child(element("no-store", ns::HINTS))
}

/// The same in OMEMO 2. It has neither an id nor a mark of XEP-0380, as [`sealed_quietly`].
pub fn sealed_state(to: &BareJid, letter: &EncryptedMessage) -> Element {
    element("message", ns::CLIENT)
        .with("type", "chat")
        .with("to", to.as_str())
        .child(dialects::encrypted(letter))
        .child(element("no-store", ns::HINTS))
}

/// The content of an envelope that is a chat state.
pub fn state_content(state: ChatState) -> Vec<Element> {
    vec![element(state.name(), ns::CHAT_STATES)]
}

/// What asks for a marker (XEP-0333).
fn markable() -> Element {
    element("markable", ns::CHAT_MARKERS)
}

fn chat(to: &str, id: &str) -> Element {
    element("message", ns::CLIENT)
        .with("type", "chat")
        .with("to", to)
        .with("id", id)
        .child(element("origin-id", ns::SID).with("id", id))
}

/// Servers that look at the body alone would not archive or keep what has none (XEP-0334 §4.4).
fn store() -> Element {
    element("store", ns::HINTS)
}

/// XEP-0380. It wants no name for namespaces that it lists; deployed clients send one, and some show it.
fn encryption(dialect: Dialect) -> Element {
    element("encryption", ns::EME)
        .with("namespace", dialects::namespace(dialect))
        .with("name", "OMEMO")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::legacy::{self, tests::any_letter};
    use crate::omemo2;
    use crate::received::{self, Carried, Encrypted, Received};
    use crate::xml::assert_renders;
    use model::{Clean, Content};

    fn bob() -> BareJid {
        BareJid::new("bob@mired.test").unwrap()
    }

    /// As bob reads what ana's client sent.
    fn as_bob_reads(message: &Element) -> Received {
        let message = message.clone().with("from", "ana@mired.test/pc");
        received::unwrap(&message, &bob(), true).unwrap()
    }

    fn encrypted(received: Received) -> Encrypted {
        match received.carried {
            Carried::Omemo(encrypted) => *encrypted,
            other => panic!("not OMEMO: {other:?}"),
        }
    }

    fn assert_is_ours(message: &Element, to: &str) {
        assert_renders(message);
        assert_eq!(message.attr("type"), Some("chat"));
        assert_eq!(message.attr("to"), Some(to));
        assert_eq!(message.attr("from"), None);
        assert_eq!(message.attr("id"), Some("m1"));
        assert_eq!(
            message.get_child("origin-id", ns::SID).unwrap().attr("id"),
            Some("m1")
        );
    }

    proptest! {
        #[test]
        fn a_sealed_message_carries_its_letter_and_nothing_of_the_body(letter in any_letter()) {
            let message = sealed(&bob(), "m1", std::slice::from_ref(&letter), requests());
            assert_is_ours(&message, "bob@mired.test");
            prop_assert!(message.has_child("store", ns::HINTS));
            let mark = message.get_child("encryption", ns::EME).unwrap();
            prop_assert_eq!(mark.attr("namespace"), Some(ns::OMEMO_LEGACY));
            prop_assert_eq!(mark.attr("name"), Some("OMEMO"));
            prop_assert_eq!(message.get_child("body", ns::CLIENT).unwrap().text(), FALLBACK);
            let read = as_bob_reads(&message);
            let encrypted = encrypted(read);
            prop_assert!(encrypted.beside(Dialect::Legacy).wants_receipt);
            prop_assert_eq!(encrypted.legacy, Some(legacy::encrypted(&letter)));
        }

        #[test]
        fn a_message_in_omemo_2_has_no_body_and_asks_for_nothing_in_clear(letter in omemo2::tests::any_letter()) {
            let message = sealed(&bob(), "m1", std::slice::from_ref(&letter), Vec::new());
            assert_is_ours(&message, "bob@mired.test");
            prop_assert!(message.has_child("store", ns::HINTS));
            prop_assert!(!message.has_child("body", ns::CLIENT));
            let mark = message.get_child("encryption", ns::EME).unwrap();
            prop_assert_eq!(mark.attr("namespace"), Some(ns::OMEMO2));
            let read = as_bob_reads(&message);
            let encrypted = encrypted(read);
            prop_assert!(!encrypted.beside(Dialect::Legacy).wants_receipt);
            prop_assert_eq!(encrypted.omemo2, Some(omemo2::encrypted(&letter)));
            prop_assert_eq!(encrypted.legacy, None);
            let quiet = sealed_quietly(&bob().into(), &letter);
            assert_renders(&quiet);
            prop_assert!(quiet.has_child("store", ns::HINTS));
            let read = self::encrypted(as_bob_reads(&quiet));
            prop_assert!(!read.is_marked);
            prop_assert_eq!(read.omemo2, Some(omemo2::encrypted(&letter)));
        }

        #[test]
        fn a_message_in_both_dialects_has_one_element_of_each_and_no_fallback(
            newer in omemo2::tests::any_letter(), older in any_letter(), asks in any::<bool>(),
        ) {
            let beside = if asks { requests() } else { Vec::new() };
            let message = sealed(&bob(), "m1", &[newer.clone(), older.clone()], beside);
            assert_is_ours(&message, "bob@mired.test");
            prop_assert!(!message.has_child("body", ns::CLIENT));
            let marks: Vec<_> = message.children().filter(|child| child.is("encryption", ns::EME)).collect();
            prop_assert_eq!(marks.len(), 1);
            prop_assert_eq!(marks[0].attr("namespace"), Some(ns::OMEMO2));
            let read = as_bob_reads(&message);
            let encrypted = encrypted(read);
            prop_assert_eq!(encrypted.beside(Dialect::Legacy).wants_receipt, asks);
            prop_assert_eq!(encrypted.omemo2, Some(omemo2::encrypted(&newer)));
            prop_assert_eq!(encrypted.legacy, Some(legacy::encrypted(&older)));
        }

        #[test]
        fn a_key_transport_has_no_body_and_asks_for_nothing(letter in any_letter()) {
            let message = key_transport(&bob(), "m1", &EncryptedMessage { payload: None, ..letter });
            assert_is_ours(&message, "bob@mired.test");
            prop_assert!(message.has_child("store", ns::HINTS));
            prop_assert!(!message.has_child("body", ns::CLIENT));
            let read = as_bob_reads(&message);
            let encrypted = encrypted(read);
            prop_assert_eq!(encrypted.beside(Dialect::Legacy), &Content::default());
        }

        #[test]
        fn a_clear_message_arrives_as_it_was_cleaned(body in any::<String>()) {
            let body = Clean::new(&body);
            let message = clear(&bob(), "m1", body.as_str(), requests());
            assert_is_ours(&message, "bob@mired.test");
            match as_bob_reads(&message).carried {
                Carried::Clear(said) if said.text.is_some() => {
                    let expected = Content { text: Some(body), wants_receipt: true, markable: true, ..Content::default() };
                    prop_assert_eq!(said, expected);
                }
                other => prop_assert!(body.is_empty() || body.as_str().starts_with("?OTR"), "{:?}", other),
            }
        }

        #[test]
        fn a_receipt_names_the_message_and_asks_for_none(of in "[^\\p{Cc}\\u{fffe}\\u{ffff}]{1,100}") {
            let message = receipt(&bob().into(), "m1", &of);
            assert_is_ours(&message, "bob@mired.test");
            let read = as_bob_reads(&message);
            let expected = Content { receipt_for: Some(of.clone()), ..Content::default() };
            prop_assert!(matches!(read.carried, Carried::Clear(said) if said == expected));
            let marker = displayed(&bob(), "m1", &of);
            assert_is_ours(&marker, "bob@mired.test");
            prop_assert!(marker.has_child("store", ns::HINTS));
            let read = as_bob_reads(&marker);
            let expected = Content { displayed: Some(of), ..Content::default() };
            prop_assert!(matches!(read.carried, Carried::Clear(said) if said == expected));
        }
    }

    #[test]
    fn what_goes_in_clear_has_no_mark_of_encryption() {
        let message = clear(&bob(), "m1", "hello", requests());
        assert!(!message.has_child("encryption", ns::EME));
        assert!(matches!(as_bob_reads(&message).carried, Carried::Clear(said) if said.wants_receipt));
    }
}

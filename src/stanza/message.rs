//! Messages that we send. All of type chat, each with an id that is also its origin-id (XEP-0359).

use jid::{BareJid, Jid};
use minidom::Element;

use super::xml::{Build, element};
use super::{legacy, ns};
use crate::omemo::{Dialect, Letter};

/// What somebody reads whose program does not speak OMEMO. A message in the OMEMO 2 dialect carries none (XEP-0420 §8).
const FALLBACK: &str =
    "This message was sent encrypted with OMEMO, which your client does not seem to support.";

/// An encrypted message: `<encrypted>`, store hint, EME, fallback body, origin-id, and a receipt request (XEP-0184).
pub fn sealed(to: &BareJid, id: &str, letter: &Letter) -> Element {
    let mut message = chat(to.as_str(), id);
    if letter.dialect == Dialect::Legacy {
        message = message.child(element("body", ns::CLIENT).content(FALLBACK));
    }
    message
        .child(legacy::encrypted(letter))
        .child(encryption(letter.dialect))
        .child(store())
        .child(element("request", ns::RECEIPTS))
}

/// A message in clear, with origin-id and a receipt request. Characters that XML does not permit are left out.
pub fn clear(to: &BareJid, id: &str, body: &str) -> Element {
    chat(to.as_str(), id)
        .child(element("body", ns::CLIENT).content(body))
        .child(element("request", ns::RECEIPTS))
}

/// A key transport: `<encrypted>` without payload, no body, store hint.
pub fn key_transport(to: &BareJid, id: &str, letter: &Letter) -> Element {
    chat(to.as_str(), id)
        .child(legacy::encrypted(letter))
        .child(store())
}

/// A delivery receipt for `of`, with a store hint.
pub fn receipt(to: &Jid, id: &str, of: &str) -> Element {
    chat(to.as_str(), id)
        .child(element("received", ns::RECEIPTS).with("id", of))
        .child(store())
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
    let namespace = match dialect {
        Dialect::Legacy => ns::OMEMO_LEGACY,
        Dialect::Omemo2 => ns::OMEMO2,
    };
    element("encryption", ns::EME)
        .with("namespace", namespace)
        .with("name", "OMEMO")
}

//! Messages that we send. All of type chat, each with an id that is also its origin-id (XEP-0359).

use jid::{BareJid, Jid};
use minidom::Element;

use crate::omemo::Letter;

/// An encrypted message: `<encrypted>`, store hint, EME, fallback body, origin-id, and a receipt request (XEP-0184).
pub fn sealed(_to: &BareJid, _id: &str, _letter: &Letter) -> Element {
    todo!()
}
/// A message in clear, with origin-id and a receipt request.
pub fn clear(_to: &BareJid, _id: &str, _body: &str) -> Element {
    todo!()
}
/// A key transport: `<encrypted>` without payload, no body, store hint.
pub fn key_transport(_to: &BareJid, _id: &str, _letter: &Letter) -> Element {
    todo!()
}
/// A delivery receipt for `of`, with a store hint.
pub fn receipt(_to: &Jid, _id: &str, _of: &str) -> Element {
    todo!()
}

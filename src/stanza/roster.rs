//! Roster (RFC 6121 §2).

use jid::BareJid;
use minidom::Element;

use crate::model::{Clean, Contact};

/// One roster item: a contact, or its removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    Contact(Contact),
    Removed(BareJid),
}

pub fn query() -> Element {
    todo!()
}
/// The items of a `<query xmlns='jabber:iq:roster'>`; at most 10,000; impossible JIDs are skipped.
pub fn parse(_query: &Element) -> Option<Vec<Item>> {
    todo!()
}
pub fn set(_jid: &BareJid, _name: Option<&Clean>) -> Element {
    todo!()
}
pub fn remove(_jid: &BareJid) -> Element {
    todo!()
}
